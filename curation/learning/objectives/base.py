"""What every objective takes and gives.

An objective sees the rows of one batch (views of items, adapted) and what the decisions say about
each pair of rows. It returns one scalar. Objectives with parameters of their own (a cluster head)
are trained together with the adapter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Head:
    """Size of the space an objective works on.

    ``dim`` is the width of the vectors, ``n_groups`` how many groups a cluster head separates,
    ``seed`` fixes its initial weights.
    """

    dim: int
    n_groups: int
    seed: int


@dataclass(frozen=True, slots=True)
class Relations:
    """What is known about each pair of the M rows of a batch; all symmetric with zero diagonal.

    ``own`` bool [M, M]: rows of the same item. ``same`` float [M, M]: must-link strength in [0, 1],
    0 where there is none. ``different`` float [M, M]: cannot-link strength in [0, 1].
    ``ignored`` bool [M, M]: answered `unsure` or `incomparable`, or in conflict: neither pulled
    nor pushed. ``suspected`` bool [M, M]: undecided, but so close in the frozen embedding that
    using the pair as a negative is more likely wrong than right.
    """

    own: Tensor
    same: Tensor
    different: Tensor
    ignored: Tensor
    suspected: Tensor

    @property
    def positive(self) -> Tensor:
        """Attraction weight [M, M]: 1 for another view of the item, else the must-link strength."""
        return torch.maximum(self.same, self.own.to(self.same.dtype))

    def to(self, device: str) -> Relations:
        """The same relations on ``device``."""
        return Relations(
            own=self.own.to(device),
            same=self.same.to(device),
            different=self.different.to(device),
            ignored=self.ignored.to(device),
            suspected=self.suspected.to(device),
        )


class Objective(nn.Module, ABC):
    """A training loss on adapted rows; subclasses are built from a ``Head``."""

    @abstractmethod
    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim] (any norm; normalised inside)."""

    def assignment(self, vectors: Tensor) -> Tensor | None:
        """Soft groups [N, K] (rows sum to 1) of ``vectors`` [N, dim]; None without cluster head."""
        del vectors
        return None
