"""Encoders from open_clip: an image tower and a text tower in one space."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import torch

from curation.errors import EncoderError, UnknownName
from curation.spaces.hub import fetching
from curation.spaces.preprocess import Preprocess
from curation.spaces.torch_encoder import TorchEncoder
from curation.spaces.weights import UNREADABLE

_FILES = (".safetensors", ".pt", ".pth", ".bin")


def load_open_clip(name: str, weights: str, device: torch.device) -> TorchEncoder:
    """``open_clip:NAME[:PRETRAINED or FILE]``; raises UnknownName and EncoderError as
    ``create_encoder`` does."""
    if name not in open_clip.list_models():
        raise UnknownName("open_clip model", name, open_clip.list_models())
    spec = ":".join(filter(None, ["open_clip", name, weights]))
    model = _model(name, weights)
    architecture = f"open_clip {json.dumps(open_clip.get_model_config(name), sort_keys=True)}"
    return TorchEncoder(
        spec,
        architecture,
        model,
        model.encode_image,
        _preprocess(open_clip.get_model_preprocess_cfg(model)),
        device,
        _text_tower(name, model, device),
    )


def _model(name: str, weights: str) -> Any:
    if weights.endswith(_FILES) or "/" in weights:
        return _from_file(name, Path(weights))
    tags = open_clip.list_pretrained_tags_by_model(name)
    if weights and weights not in tags:
        raise UnknownName(f"weights of open_clip:{name}", weights, [*tags, "a file's path"])
    if not tags:
        raise EncoderError(
            f"open_clip:{name} has no published weights; "
            f"give a file: open_clip:{name}:/path/to/weights.safetensors."
        )
    tag = weights or tags[0]
    form = f"open_clip:{name}:/path/to/weights.safetensors"
    with fetching(f"the weights {tag!r} of open_clip:{name}", form):
        return open_clip.create_model(name, pretrained=tag)


def _from_file(name: str, path: Path) -> Any:
    if not path.is_file():
        raise EncoderError(
            f"Expected a file with weights, got {str(path)!r}, which does not exist."
        )
    try:
        # open_clip converts the layouts of other projects, so it reads the file itself
        return open_clip.create_model(name, pretrained=str(path), weights_only=True)
    except UNREADABLE as error:
        raise EncoderError(
            f"The weights in {path} do not load into open_clip:{name}: {error}\n"
            "Use a file of this very model that holds tensors only, best as safetensors."
        ) from error


def _preprocess(config: dict[str, Any]) -> Preprocess:
    size = config["size"]
    return Preprocess(
        size=int(size if isinstance(size, int) else size[0]),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        resize=config["resize_mode"],
        interpolation="bilinear" if config["interpolation"] == "bilinear" else "bicubic",
    )


def _text_tower(
    name: str, model: Any, device: torch.device
) -> Callable[[list[str]], torch.Tensor] | None:
    """None for towers whose tokenizer would have to be fetched from the hub."""
    config = open_clip.get_model_config(name)["text_cfg"]
    if "hf_tokenizer_name" in config or "hf_model_name" in config:
        return None
    tokenizer = open_clip.get_tokenizer(name)

    def encode(texts: list[str]) -> torch.Tensor:
        vectors: torch.Tensor = model.encode_text(tokenizer(texts).to(device))
        return vectors

    return encode
