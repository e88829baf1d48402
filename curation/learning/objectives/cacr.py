"""CACR (Zheng et al. 2021): conditional attraction and repulsion of squared distances."""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import cosine, mean_over, negatives_of


class CACR(Objective):
    """Of an anchor's positives the farthest is drawn most, of its negatives the nearest pushed
    most; positives are views and must-links."""

    def __init__(self, head: Head, *, t_pos: float = 1.0, t_neg: float = 2.0) -> None:
        del head
        super().__init__()
        self.t_pos = t_pos
        self.t_neg = t_neg

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        positive = relations.positive > 0
        negative = negatives_of(relations.positive, relations.ignored)
        distance = 2.0 - 2.0 * cosine(vectors)
        pulled = attraction(distance, positive, self.t_pos)
        return mean_over(
            pulled + repulsion(distance, negative, self.t_neg), positive.any(1) | negative.any(1)
        )


def attraction(distance: Tensor, positive: Tensor, t: float = 1.0) -> Tensor:
    """``sum_p softmax_p(t d_p) d_p`` [M] over squared distances [M, K] where ``positive``; 0 where
    there is none."""
    return (_share(t * distance, positive) * distance).sum(1)


def repulsion(distance: Tensor, negative: Tensor, t: float = 2.0) -> Tensor:
    """``-sum_k softmax_k(-t d_k) d_k`` [M] over squared distances [M, K] where ``negative``; 0
    where there is none."""
    return -(_share(-t * distance, negative) * distance).sum(1)


def _share(logits: Tensor, mask: Tensor) -> Tensor:
    low = torch.finfo(logits.dtype).min / 4
    return logits.masked_fill(~mask, low).softmax(1) * mask
