"""Reading weights without running what is in the file."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from curation.errors import EncoderError

UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    EOFError,
    KeyError,
    pickle.UnpicklingError,
    SafetensorError,
)
"""What the readers raise for a file that is damaged, of another model or wants to run code."""


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors by name from ``.safetensors``, or from a torch file that holds only tensors.

    A wrapping ``state_dict`` or ``model`` key and a ``module.`` prefix are removed. Raises
    EncoderError for a missing or damaged file and for one that wants to run code.
    """
    if not path.is_file():
        raise EncoderError(
            f"Expected a file with weights, got {str(path)!r}, which does not exist."
        )
    try:
        loaded = _load(path)
    except UNREADABLE as error:
        raise EncoderError(
            f"Expected tensors only in {path}, got: {error}; save the model's state_dict() as "
            "safetensors and use that file."
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    if not isinstance(loaded, dict) or not any(torch.is_tensor(v) for v in loaded.values()):
        raise EncoderError(f"Expected tensors by name in {path}, got {type(loaded).__name__}.")
    return {k.removeprefix("module."): v for k, v in loaded.items() if torch.is_tensor(v)}


def fill(model: nn.Module, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Load ``weights`` into ``model``; unused ones (a classifier) are ignored.

    Raises EncoderError if the model lacks a tensor or a shape differs.
    """
    own = model.state_dict()
    missing = [name for name in own if name not in weights]
    wrong = [n for n, t in own.items() if n in weights and weights[n].shape != t.shape]
    if missing or wrong:
        raise EncoderError(
            f"The weights in {path}{_told(path)} do not fit {type(model).__name__}: "
            f"{len(missing)} tensors "
            f"missing, {len(wrong)} of another shape (first: {(missing + wrong)[0]}); use the "
            "file of this very model."
        )
    model.load_state_dict({name: weights[name] for name in own})


def metadata_of(path: Path) -> dict[str, str]:
    """What a safetensors file tells of itself; nothing for any other file."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except UNREADABLE:
        return {}


def _told(path: Path) -> str:
    """The architecture that a file of ``curation distill`` names; nothing for another file."""
    student = metadata_of(path).get("student")
    return f" (of {json.loads(student)['architecture']}, distilled)" if student else ""


def _load(path: Path) -> object:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)
