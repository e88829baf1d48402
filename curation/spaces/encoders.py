"""Encoders: what turns pictures into vectors, by name.

open_clip:NAME              the model with its first published weights, from the hub
open_clip:NAME:PRETRAINED   with these published weights
open_clip:NAME:FILE         with weights from a file (.safetensors, or .pt holding tensors only)
timm:NAME                   the model with its published weights, from the hub
timm:NAME:FILE              with weights from a file
distilled:FILE              a file that ``curation distill`` made
builtin                     comes with the package
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image

from curation.errors import EncoderError, UnknownName
from curation.types import FloatArray


class Encoder(Protocol):
    """Pictures to unit vectors. Text too where ``has_text``."""

    @property
    def spec(self) -> str:
        """The name it was created by."""

    @property
    def fingerprint(self) -> str:
        """32 hex digits: hash of architecture, weights and preprocessing; the cache's key."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def size(self) -> int:
        """Side in pixels of the square that ``preprocess`` returns."""

    @property
    def has_text(self) -> bool:
        """Whether ``encode_text`` works."""

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """A picture as uint8 [3, size, size], on the CPU; safe to call from several threads."""

    def encode(self, batch: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, size, size] to float32 [B, dim] of unit norm, on the CPU."""

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        """Texts to float32 [T, dim] in the pictures' space; EncoderError without a text tower."""


def create_encoder(spec: str, device: str = "auto") -> Encoder:
    """The encoder of that name (see the module's docstring), ready on ``device``.

    Raises UnknownName for an unknown kind of encoder; EncoderError for an unknown model (naming
    near ones), a hub that cannot be reached (naming the form with a file), and weights that do
    not load or do not fit.
    """
    kind, _, rest = spec.partition(":")
    if kind not in _KINDS:
        raise UnknownName(
            "encoder", spec, ["builtin", "distilled:FILE", "open_clip:NAME", "timm:NAME"]
        )
    name, _, weights = rest.partition(":")
    return _KINDS[kind](name, weights, resolve_device(device))


def resolve_device(device: str) -> torch.device:
    """``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:N``; EncoderError else."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return torch.device("cuda:0" if count else "cpu")
    if device == "cpu":
        return torch.device("cpu")
    family, _, index = device.partition(":")
    if family != "cuda" or not (index or "0").isdigit():
        raise EncoderError(f"Expected device auto, cpu, cuda or cuda:N, got {device!r}.")
    if int(index or 0) >= count:
        raise EncoderError(
            f"Expected one of {count} CUDA devices, got {device!r}; use --device auto or cpu."
        )
    return torch.device("cuda", int(index or 0))


def encode_images(
    encoder: Encoder, images: Sequence[Image.Image], batch_size: int = 64
) -> FloatArray:
    """Pictures to float32 [n, dim] of unit norm."""
    vectors = np.empty((len(images), encoder.dim), np.float32)
    for start in range(0, len(images), batch_size):
        batch = [encoder.preprocess(image) for image in images[start : start + batch_size]]
        vectors[start : start + batch_size] = encoder.encode(torch.stack(batch)).numpy()
    return vectors


def _open_clip(name: str, weights: str, device: torch.device) -> Encoder:
    from curation.spaces.open_clip_encoder import load_open_clip

    return load_open_clip(name, weights, device)


def _timm(name: str, weights: str, device: torch.device) -> Encoder:
    from curation.spaces.timm_encoder import load_timm

    return load_timm(name, weights, device)


def _distilled(name: str, weights: str, device: torch.device) -> Encoder:
    from curation.spaces.distilled import load_distilled

    file = ":".join(filter(None, [name, weights]))  # a file's name may hold a colon
    if not file:
        raise EncoderError("Expected distilled:FILE, a file made by curation distill.")
    return load_distilled(Path(file).expanduser(), device, f"distilled:{file}")


def _builtin(name: str, weights: str, device: torch.device) -> Encoder:
    from curation.spaces.builtin import load_builtin

    if name or weights:
        raise EncoderError(f"Expected plain 'builtin', got 'builtin:{name}'; it has no variants.")
    return load_builtin(device)


_KINDS: dict[str, Callable[[str, str, torch.device], Encoder]] = {
    "open_clip": _open_clip,
    "timm": _timm,
    "distilled": _distilled,
    "builtin": _builtin,
}
