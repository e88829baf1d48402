"""The small network between frozen encoder and space.

``x -> unit(W P^T (x - mean))`` with ``mean`` and the principal directions ``P`` of the frozen
embedding fixed when the first generation is trained, and ``W`` learned, the identity at first. So
an untrained adapter keeps the embedding's own geometry (centred, its weakest directions cut), and
what answers can bend is small: at most 255 x 255 numbers, whatever the encoder's width.

One more coordinate holds a small constant, so that an item that lies in the centre (or a folder of
identical images) still has a direction.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Self

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from curation.errors import TrainingError
from curation.types import FloatArray

FORMAT = "curation.adapter/1"
_BASIS_ROWS = 4096
_CENTRE = 1e-3
_APPLY_ROWS = 8192


class Adapter(nn.Module):
    """Linear map on the principal directions of a frozen embedding.

    ``mean`` float32 [D0], ``basis`` float32 [D0, R] (orthonormal columns), ``weight``
    float32 [R, R]; vectors come out as float32 [.., R + 1] with unit norm.
    """

    mean: Tensor
    basis: Tensor

    def __init__(self, mean: Tensor, basis: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)
        self.weight = nn.Parameter(torch.eye(basis.shape[1]))

    @classmethod
    def fit(cls, base: FloatArray, rank: int = 255, seed: int = 0) -> Self:
        """An untrained adapter on ``base`` float32 [N, D0]; directions from at most 4,096 rows."""
        n, width = base.shape
        if n == 0:
            raise TrainingError("An adapter needs at least one vector, got none. Add items first.")
        rows = np.sort(np.random.default_rng(seed).permutation(n)[:_BASIS_ROWS])
        sample = np.asarray(base[rows], np.float32)
        if not np.isfinite(sample).all():
            raise TrainingError(
                "Expected finite vectors, got NaN or infinity. Encode the items again."
            )
        mean = sample.mean(0)
        centred = sample - mean
        _, vectors = np.linalg.eigh(centred.T @ centred)
        kept = max(1, min(rank, width, n - 1))
        basis = np.ascontiguousarray(vectors[:, ::-1][:, :kept])
        return cls(torch.from_numpy(mean), torch.from_numpy(basis))

    def copy(self) -> Self:
        """An independent adapter with the same weights, on the CPU."""
        return copy.deepcopy(self).cpu()

    @property
    def input_dim(self) -> int:
        """Width of the frozen vectors."""
        return int(self.basis.shape[0])

    @property
    def dim(self) -> int:
        """Width of the adapted vectors."""
        return int(self.basis.shape[1]) + 1

    def project(self, base: Tensor) -> Tensor:
        """Frozen part: ``base`` [.., D0] to principal coordinates [.., R]."""
        return (base.to(self.mean.dtype) - self.mean) @ self.basis

    def adapt(self, coordinates: Tensor) -> Tensor:
        """Learned part: principal coordinates [.., R] to unit vectors [.., R + 1]."""
        return centred_unit(coordinates @ self.weight)

    def forward(self, base: Tensor) -> Tensor:
        """``base`` [.., D0] to unit vectors [.., R + 1]."""
        return self.adapt(self.project(base))

    def distance_from_start(self) -> Tensor:
        """Squared distance of the learned map from the identity, a scalar."""
        start = torch.eye(len(self.weight), device=self.weight.device)
        return (self.weight - start).square().sum()

    @torch.no_grad()
    def coordinates(self, base: FloatArray) -> FloatArray:
        """Frozen part on arrays: ``base`` float32 [M, D0] to float32 [M, R]."""
        rows = torch.from_numpy(base).to(self.mean.device)
        return np.asarray(self.project(rows).cpu().numpy(), np.float32)

    @torch.no_grad()
    def apply(self, base: FloatArray) -> FloatArray:  # type: ignore[override]
        """``base`` float32 [N, D0] (or a memory map of it) to float32 [N, D], in blocks."""
        self._check_width(base.shape[1])
        out = np.empty((len(base), self.dim), np.float32)
        for start in range(0, len(base), _APPLY_ROWS):
            block = np.array(base[start : start + _APPLY_ROWS], np.float32)
            rows = torch.from_numpy(block).to(self.mean.device)
            out[start : start + len(block)] = self(rows).cpu().numpy()
        return out

    def save(self, path: Path) -> None:
        """Write weights and format as safetensors."""
        tensors = {k: v.detach().cpu().contiguous() for k, v in self.state_dict().items()}
        # One key only: safetensors orders several at random, and equal adapters are equal files.
        save_file(tensors, path, metadata={"format": FORMAT})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an adapter; raises TrainingError for a file that is not one."""
        try:
            with safe_open(path, framework="pt") as file:
                meta = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"Expected a readable adapter at {path}, got: {error}. "
                "Restore the file or train a new generation."
            ) from error
        if meta.get("format") != FORMAT or set(tensors) != {"mean", "basis", "weight"}:
            raise TrainingError(
                f"Expected an adapter of format {FORMAT} at {path}, got format "
                f"{meta.get('format')!r} with {sorted(tensors)}. Train a new generation."
            )
        adapter = cls(tensors["mean"], tensors["basis"])
        adapter.load_state_dict(tensors)
        return adapter

    def _check_width(self, width: int) -> None:
        if width != self.input_dim:
            raise TrainingError(
                f"Expected vectors of width {self.input_dim}, got {width}. This adapter belongs "
                "to another encoder; start from generation 0."
            )


def centred_unit(coordinates: Tensor) -> Tensor:
    """Unit vectors [.., R + 1] of centred ``coordinates`` [.., R] (see the module's last note)."""
    return functional.normalize(functional.pad(coordinates, (0, 1), value=_CENTRE), dim=-1)
