"""A session and its decisions under any steps of two teachers and any undos between them."""

from __future__ import annotations

from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from curation.decisions.closure import Implications, build
from curation.decisions.log import TAUGHT
from curation.decisions.regroup import Gesture
from curation.errors import DecisionError, UnknownName
from curation.teaching.carried import carry
from curation.teaching.events import Event
from curation.teaching.plans import plan
from curation.teaching.session import SessionState, fold
from curation.types import Decision

ITEMS, BINS, TEACHERS = "uvw", "ABC", ("ann", "bea")

steps = st.lists(
    st.tuples(
        st.sampled_from(["pick", "pick", "new", "rename", "merge", "undo", "take out"]),
        st.sampled_from(TEACHERS),
        st.sampled_from(ITEMS),
        st.sampled_from(BINS),
        st.sampled_from(BINS),
    ),
    max_size=14,
)

MERGED_INTO_NOTHING = [  # the bin that was merged into goes with the pick that made it
    ("pick", "ann", "u", "A", "A"),
    ("pick", "bea", "v", "B", "A"),
    ("merge", "bea", "u", "B", "A"),
    ("undo", "ann", "u", "A", "A"),
]
NAME_TAKEN_AGAIN = [  # a bin is back whose name another bin has by now
    ("pick", "ann", "u", "B", "A"),
    ("pick", "ann", "v", "A", "A"),
    ("merge", "ann", "u", "A", "B"),
    ("rename", "bea", "u", "B", "A"),
    ("undo", "ann", "u", "A", "A"),
]
MOVED_FROM_ANOTHERS_BIN = [
    ("pick", "bea", "u", "B", "A"),
    ("pick", "ann", "v", "B", "A"),
    ("pick", "bea", "u", "C", "A"),
]


def event(
    number: int, session: SessionState, kind: str, teacher: str, item: str, one: str, other: str
) -> Event | None:
    """A step as the desk records it, None where there is nothing to undo."""
    if kind in ("undo", "take out"):
        last = session.last_step(teacher, "" if kind == "undo" else item)
        return last and Event(str(number), "c", "undo", teacher, value=last.id)
    if kind in ("rename", "merge"):
        return Event(str(number), "c", kind, teacher, bin=one, value=other)
    return Event(str(number), "c", kind, teacher, item, one)


def possible(session: SessionState, done: Event) -> bool:
    try:
        session.check(done)
    except (DecisionError, UnknownName):
        return False
    return True


def follow(decisions: list[Decision], session: SessionState, done: Event) -> list[Decision]:
    """The effective decisions after an event."""
    made = plan(build(decisions), session, Gesture("c", done.teacher, done.id, 0, TAUGHT))
    gone = {one.supersedes for one in made}
    return [d for d in decisions if d.id not in gone] + [d for d in made if d.verdict is not None]


@given(steps, st.sampled_from(["sort", "pick"]))
@example(MERGED_INTO_NOTHING, "sort")
@example(NAME_TAKEN_AGAIN, "sort")
@example(MOVED_FROM_ANOTHERS_BIN, "sort")
def test_bins_stay_whole_and_decisions_follow_them(
    steps: list[tuple[str, str, str, str, str]], mode: str
) -> None:
    events = [Event("open", "c", "open", "ann", bin="A" if mode == "pick" else None, value=mode)]
    events += [Event(f"see {item}", "c", "observe", "ann", item) for item in ITEMS]
    session = fold("c", events)
    decisions: list[Decision] = []
    for number, step in enumerate(steps):
        done = event(number, session, *step)
        if done is None or not possible(session, done) or session.said_before(done):
            continue
        before = session.picks, session.bins
        events.append(done)
        session = fold("c", events)
        assert len(set(session.bins)) == len(session.bins)
        assert {pick.bin for pick in session.picks} <= set(session.bins)
        if done.kind == "undo":
            assert (session.picks, session.bins) != before
        decisions = follow(decisions, session, done)
        assert follow(decisions, session, done) == decisions
        holds(session, build(decisions))


def holds(session: SessionState, implications: Implications) -> None:
    """Items of a bin are the same, items of two bins different, and only the torn in conflict."""
    taught = session.taught()
    bin_of = {item: name for name, items in taught.items() for item in items}
    for a, b in combinations(bin_of, 2):
        apart = "different" if session.mode == "sort" else None
        assert implications.relation(a, b) == ("same" if bin_of[a] == bin_of[b] else apart)
    torn = session.contradictions()
    assert all(torn.keys() & {one.pair.a, one.pair.b} for one in implications.conflicts)
    carried = carry(session, implications)
    assert (dict(carried.taught), carried.refused, carried.joined) == (taught, {}, [])
