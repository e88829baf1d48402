"""Objects that are turned on a lathe: bottle, can, jar and cup."""

from __future__ import annotations

import math

import numpy as np

from curation.demo.solids import Lathe, capsule, mix, norm, slab, step
from curation.demo.surfaces import (
    CREAM,
    SILVER,
    Look,
    Solid,
    Surface,
    band,
    covered,
    label,
    lettering,
    over,
    rgb,
    tinted,
)
from curation.types import FloatArray

Rng = np.random.Generator


def bottle(look: Look, rng: Rng) -> Solid:
    """Of glass: slender, with a long neck and a paper label. Of plastic: broad, with a big cap."""
    if look.material == "plastic":
        return _flask(look, rng)
    body, neck = rng.uniform(0.26, 0.31), rng.uniform(0.09, 0.11)
    shoulder, slope = rng.uniform(-0.1, 0.12), rng.uniform(0.25, 0.5)
    top = shoulder + slope
    shape = Lathe(
        [
            (0.0, -0.92), (body * 0.7, -1.0), (body, -0.99), (body, -0.9), (body, -0.3),
            (body, shoulder), (body, shoulder), (neck, top), (neck, top), (neck, 0.8),
            (neck, 0.82), (neck + 0.03, 0.84), (neck + 0.03, 0.85), (neck + 0.03, 0.99),
            (neck + 0.02, 1.0), (0.0, 1.0),
        ]
    )  # fmt: skip

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        u = np.arctan2(points[0], points[2]) / math.pi
        low, high = -0.62, shoulder - 0.14
        surface = label(surface, u * 0.95 + 0.5, (points[1] - low) / (high - low), look)
        lid = step(0.83, 0.84, points[1])
        return over(surface, lid, np.broadcast_to(look.accent, points.shape), gloss=0.6)

    return Solid(shape, paint, size=0.86)


