"""Picks as decisions of the session's criterion.

The items of a bin are joined by `same`, in a star around its first pick; in *sort* the bins' first
picks are set apart by `different`, in *pick* nothing ever is. After every gesture the session's own
decisions are brought in line with its picks, whoever made them; answers of pair review stay. The
plan is a batch, named by the event that it follows from, so that a kill between the two is made
good on the next start, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from curation.decisions.closure import Implications, build
from curation.decisions.log import TAUGHT
from curation.decisions.regroup import Gesture
from curation.teaching.session import SessionState
from curation.types import Decision, Pair, Verdict


def plan(implications: Implications, session: SessionState, gesture: Gesture) -> list[Decision]:
    """What brings the session's decisions in line with its picks, after ``gesture``.

    A pair that was answered in pair review is left alone. Where it is only implied otherwise, the
    decision is made all the same, for the log to list the conflict.
    """
    taught = {name: items for name, items in session.taught().items() if items}
    bin_of = {item: name for name, items in taught.items() for item in items}
    wanted = dict.fromkeys(_wanted(session, taught))
    gone: list[Decision] = []
    kept: list[Decision] = []
    for one in implications.decisions.values():
        stays = one.strategy != TAUGHT or _said(one) in wanted or _holds(one, bin_of)
        (kept if stays else gone).append(one)
    state = build(kept)
    made = [gesture.decision(one.pair, None, one.id) for one in gone]
    for pair, verdict in wanted:
        if state.verdict(pair) is None and state.relation(pair.a, pair.b) != verdict:
            made.append(gesture.decision(pair, verdict))
            state.add(made[-1])
    return made


def _wanted(
    session: SessionState, taught: Mapping[str, list[str]]
) -> Iterator[tuple[Pair, Verdict]]:
    """Stars, the bins apart, then what teachers disagree about: in every bin that one of them said,
    but no star's centre, so that it joins no bins."""
    for items in taught.values():
        for other in items[1:]:
            yield Pair.of(items[0], other), "same"
    if session.mode == "sort":
        for one, two in combinations([items[0] for items in taught.values()], 2):
            yield Pair.of(one, two), "different"
    for item, picks in session.contradictions().items():
        for pick in picks:
            if pick.bin in taught:
                yield Pair.of(taught[pick.bin][0], item), "same"


def _said(decision: Decision) -> tuple[Pair, Verdict | None]:
    return decision.pair, decision.verdict


def _holds(decision: Decision, bin_of: dict[str, str]) -> bool:
    """Whether it is true of the bins, though another would say it now."""
    a, b = bin_of.get(decision.pair.a), bin_of.get(decision.pair.b)
    return None not in (a, b) and (decision.verdict == "same") == (a == b)
