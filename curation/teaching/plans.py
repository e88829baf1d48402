"""Picks as decisions of the session's criterion.

The items of a bin are joined by `same`, in a star around its first pick; in *sort* the bins' first
picks are set apart by `different`, in *pick* nothing ever is. A plan is a batch, named by the event
that it follows from, so that a kill between the two is made good on the next start, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curation.decisions.closure import Implications, build
from curation.decisions.regroup import Gesture
from curation.teaching.session import Session
from curation.types import Decision, Pair

STRATEGY = "teach"


def pick_plan(
    implications: Implications, session: Session, item: str, gesture: Gesture
) -> list[Decision]:
    """What follows from the newest pick of ``item``: joined to its bin, set apart from others.

    Where that contradicts earlier decisions, the decision is made all the same, for the log to
    list the conflict.
    """
    name = session.standing(item)[-1].bin
    if _moved(implications, item, name, session, gesture.reviewer):
        return repair_plan(implications, session, [item], gesture)
    plan: list[Decision] = []
    members = _members(session, name)
    others = [member for member in members if member != item]
    if others:
        if implications.relation(item, others[0]) != "same":
            plan.append(gesture.decision(Pair.of(others[0], item), "same"))
        return plan
    if session.mode == "sort":
        plan += _apart(implications, item, session, name, gesture)
    return plan


def repair_plan(
    implications: Implications, session: Session, items: Iterable[str], gesture: Gesture
) -> list[Decision]:
    """Bring the session's own decisions about ``items`` in line with its picks, after an undo.

    Takes back what joined or set apart these items, joins what fell apart, and sets the bins apart
    again.
    """
    plan: list[Decision] = []
    for item in items:
        plan += [_taken_back(d, gesture) for d in _own(implications, item)]
    plan = list({decision.supersedes: decision for decision in plan}.values())
    state = _after(implications, plan)
    for name in session.bins:
        members = _members(session, name)
        for other in members[1:]:
            if state.relation(members[0], other) is None:
                plan.append(gesture.decision(Pair.of(members[0], other), "same"))
                state.add(plan[-1])
    if session.mode == "sort":
        for name in session.bins:
            for first in _members(session, name)[:1]:
                more = _apart(state, first, session, name, gesture)
                for decision in more:
                    state.add(decision)
                plan += more
    return plan


def merge_plan(
    implications: Implications, joined: Sequence[str], gesture: Gesture
) -> list[Decision]:
    """Join bins after a merge: what set their items apart is changed to `same` or taken back."""
    items = set(joined)
    apart = [
        one
        for one in implications.decisions.values()
        if one.verdict == "different" and {one.pair.a, one.pair.b} <= items
    ]
    plan = [
        gesture.decision(one.pair, None if number else "same", one.id)
        for number, one in enumerate(apart)
    ]
    state = _after(implications, plan)
    for other in joined[1:]:
        if state.relation(joined[0], other) is None:
            plan.append(gesture.decision(Pair.of(joined[0], other), "same"))
            state.add(plan[-1])
    return plan


def _moved(
    implications: Implications, item: str, name: str, session: Session, teacher: str
) -> bool:
    """Whether decisions of this teacher hold ``item`` in another bin than ``name``."""
    stays = set(_members(session, name))
    return any(
        (one.verdict == "same") != ((one.pair.a if one.pair.b == item else one.pair.b) in stays)
        for one in _own(implications, item)
        if one.reviewer == teacher
    )


def _own(implications: Implications, item: str) -> list[Decision]:
    return [
        one
        for one in implications.decisions.values()
        if one.strategy == STRATEGY and item in (one.pair.a, one.pair.b)
    ]


def _members(session: Session, name: str) -> list[str]:
    return list(dict.fromkeys(pick.item for pick in session.picks if pick.bin == name))


def _apart(
    implications: Implications, item: str, session: Session, name: str, gesture: Gesture
) -> list[Decision]:
    firsts = [_members(session, other)[:1] for other in session.bins if other != name]
    return [
        gesture.decision(Pair.of(item, first), "different")
        for found in firsts
        for first in found
        if first != item and implications.relation(item, first) is None
    ]


def _taken_back(decision: Decision, gesture: Gesture) -> Decision:
    return gesture.decision(decision.pair, None, decision.id)


def _after(implications: Implications, plan: Sequence[Decision]) -> Implications:
    """The implications once ``plan`` is applied."""
    gone = {decision.supersedes for decision in plan}
    state = build(one for id, one in implications.decisions.items() if id not in gone)
    for decision in plan:
        if decision.verdict is not None:
            state.add(decision)
    return state
