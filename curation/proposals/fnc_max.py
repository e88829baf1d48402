"""False negatives seen through augmented views (FNC, Huynh 2022, WACV).

https://arxiv.org/abs/2011.11765
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class FncMax(Strategy):
    """Top 10 of each anchor by the maximum over its views, above a threshold.

    score_im = max over the anchor's views v of <v, original of m>. The paper's threshold 0.7 fits
    one encoder; here it is the 0.99 quantile of all scores seen. Without views the original is
    the only view. Anchors are drawn at random, at most 512 a call, which bounds the cost.
    """

    id = "fnc_max"
    kind = "false_negative"
    family = "false negatives"
    asks = "kept apart so far, and yet alike"
    summary = "Trained apart, yet a view of one looks like the other (FNC)"
    when = "To clean the negatives of a contrastive run, above all with views of the images."
    paper = "FNC, Huynh 2022"
    k: int = 10
    quantile: float = 0.99
    anchors: int = 512
    per_item: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        eligible = np.flatnonzero(state.eligible)
        anchors = np.sort(rng.permutation(eligible)[: self.anchors])
        scores, view = view_scores(anchor_views(state, anchors), state.base)
        scores[np.arange(len(anchors)), anchors] = -1.0
        rows, columns = top_above(scores, self.k, float(np.quantile(scores, self.quantile)))
        i, j = anchors[rows], columns
        score = np.clip(scores[rows, columns], 0, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        apart = state.similarity(i[best], j[best])
        reasons = [
            f"cosine {score[p]:.2f} in view {view[rows[p], columns[p]] + 1}, now {cosine:.2f}"
            for p, cosine in zip(best, apart, strict=True)
        ]
        return Candidates(i[best], j[best], score[best], reasons)


def anchor_views(state: State, anchors: IndexArray) -> FloatArray:
    """Views float32 [A, V, D0] of the anchors; the original alone where none are cached."""
    if state.views is None or state.views.shape[1] == 0:
        return state.base[anchors][:, None, :]
    return np.asarray(state.views[anchors], np.float32)


def view_scores(views: FloatArray, originals: FloatArray) -> tuple[Scores, npt.NDArray[np.int8]]:
    """Maximum over V of views [A, V, D] against originals [N, D]: scores [A, N] and its view."""
    best = np.full((len(views), len(originals)), -np.inf)
    which = np.zeros(best.shape, np.int8)
    originals = originals.astype(np.float64)
    for v in range(views.shape[1]):
        scores = ties.products(views[:, v], originals)
        which[ties.below(best, scores)] = v
        best = np.maximum(best, scores)
    return best, which


def top_above(scores: Scores, k: int, threshold: float) -> tuple[IndexArray, IndexArray]:
    """Rows and columns int64 [P] of entries of ``scores`` float64 [A, N] among their row's k
    largest and above the threshold."""
    k = min(k, scores.shape[1])
    columns = ties.few_best(scores, k)
    rows = np.repeat(np.arange(len(scores)), k)
    flat = columns.ravel()
    keep = ties.below(threshold, scores[rows, flat])
    return rows[keep].astype(np.int64), flat[keep].astype(np.int64)
