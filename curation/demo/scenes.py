"""From factors to a scene that can be rendered."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from curation.demo.debris import piece
from curation.demo.factors import Factors, factors, image_rng
from curation.demo.grounds import ground
from curation.demo.kinds import COLOURS, KINDS
from curation.demo.lighting import Light
from curation.demo.noise import Noise
from curation.demo.placing import Placed, crushed, place, turned
from curation.demo.render import Camera, Picture, Scene, render
from curation.demo.solids import unit, vector
from curation.demo.surfaces import Look, Solid, rgb, stained
from curation.types import FloatArray

Rng = np.random.Generator
_LAMPS = {"warm": (1.95, 1.62, 1.24), "neutral": (1.75, 1.65, 1.52), "cold": (1.48, 1.58, 1.76)}
_SKIES = {"warm": (0.5, 0.46, 0.42), "neutral": (0.46, 0.48, 0.52), "cold": (0.4, 0.47, 0.6)}
_ELEVATIONS = {"low": 30, "middle": 40, "high": 50}
_MARGIN = 1.35
_ACCENTS = (rgb(44, 54, 78), rgb(40, 40, 44), rgb(92, 88, 84))


def draw(seed: int, number: int, size: int) -> tuple[Picture, Factors]:
    """Image ``number`` of ``seed`` as [size, size, 3] in sRGB, and what is in it."""
    rng = image_rng(seed, number)
    shown = factors(seed, number, rng)
    return render(scene(shown, rng), size), shown


def scene(shown: Factors, rng: Rng) -> Scene:
    """A scene with these factors; what they leave open comes from ``rng``."""
    noise = Noise(rng)
    look = Look(
        shown.material,
        _shade(shown.colour, rng),
        _ACCENTS[int(rng.integers(len(_ACCENTS)))],
        noise,
        soiled=shown.bin == "residual",
    )
    main = _object(shown, look, rng)
    pattern, floor = ground(shown.background, noise, _ground_angle(shown.background, rng))
    objects = [main, *_clutter(shown, main, look, rng)]
    return Scene(
        _camera(shown, main, rng),
        _light(shown, floor),
        pattern,
        objects,
        seed=int(rng.integers(2**31)),
    )


def _camera(shown: Factors, main: Placed, rng: Rng) -> Camera:
    """Looks at the object, zoomed so that one of scale 1 takes most of the picture."""
    wide, tall, deep = (float(extent) for extent in (main.high - main.low)[:, 0] / shown.scale)
    elevation = math.radians(_ELEVATIONS[shown.camera] + rng.uniform(-4.0, 4.0))
    upright = tall * math.cos(elevation) + deep * math.sin(elevation)
    x, y, z = (float(part) for part in main.centre[:, 0])
    return Camera(
        (x + rng.uniform(-0.06, 0.06), y * 0.95, z + rng.uniform(-0.06, 0.06)),
        rng.uniform(-0.25, 0.25),
        elevation,
        opening=2 * math.atan(_MARGIN * max(wide, upright) / 2 / Camera.far),
    )


def _shade(colour: str, rng: Rng) -> FloatArray:
    """A colour of that name, [3, 1]: no two are quite alike."""
    base = np.array(COLOURS[colour], np.float64)
    varied = base * rng.uniform(0.9, 1.08) + rng.uniform(-10.0, 10.0, 3)
    return rgb(*(int(part) for part in np.clip(varied, 4, 250)))


def _object(shown: Factors, look: Look, rng: Rng) -> Placed:
    kind = KINDS[shown.object]
    solid = _finished(kind.build(look, rng), look)
    roll = rng.uniform(0.0, 2 * math.pi)
    if shown.pose == "lying" and kind.roll != "any":
        quarters = (0, 1, 2, 3) if kind.roll == "quarter" else (1, 3)
        roll = quarters[int(rng.integers(len(quarters)))] * math.pi / 2
    turn = turned(math.radians(shown.yaw), shown.pose == "lying", roll)
    warp = None
    if shown.state == "crushed":
        warp = crushed(rng, rng.uniform(0.55, 0.85) * (0.5 if look.material == "organic" else 1.0))
    at = (rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15))
    return place(solid, solid.size * shown.scale, turn, at, warp)


def _finished(solid: Solid, look: Look) -> Solid:
    """Let light through glass, and soil what is soiled."""
    if look.material == "glass":
        return replace(solid, through=0.2 + 0.6 * look.rgb)
    if not look.soiled:
        return solid
    clean = solid.paint
    return replace(solid, paint=lambda points: stained(clean(points), points, look))


def _ground_angle(background: str, rng: Rng) -> float:
    """How the ground's pattern is turned: a belt runs along or across."""
    if background != "belt":
        return rng.uniform(0.0, 2 * math.pi)
    return int(rng.integers(2)) * math.pi / 2 + rng.uniform(-0.15, 0.15)


def _light(shown: Factors, floor: FloatArray) -> Light:
    azimuth, elevation = math.radians(shown.lamp_azimuth), math.radians(shown.lamp_elevation)
    flat = math.cos(elevation)
    direction = vector(flat * math.sin(azimuth), math.sin(elevation), flat * math.cos(azimuth))
    lamp, sky = vector(*_LAMPS[shown.lighting]), vector(*_SKIES[shown.lighting])
    return Light(unit(direction), lamp * shown.brightness, sky * shown.brightness, floor)


def _clutter(shown: Factors, main: Placed, look: Look, rng: Rng) -> list[Placed]:
    """Small things around the object, some cut off by the frame."""
    reach = float(np.max(main.high[[0, 2]] - main.low[[0, 2]])) / 2
    pieces = []
    for _ in range(shown.clutter):
        angle, away = rng.uniform(0.0, 2 * math.pi), reach + rng.uniform(0.12, 0.6)
        at = (
            float(main.centre[0, 0]) + away * math.sin(angle),
            float(main.centre[2, 0]) + away * math.cos(angle),
        )
        turn = turned(rng.uniform(0.0, 2 * math.pi), False)
        pieces.append(place(piece(rng, look), rng.uniform(0.07, 0.15), turn, at))
    return pieces
