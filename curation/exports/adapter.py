"""The trained adapter as a safetensors file, and its way back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from curation.errors import ExportError

if TYPE_CHECKING:
    from curation.learning.adapter import Adapter


def load_adapter(path: str | Path) -> Adapter:
    """The adapter of an exported file; needs torch and safetensors, but no workspace.

    ``load_adapter(path).apply(base)`` maps encoder outputs float32 [N, D0] to the space,
    float32 [N, D], unit norm.
    """
    from curation.learning.adapter import Adapter  # loads torch

    return Adapter.load(Path(path))


def tensor_names(source: Path | None) -> tuple[str, ...]:
    """Names of the adapter's tensors; raises ExportError where there is no readable adapter."""
    from safetensors import SafetensorError, safe_open  # for this export only

    if source is None:
        raise ExportError(
            "Expected a trained adapter, got generation 0, which is the frozen encoder itself. "
            "Train a generation and export again."
        )
    try:
        with safe_open(str(source), framework="numpy") as tensors:
            return tuple(tensors.keys())
    except (OSError, SafetensorError) as error:
        raise ExportError(
            f"Expected a safetensors file at {source}, got: {error}. Train the generation again."
        ) from error


def copy_file(source: Path, file: BinaryIO) -> None:
    """Copy the bytes of ``source`` into an open file."""
    with source.open("rb") as stream:
        shutil.copyfileobj(stream, file)
