"""Distilled encoders: a timm network with a linear map, in one file that says what it is.

The file is safetensors: the network's tensors under timm's own names, the map as
``projection.weight``, matrices in half and vectors in full precision, and metadata with the
architecture, the preprocessing and the SHA-256 of the tensors.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import safe_open
from safetensors.torch import save
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import nn

from curation import files
from curation.errors import EncoderError
from curation.spaces.folded import folded
from curation.spaces.narrow import narrow
from curation.spaces.preprocess import Preprocess
from curation.spaces.timm_encoder import check_name
from curation.spaces.torch_encoder import TorchEncoder
from curation.spaces.weights import UNREADABLE, fill, metadata_of

FORMAT = "curation-distilled-1"
_PROJECTION = "projection.weight"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a student is: timm's ``architecture``, side of its pictures, length of its vectors.

    ``keep`` is the share of its blocks' hidden channels that it has (curation.spaces.narrow).
    """

    architecture: str
    size: int
    dim: int
    mean: tuple[float, float, float] = IMAGENET_DEFAULT_MEAN
    std: tuple[float, float, float] = IMAGENET_DEFAULT_STD
    keep: float = 1.0

    def preprocess(self) -> Preprocess:
        """The square from the middle of a picture."""
        return Preprocess(self.size, self.mean, self.std)


class Student(nn.Module):
    """Normalised pictures float32 [B, 3, S, S] to vectors [B, dim], not of unit norm.

    Raises UnknownName for an architecture that timm lacks, EncoderError for one that cannot be
    narrowed though ``shape.keep`` asks for it.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        check_name(shape.architecture)
        self.network: nn.Module = timm.create_model(shape.architecture, num_classes=0)
        if shape.keep < 1:
            narrow(self.network, shape.keep)
        self.projection = nn.Linear(_width(self.network, shape.size), shape.dim, bias=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Normalised pictures float32 [B, 3, S, S] to float32 [B, dim], not of unit norm."""
        features = self.network(pictures.contiguous(memory_format=torch.channels_last))
        vectors: torch.Tensor = self.projection(features)
        return vectors


def save_distilled(student: Student, shape: Shape, path: Path) -> None:
    """Write ``student`` to ``path``, whole or not at all. Raises StorageFull, WorkspaceError."""
    tensors = {name: _stored(tensor) for name, tensor in student.network.state_dict().items()}
    tensors[_PROJECTION] = _stored(student.projection.weight)
    described = json.dumps(asdict(shape))
    metadata = {"format": FORMAT, "student": described, "sha256": _sha256(tensors, described)}
    data = save(tensors, metadata)
    files.write_bytes(path, data)


def load_distilled(path: Path, device: torch.device, spec: str = "") -> TorchEncoder:
    """The encoder in ``path``, under the name ``spec`` (default ``distilled:PATH``).

    Raises EncoderError for a file that is missing, damaged, or not made by ``save_distilled``.
    """
    student, shape = read_student(path)
    return TorchEncoder(
        spec or f"distilled:{path}",
        f"distilled {shape.architecture}",
        student,
        folded(student, shape.size).to(device),
        shape.preprocess(),
        device,
    )


def read_student(path: Path) -> tuple[Student, Shape]:
    """The network in ``path`` on the CPU, and its shape; errors as in load_distilled."""
    tensors, shape = read_distilled(path)
    student = Student(shape)
    projection = tensors.pop(_PROJECTION)
    fill(student.network, tensors, path)
    fill(student.projection, {"weight": projection}, path)
    return student, shape


def read_distilled(path: Path) -> tuple[dict[str, torch.Tensor], Shape]:
    """Float32 tensors [..] by name and the shape; raises EncoderError as ``load_distilled``
    does."""
    if not path.is_file():
        raise EncoderError(f"Expected a distilled encoder, got {path}, which does not exist.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except UNREADABLE as error:
        raise EncoderError(f"{path} is damaged ({error}); {_AGAIN}") from error
    whole = {"student", "sha256"} <= metadata.keys() and _PROJECTION in tensors
    if metadata.get("format") != FORMAT or not whole:
        raise EncoderError(
            f"Expected a file made by curation distill, got {path}, which is none; weights of a "
            "timm model are given as timm:NAME:FILE."
        )
    if _sha256(tensors, metadata["student"]) != metadata["sha256"]:
        raise EncoderError(f"{path} is damaged (its checksum differs); {_AGAIN}")
    return {name: _restored(tensor) for name, tensor in tensors.items()}, _shape(metadata)


def told_shape(path: Path) -> Shape | None:
    """What a file of ``save_distilled`` says it holds; None for any other file."""
    metadata = metadata_of(path)
    whole = metadata.get("format") == FORMAT and "student" in metadata
    return _shape(metadata) if whole else None


_AGAIN = "copy it again from where it was made, or distil it anew."


def _shape(metadata: dict[str, str]) -> Shape:
    told: dict[str, Any] = json.loads(metadata["student"])
    return Shape(**{**told, "mean": tuple(told["mean"]), "std": tuple(told["std"])})


def _width(network: nn.Module, size: int) -> int:
    """Length of the network's pooled features; timm's own figure is wrong for some heads."""
    training = network.training
    with torch.no_grad():
        width = network.eval()(torch.zeros(1, 3, size, size)).shape[1]
    network.train(training)
    return int(width)


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    """Matrices in half precision; statistics of a layer may lie beyond its range."""
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if tensor.is_floating_point() and tensor.ndim > 1 else tensor


def _restored(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _sha256(tensors: dict[str, torch.Tensor], described: str) -> str:
    digest = hashlib.sha256(described.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
