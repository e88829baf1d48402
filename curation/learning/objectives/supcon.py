"""SupCon (Khosla et al. 2020): supervised contrastive learning on the closure.

Every row of the batch that is not a positive is a negative, decided or not: the plain method, and
so the one that pushes undecided pairs apart. Temperature 0.1 as in the paper's ImageNet runs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import anchor_losses, cosine, mean_over, negatives_of


class SupCon(Objective):
    """L_out (eq. 2): views and must-links attract; everything else, but ignored pairs, repels."""

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


class SupConIn(SupCon):
    """L_in (eq. 3): the mean over the positives is taken inside the logarithm."""

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        return mean_over(
            *inner_losses(
                vectors,
                relations.positive,
                eliminated=relations.ignored,
                temperature=self.temperature,
            )
        )


def inner_losses(
    vectors: Tensor,
    positive: Tensor,
    *,
    eliminated: Tensor | None = None,
    temperature: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """L_in of every anchor [M] and whether it counts; arguments as for ``anchor_losses``.

    ``-log(sum_p lam_p exp(s_p / tau) / sum_p lam_p / sum_a exp(s_a / tau))`` over positives ``p``
    and all other rows ``a`` that are not eliminated.
    """
    similarity = cosine(vectors) / temperature
    weight = positive.to(similarity.dtype) * (1 - torch.eye(len(similarity)).to(similarity))
    counted = weight.sum(1) > 0
    low = torch.finfo(similarity.dtype).min / 4
    rest = negatives_of(weight, eliminated)
    present = similarity.masked_fill(~((weight > 0) | rest), low)
    share = (weight / weight.sum(1, keepdim=True).clamp_min(1e-12)).clamp_min(1e-30).log()
    pulled = (similarity + share).masked_fill(weight <= 0, low)
    losses = torch.logsumexp(present, 1) - torch.logsumexp(pulled, 1)
    return torch.where(counted, losses, torch.zeros_like(losses)), counted
