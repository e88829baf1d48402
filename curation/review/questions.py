"""One image against five groups at once: which one, or none? (IDC, Liu 2024)"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from curation.proposals.base import State
from curation.proposals.idc_value import IdcValue
from curation.settings import SEED
from curation.types import Pair, Proposal

STRATEGY = IdcValue.id
GROUPS = 5
_LOOKED_AT = 40


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
    """The most valuable item, not ``seen``, that two groups or more are open to."""
    known = state.membership
    if len(known.cores) < 2:
        return None
    items = IdcValue().pick(state, _LOOKED_AT + len(seen), np.random.default_rng(SEED)).items
    for item in items.tolist():
        name = state.space.item_ids[item]
        open_ = state.may_ask(np.full(len(known.cores), item), known.representative)
        if name in seen or open_.sum() < 2:
            continue
        chance = np.where(open_, known.probabilities[item], -1.0)
        best = np.argsort(-chance, kind="stable")[: min(GROUPS, int(open_.sum()))]
        return Question(
            item=name,
            covers=tuple(state.space.item_ids[known.representative[g]] for g in best),
            chances=tuple(float(chance[g]) for g in best),
        )
    return None
