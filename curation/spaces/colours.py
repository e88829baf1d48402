"""A colour histogram of what stands in the middle of a picture.

Networks that learned to name things tell their colours badly; where "belongs together" means the
colour, this does.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

HUES, SATURATIONS, VALUES = 8, 3, 4
DIM = HUES * SATURATIONS * VALUES
_SIDE = 32
_SPREAD = 0.2
_VIVID = 3.0


def colours(pictures: Tensor) -> Tensor:
    """Square roots of a soft histogram over hue x saturation x value, of unit norm.

    ``pictures`` float32 [B, 3, S, S] in [0, 1] to [B, DIM]; the dot product of two is their
    Bhattacharyya coefficient. The middle and vivid pixels count more.
    """
    small = functional.adaptive_avg_pool2d(pictures, _SIDE)
    hue, saturation, value = (part.flatten(1) for part in _hsv(small))
    weight = _middle(small) * (1 + _VIVID * saturation * value)
    weight = weight / weight.sum(1, keepdim=True)
    h = soft_bins(hue * HUES, HUES, circular=True)
    s = soft_bins(saturation * (SATURATIONS - 1), SATURATIONS)
    v = soft_bins(value * (VALUES - 1), VALUES)
    joint = torch.einsum("bp,bhp,bsp,bvp->bhsv", weight, h, s, v)
    return joint.flatten(1).clamp(min=1e-8).sqrt()


def _middle(pictures: Tensor) -> Tensor:
    """A bell over the picture's pixels, [1, S * S]."""
    side = pictures.shape[-1]
    place = (torch.arange(side, device=pictures.device) + 0.5) / side - 0.5
    bell = torch.exp(-((place / _SPREAD) ** 2) / 2)
    return torch.outer(bell, bell).reshape(1, -1)


def _hsv(pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation, value in [0, 1], each [B, H, W]."""
    value, _ = pictures.max(1)
    chroma = value - pictures.amin(1)
    r, g, b = pictures.unbind(1)
    safe = chroma.clamp(min=1e-6)
    sector = torch.where(
        value == r,
        torch.remainder((g - b) / safe, 6),
        torch.where(value == g, (b - r) / safe + 2, (r - g) / safe + 4),
    )
    return sector / 6, chroma / value.clamp(min=1e-6), value


def soft_bins(place: Tensor, n: int, circular: bool = False) -> Tensor:
    """Linear shares [B, n, P] of ``place`` [B, P] in [0, n) between the two next of n bins."""
    centres = torch.arange(n, device=place.device, dtype=place.dtype).view(1, n, 1)
    distance = (place[:, None] - centres).abs()
    if circular:
        distance = torch.minimum(distance, n - distance)
    return (1 - distance).clamp(min=0)
