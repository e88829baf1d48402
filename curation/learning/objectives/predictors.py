"""Objectives without negatives, kept from collapse by a predictor: SimSiam, BYOL, DirectPred."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

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

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.predictor = predictor(head)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        rows = unit(vectors)
        first, second = two_views(self.predictor(rows))
        z1, z2 = two_views(rows)
        return simsiam_loss(first, second, z1, z2)


class BYOL(SimSiam):
    """BYOL (Grill et al. 2020, eq. 2): the other view is seen by a moving average."""

    teachers: ClassVar[bool] = True

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        first, second = two_views(self.predictor(unit(vectors)))
        z1, z2 = two_views(slow(vectors, relations))
        return byol_losses(first, z2).mean() / 2 + byol_losses(second, z1).mean() / 2


class DirectPred(Objective):
    """DirectPred (Tian et al. 2021): BYOL whose linear predictor is set, not learnt, from the
    eigenvectors of the moving correlation of the rows."""

    teachers: ClassVar[bool] = True
    correlation: Tensor

    def __init__(self, head: Head, *, rho: float = 0.3, eps: float = 0.01) -> None:
        super().__init__()
        self.rho = rho
        self.eps = eps
        self.register_buffer("correlation", torch.eye(head.dim) / head.dim)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows = unit(vectors)
        still = rows.detach().to(self.correlation.dtype)
        if self.training:
            self.correlation.lerp_(still.T @ still / max(1, len(still)), 1.0 - self.rho)
        guess = rows @ direct_predictor(self.correlation, self.eps).to(rows.dtype)
        first, second = two_views(guess)
        z1, z2 = two_views(slow(vectors, relations))
        return byol_losses(first, z2).mean() / 2 + byol_losses(second, z1).mean() / 2


def simsiam_loss(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """``-(cos(p1, z2) + cos(p2, z1)) / 2`` averaged over rows [N, d]; no gradient to ``z``."""
    first = functional.cosine_similarity(unit(p1), unit(z2).detach())
    second = functional.cosine_similarity(unit(p2), unit(z1).detach())
    return -(first.mean() + second.mean()) / 2


def byol_losses(predictions: Tensor, targets: Tensor) -> Tensor:
    """``2 - 2 cos(p_i, z_i)`` [N] of rows [N, d]; no gradient to the targets."""
    return 2.0 - 2.0 * functional.cosine_similarity(unit(predictions), unit(targets).detach())


@torch.no_grad()
def direct_predictor(correlation: Tensor, eps: float = 0.01) -> Tensor:
    """``W = U diag(sqrt(s / max s) + eps) U^T`` [d, d] of a symmetric ``correlation`` [d, d]."""
    values, vectors = torch.linalg.eigh((correlation + correlation.T) / 2)
    values = values.clamp_min(0)
    gains = (values / values.max().clamp_min(1e-12)).sqrt() + eps
    weight: Tensor = vectors * gains @ vectors.T
    return weight
