"""Small things that lie about: caps, washers, pebbles, leaves, paper balls, nails."""

from __future__ import annotations

import numpy as np

from curation.demo.solids import box, capsule, ellipsoid, norm, ring, slab
from curation.demo.surfaces import CREAM, INK, SILVER, Look, Solid, Surface, covered, rgb
from curation.types import FloatArray

_TONES = {
    "cap": (SILVER, CREAM, INK),
    "washer": (SILVER,),
    "pebble": (rgb(120, 116, 108), rgb(92, 84, 74)),
    "leaf": (rgb(112, 98, 46), rgb(126, 88, 44)),
    "ball": (CREAM,),
    "nail": (SILVER, rgb(110, 96, 86)),
    "chip": (rgb(176, 138, 94), CREAM),
}
_MATERIALS = {"cap": "metal", "washer": "metal", "nail": "metal"}


def piece(rng: np.random.Generator, look: Look) -> Solid:
    """Some small thing, about 2 wide; ``look`` lends its noise."""
    kind = str(rng.choice(list(_TONES)))
    tones = _TONES[kind]
    tone = tones[int(rng.integers(len(tones)))]
    own = Look(_MATERIALS.get(kind, "paper"), tone, INK, look.noise)

    def paint(points: FloatArray) -> Surface:
        return covered(points, own)

    return Solid(lambda points: _distance(kind, points, look), paint)


def _distance(kind: str, points: FloatArray, look: Look) -> FloatArray:
    x, y, z = points
    if kind == "cap":
        return slab(norm(x, z) - 0.8, y, 0.25, 0.1)
    if kind == "washer":
        return ring(points, 0.7, 0.2)
    if kind == "pebble":
        return ellipsoid(points, (0.9, 0.45, 0.65)) + 0.12 * look.noise.at(points * 2.0)
    if kind == "leaf":
        return slab(norm(x * 0.5, z) - 0.5, y - 0.25 * x * x, 0.05, 0.03) * np.float32(0.8)
    if kind == "ball":
        return (norm(x, y, z) - 0.9 + 0.35 * look.noise.rough(points * 2.2, 2)) * np.float32(0.6)
    if kind == "nail":
        head = capsule(points, (1.2, 0.0, 0.0), (1.25, 0.0, 0.0), 0.2)
        return np.minimum(capsule(points, (-1.2, 0.0, 0.0), (1.2, 0.0, 0.0), 0.09), head)
    return box(points, (0.9, 0.06, 0.55), 0.03)
