"""Vectors that can be computed by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor

from curation.learning.objectives.base import Relations, Teachers

E1, E2 = [1.0, 0.0], [0.0, 1.0]
NO = [-1.0, 0.0]


def tensor(rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def close(value: Tensor, expected: Any) -> None:
    """The value is as expected, to five digits behind the point."""
    got = value.detach().double().reshape(())
    torch.testing.assert_close(got, tensor(expected), atol=1e-5, rtol=0)


def first_anchor(
    positives: Collection[int], rows: Sequence[list[float]] = (E1, E1, E2, NO)
) -> tuple[Tensor, Tensor]:
    """Vectors and the positives of row 0 among them."""
    positive = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    positive[0, list(positives)] = 1.0
    return tensor(list(rows)), positive


def plain_relations(m: int, taught: Tensor | None = None) -> Relations:
    """Two views of m / 2 items, nothing decided; all teachers see the rows as ``taught``."""
    own = torch.eye(m, dtype=torch.bool).roll(m // 2, 0)
    none = torch.zeros(m, m)
    teachers = None if taught is None else Teachers(taught, taught, taught)
    return Relations(own, none, none, none.bool(), none.bool(), teachers=teachers)
