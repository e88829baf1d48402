"""What the student aims at: the teacher's vectors, centred and evened out.

Pooled features share a large mean, and few directions hold most of the variance; both hide what
tells pictures apart. So the mean is taken off, the first principal components are kept, and each
is divided by the fourth root of its variance, half way to whitening.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.errors import EncoderError
from curation.types import FloatArray, HalfArray

_SAMPLE = 20_000
_TILE = 8192
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class TargetSpace:
    """``mean`` float32 [D] and ``map`` float32 [D, dim]: the way into the student's space."""

    mean: FloatArray
    map: FloatArray

    def __call__(self, vectors: FloatArray | HalfArray) -> HalfArray:
        """Vectors [M, D] of the teacher as float16 [M, dim] of unit norm."""
        made = np.empty((len(vectors), self.map.shape[1]), np.float16)
        for start in range(0, len(vectors), _TILE):
            rows: FloatArray = _unit(vectors[start : start + _TILE].astype(np.float32)) - self.mean
            made[start : start + _TILE] = _unit(rows @ self.map)
        return made


def fit_targets(vectors: FloatArray | HalfArray, dim: int, seed: int) -> TargetSpace:
    """The space of at most ``dim`` components, from a sample of ``vectors`` [M, D].

    Raises EncoderError for a teacher that says the same of all pictures.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(vectors))[:_SAMPLE])
    sample = _unit(vectors[rows].astype(np.float32))
    mean = sample.mean(0, dtype=np.float64)
    variance, directions = np.linalg.eigh(np.cov((sample - mean).T))
    kept = np.argsort(variance)[::-1][: min(dim, len(variance))]
    kept = kept[variance[kept] > max(variance.max() * 1e-6, _LEAST)]
    if len(kept) < 2:
        raise EncoderError(
            f"Expected vectors that tell pictures apart, got ones that vary in {len(kept)} "
            "directions; the teacher says nearly the same of all crops. Take another one."
        )
    scaled = directions[:, kept] / variance[kept] ** 0.25
    return TargetSpace(mean.astype(np.float32), scaled.astype(np.float32))


def _unit(rows: FloatArray) -> FloatArray:
    unit: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit
