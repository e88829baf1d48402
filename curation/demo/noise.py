"""Smooth random fields: value noise from a table of random numbers."""

from __future__ import annotations

import numpy as np

from curation.types import FloatArray

_SIDE = 32  # of the table, which repeats


class Noise:
    """Value noise in [0, 1] (Perlin's fade curve on a lattice of random values), of one seed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._table = rng.random(_SIDE**3, dtype=np.float32)

    def at(self, points: FloatArray) -> FloatArray:
        """Values [n] at points [3, n]; features are about 1 wide."""
        (i0, i1, fx), (j0, j1, fy), (k0, k1, fz) = (_lattice(part) for part in points)
        i0, i1 = i0 * _SIDE * _SIDE, i1 * _SIDE * _SIDE
        j0, j1 = j0 * _SIDE, j1 * _SIDE
        near = self._plane(i0 + j0, i1 + j0, i0 + j1, i1 + j1, k0, fx, fy)
        far = self._plane(i0 + j0, i1 + j0, i0 + j1, i1 + j1, k1, fx, fy)
        return np.asarray(near + (far - near) * fz, np.float32)

    def flat(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Values [n] in a plane."""
        (i0, i1, fx), (j0, j1, fy) = _lattice(x), _lattice(y)
        i0, i1 = i0 * _SIDE, i1 * _SIDE
        zero = np.zeros(1, np.int32)
        return self._plane(i0 + j0, i1 + j0, i0 + j1, i1 + j1, zero, fx, fy)

    def rough(self, points: FloatArray, octaves: int = 3) -> FloatArray:
        """Fractal noise [n] at points [3, n], in [0, 1]."""
        total, weight = np.zeros(points.shape[1], np.float32), 0.5
        for octave in range(octaves):
            total += weight * self.at(points * float(2**octave) + 7.3 * octave)
            weight /= 2
        return total / (1.0 - 0.5**octaves)

    def rough_flat(self, x: FloatArray, y: FloatArray, octaves: int = 3) -> FloatArray:
        """Fractal noise [n] in a plane, in [0, 1]."""
        total, weight = np.zeros(x.shape, np.float32), 0.5
        for octave in range(octaves):
            scale, shift = float(2**octave), 7.3 * octave
            total += weight * self.flat(x * scale + shift, y * scale + shift)
            weight /= 2
        return total / (1.0 - 0.5**octaves)

    def _plane(
        self,
        a: np.ndarray,
        b: np.ndarray,
        c: np.ndarray,
        d: np.ndarray,
        k: np.ndarray,
        fx: FloatArray,
        fy: FloatArray,
    ) -> FloatArray:
        table = self._table
        low = table[a + k] * (1.0 - fx) + table[b + k] * fx
        high = table[c + k] * (1.0 - fx) + table[d + k] * fx
        return np.asarray(low + (high - low) * fy, np.float32)


def _lattice(values: FloatArray) -> tuple[np.ndarray, np.ndarray, FloatArray]:
    """The lattice points below and above, wrapped round, and the faded share between."""
    floor = np.floor(values)
    share = values - floor
    low = floor.astype(np.int32) & (_SIDE - 1)
    fade = share * share * (3.0 - 2.0 * share)
    return low, (low + 1) & (_SIDE - 1), np.asarray(fade, np.float32)
