"""Which hidden channels of a trained network to drop, so that its blocks change least.

Optimal brain surgeon on every block's last layer: the channel goes whose loss the others can make
up for best, and they take over its part (Hassibi and Stork 1993, equations 5 and 6, with the
covariance of the hidden activations as Hessian).
"""

from __future__ import annotations

import torch
from timm.models._efficientnet_blocks import InvertedResidual
from torch import Tensor, nn

from curation.spaces.narrow import Block, hidden_blocks, keep_channels, kept

_POSITIONS = 16_384
_DAMPING = 1e-3
_BATCH = 64


def thin(network: nn.Module, share: float, pictures: Tensor) -> None:
    """Leave ``share`` of each block's hidden channels, in place, the last layers refitted.

    ``pictures`` float32 [B, 3, S, S], normalised, a few hundred of the kind it will see. Raises
    EncoderError for a network without blocks that can be narrowed.
    """
    network.eval()
    for block in hidden_blocks(network):
        _thin_block(block, kept(block, share), _hidden(network, block, pictures))


def _thin_block(block: Block, count: int, hidden: Tensor) -> None:
    weight = block.conv_pwl.weight.detach()[:, :, 0, 0].T.double()
    mean = hidden.mean(0)
    covariance = (hidden - mean).T @ (hidden - mean) / len(hidden)
    channels, refitted = surgeon(covariance, weight, count)
    keep_channels(block, channels)
    norm: nn.BatchNorm2d = block.bn3 if isinstance(block, InvertedResidual) else block.bn2
    with torch.no_grad():
        norm.get_buffer("running_mean").add_(mean[channels] @ refitted - mean @ weight)
        block.conv_pwl.weight.copy_(refitted.T[:, :, None, None])


def surgeon(covariance: Tensor, weight: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` inputs to keep, int64 ascending, and their weights float64 [count, O].

    ``covariance`` float64 [H, H] of the inputs, ``weight`` float64 [H, O] of the linear map.
    """
    damping = _DAMPING * covariance.diagonal().mean()
    inverse = torch.linalg.inv(covariance + damping * torch.eye(len(covariance)).to(covariance))
    weight, left = weight.clone(), torch.ones(len(weight), dtype=torch.bool)
    for _ in range(len(weight) - count):
        loss = (weight**2).sum(1) / inverse.diagonal()
        worst = int(loss.masked_fill(~left, torch.inf).argmin())
        column = inverse[:, worst] / inverse[worst, worst]
        weight -= torch.outer(column, weight[worst])
        inverse -= torch.outer(column, inverse[worst])
        left[worst] = False
        inverse[worst, worst] = 1.0  # it takes no part any more, and must divide
    channels = left.nonzero()[:, 0]
    return channels, weight[channels]


def _hidden(network: nn.Module, block: Block, pictures: Tensor) -> Tensor:
    """Hidden activations of ``block`` float64 [N, H] at a grid of places of ``pictures``, each
    place once."""
    share = -(-_POSITIONS // len(pictures))
    found: list[Tensor] = []

    def look(_: nn.Module, inputs: tuple[Tensor]) -> None:
        places = inputs[0].flatten(2).transpose(1, 2)
        count = min(share, places.shape[1])
        found.append(places[:, torch.linspace(0, places.shape[1] - 1, count).long()].flatten(0, 1))

    handle = block.conv_pwl.register_forward_pre_hook(look)
    with torch.inference_mode():
        for start in range(0, len(pictures), _BATCH):
            network(pictures[start : start + _BATCH])
    handle.remove()
    return torch.cat(found).double()
