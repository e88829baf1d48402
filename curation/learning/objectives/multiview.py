"""Objectives on all views of an item at once: MV-InfoNCE and MV-DHEL (Koromilas et al. 2025).

The formulas take any number of views; batches bring two.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import two_views
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
        return mv_info_nce(torch.stack(two_views(vectors)), temperature=self.temperature)


class MVDHEL(MVInfoNCE):
    """Negatives of each view apart: the denominator is a product over views."""

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        return mv_dhel(torch.stack(two_views(vectors)), temperature=self.temperature)


def mv_info_nce(views: Tensor, *, temperature: float = 0.2) -> Tensor:
    """``-mean_i log(sum_{l != l'} e(i l, i l') / sum_{l, (j l') != (i l)} e(i l, j l'))`` of views
    [V, N, d], with e the exponential of cosine / tau. With two views it is at least NT-Xent, equal
    where both anchors have the same denominator. 0 for a single item."""
    rows = unit(views)
    n_views, n, _ = rows.shape
    flat = rows.reshape(n_views * n, -1)
    logits = flat @ flat.T / temperature
    apart = logits.masked_fill(_eye(logits), _low(logits))
    every = torch.logsumexp(apart, dim=1).reshape(n_views, n).logsumexp(0)
    return _mean(every - _together(rows, temperature), n)


def mv_dhel(views: Tensor, *, temperature: float = 0.2) -> Tensor:
    """``-mean_i log(sum_{l < l'} e(i l, i l') / prod_l sum_{j != i} e(i l, j l))`` of views
    [V, N, d]. 0 for a single item, which has no negatives."""
    rows = unit(views)
    logits = rows @ rows.transpose(1, 2) / temperature
    apart = logits.masked_fill(_eye(logits[0]), _low(logits)).logsumexp(2).sum(0)
    pairs = _together(rows, temperature) - math.log(2.0)
    return _mean(apart - pairs, rows.shape[1])


def _together(rows: Tensor, temperature: float) -> Tensor:
    """log sum over ordered view pairs of one item [N]."""
    logits = torch.einsum("ind,jnd->nij", rows, rows) / temperature
    return logits.masked_fill(_eye(logits[0]), _low(logits)).flatten(1).logsumexp(1)


def _eye(matrix: Tensor) -> Tensor:
    return torch.eye(len(matrix), dtype=torch.bool, device=matrix.device)


def _low(logits: Tensor) -> float:
    return torch.finfo(logits.dtype).min / 4


def _mean(losses: Tensor, n: int) -> Tensor:
    return losses.mean() if n > 1 else losses.sum() * 0.0
