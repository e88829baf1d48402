"""Alike in words, unlike in the picture (CLIP family).

https://arxiv.org/abs/2103.00020
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, State, Strategy, best_open, rowwise
from curation.proposals.search import nearest_rows
from curation.types import FloatArray, IndexArray


@dataclass(eq=False)
class TextAgree(Strategy):
    """The k nearest in the second modality; score = s_text - s_image.

    The second modality is any other embedding of the items: captions, sound, depth. The reverse,
    near in the picture and far in words, is left to the hard negatives: a strategy has one kind.
    """

    id = "text_agree"
    kind = "positive"
    family = "positives across modalities"
    asks = "alike in words, unlike to look at"
    summary = "Near in captions or another modality, far in the picture (CLIP family)"
    when = "When captions, tags or another sensor come with the images."
    paper = "CLIP, Radford 2021"
    needs = ("second",)
    k: int = 10
    per_item: int = 3

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        second = state.second
        assert second is not None  # the need says so
        i, j = state.once("second", lambda: nearest_in(second, self.k))
        told = rowwise(second, i, j)
        gap = told - state.similarity(i, j)
        score = np.clip(gap, 0, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        best = best[ties.below(0, score[best])]
        reasons = [f"cosine {told[p]:.2f} in words, {told[p] - gap[p]:.2f} seen" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)


def nearest_in(second: FloatArray, k: int) -> tuple[IndexArray, IndexArray]:
    """Each described item int64 [M] with its k nearest others int64 [M, k]; of ``second`` [N, D2]
    rows that are zero describe nothing."""
    rows = np.flatnonzero(np.any(second, axis=1))
    found, _ = nearest_rows(second[rows], second[rows], k + 1)
    left = np.repeat(rows, found.shape[1])
    right = rows[found.ravel()] if len(rows) else left
    other = left != right
    return left[other], right[other]
