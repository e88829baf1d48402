"""How a distillation runs: its settings, and what follows from how far it has come."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

_GRID = 32
_GROWN = 0.8
_SMALL, _SMALL_STARTED = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class DistillSettings:
    """What the student is and how long it learns.

    ``architecture`` of timm, from the weights in ``start`` (a file, or from chance) with ``keep``
    of its blocks' hidden channels; ``size`` side of its pictures in pixels; ``dim`` longest vector;
    ``crops`` of each image where an encoder teaches. An epoch shows every image once.
    ``learning_rate`` is AdamW's highest, ``feature`` weighs the cosine term beside SEED's.
    ``shift`` and ``stretch`` move a crop by shares of its side, ``colour`` varies brightness,
    contrast and saturation by that share.
    """

    architecture: str
    start: str = ""
    keep: float = 1.0
    size: int = 128
    dim: int = 384
    crops: int = 4
    epochs: int = 100
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.03
    seed: int = 0
    queue: int = 4096
    student_temperature: float = 0.1
    teacher_temperature: float = 0.05
    feature: float = 4.0
    average: float = 0.999
    shift: float = 0.06
    stretch: float = 0.1
    colour: float = 0.15

    def side(self, epoch: int) -> int:
        """Side of the squares in ``epoch``: from half the size to all of it, in steps of 32.

        Small pictures first cost a quarter and change little (Tan and Le 2021, EfficientNetV2);
        trained weights know larger ones, and start from three quarters.
        """
        small = _SMALL_STARTED if self.start else _SMALL
        share = small + (1 - small) * epoch / max(self.epochs - 1, 1) / _GROWN
        if share >= 1 or self.epochs == 1:
            return self.size
        return min(max(int(share * self.size / _GRID) * _GRID, _GRID), self.size)

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of ``step``: a linear rise, then half a cosine down to a hundredth."""
        rise = max(int(self.warmup * steps), 1)
        if step < rise:
            return self.learning_rate * (step + 1) / rise
        fall = (step - rise) / max(steps - rise, 1)
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fall)))


def parameter_groups(student: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices only; scales and shifts of normalisation go without."""
    matrices = [p for p in student.parameters() if p.ndim > 1]
    vectors = [p for p in student.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
