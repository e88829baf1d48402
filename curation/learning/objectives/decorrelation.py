"""Objectives on the columns of two views: Barlow Twins (lightly) and VICReg
(pytorch-metric-learning).

Both want vectors whose coordinates have a spread of about 1, so unit vectors are stretched by the
square root of their width.

BarlowTwins: https://arxiv.org/abs/2103.03230
VICReg: https://arxiv.org/abs/2105.04906
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import two_views
from curation.learning.objectives.unified import unit


class _Columns(Objective):
    halves: ClassVar[bool] = True

    def __init__(self, loss: Any) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]; 0 for fewer than two items, which have no spread."""
        del relations
        first, second = two_views(unit(vectors) * vectors.shape[1] ** 0.5)
        if len(first) < 2:
            return (first.sum() + second.sum()) * 0.0
        value: Tensor = self.loss(first, second)
        return value


class BarlowTwins(_Columns):
    """Barlow Twins (Zbontar et al. 2021, eq. 1): the views' cross-correlation becomes diagonal.

    ``scale`` times the paper's loss, as solo-learn's settings have it.
    """

    def __init__(self, head: Head, *, redundancy: float = 5e-3, scale: float = 0.1) -> None:
        from lightly.loss import BarlowTwinsLoss

        del head
        super().__init__(BarlowTwinsLoss(lambda_param=redundancy))
        self.scale = scale

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        return self.scale * super().forward(vectors, relations)


class VICReg(_Columns):
    """VICReg (Bardes et al. 2022, eq. 6): alike views, spread of at least 1, no covariance."""

    def __init__(
        self,
        head: Head,
        *,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
    ) -> None:
        from pytorch_metric_learning.losses import VICRegLoss

        del head
        loss = VICRegLoss(
            invariance_lambda=invariance, variance_mu=variance, covariance_v=covariance
        )
        super().__init__(lambda first, second: torch.as_tensor(loss(first, ref_emb=second)))
