"""How far sorting has come, in numbers that anybody can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass

import numpy as np

from curation.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.criterion.sorted_groups import SortedGroup, columns, groups_of
from curation.decisions.agreement import wilson
from curation.decisions.sorting import last_grids
from curation.decisions.strategies import FOLDERS
from curation.learning.grouping import Grouping
from curation.learning.how_many import how_many
from curation.proposals.sorting.board import SURE
from curation.proposals.sorting.choosing import shown_in_a_minute
from curation.types import BoolArray, Decision, IndexArray
from curation.workspace.accepted import Accepted
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.sorting import Sorting

LATEST = 50
"""Guesses that the share of right ones looks back on; nothing is said below ``FEWEST``."""
FEWEST = 20
MIXED = 0.2
"""Share of a group's images that are unsure and would be in one other: it is mixed up with that."""
CERTIFIED = 0.95
"""Share of a group's images that are decided or accepted under a claim that holds for this group by
itself: it is certified."""
_OTHERWISE = 0.1
"""Share of the groups that may have come by pairs or piles where their number is told by names."""
STILL = 0.002
"""Where the next minute changes less than such a share of the images, it is good enough."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """By group int64 [K]: undecided images ``guessed`` to be in it, and those ``sure`` of it;
    ``settled``: images in all that are decided or sure."""

    guessed: IndexArray
    sure: IndexArray
    settled: int


class Progress:
    """What is decided, sure and right so far, and what another minute would change."""

    def __init__(
        self,
        context: Context,
        predicted: PredictedGroups,
        sorting: Sorting,
        accepted: Accepted,
    ) -> None:
        self._accepted = accepted
        self._context = context
        self._predicted = predicted
        self._sorting = sorting

    def of(self, criterion: str, reviewer: str) -> Json:
        """How far the sorting of a criterion is; times are those of the ``reviewer``.

        What rests on the predicted grouping is of the latest one; None where there is none yet.
        Raises UnknownName, and CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        groups = self._sorting.groups(owner)
        made = self._predicted.latest(criterion, shown)
        grouping = None if made is None else made.value
        decided = _decided(shown, groups)
        auto = Counter(one.anchor for one in self._accepted.images(criterion).values())
        counts = _counts(shown, groups, grouping, decided)
        images, in_all = int(shown.eligible.sum()), int((decided & shown.eligible).sum())
        with owner.changes.lock:
            timing = owner.answering.timing
            seconds, medians = timing.seconds(reviewer), timing.medians(reviewer)
            asked = shown_in_a_minute(int(decided.sum()), len(groups), timing.pace(reviewer))
        soon = self._predicted.next_minute(criterion, shown)
        if soon is None:
            next_minute = None
        else:  # what is shown is decided by that
            most = images - in_all
            next_minute = min(round(max(soon, min(asked, images - counts.settled))), most)
        return {
            "images": images,
            "decided": in_all,
            "by_folder": by_folder(owner.answering.decisions()),
            "number": self._number(owner, groups, images, in_all),
            "sure": counts.settled,
            "agreement": _agreement(owner),
            "next_minute": next_minute,
            "good_enough": next_minute is not None and next_minute < STILL * images,
            "seconds": round(seconds, 3),
            "pace": medians,
            "groups": _rows(
                owner, shown, groups, grouping, counts, auto, self._accepted.certified(criterion)
            ),
        }

    def _number(
        self, owner: Criterion, groups: Sequence[SortedGroup], images: int, decided: int
    ) -> Json | None:
        """How many groups there are, None where nobody can say yet."""
        names = self._context.log.names(owner.name)
        named = named_each(owner.answering.decisions(), names, groups)
        if decided >= images:
            named = np.ones(len(groups), np.int64)
        elif len(groups) - len(named) > _OTHERWISE * len(groups):
            return None
        found = how_many(named, images, decided)
        return None if found is None else asdict(found)


def named_each(
    standing: Iterable[Decision], names: Iterable[str], groups: Sequence[SortedGroup]
) -> IndexArray:
    """How many images of each group were named one by one int64 [G], of those with such images.

    ``names``: the items that a group's name was typed for.
    """
    inside = groups_of(groups)
    told = (one.pair.a for one in standing if one.strategy == "name" and one.verdict == "same")
    found = Counter(inside[item] for item in (*names, *told) if item in inside)
    return np.array(sorted(found.values()), np.int64)


