"""Sphere tracing: where rays meet objects, and what light reaches them.

Hart, "Sphere tracing: a geometric method for the antialiased ray tracing of implicit surfaces",
1996. Soft shadows and ambient occlusion as described by Inigo Quilez (iquilezles.org).
"""

from __future__ import annotations

import numpy as np

from curation.demo.placing import Placed
from curation.demo.solids import unit
from curation.types import BoolArray, FloatArray

_STEPS = 72
_NEAR_ENOUGH = 0.003
_SHADOW_STEPS = 26
_SOFTNESS = 9.0  # of shadows: smaller is softer
_TETRAHEDRON = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)


def span(
    placed: Placed, origins: FloatArray, directions: FloatArray, margin: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Where rays enter and leave the bounding box, [n] each; beyond it if they miss: near > far."""
    inverse = 1.0 / np.where(np.abs(directions) < 1e-7, 1e-7, directions)
    a = (placed.low - margin - origins) * inverse
    b = (placed.high + margin - origins) * inverse
    near = np.maximum(np.minimum(a, b).max(0), 0.0)
    far = np.maximum(a, b).min(0)
    return np.asarray(near, np.float32), np.asarray(far, np.float32)


def trace(placed: Placed, origin: FloatArray, directions: FloatArray) -> FloatArray:
    """Way [n] from ``origin`` [3, 1] to the object along ``directions`` [3, n]; inf if missed."""
    near, far = span(placed, origin, directions, 0.02)
    found = np.full(near.shape, np.inf, np.float32)
    active = np.flatnonzero(near < far)
    t, far, ways = near[active], far[active], directions[:, active]
    for _ in range(_STEPS):
        if not active.size:
            break
        d = placed.distance(origin + ways * t)
        hit = d < _NEAR_ENOUGH
        found[active[hit]] = t[hit]
        t = t + d
        going = ~hit & (t < far)
        active, t, far, ways = active[going], t[going], far[going], ways[:, going]
    return found


def behind(placed: Placed, points: FloatArray, directions: FloatArray) -> FloatArray:
    """Where rays that entered at ``points`` leave the solid again, [3, n]."""
    t = np.full(points.shape[1], 0.03, np.float32)
    for _ in range(24):
        t = t + np.maximum(-placed.distance(points + directions * t), 0.0)
    return points + directions * t


def normals(placed: Placed, points: FloatArray) -> FloatArray:
    """Outward unit normals [3, n] at surface points, from four distances around each."""
    n = points.shape[1]
    offsets = _TETRAHEDRON.T * 0.004
    around = (points[:, None, :] + offsets[:, :, None]).reshape(3, 4 * n)
    a, b, c, d = placed.distance(around).reshape(4, n)
    return unit(np.stack([a - b - c + d, c + d - a - b, b + d - a - c]))


def shadow(placed: Placed, points: FloatArray, light: FloatArray) -> FloatArray:
    """Share [n] of a light in direction ``light`` [3, 1] that passes the object."""
    directions = np.broadcast_to(light, points.shape)
    near, far = span(placed, points, directions, 0.12)
    share = np.ones(points.shape[1], np.float32)
    active = np.flatnonzero(near < far)
    t, far, starts = np.maximum(near[active], 0.02), far[active], points[:, active]
    lit = share[active]
    for _ in range(_SHADOW_STEPS):
        if not active.size:
            break
        d = placed.distance(starts + light * t)
        lit = np.minimum(lit, _SOFTNESS * d / t)
        share[active] = lit
        t = t + np.clip(d, 0.02, 0.2)
        going = (lit > 0.0) & (t < far)
        active, t, far, lit = active[going], t[going], far[going], lit[going]
        starts = starts[:, going]
    share = np.clip(share, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def occlusion(placed: Placed, points: FloatArray, normal: FloatArray) -> FloatArray:
    """Share [n] of the sky's light that the object leaves to points with that normal."""
    share = np.ones(points.shape[1], np.float32)
    near = np.flatnonzero(_close(placed, points, 0.45))
    if not near.size:
        return share
    starts, ways = points[:, near], np.broadcast_to(normal, points.shape)[:, near]
    hidden, weight = np.zeros(near.size, np.float32), 1.0
    for height in (0.03, 0.09, 0.18, 0.3):
        d = placed.distance(starts + ways * height)
        hidden += weight * np.maximum(height - d, 0.0) / height
        weight *= 0.75
    share[near] = np.clip(1.0 - 0.42 * hidden, 0.12, 1.0)
    return share


def _close(placed: Placed, points: FloatArray, margin: float) -> BoolArray:
    inside = (points > placed.low - margin) & (points < placed.high + margin)
    return np.asarray(inside.all(0), np.bool_)
