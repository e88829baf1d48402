"""The running average of a network's weights, which is what is kept in the end."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch

from curation.spaces.distilled import Student


class Average:
    """Exponential moving average of ``student``'s tensors (Polyak averaging).

    Starts fast, so that the first steps do not count for long: share = min(share, (1+n)/(10+n)).
    """

    def __init__(self, student: Student, share: float) -> None:
        self.student = copy.deepcopy(student).eval().requires_grad_(False)
        self._share = share
        self.updates = 0

    def restore(self, tensors: Mapping[str, torch.Tensor], updates: int) -> None:
        """Go on from the averaged ``tensors`` after so many updates."""
        self.student.load_state_dict(tensors)
        self.updates = updates

    @torch.no_grad()
    def update(self, student: Student) -> None:
        """Take in the tensors of ``student`` after a step."""
        share = min(self._share, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        news = student.state_dict()
        for name, kept in self.student.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(news[name], 1 - share)
            else:
                kept.copy_(news[name])
