"""How surfaces look in their light: scattering, highlights, mirror images and thin glass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curation.demo import rays
from curation.demo.placing import Placed
from curation.demo.solids import dot, mix, step, unit, vector
from curation.demo.surfaces import Surface
from curation.types import FloatArray


@dataclass(frozen=True)
class Light:
    """A lamp in ``direction``, a sky around, and a floor that throws light back.

    All are [3, 1], colours in linear RGB.
    """

    direction: FloatArray
    lamp: FloatArray
    sky: FloatArray
    floor: FloatArray


@dataclass(frozen=True)
class Seen:
    """Points [3, n] that rays along ``ways`` [3, n] meet, their normals [3, n] and surface."""

    points: FloatArray
    ways: FloatArray
    normal: FloatArray
    surface: Surface

    @property
    def mirrored(self) -> FloatArray:
        """Where the rays go on if the surface is a mirror, [3, n]."""
        return reflected(self.ways, self.normal)


def reflected(ways: FloatArray, normal: FloatArray) -> FloatArray:
    """Directions [3, n] after a mirror with that normal."""
    return np.asarray(ways - 2.0 * dot(normal, ways) * normal, np.float32)


def scattered(light: Light, objects: Sequence[Placed], seen: Seen) -> FloatArray:
    """Colour [3, n] of opaque surfaces: scattered light, highlight, and a veil of the room.

    The veil follows Schlick's approximation of Fresnel's equations (1994), the highlight Blinn's
    half vector (1977). Metal shows the room instead, in its own colour.
    """
    surface, normal = seen.surface, seen.normal
    lamp, sky = _reaching(light, objects, seen)
    # light that enters and leaves again softens the edge of the shade
    facing = np.maximum(dot(normal, light.direction) * 0.85 + 0.15, 0.0)
    up = 0.5 + 0.5 * normal[1]
    thrown_back = light.lamp * light.direction[1] * light.floor * 0.35
    arriving = light.lamp * lamp * facing + (light.sky * up + thrown_back * (1.0 - up)) * sky
    room = surroundings(light, seen.mirrored, surface.gloss)
    sharp = 8.0 + 180.0 * surface.gloss**2
    shine = _highlight(light, seen, sharp) * (sharp + 8.0) / 70.0 * surface.gloss
    glint = light.lamp * lamp * shine * 0.4
    grazing = (1.0 - np.clip(-dot(normal, seen.ways), 0.0, 1.0)) ** 5
    veil = (0.04 + 0.6 * grazing) * surface.gloss**2
    matte = surface.albedo * arriving + room * veil * sky + glint
    bright = surface.albedo + (1.0 - surface.albedo) * grazing
    metal = bright * (room * sky * 0.95 + glint * 1.6 + arriving * 0.12)
    return mix(matte, metal, surface.metal)


def through_glass(light: Light, seen: Seen, back: FloatArray, backdrop: FloatArray) -> FloatArray:
    """Colour [3, n] of thin walls: what lies behind, tinted by both, and what both reflect.

    ``back`` is the normal of the far wall, ``backdrop`` the colour behind it, [3, n] each. Walls
    seen at a flat angle are longer to cross and so darker (Beer's law).
    """
    facing = np.clip(-dot(seen.normal, seen.ways), 0.08, 1.0)
    leaving = np.clip(np.abs(dot(back, seen.ways)), 0.08, 1.0)
    crossed = 0.25 / facing + 0.25 / leaving
    tint = np.clip(seen.surface.albedo, 0.02, 0.97) ** crossed
    grazing = (1.0 - facing) ** 4
    gloss = seen.surface.gloss
    near = surroundings(light, seen.mirrored, gloss) * (0.05 + 0.75 * grazing)
    far = surroundings(light, reflected(seen.ways, back), gloss) * tint * 0.1
    spark = light.lamp * _highlight(light, seen, 260.0) * 4.0
    return np.asarray(backdrop * tint * (1.0 - 0.6 * grazing) + near + far + spark, np.float32)


def surroundings(light: Light, directions: FloatArray, gloss: FloatArray) -> FloatArray:
    """Light [3, n] from afar: a studio with a bright window, a strip, dark walls and the floor."""
    blur = 0.06 + 0.5 * (1.0 - gloss)
    ceiling = light.sky * (0.25 + 1.1 * step(-0.1, 1.0, directions[1]))
    floor = (light.lamp + light.sky) * light.floor * 0.5
    room = mix(floor, ceiling, step(-0.12, 0.12, directions[1]))
    window = _panel(directions, light.direction, 0.32, blur)
    strip = _panel(directions, _across(light.direction), 0.22, blur) * 0.6
    return np.asarray(room + light.lamp * (window + strip) * 1.3, np.float32)


def _reaching(light: Light, objects: Sequence[Placed], seen: Seen) -> tuple[FloatArray, FloatArray]:
    """Shares of the lamp's light [3, n] and of the sky's [n] that pass all objects."""
    lamp = np.ones_like(seen.points)
    sky = np.ones(seen.points.shape[1], np.float32)
    lifted = seen.points + seen.normal * 0.012
    for placed in objects:
        share = rays.shadow(placed, lifted, light.direction)
        lamp *= placed.through + (1.0 - placed.through) * share
        clear = float(placed.through.mean())
        sky *= clear + (1.0 - clear) * rays.occlusion(placed, seen.points, seen.normal)
    return lamp, sky


def _highlight(light: Light, seen: Seen, sharp: FloatArray | float) -> FloatArray:
    half = unit(light.direction - seen.ways)
    return np.asarray(np.maximum(dot(seen.normal, half), 0.0) ** sharp, np.float32)


def _panel(ways: FloatArray, towards: FloatArray, width: float, blur: FloatArray) -> FloatArray:
    """A lit panel across ``towards``: 1 within ``width`` of its middle, half as high again."""
    side = unit(np.cross(towards[:, 0], (0.0, 1.0, 0.01)).astype(np.float32)[:, None])
    high = np.cross(side[:, 0], towards[:, 0]).astype(np.float32)[:, None]
    share = np.asarray(dot(ways, towards) > 0.0, np.float32)
    for axis, reach in ((side, width), (high, width * 1.6)):
        off = np.abs(dot(ways, axis))
        share = share * step(0.0, 1.0, np.asarray((reach - off) / blur + 0.5, np.float32))
    return share


def _across(direction: FloatArray) -> FloatArray:
    """A quarter turn from the lamp, and lower."""
    return unit(vector(-float(direction[2, 0]), 0.45, float(direction[0, 0])))
