"""SupCon, L_out (Khosla et al. 2020, eq. 2): supervised contrastive learning on the closure.

Every row of the batch that is not a positive is a negative, decided or not: the plain method, and
so the one that pushes undecided pairs apart. Temperature 0.1 as in the paper's ImageNet runs.
"""

from __future__ import annotations

from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import anchor_losses, mean_over


class SupCon(Objective):
    """Views and must-links attract; everything else, but ignored pairs, repels equally."""

    def __init__(self, head: Head, *, temperature: float = 0.1) -> None:
        del head
        super().__init__()
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.positive,
            eliminated=relations.ignored,
            temperature=self.temperature,
        )
        return mean_over(losses, counted)
