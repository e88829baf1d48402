"""A student that starts from trained weights instead of from chance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from curation.distillation.thinning import thin
from curation.errors import EncoderError
from curation.spaces.distilled import Shape, Student, read_distilled, told_shape
from curation.spaces.weights import fill, read_weights

_RIDGE = 1e-3
_THIN = 512
_BATCH = 64


def check_start(shape: Shape, weights: Path | None) -> None:
    """Raise as ``started`` would, before anything is computed; ``weights`` None is from chance.

    Raises UnknownName for an architecture that timm lacks, too.
    """
    Student(shape)
    if weights is not None:
        _trained(shape, weights)


def started(shape: Shape, weights: Path, pictures: Tensor, targets: Tensor) -> Student:
    """The student of ``shape`` from ``weights`` of its architecture.

    They are in full width, or a distilled file's with the channels that ``shape`` keeps. Channels
    to drop are chosen, and the linear map is fitted by ridge regression to ``targets`` float32
    [B, dim], on ``pictures`` float32 [B, 3, S, S], normalised. Raises EncoderError for weights
    that cannot be read or are of another architecture or width.
    """
    student = Student(shape)
    network, kept = _trained(shape, weights)
    if kept > shape.keep:
        thin(network, shape.keep, pictures[:_THIN].contiguous(memory_format=torch.channels_last))
    student.network.load_state_dict(network.state_dict())
    with torch.inference_mode():
        parts = torch.split(pictures, _BATCH)
        features = torch.cat([student.eval().network(part) for part in parts]).double()
    student.projection.weight.data = _ridge(features, targets.double()).T.float().contiguous()
    return student


def _trained(shape: Shape, weights: Path) -> tuple[nn.Module, float]:
    """The trained network as wide as ``weights``, and the share of hidden channels that it has."""
    told = told_shape(weights)
    kept = told.keep if told else 1.0
    if kept not in (1.0, shape.keep):
        raise EncoderError(
            f"Expected weights in full width or with a share of {shape.keep} of the hidden "
            f"channels, got {weights} with {kept}; use --keep {kept}."
        )
    network = Student(replace(shape, keep=kept)).network
    fill(network, read_distilled(weights)[0] if told else read_weights(weights), weights)
    return network, kept


def _ridge(features: Tensor, targets: Tensor) -> Tensor:
    """float64 [D, dim] that maps ``features`` [B, D] to ``targets`` [B, dim]."""
    gram = features.T @ features
    strength = _RIDGE * gram.diagonal().mean()
    gram += strength * torch.eye(len(gram)).to(gram)
    solution: Tensor = torch.linalg.solve(gram, features.T @ targets)
    return solution
