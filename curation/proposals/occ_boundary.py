"""Pairs on the boundary between same and different cluster (OCC-style, Wang 2022).

https://arxiv.org/abs/2211.00409
https://arxiv.org/abs/2412.13690
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import FloatArray, IndexArray

_RANDOM_PER_ITEM = 10
_SHORTLIST = 2000
_REMEMBERED = 500


@dataclass(eq=False)
class OccBoundary(Strategy):
    """score = H2(q_ij) / ln 2 x density x novelty (form OCC-style, spec ours).

    q_ij = sum_k p_ik p_jk from the cluster head, or, without one, the calibrated P(same) of the
    cosine. Density is the mean typicality rank of the two items; novelty one minus the largest
    similarity to a pair already asked, since pure uncertainty asks outliers over and over.
    """

    id = "occ_boundary"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "it could be either: one, or two?"
    summary = "As likely together as apart, typical, and not yet asked like this (OCC)"
    when = "To sharpen the border between groups that are found already."
    paper = "OCC, Wang 2022"
    k: int = 20

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        i, j = self._pool(state, rng)
        q = self._same_probability(state, i, j)
        score = binary_entropy(q) * (state.density[i] + state.density[j]) / 2
        short = best_open(state, i, j, score, max(_SHORTLIST, budget))
        i, j, q, score = i[short], j[short], q[short], score[short]
        score = score * novelty(state, i, j)
        best = best_open(state, i, j, score, budget, per_item=2)
        reasons = [f"{q[p]:.0%} likely together" for p in best]
        return Candidates(i[best], j[best], np.clip(score[best], 0, 1), reasons)

    def _pool(self, state: State, rng: np.random.Generator) -> tuple[IndexArray, IndexArray]:
        i, j, _ = state.neighbour_pairs(self.k)
        others = rng.integers(state.n_items, size=(2, _RANDOM_PER_ITEM * state.n_items))
        return np.concatenate([i, others[0]]), np.concatenate([j, others[1]])

    def _same_probability(self, state: State, i: IndexArray, j: IndexArray) -> Scores:
        if state.assignment is not None:
            return same_cluster(state.assignment, i, j)
        return state.same_probability(state.similarity(i, j))


def same_cluster(assignment: FloatArray, i: IndexArray, j: IndexArray) -> Scores:
    """q [P] = sum_k p_ik p_jk for soft assignments [N, K]."""
    return np.asarray(np.einsum("pk,pk->p", assignment[i], assignment[j]), np.float64)


def binary_entropy(q: Scores) -> Scores:
    """H2(q) / ln 2 in bits of chances [..], in their shape: 0 at 0 and 1, 1 at 0.5."""
    inside = np.clip(q, 1e-12, 1 - 1e-12)
    bits = -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
    return np.asarray(np.where((q <= 0) | (q >= 1), 0.0, bits), np.float64)


def novelty(state: State, i: IndexArray, j: IndexArray) -> Scores:
    """1 - the largest similarity [P] of a pair to an asked one, ends matched the better way."""
    asked = state.constraints.pairs[-_REMEMBERED:]
    if not len(asked) or not len(i):
        return np.ones(len(i))
    vectors = state.space.vectors
    ends = vectors[asked.T.ravel()].astype(np.float64)
    left, right = ties.products(vectors[i], ends), ties.products(vectors[j], ends)
    half = len(asked)
    straight = left[:, :half] + right[:, half:]
    crossed = left[:, half:] + right[:, :half]
    nearest = np.maximum(straight, crossed).max(1) / 2
    return np.asarray(np.clip(1 - nearest, 0, 1), np.float64)
