"""What the objects lie on: a conveyor belt, a wooden table, concrete, steel, a laminate top."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from curation.demo.noise import Noise
from curation.demo.solids import mix, step
from curation.demo.surfaces import Paint, Surface, rgb
from curation.types import FloatArray


def ground(name: str, noise: Noise, angle: float) -> tuple[Paint, FloatArray]:
    """The surface at points [3, n] of the plane y = 0, and its mean colour [3, 1].

    The pattern is turned in the plane by ``angle`` radians.
    """
    pattern, mean = GROUNDS[name]
    c, s = math.cos(angle), math.sin(angle)

    def surface(points: FloatArray) -> Surface:
        x, _, z = points
        return pattern(c * x - s * z, s * x + c * z, noise)

    return surface, mean


def _plain(albedo: FloatArray, gloss: FloatArray | float, metal: float = 0.0) -> Surface:
    n = albedo.shape[1]
    full = np.full(n, 1.0, np.float32)
    return Surface(np.asarray(albedo, np.float32), full * gloss, full * metal, full * 0.0)


BELT, RAIL, HAZARD = rgb(62, 64, 68), rgb(128, 132, 138), rgb(222, 176, 40)


def belt(x: FloatArray, z: FloatArray, noise: Noise) -> Surface:
    """Dark ribbed rubber, scuffed; on both sides a steel rail, hazard stripes, then darkness."""
    side = np.abs(x)
    scuffs = 0.75 + 0.5 * noise.rough_flat(x * 1.1, z * 5.0)
    rubber = BELT * (0.86 + 0.14 * np.sin(z * 34.0)) * scuffs
    brushed = RAIL * (0.7 + 0.4 * noise.flat(x * 9.0, z * 1.5))
    stripes = mix(rgb(40, 40, 42), HAZARD, step(-0.06, 0.06, np.sin((x + z) * 13.0)))
    colour = mix(rubber, brushed, step(1.3, 1.31, side))
    colour = mix(colour, stripes, step(1.46, 1.47, side))
    colour = mix(colour, BELT * 0.5, step(1.72, 1.73, side))
    edge = 1.0 - 0.8 * step(-0.05, -0.01, -np.abs(side - 1.3))
    return _plain(colour * edge, 0.2 + 0.4 * step(1.3, 1.31, side) * step(-1.46, -1.45, -side))


def wood(x: FloatArray, z: FloatArray, noise: Noise) -> Surface:
    """Planks with grain."""
    plank = np.floor(x / 0.9)
    inside = x / 0.9 - plank
    shift = noise.flat(plank * 3.1 + 0.5, plank * 0.0 + 4.5) * 20.0
    grain = noise.rough_flat(x * 7.0 + shift, z * 0.7 + shift, 3)
    rings = 0.5 + 0.5 * np.sin(grain * 26.0 + x * 5.0)
    tone = 0.8 + 0.35 * noise.flat(plank * 7.7 + 0.5, plank * 0.0 + 9.5)
    colour = mix(rgb(168, 142, 112), rgb(128, 102, 76), rings * 0.6 + grain * 0.4) * tone
    gap = 1.0 - 0.7 * step(-0.016, -0.006, -np.minimum(inside, 1.0 - inside))
    return _plain(colour * gap, 0.3)


def concrete(x: FloatArray, z: FloatArray, noise: Noise) -> Surface:
    """Grey, mottled, with pits and joints."""
    cloud = noise.rough_flat(x * 1.3, z * 1.3, 4)
    pits = step(0.8, 0.86, noise.flat(x * 15.0, z * 15.0))
    sand = noise.flat(x * 40.0, z * 40.0)
    joint = np.abs(x * 0.35 - np.round(x * 0.35)) + 0.004 * (cloud - 0.5)
    line = step(-0.006, -0.003, -joint)
    tone = (0.6 + 0.5 * cloud + 0.16 * sand) * (1.0 - 0.4 * pits) * (1.0 - 0.6 * line)
    return _plain(rgb(140, 138, 132) * tone, 0.08)


def steel(x: FloatArray, z: FloatArray, noise: Noise) -> Surface:
    """A brushed sheet with scratches and bolts in a grid."""
    brushed = noise.flat(x * 2.0, z * 46.0) * 0.5 + noise.flat(x * 1.2, z * 15.0) * 0.5
    u, v = x / 1.7 + 0.5, z / 1.7 + 0.5
    r = np.hypot(u - np.floor(u) - 0.5, v - np.floor(v) - 0.5)
    bolt = 1.0 - 0.5 * step(-0.045, -0.03, -np.abs(r - 0.025))
    return _plain(rgb(166, 172, 180) * (0.72 + 0.42 * brushed) * bolt, 0.5, 0.35)


def laminate(x: FloatArray, z: FloatArray, noise: Noise) -> Surface:
    """A pale top with a printed grid, a little worn."""
    lines = np.zeros(x.shape, np.float32)
    for part in (x, z):
        off = np.abs(part / 0.5 - np.round(part / 0.5))
        lines = np.maximum(lines, step(-0.03, -0.012, -off))
    wear = 0.88 + 0.2 * noise.rough_flat(x * 1.6, z * 1.6)
    return _plain(mix(rgb(184, 184, 180), rgb(120, 138, 152), lines * 0.7) * wear, 0.4)


GROUNDS: dict[str, tuple[Callable[[FloatArray, FloatArray, Noise], Surface], FloatArray]] = {
    "belt": (belt, BELT),
    "wooden table": (wood, rgb(146, 120, 92)),
    "concrete": (concrete, rgb(148, 146, 140)),
    "steel": (steel, rgb(150, 156, 164)),
    "laminate": (laminate, rgb(180, 180, 176)),
}
