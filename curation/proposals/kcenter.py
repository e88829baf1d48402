"""Far from all answered items (core-set, Sener and Savarese 2018, ICLR).

https://arxiv.org/abs/1708.00489
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import State
from curation.proposals.item_strategy import ItemStrategy, Picks, named, unnamed
from curation.proposals.search import farthest_first


@dataclass(eq=False)
class KCenter(ItemStrategy):
    """argmax_i min_{s in S} d(i, s), S the answered items: the greedy 2-approximation.

    Score d / 2. Outliers come first by design.
    """

    id = "kcenter"
    kind = "uncertain"
    family = "seeding"
    asks = "unlike all seen so far: is it this group?"
    summary = "Farthest from everything answered (core-set)"
    when = "To make sure that no rare group is left out."
    paper = "Core-set, Sener 2018"

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        items, cosine = farthest_first(state, named(state), unnamed(state), count, rng)
        score = np.sqrt(np.maximum(2 - 2 * cosine, 0)) / 2
        return Picks(items, np.clip(score, 0, 1), "far from everything answered")
