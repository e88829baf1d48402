"""Signed distances in numpy: what a point is away from a solid, negative inside.

Points are float32 [3, n], distances float32 [n]. The formulas of the primitives are those
collected by Inigo Quilez, "Distance functions" (iquilezles.org/articles/distfunctions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from curation.types import FloatArray

Field = Callable[[FloatArray], FloatArray]
"""Points [3, n] to one value each, [n]: a distance, unless said otherwise."""
Warp = Callable[[FloatArray], FloatArray]
"""Points [3, n] to points [3, n]."""


def norm(*parts: FloatArray) -> FloatArray:
    """Euclidean length of a vector given by its coordinates."""
    total = parts[0] * parts[0]
    for part in parts[1:]:
        total = total + part * part
    return np.asarray(np.sqrt(total), np.float32)


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors [3, n] scaled to length 1."""
    return np.asarray(vectors / np.maximum(norm(*vectors), 1e-9), np.float32)


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Dot products [n] of vectors [3, n] (or [3, 1])."""
    product: FloatArray = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return product


def rotate(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """``matrix`` [m, 3] times points [3, n], summed in the same order whatever n is.

    A library's matrix product is not, so that an image would depend on the number of threads.
    """
    x, y, z = points
    return np.stack([row[0] * x + row[1] * y + row[2] * z for row in matrix])


def mix(a: FloatArray | float, b: FloatArray | float, share: FloatArray) -> FloatArray:
    """``a`` where ``share`` is 0, ``b`` where it is 1."""
    return np.asarray(a + (b - a) * share, np.float32)


def step(low: float, high: float, values: FloatArray) -> FloatArray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def vector(*parts: float) -> FloatArray:
    """One point or direction [3, 1]."""
    return np.array(parts, np.float32)[:, None]


def box(points: FloatArray, half: Sequence[float], rounding: float = 0.0) -> FloatArray:
    """A box about the origin with half edges ``half`` and rounded edges."""
    x, y, z = (np.abs(part) - (edge - rounding) for part, edge in zip(points, half, strict=True))
    outside = norm(np.maximum(x, 0.0), np.maximum(y, 0.0), np.maximum(z, 0.0))
    inside = np.minimum(np.maximum(np.maximum(x, y), z), 0.0)
    return np.asarray(outside + inside - rounding, np.float32)


def ellipsoid(points: FloatArray, half: Sequence[float]) -> FloatArray:
    """An ellipsoid about the origin (a bound, not the exact distance)."""
    radii = vector(*half)
    near = norm(*(points / radii))
    slope = norm(*(points / (radii * radii)))
    return np.asarray(near * (near - 1.0) / np.maximum(slope, 1e-6), np.float32)


def capsule(
    points: FloatArray, start: Sequence[float], end: Sequence[float], radius: float
) -> FloatArray:
    """All within ``radius`` of the line from ``start`` to ``end``."""
    a, b = vector(*start), vector(*end)
    along = np.clip(dot(points - a, b - a) / float(dot(b - a, b - a)[0]), 0.0, 1.0)
    return np.asarray(norm(*(points - a - (b - a) * along)) - radius, np.float32)


def ring(points: FloatArray, radius: float, thickness: float) -> FloatArray:
    """A torus in the plane of x and z."""
    around = norm(points[0], points[2]) - radius
    return np.asarray(norm(around, points[1]) - thickness, np.float32)


def smooth_union(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    """The union with a fillet of about ``width``."""
    share = np.clip(0.5 + 0.5 * (b - a) / width, 0.0, 1.0)
    return np.asarray(b + (a - b) * share - width * share * (1.0 - share), np.float32)


def slab(flat: FloatArray, height: FloatArray, half: float, rounding: float = 0.02) -> FloatArray:
    """A flat figure's distance made solid: within ``half`` of height 0, edges rounded."""
    x, y = flat + rounding, np.abs(height) - half + rounding
    outside = norm(np.maximum(x, 0.0), np.maximum(y, 0.0))
    return np.asarray(outside + np.minimum(np.maximum(x, y), 0.0) - rounding, np.float32)


class Lathe:
    """A solid turned about the y axis from an outline of (radius, height) points.

    The outline runs from the axis to the axis; ``smooth`` rounds its corners (Chaikin, "An
    algorithm for high speed curve generation", 1974). Exact distances are kept in a table, so
    that a profile of any detail costs the same.
    """

    def __init__(self, outline: Sequence[tuple[float, float]], smooth: int = 2) -> None:
        curve = _chaikin(np.array(outline, np.float64), smooth)
        pad = 0.15
        self._low = float(curve[:, 1].min()) - pad
        width, height = float(curve[:, 0].max()) + pad, float(np.ptp(curve[:, 1])) + 2 * pad
        self._cell = math.sqrt(width * height / _TABLE)
        columns, rows = (math.ceil(side / self._cell) + 1 for side in (width, height))
        radius, level = np.meshgrid(
            np.arange(columns) * self._cell, self._low + np.arange(rows) * self._cell
        )
        table = _outline_distance(curve, radius.ravel(), level.ravel())
        self._table = table.astype(np.float32)
        self._columns, self._rows = columns, rows

    def __call__(self, points: FloatArray) -> FloatArray:
        u = norm(points[0], points[2]) * (1.0 / self._cell)
        v = (points[1] - self._low) * (1.0 / self._cell)
        cu = np.clip(u, 0.0, self._columns - 1.001)
        cv = np.clip(v, 0.0, self._rows - 1.001)
        i, j = cu.astype(np.int32), cv.astype(np.int32)
        fu, fv = cu - i, cv - j
        at = j * np.int32(self._columns) + i
        table = self._table
        below = table[at] * (1.0 - fu) + table[at + 1] * fu
        at += np.int32(self._columns)
        above = table[at] * (1.0 - fu) + table[at + 1] * fu
        known = below + (above - below) * fv
        beyond = norm(u - cu, v - cv) * self._cell
        far = norm(beyond, np.maximum(known, 0.0))
        return np.asarray(np.where(beyond > 0.0, far, known), np.float32)


_TABLE = 24_000  # cells of a lathe's table


def _chaikin(curve: np.ndarray, rounds: int) -> np.ndarray:
    """Cut the corners of an open curve [n, 2]; both ends stay."""
    for _ in range(rounds):
        a, b = curve[:-1], curve[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], 1).reshape(-1, 2)
        curve = np.concatenate([curve[:1], cut[1:-1], curve[-1:]])
    return curve


def _outline_distance(curve: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance [n] to an open curve [m, 2] that is closed by the axis x = 0."""
    nearest = np.full(len(x), np.inf)
    inside = np.zeros(len(x), np.bool_)
    for (ax, ay), (bx, by) in zip(curve, np.roll(curve, -1, 0), strict=True):
        crosses = (ay > y) != (by > y)
        if ay != by:
            inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        length = (bx - ax) ** 2 + (by - ay) ** 2
        if (ax, ay) == tuple(curve[-1]) or length == 0:
            continue  # the closing edge is no surface
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0.0, 1.0)
        dx, dy = x - ax - along * (bx - ax), y - ay - along * (by - ay)
        nearest = np.minimum(nearest, dx * dx + dy * dy)
    distance = np.sqrt(nearest)
    return np.asarray(np.where(inside, -distance, distance))
