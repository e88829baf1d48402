"""CPC (van den Oord et al. 2018): a sequence's context predicts its future rows.

https://arxiv.org/abs/1807.03748
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.errors import TrainingError
from curation.learning.objectives.base import Head, Objective, Relations


class CPC(Objective):
    """A recurrent context over sequences of rows predicts the next ``steps`` rows (eq. 3-4);
    negatives are the rows of other sequences at the same time."""

    def __init__(self, head: Head, *, steps: int = 3) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(head.seed)
            self.context = nn.GRU(head.dim, head.dim, batch_first=True)
        start = torch.eye(head.dim).expand(steps, -1, -1)
        self.maps = nn.Parameter(start.clone())

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim], sequences of equal length one after the other; they
        are taken as they are, not normalised."""
        rows = sequences(vectors, relations.sequence)
        wide = rows.float() if rows.dtype in (torch.float16, torch.bfloat16) else rows
        context, _ = self.context(wide)
        total = wide.sum() * 0.0
        count = 0
        for step, linear in enumerate(self.maps, 1):
            for time in range(wide.shape[1] - step):
                total = total + cpc_loss(context[:, time], wide[:, time + step], linear)
                count += 1
        return total / max(1, count)


def cpc_loss(context: Tensor, future: Tensor, linear: Tensor) -> Tensor:
    """InfoNCE of ``exp(z_j^T W c_i)`` for contexts [N, c], futures [N, d] and W [d, c]."""
    target = torch.arange(len(context), device=context.device)
    return functional.cross_entropy(context @ linear.T @ future.T, target)


def sequences(vectors: Tensor, sequence: Tensor | None) -> Tensor:
    """Rows [M, d] as [S, T, d]; TrainingError where they are no sequences of equal length."""
    got = "none"
    if sequence is not None:
        _, lengths = torch.unique_consecutive(sequence, return_counts=True)
        if len(lengths) == len(set(sequence.tolist())) and bool((lengths == lengths[0]).all()):
            return vectors.reshape(len(lengths), -1, vectors.shape[1])
        got = f"lengths {lengths.tolist()}"
    raise TrainingError(
        f"Expected rows in sequences of equal length, one after the other, got {got}. "
        "Draw batches by sequence."
    )
