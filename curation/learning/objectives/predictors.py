"""Objectives without negatives, kept from collapse by a predictor: SimSiam, BYOL, DirectPred.

All compare by lightly's negative cosine. BYOL's ``2 - 2 cos`` is twice SimSiam's ``-cos``, but for
a constant.

SimSiam: https://arxiv.org/abs/2011.10566
BYOL: https://arxiv.org/abs/2006.07733
DirectPred: https://arxiv.org/abs/2102.06810
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import slow, two_views
from curation.learning.objectives.unified import unit


class Residual(nn.Module):
    """``x + B relu(A x)``, the identity at first: a small prediction head for the live loop."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(head.seed)
        start = torch.randn(head.dim, head.dim, generator=generator) / head.dim**0.5
        self.inner = nn.Parameter(start)
        self.outer = nn.Parameter(torch.zeros(head.dim, head.dim))

    def forward(self, rows: Tensor) -> Tensor:
        """Predictions [N, d] of ``rows`` [N, d]."""
        return rows + (rows @ self.inner).relu() @ self.outer


def predictor(head: Head) -> nn.Module:
    """A prediction head for vectors of the width of ``head``."""
    return Residual(head)


class SimSiam(Objective):
    """SimSiam (Chen and He 2021, eq. 2): each prediction against the other view, held still."""

    halves: ClassVar[bool] = True

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.predictor = predictor(head)
        self.compare = negative_cosine()

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        rows = unit(vectors)
        return crossed(self.compare, self.predictor(rows), rows)


class BYOL(SimSiam):
    """BYOL (Grill et al. 2020, eq. 2): the other view is seen by a moving average."""

    teachers: ClassVar[bool] = True

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        guess = self.predictor(unit(vectors))
        return 2.0 + 2.0 * crossed(self.compare, guess, slow(relations))


class DirectPred(Objective):
    """DirectPred (Tian et al. 2021): BYOL whose linear predictor is set, not learnt, from the
    eigenvectors of the moving correlation of the rows."""

    teachers: ClassVar[bool] = True
    halves: ClassVar[bool] = True
    correlation: Tensor

    def __init__(self, head: Head, *, rho: float = 0.3, eps: float = 0.01) -> None:
        super().__init__()
        self.rho = rho
        self.eps = eps
        self.compare = negative_cosine()
        self.register_buffer("correlation", torch.eye(head.dim) / head.dim)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows = unit(vectors)
        still = rows.detach().to(self.correlation.dtype)
        if self.training:
            self.correlation.lerp_(still.T @ still / len(still), 1.0 - self.rho)
        guess = rows @ direct_predictor(self.correlation, self.eps).to(rows.dtype)
        return 2.0 + 2.0 * crossed(self.compare, guess, slow(relations))


def negative_cosine() -> nn.Module:
    """lightly's loss: the mean of ``-cos(p_i, z_i)`` over rows [N, d]."""
    from lightly.loss import NegativeCosineSimilarity

    loss: nn.Module = NegativeCosineSimilarity()
    return loss


def crossed(compare: nn.Module, predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean of ``compare`` over both views' predictions with the other view's targets, rows [M, d]
    each, which it normalises; no gradient to the targets."""
    (p1, p2), (z1, z2) = two_views(predictions), two_views(targets.detach())
    value: Tensor = compare(p1, z2) + compare(p2, z1)
    return value / 2


@torch.no_grad()
def direct_predictor(correlation: Tensor, eps: float = 0.01) -> Tensor:
    """``W = U diag(sqrt(s / max s) + eps) U^T`` [d, d] of a symmetric ``correlation`` [d, d]."""
    values, vectors = torch.linalg.eigh((correlation + correlation.T) / 2)
    values = values.clamp_min(0)
    gains = (values / values.max().clamp_min(1e-12)).sqrt() + eps
    weight: Tensor = vectors * gains @ vectors.T
    return weight
