"""One image against five groups at once: which one, or none? (IDC, Liu 2024)"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Scores, State
from curation.proposals.idc_value import IdcValue
from curation.proposals.item_strategy import unplaced
from curation.proposals.search import nearest_rows
from curation.types import IndexArray, Pair, Proposal

STRATEGY = IdcValue.id
GROUPS = 5
_LATELY = 1000
_ALIKE = 1e-12


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
    """The most valuable item that two groups or more are open to.

    Neither one ``seen`` nor one known to belong with it, whose answer would be the same.
    """
    known = state.membership
    if len(known.cores) < 2:
        return None
    names, seen = state.space.item_ids, set(seen)
    before = np.array([row for row, name in enumerate(names) if name in seen], np.int64)
    items = _apart_from(state, unplaced(state), before)
    for item in items[np.argsort(-_worth(state, items, before), kind="stable")].tolist():
        open_ = state.may_ask(np.full(len(known.cores), item), known.representative)
        if open_.sum() < 2:
            continue
        chance = np.where(open_, known.probabilities[item], -1.0)
        best = np.argsort(-chance, kind="stable")[: min(GROUPS, int(open_.sum()))]
        return Question(
            item=names[item],
            covers=tuple(names[known.representative[g]] for g in best),
            chances=tuple(float(chance[g]) for g in best),
        )
    return None


def _apart_from(state: State, items: IndexArray, before: IndexArray) -> IndexArray:
    """Of ``items`` those that are not ``before``, nor in a must-link group with one of them."""
    group = state.constraints.group
    mates = group[before][group[before] >= 0]
    return items[~np.isin(items, before) & ~np.isin(group[items], mates)]


def _worth(state: State, items: IndexArray, before: IndexArray) -> Scores:
    """v = h + r + d [M] of items [M] (methods 3.3): those picked before, of which d tells how
    unlike an item is, are the ones ``before`` and all that were asked about lately."""
    value = IdcValue().value(state, items)
    picked = np.union1d(before, state.constraints.pairs[-_LATELY:])
    if not (len(items) and len(picked)):
        return value
    vectors = state.space.vectors
    cosine = nearest_rows(vectors[items], vectors[picked], 1)[1][:, 0].astype(np.float64)
    unlike: Scores = np.log(np.maximum(1 - cosine, _ALIKE))
    return value + unlike
