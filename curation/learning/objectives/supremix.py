"""SupReMix (Wu et al. 2023): contrastive regression with mixed hard positives and negatives.

For criteria with an order (ripeness, age). Abstract and summaries only were available.

https://arxiv.org/abs/2309.16633
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from curation.errors import TrainingError
from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import mixed
from curation.learning.objectives.unified import unit


class SupReMix(Objective):
    """Hard negatives mix the anchor with another row; hard positives mix a lower with a higher row
    so that their numbers interpolate to the anchor's."""

    def __init__(self, head: Head, *, temperature: float = 0.2) -> None:
        super().__init__()
        self.temperature = temperature
        self.generator = torch.Generator().manual_seed(head.seed)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]; TrainingError without a number beside each row."""
        if relations.number is None:
            raise TrainingError(
                "Expected a number beside each row, got none. Choose an attribute with an order."
            )
        rows, number = unit(vectors), relations.number.to(unit(vectors).dtype)
        low = self._pick(number[:, None] > number)
        high = self._pick(number[:, None] < number)
        other = self._pick(number[:, None] != number)
        counted = (low >= 0) & (high >= 0)
        if not counted.any():
            return rows.sum() * 0.0
        anchors, lower, higher = rows[counted], low[counted], high[counted]
        share = label_share(number[counted], number[lower], number[higher])
        positive = mixed(rows[lower], rows[higher], share[:, None])
        anchor_share = 0.5 * torch.rand(len(rows), 1, generator=self.generator).to(rows)
        hard = mixed(rows, rows[other], anchor_share).detach()[counted]
        equal = number[counted][:, None] == number
        logits = [
            (anchors * positive).sum(1, keepdim=True),
            (anchors * hard).sum(1, keepdim=True),
            (anchors @ rows.T).masked_fill(equal, -1e9 * self.temperature),
        ]
        return -functional.log_softmax(torch.cat(logits, 1) / self.temperature, 1)[:, 0].mean()

    def _pick(self, allowed: Tensor) -> Tensor:
        """One random allowed column a row of bool [M, M], int64 [M]; -1 where there is none."""
        draw = torch.rand(allowed.shape, generator=self.generator).to(allowed.device)
        best = draw.masked_fill(~allowed, -1.0).max(1)
        return torch.where(best.values >= 0, best.indices, -1)


def label_share(number: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """lam [N] with ``lam first + (1 - lam) second = number``."""
    return (number - second) / (first - second)
