"""The slower selves of an adapter that some objectives learn from."""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.adapter import Adapter, centred_unit
from curation.learning.objectives.base import Teachers

MOMENTUM = 0.95
"""Of the moving average: the papers' 0.99 to 0.999 are for a hundred times as many steps."""


class Shadow:
    """What an adapter was when training began, and the moving average of what it became."""

    def __init__(self, adapter: Adapter) -> None:
        self._start = adapter.weight.detach().clone()
        self._average = self._start.clone()

    def follow(self, adapter: Adapter) -> None:
        """Move the average towards the adapter; once after each step."""
        self._average.lerp_(adapter.weight.detach(), 1.0 - MOMENTUM)

    @torch.no_grad()
    def teachers(self, coordinates: Tensor) -> Teachers:
        """``coordinates`` [M, R] as the frozen embedding, the start and the average see them."""
        return Teachers(
            frozen=centred_unit(coordinates),
            before=centred_unit(coordinates @ self._start),
            target=centred_unit(coordinates @ self._average),
        )
