"""SEED: a student matches the teacher's similarity distribution (Fang et al. 2021, eq. 5).

https://arxiv.org/abs/2101.04731

Unlike the objectives of the registry it needs no relations between rows, only what a teacher says
of the same pictures, and a queue of what it said of others::

    p_i = softmax over keys k of <t_i, t_k> / tau_t      q_i = the same of <z_i, t_k> / tau_s
    L   = mean_i - sum_k p_ik log q_ik

The keys hold the pair itself: :meth:`Queue.append` comes before the loss.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.unified import unit


def seed_loss(
    student: Tensor,
    teacher: Tensor,
    keys: Tensor,
    *,
    student_temperature: float = 0.2,
    teacher_temperature: float = 0.01,
) -> Tensor:
    """Scalar loss of ``student`` [B, D] against ``teacher`` [B, D], over ``keys`` [K, D].

    Student and teacher are normalised inside, keys are of unit norm already. Equal rows at equal
    temperatures leave the entropy of the teacher's distribution.
    """
    rows, taught = unit(student), unit(teacher)
    keys = keys.to(taught.dtype)
    target = taught @ keys.T / teacher_temperature
    guess = rows @ keys.to(rows.dtype).T / student_temperature
    return functional.cross_entropy(guess, target.softmax(1).to(rows.dtype))


class Queue:
    """The teacher's last vectors, first in first out; deterministic and part of a checkpoint."""

    def __init__(self, capacity: int, dim: int, device: torch.device | str = "cpu") -> None:
        self._rows = torch.zeros(capacity, dim, device=device)
        self._count = 0

    @property
    def keys(self) -> Tensor:
        """The vectors held, float32 [min(count, capacity), D] of unit norm, in no order."""
        return self._rows[: min(self._count, len(self._rows))]

    def append(self, teacher: Tensor) -> Tensor:
        """Add ``teacher`` [B, D]; the oldest leave. Of more than the capacity the last stay.

        Returns the places they took, int64 [min(B, capacity)]."""
        keys = unit(teacher.detach().float())[-len(self._rows) :]
        places = (self._count + torch.arange(len(keys), device=keys.device)) % len(self._rows)
        self._rows[places] = keys
        self._count += len(keys)
        return places

    def state(self) -> dict[str, Tensor]:
        """Tensors that ``restore`` takes: ``rows`` [K, d] and ``count``."""
        return {"rows": self._rows, "count": torch.tensor(self._count)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what ``state`` returned: ``rows`` [K, d] and ``count``."""
        self._rows.copy_(state["rows"])
        self._count = int(state["count"])