def by_folder(standing: Sequence[Decision]) -> int:
    """Images that are in a group by the name of their folder alone."""
    ends: dict[bool, set[str]] = {True: set(), False: set()}
    for one in standing:
        if one.verdict == "same":
            ends[one.strategy == FOLDERS] |= {one.pair.a, one.pair.b}
    return len(ends[True] - ends[False])


def _decided(shown: Snapshot, groups: Sequence[SortedGroup]) -> BoolArray:
    """Whether answers put an image of a space into a group, bool [N]."""
    members = (item for group in groups for item in group.members)
    decided = np.zeros(shown.n_items, np.bool_)
    decided[[shown.position[item] for item in members if item in shown.position]] = True
    return decided


def _counts(
    shown: Snapshot,
    groups: Sequence[SortedGroup],
    grouping: Grouping | None,
    decided: BoolArray,
) -> _Counts:
    none = np.zeros(len(groups), np.int64)
    in_all = int((decided & shown.eligible).sum())
    if grouping is None:
        return _Counts(none, none, in_all)
    known = slice(min(len(grouping.labels), shown.n_items))
    open_ = shown.eligible[known] & ~decided[known]
    sure = open_ & (grouping.chance[known] >= SURE)
    column, first = _owned(groups, grouping, shown)
    labels = grouping.labels[known]
    guessed, certain = (
        np.bincount(labels[rows], minlength=grouping.n_groups)[column] * first
        for rows in (open_, sure)
    )
    return _Counts(guessed, certain, in_all + int(sure.sum()))


def _owned(
    groups: Sequence[SortedGroup], grouping: Grouping, shown: Snapshot
) -> tuple[IndexArray, BoolArray]:
    """The column int64 [K] of each group, and whether it is the first group in there."""
    column = columns(groups, grouping, shown.position)
    first = np.zeros(len(column), np.bool_)
    there = np.flatnonzero(column >= 0)
    first[there[np.unique(column[there], return_index=True)[1]]] = True
    return np.maximum(column, 0), first


def _agreement(owner: Criterion) -> Json | None:
    latest = owner.answering.guessed(LATEST)
    if len(latest) < FEWEST:
        return None
    low, high = wilson(sum(latest), len(latest))
    return {"right": sum(latest), "of": len(latest), "low": low, "high": high}


def _rows(
    owner: Criterion,
    shown: Snapshot,
    groups: Sequence[SortedGroup],
    grouping: Grouping | None,
    counts: _Counts,
    auto: Mapping[str, int],
    certified: Set[str],
) -> list[Json]:
    grids = last_grids(owner.answering.decisions(), groups_of(groups))
    rival = _rivals(groups, grouping, shown)
    rows = []
    for place, group in enumerate(groups):
        size, guessed = len(group.members), int(counts.guessed[place])
        sure = size + int(counts.sure[place])
        unseen = sum(auto.get(member, 0) for member in group.members)
        covered = unseen > 0 and size + unseen >= CERTIFIED * (size + guessed)
        held = covered and not certified.isdisjoint(group.members)
        rows.append(
            {
                "id": group.anchor,
                "name": group.name,
                "size": size,
                "guessed": guessed,
                "sure": sure,
                "auto": unseen,
                "state": _state(group, rival[place], sure, size + guessed, held),
                "mixed_with": rival[place],
                "wrong": grids.get(group.anchor),
            }
        )
    return rows


def _state(group: SortedGroup, rival: str | None, sure: int, images: int, certified: bool) -> str:
    if certified:
        return "certified"
    if images > len(group.members) and rival is not None:
        return "mixed"
    return "named" if group.name and 2 * sure >= images else "guessed"


def _rivals(
    groups: Sequence[SortedGroup], grouping: Grouping | None, shown: Snapshot
) -> list[str | None]:
    """The group that each group is mixed up with, None where it is with none."""
    if grouping is None or not grouping.rivals:
        return [None] * len(groups)
    column, first = _owned(groups, grouping, shown)
    owner_of = {
        int(column[place]): groups[place].anchor for place in np.flatnonzero(first).tolist()
    }
    found: list[str | None] = []
    for place in range(len(groups)):
        other, share = grouping.rivals[column[place]]
        mixed = first[place] and share >= MIXED
        found.append(owner_of.get(other) if mixed else None)
    return found
