"""Human-supervised contrastive clustering (Ghose et al., CoRL 2022).

A person's picks of one category are drawn to their centroid, beside an instance and a cluster
contrast. Unlike the released code only the centroid is held still (there, nothing has a gradient),
and it is computed anew each step, from the picks in the batch (there, it is a running mean that
counts the same picks again and again).

https://proceedings.mlr.press/v205/ghose23a.html
https://arxiv.org/abs/2009.09687
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.occ import column_loss
from curation.learning.objectives.queues import two_views
from curation.learning.objectives.unified import anchor_losses, mean_over, unit


class Ghose(Objective):
    """Instance contrast, cluster contrast with entropy, and the human term, with weight 1 each.

    Every must-link group is a set of picks.
    """

    halves: ClassVar[bool] = True

    def __init__(
        self, head: Head, *, temperature: float = 0.5, cluster_temperature: float = 1.0
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.cluster_temperature = cluster_temperature
        generator = torch.Generator().manual_seed(head.seed)
        start = torch.randn(head.n_groups, head.dim, generator=generator)
        self.centres = nn.Parameter(unit(start))

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        instance = mean_over(
            *anchor_losses(
                vectors,
                relations.own,
                eliminated=relations.ignored,
                temperature=self.temperature,
                denominator="per_positive",
            )
        )
        soft = self.assignment(vectors)
        mean = soft.mean(0).clamp_min(1e-9)
        clusters = column_loss(*two_views(soft), temperature=self.cluster_temperature)
        clusters = clusters + (mean * mean.log()).sum()
        return instance + clusters + human_term(unit(vectors), relations.same, relations.own)

    def assignment(self, vectors: Tensor) -> Tensor:
        """Soft groups [N, K] of ``vectors`` [N, dim]."""
        rows = unit(vectors)
        return (rows @ unit(self.centres).to(rows.dtype).T / 0.2).softmax(1)


def human_term(vectors: Tensor, same: Tensor, own: Tensor | None = None) -> Tensor:
    """``-mean over picks y of cos(mu, y)``, a scalar; 0 without picks.

    ``vectors`` [M, d]; ``same`` [M, M] > 0 where two rows are picks of one set, ``own`` bool [M, M]
    the other views of a row. mu is the mean of a pick's set, without gradient.
    """
    wide = vectors.float() if vectors.dtype in (torch.float16, torch.bfloat16) else vectors
    linked = same > 0
    picked = linked.any(1)
    member = linked | torch.eye(len(linked), dtype=torch.bool, device=linked.device)
    if own is not None:
        member = member | own
    weight = member.to(wide.dtype)
    centroid = (weight @ wide / weight.sum(1, keepdim=True)).detach()
    likeness = functional.cosine_similarity(centroid, wide)
    return -(likeness * picked).sum() / picked.sum().clamp_min(1)
