"""Positives near a synthetic one (CLSP, Zeng 2024; CL-FT, Zhu 2021; in embedding space).

https://arxiv.org/abs/2408.16965
https://arxiv.org/abs/2108.02982
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.proposals.search import nearest_rows
from curation.proposals.smoothing import unit
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class SyntheticPos(Strategy):
    """The real item nearest to a synthetic positive v of an item is asked. Score <v, e_j>.

    Where a generator made images of items, v is one of these at random, and j is nearest as the
    encoder sees them. Else a point beside the item stands for such an image: in turns
    v = norm((1 - w) e_i + w e_r) with w ~ U(0, 0.3) and a random r (CLSP mixes features so), and
    v = norm(l e_i + (1 - l) e_n) with l ~ Beta(2, 2) + 1, away from the nearest neighbour n
    (CL-FT's positive extrapolation).
    """

    id = "synthetic_pos"
    kind = "positive"
    family = "positives by synthesis"
    asks = "what a changed picture of it looks like"
    summary = "The real item nearest to a synthetic positive (CLSP, CL-FT)"
    when = "To vary positives where the nearest neighbours are all answered."
    paper = "CLSP, Zeng 2024; CL-FT, Zhu 2021"
    most: float = 0.3
    anchors: int = 2048
    per_item: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        items = rng.permutation(np.flatnonzero(state.eligible))
        anchors, points = generated_points(state, items, self.anchors, rng)
        among, what = state.base, "an image made of the other"
        if not len(anchors):
            anchors = items[: self.anchors]
            points = self._imagined(state, anchors, rng)
            among, what = state.space.vectors, "a synthetic positive"
        i, j, cosine = nearest_real(state, anchors, points, among)
        score = np.clip(cosine, 0, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"cosine {score[p]:.2f} to {what}" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)

    def _imagined(self, state: State, anchors: IndexArray, rng: np.random.Generator) -> FloatArray:
        """A synthetic positive [A, D] beside each anchor, in the space."""
        vectors, half = state.space.vectors, len(anchors) // 2
        w = rng.uniform(0, self.most, half)
        others = vectors[rng.integers(state.n_items, size=half)]
        mixed = interpolate(vectors[anchors[:half]], others, w)
        rest = anchors[half:]
        near = state.neighbours.indices[rest, 0]
        partner = np.where(near >= 0, near, rest)
        stretched = extrapolate(vectors[rest], vectors[partner], rng.beta(2, 2, len(rest)) + 1)
        return np.concatenate([mixed, stretched])


def generated_points(
    state: State, items: IndexArray, most: int, rng: np.random.Generator
) -> tuple[IndexArray, FloatArray]:
    """The first ``most`` of the items that have generated images, and of each a random one's
    frozen embedding [A, D0]."""
    made = state.synthetic
    if made is None:
        return items[:0], state.base[:0]
    anchors = items[made.rows[items].min(axis=1) >= 0][:most]
    chosen = rng.integers(made.rows.shape[1], size=len(anchors))
    return anchors, made.vectors[made.rows[anchors, chosen]]


def interpolate(vectors: FloatArray, others: FloatArray, w: Scores) -> FloatArray:
    """norm((1 - w) e + w o) for rows [A, D] and w [A]; w = 0 leaves the vector."""
    return unit((1 - w)[:, None] * vectors + w[:, None] * others)


def extrapolate(vectors: FloatArray, others: FloatArray, stretch: Scores) -> FloatArray:
    """norm(l e + (1 - l) o) float32 [A, D] of rows [A, D] and ``stretch`` l [A]: away from
    ``others`` for l > 1; l = 1 leaves the vector."""
    return unit(stretch[:, None] * vectors + (1 - stretch)[:, None] * others)


def nearest_real(
    state: State, anchors: IndexArray, points: FloatArray, among: FloatArray
) -> tuple[IndexArray, IndexArray, Scores]:
    """Anchors, the eligible item of ``among`` [N, D] nearest to each one's point [A, D] but
    itself, and the cosine."""
    found, cosine = nearest_rows(points, among, 6)
    fine = (found != anchors[:, None]) & state.eligible[found]
    rows = np.flatnonzero(fine.any(1))
    first = fine[rows].argmax(1)
    return anchors[rows], found[rows, first], cosine[rows, first].astype(np.float64)
