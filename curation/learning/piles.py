"""Small piles that surely are one thing each, and which of them lie side by side.

Where groups are many and small, naming images one by one and sweeping large groups find little. So
piles that a cautious clustering makes are asked about where a bold one would join them: mutual
neighbours split too much, average linkage (Sokal and Michener 1958) joins too much.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from curation import ties
from curation.proposals.smoothing import unit
from curation.proposals.state import rowwise
from curation.types import FloatArray, IndexArray, Neighbours

_MUTUAL = 2
"""Two items are of one pile where each is among the so many nearest of the other."""
_MOST_PAIRS = 5000


def piles(neighbours: Neighbours) -> IndexArray:
    """Pile int64 [N] of every item: connected components of mutual nearest neighbours."""
    near = neighbours.indices[:, :_MUTUAL]
    rows, columns = np.nonzero(near >= 0)
    ones = np.ones(len(rows), np.int8)
    graph = sparse.csr_array((ones, (rows, near[rows, columns])), shape=(len(near), len(near)))
    mutual = graph.multiply(graph.T)
    return np.asarray(connected_components(mutual, directed=False)[1], np.int64)


def side_by_side(features: FloatArray, pile: IndexArray, neighbours: Neighbours) -> IndexArray:
    """int64 [P, 2] the middles of two piles that have neighbours in each other, most alike first.

    ``features`` float32 [N, D] unit norm; a middle is the item nearest to the mean of its pile.
    """
    n, n_piles = len(pile), int(pile.max(initial=-1)) + 1
    member = sparse.csr_array((np.ones(n, np.float32), (pile, np.arange(n))), (n_piles, n))
    mean = unit(member @ features)
    rows, columns = np.nonzero(neighbours.indices >= 0)
    ends = np.stack([pile[rows], pile[neighbours.indices[rows, columns]]], axis=1)
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    alike = rowwise(mean, ends[:, 0], ends[:, 1])
    chosen = ends[ties.best_first(alike)[:_MOST_PAIRS]]
    return _middles(features, mean, pile)[chosen]


def _middles(features: FloatArray, mean: FloatArray, pile: IndexArray) -> IndexArray:
    """Row int64 [U] of the item nearest to the mean of each pile, of equal ones the first."""
    closeness = np.einsum("nd,nd->n", features.astype(np.float64), mean[pile].astype(np.float64))
    order = np.lexsort((ties.steps_down(closeness), pile))
    return order[np.unique(pile[order], return_index=True)[1]]
