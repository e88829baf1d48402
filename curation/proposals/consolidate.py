"""Fill the groups one random item at a time (Basu 2004, SDM).

https://doi.org/10.1137/1.9781611972740.31
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import State, group_means
from curation.proposals.item_strategy import ItemStrategy, Picks, falling, unplaced
from curation.proposals.smoothing import unit


@dataclass(eq=False)
class Consolidate(ItemStrategy):
    """A random unplaced item, asked against the groups in order of their means' distance.

    After "different" to all groups but one, the paper takes the last for granted,
    which needs to know all groups; here the last is asked too.
    """

    id = "consolidate"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "is it in this group?"
    summary = "Random items against the groups, nearest mean first (Basu)"
    when = "When all groups are found and their members have to be collected evenly."
    paper = "Explore and Consolidate, Basu 2004"
    needs = ("apart",)

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        items = rng.permutation(unplaced(state))[:count]
        vectors = state.space.vectors
        means = group_means(vectors, state.constraints.group)[state.membership.cores]
        near = ties.products(vectors[items], unit(means))
        return Picks(items, falling(len(items)), "a random item, nearest group first", near)
