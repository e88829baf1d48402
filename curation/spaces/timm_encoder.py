"""Encoders from timm: any of its models, its pooled features before the classifier."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data.config import resolve_model_data_config

from curation.errors import UnknownName
from curation.spaces.hub import fetching
from curation.spaces.preprocess import Preprocess
from curation.spaces.torch_encoder import TorchEncoder
from curation.spaces.weights import fill, read_weights

_CONFIG_OF: Callable[[Any], dict[str, Any]] = resolve_model_data_config


def load_timm(name: str, weights: str, device: torch.device) -> TorchEncoder:
    """``timm:NAME[:FILE]``; errors as in create_encoder."""
    check_name(name)
    spec = ":".join(filter(None, ["timm", name, weights]))
    model = _model(name, weights)
    config = _CONFIG_OF(model)
    return TorchEncoder(spec, f"timm {name}", model, model, _preprocess(config), device)


def check_name(name: str) -> None:
    """Raise UnknownName, with near names, for a model that timm does not have."""
    if not timm.is_model(name):
        raise UnknownName("timm model", name, _near(name))


def _model(name: str, weights: str) -> Any:
    if weights:
        model = timm.create_model(name, pretrained=False, num_classes=0)
        fill(model, read_weights(Path(weights)), Path(weights))
        return model
    with fetching(f"the weights of timm:{name}", f"timm:{name}:/path/to/weights.safetensors"):
        return timm.create_model(name, pretrained=True, num_classes=0)


def _preprocess(config: dict[str, Any]) -> Preprocess:
    return Preprocess(
        size=int(config["input_size"][-1]),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        resize="squash" if config["crop_mode"] == "squash" else "shortest",
        interpolation="bilinear" if config["interpolation"] == "bilinear" else "bicubic",
        crop=float(config["crop_pct"]),
    )


def _near(name: str) -> list[str]:
    """Models to choose from: those spelt alike or of the name's family, else one of each family."""
    family = name.split("_", maxsplit=1)[0].rstrip("0123456789")
    near = get_close_matches(name, timm.list_models(), n=5)
    near += timm.list_models(f"{family}*") if family else []
    return (
        list(dict.fromkeys(near))[:40] or [m for m in timm.list_models() if m.count("_") == 0][:40]
    )
