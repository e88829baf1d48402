"""The encoder that comes with the package: fixed image statistics, no weights.

Three parts, each of unit norm: oriented gradients in a grid (Dalal and Triggs, CVPR 2005), a
colour histogram in hue, saturation and value with soft edges, and a coarse layout of colours.
Histograms enter as square roots, so that their dot product is the Bhattacharyya coefficient.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from curation.spaces.preprocess import Preprocess
from curation.spaces.torch_encoder import TorchEncoder

_SIZE = 64
_CELL = 8
_ORIENTATIONS = 9
_HUES, _SATURATIONS, _VALUES = 8, 3, 4
_GRID = 4
_WEIGHTS = (1.0, 1.0, 0.6)


def load_builtin(device: torch.device) -> TorchEncoder:
    """The encoder ``builtin`` on ``device``."""
    preprocess = Preprocess(
        _SIZE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), resize="squash", interpolation="bilinear"
    )
    module = ImageStatistics()
    return TorchEncoder("builtin", "builtin statistics 1", module, module, preprocess, device)


class ImageStatistics(nn.Module):
    """Pictures float32 [B, 3, 64, 64] in [0, 1] to their statistics [B, dim]."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        parts = (gradients(pictures), colours(pictures), arrangement(pictures))
        pairs = zip(_WEIGHTS, parts, strict=True)
        return torch.cat([weight * F.normalize(part, dim=1) for weight, part in pairs], dim=1)


def gradients(pictures: torch.Tensor) -> torch.Tensor:
    """Histograms of unsigned gradient directions per cell, normalised over 2 x 2 cells."""
    grey = pictures.mean(1, keepdim=True).sqrt()
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    dx = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    dy = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strength = torch.hypot(dx, dy)
    place = torch.remainder(torch.atan2(dy, dx) / math.pi, 1.0) * _ORIENTATIONS
    bins = _soft_bins(place, _ORIENTATIONS, circular=True) * strength
    cells = F.avg_pool2d(bins, _CELL)
    energy = F.avg_pool2d(cells.square().sum(1, keepdim=True), 2, stride=1)
    energy = F.avg_pool2d(F.pad(energy, (1, 1, 1, 1), mode="replicate"), 2, stride=1)
    return (cells / (energy + 1e-4).sqrt()).clamp(min=0).sqrt().flatten(1)


def colours(pictures: torch.Tensor) -> torch.Tensor:
    """Square roots of a soft histogram over hue x saturation x value."""
    small = F.avg_pool2d(pictures, 2)
    hue, saturation, value = _hsv(small)
    h = _soft_bins(hue * _HUES, _HUES, circular=True).flatten(2)
    s = _soft_bins(saturation * (_SATURATIONS - 1), _SATURATIONS).flatten(2)
    v = _soft_bins(value * (_VALUES - 1), _VALUES).flatten(2)
    joint = torch.einsum("bhp,bsp,bvp->bhsv", h, s, v) / h.shape[2]
    return joint.flatten(1).sqrt()


def arrangement(pictures: torch.Tensor) -> torch.Tensor:
    """Brightness and two colour differences in a 4 x 4 grid, about grey."""
    r, g, b = F.adaptive_avg_pool2d(pictures, _GRID).unbind(1)
    return torch.stack([(r + g + b) / 3 - 0.5, r - g, (r + g) / 2 - b], 1).flatten(1)


def _hsv(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hue, saturation, value in [0, 1], each [B, 1, H, W]."""
    value, _ = pictures.max(1, keepdim=True)
    chroma = value - pictures.amin(1, keepdim=True)
    r, g, b = pictures[:, 0:1], pictures[:, 1:2], pictures[:, 2:3]
    safe = chroma.clamp(min=1e-6)
    sector = torch.where(
        value == r,
        torch.remainder((g - b) / safe, 6),
        torch.where(value == g, (b - r) / safe + 2, (r - g) / safe + 4),
    )
    return sector / 6, chroma / value.clamp(min=1e-6), value


def _soft_bins(place: torch.Tensor, n: int, circular: bool = False) -> torch.Tensor:
    """Linear shares of [B, 1, H, W] places in [0, n) between the two next of n bins."""
    centres = torch.arange(n, device=place.device, dtype=place.dtype).view(1, n, 1, 1)
    distance = (place - centres).abs()
    if circular:
        distance = torch.minimum(distance, n - distance)
    return (1 - distance).clamp(min=0)
