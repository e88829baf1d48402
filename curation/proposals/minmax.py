"""The item least like the skeleton (Min-Max, Mallapragada 2008, ICPR).

https://ieeexplore.ieee.org/document/4761792
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Scores, State
from curation.proposals.item_strategy import ItemStrategy, Picks, unplaced
from curation.proposals.search import farthest_first


@dataclass(eq=False)
class MinMax(ItemStrategy):
    """argmin_i max_s exp(-d(i, s)^2 / (2 sigma^2)) over the skeleton s: the members of the groups.

    sigma is the 20th percentile of distances. Each pick joins the skeleton before
    the next. Score 1 - that maximum.
    """

    id = "minmax"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "unlike all placed so far: is it this group?"
    summary = "The items least like any placed one (Min-Max)"
    when = "After the groups are found, to reach their far ends and what was missed."
    paper = "Min-Max, Mallapragada 2008"
    percentile: float = 20.0

    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        skeleton = np.flatnonzero(np.isin(state.constraints.group, state.membership.cores))
        sample = np.sqrt(np.maximum(2 - 2 * state.random_similarities(rng, 512), 0))
        sigma = float(np.percentile(sample, self.percentile)) if sample.size else 1.0
        items, cosine = farthest_first(state, skeleton, unplaced(state), count, rng)
        return Picks(items, 1 - kernel(cosine, sigma), "least like any placed item")


def kernel(cosine: Scores, sigma: float) -> Scores:
    """exp(-d^2 / (2 sigma^2)) of unit vectors with these cosines [..]; d^2 = 2 - 2 cosine."""
    return np.asarray(np.exp(-(2 - 2 * cosine) / (2 * max(sigma, 1e-6) ** 2)), np.float64)
