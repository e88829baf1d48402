"""From a picture to the square of bytes that an encoder takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageOps

Resize = Literal["shortest", "longest", "squash"]

# PIL may first halve a picture cheaply while it stays this many times larger than the target
_GAP = 3.0


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How an encoder wants its pictures.

    ``size`` is the side of the square in pixels; ``mean`` and ``std`` are per channel, for values
    in [0, 1]. ``resize``: the shortest side to ``size / crop`` and the middle kept (what does not
    fit is cut), the longest side to ``size`` with black bars, or both sides squashed.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: Resize = "shortest"
    interpolation: Literal["bilinear", "bicubic"] = "bicubic"
    crop: float = 1.0

    def __call__(self, image: Image.Image) -> torch.Tensor:
        """An RGB picture as uint8 [3, size, size]."""
        coloured = image if image.mode == "RGB" else image.convert("RGB")
        pixels = np.array(self._square(coloured))
        return torch.from_numpy(pixels).permute(2, 0, 1)

    def normalise(self, batch: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, size, size] to float32 with the encoder's mean and deviation."""
        mean = torch.tensor(self.mean, device=batch.device).view(3, 1, 1) * 255
        std = torch.tensor(self.std, device=batch.device).view(3, 1, 1) * 255
        return (batch.float() - mean) / std

    def _square(self, image: Image.Image) -> Image.Image:
        method = Image.Resampling[self.interpolation.upper()]
        side = (self.size, self.size)
        if self.resize == "longest":
            return ImageOps.pad(image, side, method)
        return image.resize(side, method, box=self._kept(image), reducing_gap=_GAP)

    def _kept(self, image: Image.Image) -> tuple[float, float, float, float]:
        """The part of the picture that becomes the square."""
        if self.resize == "squash":
            return (0, 0, image.width, image.height)
        side = min(image.size) * self.crop
        left, top = (image.width - side) / 2, (image.height - side) / 2
        return (left, top, left + side, top + side)
