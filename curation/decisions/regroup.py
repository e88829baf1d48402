"""Gestures on whole groups as plans of decisions: join, none of these, split.

A plan is a list of decisions with one batch id, to append as they are: one undo takes it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from curation.decisions.closure import Implications, Relation, build
from curation.decisions.paths import Links, components
from curation.decisions.strategies import FOLDERS, GROUPED
from curation.errors import DecisionError
from curation.types import Decision, Pair, Verdict


class ContradictedError(DecisionError):
    """A gesture contradicts earlier decisions: ``decision_ids``, along the items ``items``.

    ``known``: the relation of the first to the last item that stands against it, None where a group
    is torn by open conflicts.
    """

    def __init__(
        self,
        message: str,
        decision_ids: Sequence[str],
        items: Sequence[str],
        known: Relation | None = None,
    ) -> None:
        super().__init__(message)
        self.known = known
        self.decision_ids = tuple(decision_ids)
        self.items = tuple(items)


@dataclass(frozen=True, slots=True)
class Gesture:
    """Who makes it, for which criterion, under which batch id, seen in which generation."""

    criterion: str
    reviewer: str
    batch_id: str
    generation: int = 0
    strategy: str = GROUPED

    def decision(
        self, pair: Pair, verdict: Verdict | None, supersedes: str | None = None
    ) -> Decision:
        """A decision of this gesture with an id of its own."""
        return Decision(
            id=uuid.uuid4().hex,
            pair=pair,
            verdict=verdict,
            criterion=self.criterion,
            reviewer=self.reviewer,
            strategy=self.strategy,
            generation=self.generation,
            batch_id=self.batch_id,
            supersedes=supersedes,
        )


def join_plan(implications: Implications, items: Sequence[str], gesture: Gesture) -> list[Decision]:
    """These belong together: `same` between the first item and one item of every other group.

    Merging groups is the same with one item of each. Nothing for what is implied already. Raises
    ContradictedError where two of the items are known to be different.
    """
    fronts = _one_a_group(implications, items)
    for place, y in enumerate(fronts):
        for x in fronts[:place]:
            if implications.relation(x, y) == "different":
                raise _contradicted(implications, x, y, "belong together")
    return [gesture.decision(Pair.of(fronts[0], other), "same") for other in fronts[1:]]


def none_plan(
    implications: Implications, anchor: str, items: Sequence[str], gesture: Gesture
) -> list[Decision]:
    """None belongs to the anchor: `different` to one item of every group not yet set apart.

    Raises ContradictedError where an item is known to be the same as the anchor, DecisionError
    where the anchor is among the items.
    """
    if anchor in items:
        raise DecisionError(
            f"The anchor {anchor} is among the items that do not belong to it; untick it."
        )
    fronts = _one_a_group(implications, items)
    for item in fronts:
        if implications.relation(anchor, item) == "same":
            raise _contradicted(implications, anchor, item, "be set apart")
    return [
        gesture.decision(Pair.of(anchor, item), "different")
        for item in fronts
        if implications.relation(anchor, item) is None
    ]


def split_plan(
    implications: Implications, part: Collection[str], gesture: Gesture
) -> list[Decision]:
    """Take ``part`` out of its group, so that both sides are groups, known to be different.

    Takes back the `same` decisions between the sides, joins a side again where it fell apart, and
    adds one `different`. Raises DecisionError where ``part`` is not a proper part of one group,
    ContradictedError where older contradicting decisions would tear the sides again.
    """
    chosen, rest = _sides(implications, part)
    crossing = _crossing(implications, chosen, set(rest))
    plan = [_taken_back(decision, gesture) for decision in crossing]
    for side in (chosen, rest):
        plan += _rejoin(implications.links, side, crossing, gesture)
    if not any(decision.verdict == "different" for decision in plan):
        plan.append(gesture.decision(crossing[0].pair, "different"))
    if implications.conflicts:
        _check_split(implications, plan)
    return plan


def _sides(implications: Implications, part: Collection[str]) -> tuple[list[str], list[str]]:
    wanted = set(part)
    members = set(implications.members(min(wanted))) if wanted else set[str]()
    if not wanted or not wanted < members:
        raise DecisionError(
            f"Expected some, not all, of the items of one group, got {len(wanted)} items of which "
            f"{len(wanted & members)} are among the {len(members)} of a group; choose items of "
            "one group and leave at least one."
        )
    return sorted(wanted), sorted(members - wanted)


def _crossing(implications: Implications, side: Iterable[str], other: set[str]) -> list[Decision]:
    """Applied `same` decisions between two sides, oldest first."""
    found = {
        id
        for item in side
        for linked, ids in implications.links[item].items()
        if linked in other
        for id in ids
    }
    return [decision for id, decision in implications.decisions.items() if id in found]


def _taken_back(decision: Decision, gesture: Gesture) -> Decision:
    # A retraction would bring back what a changed decision had replaced, so that is changed again.
    verdict: Verdict | None = None if decision.supersedes is None else "different"
    return gesture.decision(decision.pair, verdict, decision.id)


def _rejoin(
    links: Links, side: Sequence[str], crossing: Sequence[Decision], gesture: Gesture
) -> list[Decision]:
    """Nobody looked at these pairs: what rested on a folder's name alone still does."""
    looked = {
        end for one in crossing if one.strategy != FOLDERS for end in (one.pair.a, one.pair.b)
    }
    parts = sorted(components(links, side), key=lambda part: (looked.isdisjoint(part), -len(part)))
    hub = max(parts[0], key=lambda item: len(links[item]))
    by_look = replace(gesture, strategy=GROUPED)
    by_name = replace(gesture, strategy=FOLDERS)
    return [
        (by_name if looked.isdisjoint(other) else by_look).decision(Pair.of(hub, other[0]), "same")
        for other in parts[1:]
    ]


def _check_split(implications: Implications, plan: Sequence[Decision]) -> None:
    gone = {decision.supersedes for decision in plan}
    after = build(d for id, d in implications.decisions.items() if id not in gone)
    effects = [after.add(decision) for decision in plan if decision.verdict is not None]
    blocking = [effect.conflict for effect in effects if effect.conflict]
    if not blocking:
        return
    ours = {decision.id for decision in plan}
    ids = dict.fromkeys(id for conflict in blocking for id in conflict.path if id not in ours)
    items = dict.fromkeys(item for conflict in blocking for item in conflict.items)
    raise ContradictedError(
        "Expected a group without open contradictions, got one that these decisions would tear "
        f"when it is split: {', '.join(ids)}; resolve the conflicts first, then split.",
        tuple(ids),
        tuple(items),
    )


def _one_a_group(implications: Implications, items: Sequence[str]) -> list[str]:
    """The first item of every group among ``items``."""
    fronts: list[str] = []
    covered = set[str]()
    for item in items:
        if item not in covered:
            fronts.append(item)
            covered.update(implications.members(item))
    return fronts


def _contradicted(implications: Implications, x: str, y: str, wish: str) -> ContradictedError:
    ids, items = implications.path(x, y)
    known = implications.relation(x, y)
    return ContradictedError(
        f"Expected items that may {wish}, got {x} and {y}, known to be {known} by the decisions "
        f"{', '.join(ids)}; change one of these first, or leave one of the items out.",
        ids,
        items,
        known,
    )
