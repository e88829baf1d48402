"""One image against five groups at once: which one, or none? (IDC, Liu 2024)"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Scores, State
from curation.proposals.idc_value import IdcValue, nearness
from curation.proposals.item_strategy import unplaced
from curation.proposals.membership import Membership, fit_membership
from curation.settings import QUESTION_COVERS
from curation.types import IndexArray, Pair, Proposal

STRATEGY = IdcValue.id


@dataclass(frozen=True, slots=True)
class Question:
    """``item`` and up to five ``covers``, items that stand for a group each, likeliest first;
    ``chances`` that the item is in each of the groups."""

    item: str
    covers: tuple[str, ...]
    chances: tuple[float, ...]

    def proposals(self, generation: int) -> list[Proposal]:
        """The pairs that an answer decides."""
        return [
            Proposal(Pair.of(self.item, cover), "uncertain", STRATEGY, chance,
                     f"{chance:.0%} likely in this group", generation, rank)
            for rank, (cover, chance) in enumerate(zip(self.covers, self.chances, strict=True), 1)
        ]  # fmt: skip


def next_question(state: State, seen: Collection[str]) -> Question | None:
    """The most valuable item that a group is open to, once two groups are known to differ.

    Neither one ``seen`` nor one known to belong with it, whose answer would be the same. An answer
    "none of them" starts a group that later questions ask for, too.
    """
    known = fit_membership(
        state.features, state.constraints, state.eligible, refusals=QUESTION_COVERS
    )
    if len(known.cores) < 2:
        return None
    names, seen = state.space.item_ids, set(seen)
    before = np.array([row for row, name in enumerate(names) if name in seen], np.int64)
    items = _apart_from(state, unplaced(state), before)
    for item in items[ties.best_first(_worth(state, items, before))].tolist():
        groups = _open_groups(state, known, item)
        if groups:
            return Question(
                item=names[item],
                covers=tuple(names[known.representative[g]] for g in groups),
                chances=tuple(float(known.probabilities[item, g]) for g in groups),
            )
    return None


def _apart_from(state: State, items: IndexArray, before: IndexArray) -> IndexArray:
    """Of ``items`` those that are not ``before``, nor in a must-link group with one of them."""
    group = state.constraints.group
    mates = group[before][group[before] >= 0]
    return items[~np.isin(items, before) & ~np.isin(group[items], mates)]


def _worth(state: State, items: IndexArray, before: IndexArray) -> Scores:
    """v = h + r + d [M] of items [M] (methods 3.3), d also beside those ``before``."""
    near = nearness(state, items, before)
    value = IdcValue().value(state, items)
    return value if near is None else value + near


def _open_groups(state: State, known: Membership, item: int) -> list[int]:
    """Up to five groups the item may be in, likeliest first, all set ``apart`` from each other: of
    two that may be one, an answer for the first would be a wrong one against the second."""
    open_ = state.may_ask(np.full(len(known.cores), item), known.representative)
    taken: list[int] = []
    for g in ties.best_first(known.preference[item]):
        if open_[g] and known.apart[known.cores[g]].issuperset(known.cores[taken].tolist()):
            taken.append(int(g))
    return taken[:QUESTION_COVERS]
