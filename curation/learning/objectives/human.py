"""The human loop's default objective.

Accept attracts, reject is a confirmed negative with extra weight, unsure and incomparable are
eliminated. Weight 2 for a confirmed negative is the one of Geng et al. (PCL, AAAI 2025, code).
Undecided pairs that look alike are eliminated too (Huynh et al. 2022): used as negatives they
would undo what the person has not been asked yet.

https://arxiv.org/abs/2004.11362
https://arxiv.org/abs/2011.11765
https://arxiv.org/abs/2412.13690
"""

from __future__ import annotations

from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import anchor_losses, mean_over


class Human(Objective):
    """Views and must-links attract, confirmed negatives repel twice, suspected ones not at all."""

    def __init__(
        self, head: Head, *, temperature: float = 0.1, different_weight: float = 2.0
    ) -> None:
        del head
        super().__init__()
        self.temperature = temperature
        self.different_weight = different_weight

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.positive,
            eliminated=relations.ignored | relations.suspected,
            negative_weight=(relations.different * (self.different_weight - 1.0)).add_(1.0),
            temperature=self.temperature,
        )
        return mean_over(losses, counted)