def _flask(look: Look, rng: Rng) -> Solid:
    body, cap = rng.uniform(0.4, 0.48), rng.uniform(0.2, 0.24)
    shoulder = rng.uniform(0.2, 0.36)
    shape = Lathe(
        [
            (0.0, -0.8), (body * 0.8, -0.84), (body, -0.82), (body, -0.7), (body, -0.2),
            (body, shoulder), (body * 0.92, shoulder + 0.2), (cap, shoulder + 0.28),
            (cap, shoulder + 0.3), (cap, shoulder + 0.3), (cap + 0.03, shoulder + 0.32),
            (cap, 0.9), (cap - 0.02, 0.92), (0.0, 0.92),
        ]
    )  # fmt: skip

    def distance(points: FloatArray) -> FloatArray:
        ribs = np.sin(points[1] * 26.0) * band(points[1], -0.72, -0.2, 0.08)
        return np.asarray(shape(points) + 0.014 * ribs, np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        u = np.arctan2(points[0], points[2]) / math.pi
        mark = step(-0.34, -0.31, -norm((np.abs(u) - 0.5) * 1.9, (points[1] - 0.06) * 1.7))
        surface = tinted(surface, mark, CREAM)
        text = lettering(np.abs(u) * 2.0 - 0.5, (points[1] + 0.1) / 0.3, 2, look)
        surface = tinted(surface, text, look.accent)
        lid = step(shoulder + 0.29, shoulder + 0.3, points[1])
        ridges = 0.85 + 0.15 * np.sin(u * 90.0)
        return over(surface, lid, CREAM * ridges, gloss=0.5)

    return Solid(distance, paint, size=0.88)


def can(look: Look, rng: Rng) -> Solid:
    """A drinks can: printed all round, bare ends, a tab."""
    r, h = rng.uniform(0.4, 0.46), rng.uniform(0.62, 0.82)
    shape = Lathe(
        [
            (0.0, 0.05 - h), (r * 0.6, 0.04 - h), (r * 0.72, -h), (r * 0.78, -h),
            (r, 0.1 - h), (r, 0.14 - h), (r, h - 0.16), (r, h - 0.12), (r * 0.84, h - 0.03),
            (r * 0.86, h), (r * 0.8, h), (r * 0.78, h - 0.06), (r * 0.7, h - 0.07),
            (0.0, h - 0.06),
        ],
        smooth=1,
    )  # fmt: skip
    tilt, kind = rng.uniform(-0.5, 0.5), rng.integers(3)

    def distance(points: FloatArray) -> FloatArray:
        tab = slab(
            np.abs(norm(points[0] * 1.4, points[2] - 0.09) - 0.1) - 0.035,
            points[1] - h + 0.035, 0.015, 0.01,
        )  # fmt: skip
        return np.minimum(shape(points), tab)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        u = np.arctan2(points[0], points[2]) / math.pi
        v = points[1] / h
        if kind == 0:
            wave = band(v + 0.18 * np.sin(u * math.pi * 2) + tilt * 0.3, -0.22, 0.08)
        elif kind == 1:
            wave = step(-0.42, -0.38, -norm((np.abs(u) - 0.5) * 1.6, v * 0.9))
        else:
            wave = band(v, 0.42, 0.5) + band(v, -0.5, -0.42)
        surface = tinted(surface, wave, CREAM)
        text = lettering(np.abs(u) * 1.6 - 0.3, v * 1.6 + 0.5, 3, look)
        surface = tinted(surface, text * 0.9, look.accent)
        bare = np.maximum(step(0.83, 0.86, v), step(0.88, 0.9, -v))
        return over(surface, bare, np.broadcast_to(SILVER, points.shape), gloss=0.85, metal=0.9)

    return Solid(distance, paint, size=0.86)


def jar(look: Look, rng: Rng) -> Solid:
    """Wide and short with a broad lid."""
    r, h = rng.uniform(0.5, 0.58), rng.uniform(0.62, 0.8)
    mouth = r * rng.uniform(0.78, 0.9)
    shape = Lathe(
        [
            (0.0, 0.05 - h), (r * 0.75, -h), (r, -h), (r, 0.12 - h), (r, h - 0.55), (r, h - 0.42),
            (mouth, h - 0.3), (mouth, h - 0.26), (mouth + 0.05, h - 0.26), (mouth + 0.05, h - 0.25),
            (mouth + 0.05, h - 0.03), (mouth + 0.03, h), (mouth - 0.04, h), (0.0, h - 0.02),
        ]
    )  # fmt: skip
    golden = rgb(214, 178, 96) if rng.random() < 0.5 else SILVER

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        u = np.arctan2(points[0], points[2]) / math.pi
        surface = label(surface, u * 1.5 + 0.5, (points[1] + h - 0.25) / (2 * h - 0.85), look)
        lid = step(h - 0.28, h - 0.27, points[1])
        ridges = 0.8 + 0.2 * np.sin(u * 120.0)
        return over(surface, lid, golden * ridges, gloss=0.7, metal=0.8)

    return Solid(shape, paint, size=0.86)


def cup(look: Look, rng: Rng) -> Solid:
    """Wider at the top. Of plastic: open, ribbed, with a straw. Of paper: sleeve and lid."""
    foot, rim, h = rng.uniform(0.32, 0.38), rng.uniform(0.5, 0.57), rng.uniform(0.6, 0.72)
    lidded = look.material == "paper"
    outside = [(0.0, 0.04 - h), (foot - 0.04, 0.04 - h), (foot - 0.02, -h), (foot, -h)]
    rolled = [(rim, h - 0.03), (rim + 0.03, h - 0.02), (rim + 0.02, h + 0.02), (rim - 0.04, h)]
    inside = [(rim - 0.04, h - 0.03), (foot - 0.04, 0.1 - h), (0.0, 0.1 - h)]
    lid = [
        (rim, h - 0.1), (rim + 0.05, h - 0.1), (rim + 0.05, h), (rim, h + 0.02),
        (rim - 0.06, h + 0.14), (rim - 0.1, h + 0.15), (rim - 0.13, h + 0.09), (0.0, h + 0.09),
    ]  # fmt: skip
    shape = Lathe([*outside, *lid] if lidded else [*outside, *rolled, *inside], smooth=1)
    sleeve = (-0.5 * h, 0.35 * h)

    def straw(points: FloatArray) -> FloatArray:
        return capsule(points, (-0.1, 0.15 - h, 0.0), (rim + 0.08, h + 0.45, 0.1), 0.045)

    def distance(points: FloatArray) -> FloatArray:
        if lidded:
            return np.asarray(shape(points) - 0.015 * band(points[1], *sleeve), np.float32)
        walls = shape(points) + 0.008 * np.sin(points[1] * 36.0)
        return np.asarray(np.minimum(walls, straw(points)), np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        u = np.arctan2(points[0], points[2]) / math.pi
        wall = foot + (rim - foot) * (points[1] / h + 1) / 2
        outer = step(-0.05, -0.03, norm(points[0], points[2]) - wall)
        if not lidded:
            text = lettering(np.abs(u) * 2.4 - 0.7, points[1] / h * 1.2 + 0.5, 2, look)
            surface = tinted(surface, text * outer * 0.8, CREAM)
            stripes = mix(CREAM, look.rgb, step(-0.1, 0.1, np.sin(points[1] * 40.0)))
            return over(surface, step(-0.02, -0.01, -straw(points)), stripes, gloss=0.3)
        waves = 0.9 + 0.1 * np.sin(u * 150.0)
        on = band(points[1], *sleeve)
        surface = over(surface, on * 0.75, look.rgb * 0.6 * waves, gloss=0.0)
        mark = step(-0.3, -0.27, -norm((np.abs(u) - 0.5) * 1.8, points[1] + 0.05))
        surface = tinted(surface, mark * on * 0.9, CREAM)
        return over(surface, step(h - 0.11, h - 0.1, points[1]), CREAM, gloss=0.4)

    return Solid(distance, paint, size=0.84)
