"""A network for use only: each normalisation is taken into the convolution before it."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_TOLERANCE = 1e-3


def folded(network: nn.Module, size: int) -> nn.Module:
    """A copy of ``network`` in eval mode, faster where layers fold; it says the same.

    A normalisation is taken to follow the convolution that its module lists before it. Where that
    is not so the answers on a random picture float32 [1, 3, size, size] differ, and the plain copy
    comes back.
    """
    plain = copy.deepcopy(network).eval()
    fast = copy.deepcopy(plain)
    for parent in list(fast.modules()):
        for (name, layer), (follower, norm) in pairwise(list(parent.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, norm))
                setattr(parent, follower, _rest(norm))
    return fast if _alike(plain, fast, size) else plain


def _rest(norm: nn.Module) -> nn.Module:
    """What timm's normalisation does besides: its activation."""
    activation = getattr(norm, "act", None)
    return activation if isinstance(activation, nn.Module) else nn.Identity()


def _alike(plain: nn.Module, fast: nn.Module, size: int) -> bool:
    picture = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        told, expected = fast(picture), plain(picture)
    return bool((told - expected).abs().max() <= _TOLERANCE * expected.abs().max())
