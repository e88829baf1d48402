"""Objects set down in the scene: turned, scaled, dented, resting on the ground y = 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from curation.demo.solids import Field, Warp, rotate, vector
from curation.demo.surfaces import Paint, Solid
from curation.types import FloatArray


@dataclass(frozen=True)
class Placed:
    """A solid in the scene: distance and paint of scene points, within ``low`` and ``high``.

    ``through`` [3, 1] is the light that its shadow keeps: nothing, or the tint of glass.
    """

    distance: Field
    paint: Paint
    low: FloatArray
    high: FloatArray
    through: FloatArray

    @property
    def centre(self) -> FloatArray:
        """The middle of the bounding box, [3, 1]."""
        return np.asarray((self.low + self.high) / 2, np.float32)


def turned(yaw: float, lying: bool, roll: float = 0.0) -> FloatArray:
    """Rotation [3, 3] of an object: stood up or laid on its side and rolled, then turned by yaw."""
    about_y = _rotation(yaw, 0, 2)
    tipped = (
        _rotation(math.pi / 2, 0, 1) @ _rotation(roll, 0, 2) if lying else _rotation(roll, 0, 2)
    )
    return np.asarray(about_y @ tipped, np.float32)


def _rotation(angle: float, a: int, b: int) -> FloatArray:
    matrix = np.eye(3, dtype=np.float32)
    matrix[[a, b], [a, b]] = math.cos(angle)
    matrix[a, b], matrix[b, a] = math.sin(angle), -math.sin(angle)
    return matrix


def place(
    solid: Solid, scale: float, turn: FloatArray, at: tuple[float, float], warp: Warp | None = None
) -> Placed:
    """Set ``solid`` down with its middle above ``at`` (x, z)."""
    # a dented space is stretched: its distances are no longer safe to walk
    safe = 1.0 if warp is None else 0.6

    def local(points: FloatArray) -> FloatArray:
        points = rotate(turn.T, points)
        return points if warp is None else warp(points)

    def distance(points: FloatArray) -> FloatArray:
        return solid.distance(local(points)) * safe

    low, high = _extent(distance)
    shift = vector(at[0], 0.0, at[1]) - scale * vector(
        float(low[0] + high[0]) / 2, float(low[1]), float(low[2] + high[2]) / 2
    )
    return Placed(
        lambda points: distance((points - shift) / scale) * scale,
        lambda points: solid.paint(local((points - shift) / scale)),
        np.asarray(low[:, None] * scale + shift, np.float32),
        np.asarray(high[:, None] * scale + shift, np.float32),
        solid.through,
    )


def _extent(distance: Field, reach: float = 1.7) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest coordinates [3] of a solid: planes walk towards it from all sides."""
    grid = np.linspace(-1.5, 1.5, 31, dtype=np.float32)
    u, v = (part.ravel() for part in np.meshgrid(grid, grid))
    found = np.zeros((2, 3), np.float32)
    for axis in range(3):
        for side, sign in enumerate((1.0, -1.0)):
            plane = np.roll(np.stack([np.full_like(u, -sign * reach), u, v]), axis, 0)
            for _ in range(40):
                nearest = float(distance(plane).min())
                if nearest < 0.004:
                    break
                plane[axis] += sign * nearest
            found[side, axis] = plane[axis, 0]
    return found[0], found[1]


def crushed(rng: np.random.Generator, strength: float) -> Warp:
    """A dented, bent and squeezed space; ``strength`` 1 is plainly crushed."""
    a = strength
    level, width = rng.uniform(-0.35, 0.35), rng.uniform(0.25, 0.45)
    facing = rng.uniform(0.0, math.pi)
    c, s = math.cos(facing), math.sin(facing)
    squeeze, lower = rng.uniform(0.5, 0.9) * a, rng.uniform(0.1, 0.3) * a
    bend, shear = rng.uniform(0.1, 0.22) * a, rng.uniform(-0.25, 0.25) * a
    phase = rng.uniform(0.0, 2 * math.pi, 6)
    fold = 0.05 * a

    def warp(points: FloatArray) -> FloatArray:
        x, y, z = points
        pinch = np.exp(-(((y - level) / width) ** 2))
        u, v = c * x + s * z, c * z - s * x
        u = u * (1.0 + squeeze * pinch) + bend * np.sin(2.4 * y + float(phase[0])) + shear * y
        v = v * (1.0 - 0.25 * squeeze * pinch)
        y = y * (1.0 + lower)
        folded = [
            part + fold * np.sin(5.5 * other + float(p)) * np.sin(4.0 * third + float(q))
            for part, other, third, p, q in (
                (u, y, v, phase[1], phase[2]),
                (y, v, u, phase[3], phase[4]),
                (v, u, y, phase[5], phase[1]),
            )
        ]
        u, y, v = folded
        return np.asarray(np.stack([c * u - s * v, y, s * u + c * v]), np.float32)

    return warp
