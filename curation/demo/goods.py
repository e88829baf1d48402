"""Objects of other forms: box, bag, tray, wrench, apple and banana."""

from __future__ import annotations

import math

import numpy as np

from curation.demo.solids import (
    Lathe,
    box,
    capsule,
    mix,
    norm,
    slab,
    smooth_union,
    step,
    vector,
)
from curation.demo.surfaces import (
    CREAM,
    INK,
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
TAPE = rgb(206, 172, 118)


def carton(look: Look, rng: Rng) -> Solid:
    """A closed box. Of paper: taped, with an address label; of metal: with a lid."""
    half = [rng.uniform(0.55, 0.85), rng.uniform(0.36, 0.6), rng.uniform(0.42, 0.62)]
    sealed = look.material == "paper"

    def distance(points: FloatArray) -> FloatArray:
        body = box(points, half, 0.025)
        if sealed:
            return body
        lid = [half[0] + 0.025, 0.1, half[2] + 0.025]
        return np.minimum(body, box(points - vector(0.0, half[1] - 0.09, 0.0), lid, 0.03))

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        x, y, z = (part / edge for part, edge in zip(points, half, strict=True))
        face = np.argmax(np.abs(np.stack([x, y, z])), 0)
        top, front = (np.asarray(face == axis, np.float32) for axis in (1, 2))
        if sealed:
            tape = band(points[2], -0.09, 0.09) * np.maximum(top, step(0.35, 0.36, y) * (face == 0))
            surface = over(surface, tape * 0.9, TAPE + look.rgb * 0.15, gloss=0.55)
            seam = top * band(points[2], -0.008, 0.008, 0.006)
            surface = tinted(surface, seam * 0.5, INK)
        surface = label(surface, (x * np.sign(z) + 0.75) / 0.8, (y + 0.6) / 1.1, look, front)
        text = lettering((x * np.sign(z) - 0.15) / 0.7, (y + 0.55) / 0.6, 3, look)
        return tinted(surface, text * front * 0.75, look.accent)

    return Solid(distance, paint, size=0.92)


def bag(look: Look, rng: Rng) -> Solid:
    """A carrier bag: open at the top, creased, with two handles and a mark on both faces."""
    half = (rng.uniform(0.5, 0.62), rng.uniform(0.56, 0.68), rng.uniform(0.2, 0.28))
    top, loop = half[1], rng.uniform(0.17, 0.22)

    def distance(points: FloatArray) -> FloatArray:
        x, y, z = points
        crease = 0.025 * (look.noise.at(points * vector(3.0, 2.0, 3.0)) - 0.5)
        gather = 1.0 + 0.12 * y
        bent = np.stack([x * (1.0 + 0.05 * y), y, z * gather])
        body = box(bent, half, 0.02)
        inner = box(bent - vector(0.0, 0.3, 0.0), (half[0] - 0.03, half[1], half[2] - 0.03), 0.0)
        body = np.maximum(body, -inner) + crease
        arch = norm(x, np.maximum(y - top - 0.06, 0.0)) - loop
        handle = norm(arch, np.abs(z) - half[2] * 0.8, np.minimum(y - top + 0.15, 0.0)) - 0.03
        return np.asarray(np.minimum(body, handle) * 0.9, np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        x, y, z = points
        handle = step(top + 0.02, top + 0.03, y)
        front = step(half[2] * 0.7, half[2] * 0.75, np.abs(z)) * (1.0 - handle)
        disc = step(-0.27, -0.25, -norm(x, y + 0.02)) - step(-0.2, -0.18, -norm(x, y + 0.02))
        text = lettering((x + 0.4) / 0.8, (y + 0.52) / 0.2, 1, look)
        surface = tinted(surface, disc * front, CREAM)
        surface = tinted(surface, text * front, CREAM)
        return over(surface, handle, look.accent * 0.8 + 0.02, gloss=0.2)

    return Solid(distance, paint)


def tray(look: Look, rng: Rng) -> Solid:
    """A shallow open tray with sloping sides, a flange and a ribbed bottom."""
    wide, deep, h = rng.uniform(0.78, 0.95), rng.uniform(0.55, 0.7), rng.uniform(0.17, 0.24)

    def distance(points: FloatArray) -> FloatArray:
        x, y, z = points
        slope = (h - y) * 0.35
        moved = np.stack([np.abs(x) + slope, y, np.abs(z) + slope])
        outer = box(moved, (wide, h, deep), 0.05)
        inner = box(moved - vector(0.0, 0.05, 0.0), (wide - 0.05, h, deep - 0.05), 0.05)
        inner = inner + 0.012 * np.sin(x * 26.0) * step(h * 0.5, h, -y)
        rim = box(points - vector(0.0, h - 0.015, 0.0), (wide + 0.07, 0.02, deep + 0.07), 0.02)
        return np.asarray(np.maximum(np.minimum(outer, rim), -inner) * 0.9, np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        code = lettering((points[0] + 0.3) / 0.6, (points[2] + 0.12) / 0.24, 1, look)
        return tinted(surface, code * 0.35, look.accent)

    return Solid(distance, paint, size=0.88)


def wrench(look: Look, rng: Rng) -> Solid:
    """A combination wrench, lying flat: open jaw, ring, and a coloured grip."""
    long, jaw, eye = 0.95, rng.uniform(0.24, 0.29), rng.uniform(0.2, 0.24)
    waist, turn = rng.uniform(0.075, 0.1), math.radians(15)

    def distance(points: FloatArray) -> FloatArray:
        x, y, z = points
        grip = norm(np.maximum(np.abs(x) - 0.72, 0.0), z) - waist
        head = norm(x - long + 0.2, z) - jaw
        u = (x - long + 0.12) * math.cos(turn) - z * math.sin(turn)
        v = (x - long + 0.12) * math.sin(turn) + z * math.cos(turn)
        gap = np.maximum(np.abs(v) - jaw * 0.45, -u - jaw * 0.35)
        end = norm(x + long - 0.15, z) - eye
        hole = norm(x + long - 0.15, z) - eye * 0.58
        flat = smooth_union(smooth_union(grip, head, 0.12), end, 0.12)
        flat = np.maximum(np.maximum(flat, -gap), -hole)
        thick = 0.06 + 0.03 * step(0.55, 0.75, np.abs(x))
        return np.asarray(np.maximum(slab(flat, y, 0.1, 0.025), np.abs(y) - thick), np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        x = points[0]
        bare = step(0.56, 0.57, np.abs(x))
        text = lettering((x + 0.3) / 0.6, (points[2] + 0.05) / 0.1, 1, look)
        surface = tinted(surface, text * 0.8 * (1.0 - bare), look.accent)
        return over(
            surface, bare, np.broadcast_to(SILVER * 0.85, points.shape), gloss=0.9, metal=1.0
        )

    return Solid(distance, paint, size=0.95)


def apple(look: Look, rng: Rng) -> Solid:
    """A dimpled round fruit with a stalk and sometimes a leaf."""
    r, waist = rng.uniform(0.58, 0.66), rng.uniform(0.4, 0.5)
    shape = Lathe(
        [
            (0.0, -0.46), (0.1, -0.54), (0.3, -0.58), (waist + 0.05, -0.4), (r, -0.02), (r, 0.3),
            (0.44, 0.54), (0.22, 0.56), (0.07, 0.42), (0.0, 0.34),
        ],
        smooth=3,
    )  # fmt: skip
    lean, leafy = rng.uniform(0.05, 0.16), rng.random() < 0.6

    def stalk(points: FloatArray) -> FloatArray:
        return capsule(points, (0.0, 0.3, 0.0), (lean, 0.76, 0.03), 0.032)

    def leaf(points: FloatArray) -> FloatArray:
        x, y, z = points - vector(lean + 0.2, 0.68, 0.03)
        return slab(norm(x * 0.5, z) - 0.1, y - x * 0.3, 0.015, 0.01)

    def distance(points: FloatArray) -> FloatArray:
        x, y, z = points
        body = shape(np.stack([x * (1.0 + 0.06 * y), y + 0.04 * x, z]))
        known = smooth_union(body, stalk(points), 0.03)
        return np.minimum(known, leaf(points)) if leafy else known

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        pale = step(0.3, 0.5, points[1]) * step(-0.3, -0.1, -norm(points[0], points[2]))
        surface = tinted(surface, pale * 0.45, rgb(176, 160, 70))
        freckles = step(0.78, 0.86, look.noise.at(points * 30.0)) * 0.25
        surface = tinted(surface, freckles, CREAM)
        surface = over(surface, step(-0.02, -0.01, -stalk(points)), rgb(86, 58, 30), gloss=0.1)
        if not leafy:
            return surface
        return over(surface, step(-0.02, -0.01, -leaf(points)), rgb(70, 122, 40), gloss=0.3)

    return Solid(distance, paint, size=0.84)


def banana(look: Look, rng: Rng) -> Solid:
    """A bent fruit with five blunt edges, a stalk and a dark tip; lies flat."""
    bend, half = rng.uniform(0.9, 1.25), rng.uniform(0.8, 0.95)
    thick = rng.uniform(0.19, 0.23)
    reach = half / bend  # radians to either end

    def along(points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        x, y, z = points[0], points[1], points[2] + bend
        angle = np.arctan2(x, z)
        kept = np.clip(angle, -reach, reach * 1.22)
        out = norm(x, z)
        near = np.stack([np.sin(kept) * bend, np.zeros_like(y), np.cos(kept) * bend])
        return angle / reach, norm(x - near[0], y, z - near[2]), np.arctan2(y, out - bend)

    def distance(points: FloatArray) -> FloatArray:
        share, away, around = along(points)
        body = thick * np.sqrt(np.maximum(1.0 - np.abs(share) ** 3.2, 0.0)) + 0.02
        stalk = 0.05 + 0.01 * step(1.1, 1.2, share)
        radius = np.where(share > 0.6, np.maximum(body, stalk), np.maximum(body, 0.045))
        edges = 1.0 + 0.05 * np.cos(5.0 * around)
        return np.asarray((away - radius * edges) * 0.75, np.float32)

    def paint(points: FloatArray) -> Surface:
        surface = covered(points, look)
        share, _, around = along(points)
        spots = step(0.6, 0.7, look.noise.at(points * 9.0)) * 0.5
        surface = tinted(surface, spots, rgb(96, 66, 34))
        edge = step(0.86, 1.0, np.cos(5.0 * around)) * 0.25
        surface = tinted(surface, edge, rgb(110, 86, 40))
        ends = np.maximum(step(0.9, 1.0, -share), step(1.12, 1.2, share))
        return over(surface, mix(0.0, 0.9, ends), rgb(58, 42, 26), gloss=0.1)

    return Solid(distance, paint, size=0.95)
