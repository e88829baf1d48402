"""Objectives on all views of an item at once: MV-InfoNCE and MV-DHEL (Koromilas et al. 2025).

The formulas take two or more views; batches bring two.

MVInfoNCE and MVDHEL: https://arxiv.org/abs/2507.06979
"""

from __future__ import annotations

import math
from functools import reduce
from itertools import combinations
from typing import ClassVar

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.sums import hard_log_sum
from curation.learning.objectives.unified import unit


class MVInfoNCE(Objective):
    """One term an item over all its view pairs, as in the authors' code: rows of the same view are
    among the negatives (their README prints a form without them)."""

    halves: ClassVar[bool] = True

    def __init__(self, head: Head, *, temperature: float = 0.2) -> None:
        del head
        super().__init__()
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        return mv_info_nce(vectors.reshape(2, -1, vectors.shape[1]), temperature=self.temperature)


class MVDHEL(MVInfoNCE):
    """Negatives of each view apart: the denominator is a product over views."""

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        return mv_dhel(vectors.reshape(2, -1, vectors.shape[1]), temperature=self.temperature)


def mv_info_nce(views: Tensor, *, temperature: float = 0.2) -> Tensor:
    """``-mean_i log(sum_{l != l'} e(i l, i l') / sum_{l, (j l') != (i l)} e(i l, j l'))`` of views
    [V, N, d], with e the exponential of cosine / tau. With two views it is at least NT-Xent, equal
    where both anchors have the same denominator. 0 for a single item."""
    rows = unit(views)
    n_views, n, _ = rows.shape
    by_item = rows.transpose(0, 1).flatten(0, 1)  # the views of an item one after another
    logits = by_item / temperature @ by_item.T
    others = ~torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    of_item = n, n_views * len(logits)
    every = hard_log_sum(logits.reshape(of_item), others.reshape(of_item)).squeeze(1)
    return _mean(every - _together(rows, temperature) - math.log(2.0), n)


def mv_dhel(views: Tensor, *, temperature: float = 0.2) -> Tensor:
    """``-mean_i log(sum_{l < l'} e(i l, i l') / prod_l sum_{j != i} e(i l, j l))`` of views
    [V, N, d]. 0 for a single item, which has no negatives."""
    rows = unit(views)
    n_views, n, _ = rows.shape
    logits = (rows / temperature) @ rows.transpose(1, 2)
    others = ~torch.eye(n, dtype=torch.bool, device=rows.device).repeat(n_views, 1)
    apart = hard_log_sum(logits.flatten(0, 1), others).reshape(n_views, n).sum(0)
    return _mean(apart - _together(rows, temperature), n)


def _together(rows: Tensor, temperature: float) -> Tensor:
    """log sum over unordered view pairs of one item [N], of unit rows [V, N, d]."""
    logits = [(a * b).sum(1) / temperature for a, b in combinations(rows, 2)]
    together: Tensor = reduce(torch.logaddexp, logits)
    return together


def _mean(losses: Tensor, n: int) -> Tensor:
    return losses.mean() if n > 1 else losses.sum() * 0.0
