"""OCC-style objective: constrained instance loss and a cluster head.

Oracle-guided contrastive clustering (Wang et al. 2022) extends the positives of a contrastive loss
by the oracle's answers. Its text gives no formulas that we could read; the form here is that of
the public code of PCL (Geng et al., AAAI 2025), whose instance loss is::

    neg_i = R mean_w exp(s_ik / tau) over all rows k != i, weight 2 for confirmed negatives
    L     = weighted mean over positives (i, p) of -log(exp(s_ip / tau) / neg_i)

with R rows in the batch. The cluster head's soft groups ``p_i`` give ``q_ij = <p_i, p_j>``, the
chance that two items share a group; it is trained by contrasting the columns of the two views'
assignments (Li et al., Contrastive Clustering, 2021, eq. 5-7), by the same constrained loss on
the rows, and by the entropy of the mean assignment, which keeps groups from dying out.

Not taken from PCL: soft groups compared by ``q_ij`` (here by their cosine), an entropy a view (here
of both together), its weight of ``max(4 B / (n + 1), 2)`` for inferred positives, n in a batch of B
items (here every must-link has its own strength), and its temperatures of 1 for rows and 2 for
columns (here 0.2 and 1).

https://arxiv.org/abs/2211.00409
https://arxiv.org/abs/2412.13690
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import cosine, unit


def constrained_instance_loss(
    vectors: Tensor,
    positive: Tensor,
    negative_weight: Tensor,
    *,
    eliminated: Tensor | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """PCL's constrained instance loss, a scalar; 0 when the batch has no positive.

    ``vectors`` [M, d] any norm, ``positive`` float [M, M] pair weights (0: none),
    ``negative_weight`` float [M, M], ``eliminated`` bool [M, M] leaves pairs out of ``neg_i``.
    """
    similarity = cosine(vectors, temperature)
    rows = len(similarity)
    others = 1.0 - torch.eye(rows, dtype=similarity.dtype, device=similarity.device)
    pull = positive.to(similarity.dtype) * others
    weight = negative_weight.to(similarity.dtype) * others
    if eliminated is not None:
        weight = weight * (~eliminated | (pull > 0))
    top = 1.0 / temperature
    spread = weight.sum(1, keepdim=True)
    mean = (weight * torch.exp(similarity - top)).sum(1, keepdim=True) / spread.clamp_min(1e-12)
    log_negative = math.log(rows) + top + mean.clamp_min(1e-30).log()
    return (pull * (log_negative - similarity)).sum() / pull.sum().clamp_min(1.0)


def column_loss(first: Tensor, second: Tensor, *, temperature: float = 1.0) -> Tensor:
    """NT-Xent between the K columns of two views' assignments [N, K] (Contrastive Clustering)."""
    columns = torch.cat([first.T, second.T])
    n_groups = first.shape[1]
    similarity = cosine(columns) / temperature
    similarity = similarity - torch.diag(torch.full((2 * n_groups,), 1e9, device=columns.device))
    partner = torch.arange(2 * n_groups, device=columns.device).roll(n_groups)
    return functional.cross_entropy(similarity, partner)


class OCC(Objective):
    """Constrained instance loss + cluster head; ``assignment`` gives the soft groups."""

    halves: ClassVar[bool] = True

    def __init__(
        self, head: Head, *, temperature: float = 0.2, different_weight: float = 2.0
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.different_weight = different_weight
        generator = torch.Generator().manual_seed(head.seed)
        centres = torch.randn(head.n_groups, head.dim, generator=generator)
        self.centres = nn.Parameter(functional.normalize(centres, dim=1))

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]; rows come as two views, item i in i and i + M/2."""
        positive = relations.positive
        push = 1.0 + (self.different_weight - 1.0) * relations.different
        instance = constrained_instance_loss(
            vectors, positive, push, eliminated=relations.ignored, temperature=self.temperature
        )
        soft = self.assignment(vectors)
        half = len(soft) // 2
        groups = constrained_instance_loss(
            soft, positive, push, eliminated=relations.ignored | relations.suspected
        )
        mean = soft.mean(0).clamp_min(1e-9)
        entropy = -(mean * mean.log()).sum()
        return instance + groups + column_loss(soft[:half], soft[half:]) - entropy

    def assignment(self, vectors: Tensor) -> Tensor:
        """Soft groups [N, K] of ``vectors`` [N, dim]: softmax of scaled cosines to the centres."""
        rows = unit(vectors)
        centres = unit(self.centres).to(rows.dtype)
        return (rows @ centres.T / self.temperature).softmax(dim=1)
