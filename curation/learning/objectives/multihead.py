"""Multi-head contrastive learning with adaptive temperatures, after AMCL (Wang et al. 2024).

The paper's text was not available, only its abstract: several projection heads, each pair and head
with a temperature of its own that follows from a likelihood with a regulariser. The form here is
ours: ``tau_ij = tau exp(a_h + b_h s_ij)`` within a factor of 2, kept near ``tau`` by ``strength``
times the mean square of its logarithm.

https://arxiv.org/abs/2310.05615
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import cosine, losses_of, mean_over


class MultiHead(Objective):
    """``heads`` linear heads on the same rows, each with the SupCon loss of the answers.

    One head that is the identity, with constant temperature, is ``SupCon``.
    """

    def __init__(
        self,
        head: Head,
        *,
        heads: int = 3,
        temperature: float = 0.1,
        strength: float = 0.1,
        adaptive: bool = True,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.strength = strength
        generator = torch.Generator().manual_seed(head.seed)
        noise = torch.randn(heads, head.dim, head.dim, generator=generator) / head.dim**0.5
        noise[0] = 0.0
        self.maps = nn.Parameter(torch.eye(head.dim) + 0.1 * noise)
        self.shape = nn.Parameter(torch.zeros(heads, 2), requires_grad=adaptive)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        wide = vectors.to(torch.promote_types(vectors.dtype, self.maps.dtype))
        total = torch.zeros((), device=vectors.device, dtype=wide.dtype)
        penalty = self.strength * math.log(2.0) ** 2
        for linear, (offset, slope) in zip(self.maps, self.shape, strict=True):
            similarity = cosine(wide @ linear.to(wide.dtype), self.temperature)
            bend = torch.addcmul(offset, self.temperature * slope, similarity).tanh_()
            losses, counted = losses_of(
                similarity * torch.exp2(-bend),
                relations.positive,
                eliminated=relations.ignored,
                temperature=self.temperature,
            )
            total = total + mean_over(losses, counted) + penalty * bend.square().mean()
        return total / len(self.maps)
