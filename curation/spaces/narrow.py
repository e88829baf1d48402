"""Narrower networks: timm's inverted residual blocks with fewer hidden channels.

A block widens its input, mixes it and maps it back, so its hidden channels can be dropped without
touching any other layer (MobileNetV2, arXiv 1801.04381, section 3.3).
"""

from __future__ import annotations

import torch
from timm.models._efficientnet_blocks import EdgeResidual, InvertedResidual
from torch import Tensor, nn

from curation.errors import EncoderError

_MULTIPLE = 8
Block = EdgeResidual | InvertedResidual


def narrow(network: nn.Module, share: float) -> None:
    """Leave ``share`` of each block's hidden channels, in place; which ones is arbitrary.

    Raises EncoderError for a network that has no block of this kind.
    """
    for block in hidden_blocks(network):
        keep_channels(block, torch.arange(kept(block, share)))


def hidden_blocks(network: nn.Module) -> list[Block]:
    """The blocks that can be narrowed, first to last. Raises EncoderError if there are none."""
    blocks = [b for b in network.modules() if isinstance(b, Block) and _plain(b)]
    if not blocks:
        raise EncoderError(
            "Expected a network of inverted residual blocks without squeeze-excitation "
            "(mobilenet_edgetpu_100, mobilenetv2_100, efficientnet_lite0, ...), got "
            f"{type(network).__name__}; leave --keep out to use it whole."
        )
    return blocks


def kept(block: Block, share: float) -> int:
    """How many hidden channels ``share`` of them is: a multiple of 8, at least 8."""
    hidden: int = block.conv_pwl.in_channels
    return min(max(round(hidden * share / _MULTIPLE) * _MULTIPLE, _MULTIPLE), hidden)


def keep_channels(block: Block, channels: Tensor) -> None:
    """Leave the hidden ``channels`` int64 [K] of ``block``, in place."""
    if isinstance(block, InvertedResidual):
        _outputs(block.conv_pw, channels)
        _outputs(block.conv_dw, channels)
        block.conv_dw.in_channels = block.conv_dw.groups = len(channels)
        _statistics(block.bn2, channels)
    else:
        _outputs(block.conv_exp, channels)
    _statistics(block.bn1, channels)
    block.conv_pwl.weight = nn.Parameter(block.conv_pwl.weight.detach()[:, channels])
    block.conv_pwl.in_channels = len(channels)


def _plain(block: Block) -> bool:
    if not isinstance(block.se, nn.Identity):
        return False
    if isinstance(block, InvertedResidual):
        return bool(block.conv_dw.groups == block.conv_dw.in_channels)
    return bool(block.conv_exp.groups == 1)


def _outputs(conv: nn.Conv2d, channels: Tensor) -> None:
    conv.weight = nn.Parameter(conv.weight.detach()[channels])
    conv.out_channels = len(channels)


def _statistics(norm: nn.BatchNorm2d, channels: Tensor) -> None:
    norm.weight = nn.Parameter(norm.weight.detach()[channels])
    norm.bias = nn.Parameter(norm.bias.detach()[channels])
    for name in ("running_mean", "running_var"):
        norm.register_buffer(name, norm.get_buffer(name)[channels])
    norm.num_features = len(channels)
