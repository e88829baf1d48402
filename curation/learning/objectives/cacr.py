"""CACR (Zheng et al. 2021): conditional attraction and repulsion of squared distances.

https://arxiv.org/abs/2105.03746
"""

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
        positive = relations.own | (relations.same > 0)
        negative = negatives_of(positive, relations.ignored)
        distance = 2.0 - 2.0 * cosine(vectors)
        losses = attraction(distance, positive, self.t_pos)
        losses = losses + repulsion(distance, negative, self.t_neg)
        return mean_over(losses, (positive | negative).any(1))


def attraction(distance: Tensor, positive: Tensor, t: float = 1.0) -> Tensor:
    """``sum_p softmax_p(t d_p) d_p`` [M] over squared distances [M, K] where ``positive``; 0 where
    there is none."""
    return _expected(distance, t * distance, positive)


def repulsion(distance: Tensor, negative: Tensor, t: float = 2.0) -> Tensor:
    """``-sum_k softmax_k(-t d_k) d_k`` [M] over squared distances [M, K] where ``negative``; 0
    where there is none."""
    return -_expected(distance, -t * distance, negative)


def _expected(distance: Tensor, logits: Tensor, mask: Tensor) -> Tensor:
    """Mean distance [M] by the softmax of ``logits`` where ``mask``."""
    share = logits.masked_fill(~mask, torch.finfo(logits.dtype).min / 4).softmax(1)
    return (share * distance).sum(1) * mask.any(1)
