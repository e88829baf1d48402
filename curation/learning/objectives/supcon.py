"""SupCon (Khosla et al. 2020): supervised contrastive learning on the closure.

Every row of the batch that is not a positive is a negative, decided or not: the plain method, and
so the one that pushes undecided pairs apart. Temperature 0.1 as in the paper's ImageNet runs.

SupCon and SupConIn: https://arxiv.org/abs/2004.11362
"""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.sums import loss_of_share
from curation.learning.objectives.unified import anchor_losses, cosine, mean_over

# Below this temperature a positive's exponential may leave the range of float32.
_NARROW = 0.03


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
    wide = vectors.double() if temperature < _NARROW else vectors
    similarity = cosine(wide, temperature)
    share = positive.to(similarity.dtype, copy=True).fill_diagonal_(0.0)
    outside = torch.zeros_like(share, dtype=torch.bool)
    if eliminated is not None:
        outside = eliminated & (share <= 0)
    losses = loss_of_share(similarity, share, outside.fill_diagonal_(True))
    return losses, share.sum(1) > 0
