"""What surfaces look like: materials, prints, stains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from curation.demo.noise import Noise
from curation.demo.solids import Field, mix, norm, step, vector
from curation.types import FloatArray


@dataclass(frozen=True)
class Surface:
    """Properties of n points: ``albedo`` [3, n] (linear RGB), the others [n], all in [0, 1].

    ``gloss`` is how sharp and strong highlights are, ``metal`` the share that reflects in its own
    colour instead of scattering, ``clear`` the share that lets light through.
    """

    albedo: FloatArray
    gloss: FloatArray
    metal: FloatArray
    clear: FloatArray


Paint = Callable[[FloatArray], Surface]
"""Points [3, n] on an object to their surface."""


@dataclass(frozen=True)
class Solid:
    """One object in a frame of its own: y up, about 2 high or wide.

    ``distance`` is the signed distance of points [3, n], ``paint`` the surface at points on it;
    ``size`` is how large things of its kind are beside others, ``through`` [3, 1] the light that
    its shadow keeps.
    """

    distance: Field
    paint: Paint
    size: float = 1.0
    through: FloatArray = field(default_factory=lambda: vector(0.0, 0.0, 0.0))


@dataclass(frozen=True)
class Look:
    """How one object is made: its material, its colour and its accent (linear RGB [3, 1])."""

    material: str
    rgb: FloatArray
    accent: FloatArray
    noise: Noise
    soiled: bool = False


def rgb(red: int, green: int, blue: int) -> FloatArray:
    """Linear RGB [3, 1] of an sRGB colour in 0..255."""
    return (vector(red, green, blue) / 255.0) ** 2.2


SILVER = rgb(222, 222, 226)
CREAM = rgb(244, 240, 228)
INK = rgb(38, 38, 44)
SOIL = rgb(60, 40, 22)


def covered(points: FloatArray, look: Look) -> Surface:
    """The bare material of ``look`` at local ``points``."""
    n = points.shape[1]
    colour = np.broadcast_to(look.rgb, (3, n))
    grain = look.noise.at(points * 14.0)
    if look.material == "glass":
        pale = float(look.rgb.min()) > 0.4  # colourless glass would hardly show: it is frosted
        return _surface(colour, gloss=1.0, clear=0.6 if pale else 0.93)
    if look.material == "metal":
        return _surface(colour * (0.94 + 0.06 * grain), gloss=0.8, metal=0.75)
    if look.material == "plastic":
        return _surface(colour, gloss=0.75)
    if look.material == "paper":
        fibre = look.noise.at(points * vector(60.0, 9.0, 60.0))
        return _surface(colour * (0.86 + 0.16 * grain + 0.1 * fibre), gloss=0.05)
    streaks = look.noise.at(points * vector(16.0, 3.0, 16.0))
    patch = look.noise.rough(points * 2.5)
    return _surface(colour * (0.72 + 0.34 * patch + 0.22 * streaks), gloss=0.45)


def _surface(albedo: FloatArray, gloss: float, metal: float = 0.0, clear: float = 0.0) -> Surface:
    n = albedo.shape[1]
    parts = (np.full(n, value, np.float32) for value in (gloss, metal, clear))
    return Surface(np.array(albedo, np.float32), *parts)


def over(
    surface: Surface,
    mask: FloatArray,
    albedo: FloatArray,
    gloss: float,
    metal: float = 0.0,
    clear: float = 0.0,
) -> Surface:
    """Another, plain material where ``mask`` [n] is 1."""
    return Surface(
        mix(surface.albedo, albedo, mask),
        mix(surface.gloss, gloss, mask),
        mix(surface.metal, metal, mask),
        mix(surface.clear, clear, mask),
    )


def tinted(surface: Surface, mask: FloatArray, colour: FloatArray) -> Surface:
    """Printed on: another colour where ``mask`` is 1, of the same material, not clear."""
    return replace(
        surface,
        albedo=mix(surface.albedo, colour, mask),
        clear=surface.clear * (1.0 - mask),
        metal=surface.metal * (1.0 - 0.6 * mask),
    )


def band(values: FloatArray, low: float, high: float, edge: float = 0.012) -> FloatArray:
    """1 between ``low`` and ``high``."""
    return step(low - edge, low + edge, values) * step(-high - edge, -high + edge, -values)


def lettering(u: FloatArray, v: FloatArray, rows: int, look: Look) -> FloatArray:
    """Lines of something like text in the unit square: 1 on ink."""
    line = v * rows
    row, inside = np.floor(line), line - np.floor(line)
    word = np.floor(u * (9.0 + 4.0 * (row % 2)))
    x = np.asarray(word * 3.7 + row * 1.9 + 0.5, np.float32)
    printed = look.noise.flat(x, np.asarray(row * 5.3 + 0.5, np.float32)) > 0.42
    within = band(u, 0.08, 0.92) * band(v, 0.0, 1.0)
    return np.asarray(within * printed * band(inside, 0.3, 0.72, 0.05), np.float32)


def label(
    surface: Surface, u: FloatArray, v: FloatArray, look: Look, where: FloatArray | float = 1.0
) -> Surface:
    """A paper label in the unit square of (u, v): a stripe, a round mark and some text."""
    on = np.asarray(band(u, 0.0, 1.0, 0.01) * band(v, 0.0, 1.0) * where, np.float32)
    labelled = over(surface, on, np.broadcast_to(CREAM, surface.albedo.shape), gloss=0.15)
    stripe = on * np.maximum(band(v, 0.82, 0.93), band(v, 0.05, 0.11))
    mark = on * step(-0.15, -0.13, -norm((u - 0.5) * 1.6, v - 0.6))
    text = on * band(v, 0.16, 0.4) * lettering(u, (v - 0.16) / 0.24, 3, look)
    labelled = tinted(labelled, np.maximum(stripe, mark), look.accent)
    return tinted(labelled, text * 0.85, INK)


def stained(surface: Surface, points: FloatArray, look: Look) -> Surface:
    """Dirt and grease in patches."""
    patches = step(0.42, 0.58, look.noise.rough(points * 2.1 + 11.0))
    spots = step(0.62, 0.7, look.noise.rough(points * 6.0 + 3.0)) * 0.8
    dirt = np.maximum(patches * 0.9, spots)
    shade = 0.6 + 0.8 * look.noise.at(points * 9.0)
    return Surface(
        mix(surface.albedo, SOIL * shade, dirt),
        mix(surface.gloss, 0.25, dirt),
        surface.metal * (1.0 - dirt),
        surface.clear * (1.0 - dirt),
    )
