"""Objectives that compare views by prototypes: SwAV and DINO, both computed by lightly.

SwAV: https://arxiv.org/abs/2006.09882
DINO: https://arxiv.org/abs/2104.14294
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import slow, two_views
from curation.learning.objectives.unified import unit


class _Prototypes(Objective):
    """``prototypes`` unit vectors; logits of rows are cosines to them."""

    halves: ClassVar[bool] = True

    def __init__(self, head: Head, prototypes: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(head.seed)
        start = torch.randn(prototypes, head.dim, generator=generator)
        self.centres = nn.Parameter(unit(start))

    def logits(self, rows: Tensor) -> list[Tensor]:
        """Cosines [M/2, K] of either view of ``rows`` [M, dim] to the prototypes."""
        return list(two_views(unit(rows) @ unit(self.centres).to(unit(rows).dtype).T))


class SwAV(_Prototypes):
    """SwAV (Caron et al. 2020, eq. 2): each view predicts the other's balanced code.

    100 prototypes instead of 3,000, as a workspace has thousands of items, not millions.
    """

    def __init__(self, head: Head, *, temperature: float = 0.1, prototypes: int = 100) -> None:
        from lightly.loss import SwaVLoss

        super().__init__(head, prototypes)
        self.loss = SwaVLoss(temperature=temperature)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        del relations
        value: Tensor = self.loss(self.logits(vectors), [])
        return value.squeeze()


class DINO(_Prototypes):
    """DINO (Caron et al. 2021): a slow teacher's sharpened and centred output is the target.

    Slow is the encoder alone: teacher and student share the prototypes as they are now, where the
    paper averages the head too.
    """

    teachers: ClassVar[bool] = True

    def __init__(
        self,
        head: Head,
        *,
        prototypes: int = 256,
        student_temperature: float = 0.1,
        teacher_temperature: float = 0.04,
    ) -> None:
        from lightly.loss import DINOLoss

        super().__init__(head, prototypes)
        self.loss = DINOLoss(
            output_dim=prototypes,
            teacher_temp=teacher_temperature,
            student_temp=student_temperature,
        )

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        taught = [one.detach() for one in self.logits(slow(relations))]
        centre = self.loss.center.clone()
        value: Tensor = self.loss(taught, self.logits(vectors))
        if not self.training:  # lightly moves the centre at every call
            self.loss.center.copy_(centre)
        return value
