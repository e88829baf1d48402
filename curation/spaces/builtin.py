"""The encoder that comes with the package: a small network that learned from a larger one.

Made by ``curation distill``; ``assets/README.md`` holds the recipe and what it reaches. A colour
histogram stands beside the network's vector, for meanings that go by colour.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.errors import EncoderError
from curation.spaces.colours import colours
from curation.spaces.distilled import Shape, read_student
from curation.spaces.folded import folded
from curation.spaces.torch_encoder import TorchEncoder

WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "builtin.safetensors"
_COLOUR = 0.6


class Coloured(nn.Module):
    """Normalised pictures float32 [B, 3, S, S] to [B, dim + colours.DIM], not of unit norm."""

    def __init__(self, student: nn.Module, shape: Shape) -> None:
        super().__init__()
        self.student = student
        self.register_buffer("mean", torch.tensor(shape.mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(shape.std).view(3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures float32 [B, 3, S, S] to float32 [B, dim + colours.DIM]."""
        plain = pictures * self.get_buffer("std") + self.get_buffer("mean")
        vectors = functional.normalize(self.student(pictures), dim=1)
        return torch.cat([vectors, _COLOUR * colours(plain)], dim=1)


def load_builtin(device: torch.device) -> TorchEncoder:
    """The encoder ``builtin`` on ``device``.

    Raises EncoderError, saying how to restore the file, if it is missing or damaged.
    """
    try:
        student, shape = read_student(WEIGHTS)
    except EncoderError as error:
        raise EncoderError(
            f"The encoder that comes with the package cannot be loaded: {error}\n"
            "Restore its file by installing the package again (pip install --force-reinstall "
            "--no-deps, with the source you installed from), or in a checkout: git checkout -- "
            f"{WEIGHTS.name}, in the folder {WEIGHTS.parent}."
        ) from error
    fast = Coloured(folded(student, shape.size), shape).to(device)
    name = f"builtin: {shape.architecture} and colours 1 x {_COLOUR}"
    return TorchEncoder("builtin", name, student, fast, shape.preprocess(), device)
