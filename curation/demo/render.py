"""A picture of a scene: camera, ground and objects to 8-bit RGB."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.demo import rays
from curation.demo.lighting import Light, Seen, scattered, through_glass
from curation.demo.placing import Placed
from curation.demo.solids import dot, mix, unit, vector
from curation.demo.surfaces import Paint
from curation.types import FloatArray, IndexArray

Picture = npt.NDArray[np.uint8]
"""sRGB [size, size, 3]."""
_SAMPLES = 2  # a side of every pixel
_BEND = 0.045  # of what is seen through glass, as a share of the picture


@dataclass(frozen=True)
class Camera:
    """Stands ``far`` from ``target`` (x, y, z), ``elevation`` radians above the ground."""

    target: tuple[float, float, float]
    azimuth: float
    elevation: float
    far: float = 6.5
    opening: float = math.radians(20)

    def axes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Directions [3, 1] to the right, up, and from the target to the camera."""
        ce, se = math.cos(self.elevation), math.sin(self.elevation)
        ca, sa = math.cos(self.azimuth), math.sin(self.azimuth)
        return vector(ca, 0.0, -sa), vector(-se * sa, ce, -se * ca), vector(ce * sa, se, ce * ca)


@dataclass(frozen=True)
class Scene:
    """What is before the camera; ``ground`` paints the plane y = 0, ``seed`` is the grain's."""

    camera: Camera
    light: Light
    ground: Paint
    objects: Sequence[Placed]
    seed: int = 0
    grain: float = 0.012


def render(scene: Scene, size: int) -> Picture:
    """The scene as [size, size, 3] in sRGB, antialiased by 2 x 2 rays a pixel."""
    side = size * _SAMPLES
    origin, ways = _rays(scene.camera, side)
    depth = np.asarray(-origin[1] / np.minimum(ways[1], -1e-3), np.float32)
    image = _ground(scene, origin + ways * depth, ways)
    met = [rays.trace(placed, origin, ways) for placed in scene.objects]
    # clear ones last: they show what is behind them
    for placed, way in sorted(zip(scene.objects, met, strict=True), key=_clearness):
        hit = np.flatnonzero(way < depth)
        if hit.size:
            depth[hit] = way[hit]
            backdrop = _Backdrop(image, hit, side, scene.camera)
            points = origin + ways[:, hit] * way[hit]
            image[:, hit] = _object(scene, placed, points, ways[:, hit], backdrop)
    return _developed(image, scene, size)


def _clearness(met: tuple[Placed, FloatArray]) -> float:
    return float(met[0].through.max())


def _rays(camera: Camera, side: int) -> tuple[FloatArray, FloatArray]:
    right, up, away = camera.axes()
    spread = math.tan(camera.opening / 2)
    across = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2.0 - 1.0) * spread
    u, v = (part.ravel() for part in np.meshgrid(across, -across))
    origin = vector(*camera.target) + away * camera.far
    return origin, unit(np.asarray(right * u + up * v - away, np.float32))


def _ground(scene: Scene, points: FloatArray, ways: FloatArray) -> FloatArray:
    normal = np.broadcast_to(vector(0.0, 1.0, 0.0), points.shape)
    seen = Seen(points, ways, normal, scene.ground(points))
    return scattered(scene.light, scene.objects, seen)


def _object(
    scene: Scene, placed: Placed, points: FloatArray, ways: FloatArray, backdrop: _Backdrop
) -> FloatArray:
    normal = rays.normals(placed, points)
    # rays that slip through a thin wall meet its inside
    normal = np.asarray(np.where(dot(normal, ways) > 0.0, -normal, normal), np.float32)
    seen = Seen(points, ways, normal, placed.paint(points))
    opaque = scattered(scene.light, scene.objects, seen)
    if not seen.surface.clear.any():
        return opaque
    back = rays.normals(placed, rays.behind(placed, points, ways))
    clear = through_glass(scene.light, seen, back, backdrop.behind(normal))
    return mix(opaque, clear, seen.surface.clear)


class _Backdrop:
    """The picture so far behind the pixels ``hit``, bent a little by a surface's slope."""

    def __init__(self, image: FloatArray, hit: IndexArray, side: int, camera: Camera) -> None:
        self._image, self._side = image, side
        self._rows, self._columns = hit // side, hit % side
        self._right, self._up, _ = camera.axes()

    def behind(self, normal: FloatArray) -> FloatArray:
        """Colours [3, n] behind surfaces with that normal [3, n]."""
        bend, last = _BEND * self._side, self._side - 1
        columns = self._columns - dot(normal, self._right) * bend
        rows = self._rows + dot(normal, self._up) * bend
        row, column = (np.clip(part, 0, last).astype(np.int64) for part in (rows, columns))
        return self._image[:, row * self._side + column]


def _developed(image: FloatArray, scene: Scene, size: int) -> Picture:
    """Exposed along a film curve (Narkowicz's fit of ACES, 2015), averaged, vignetted, grainy."""
    x = np.minimum(image, 6.0)
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    x = x.reshape(3, size, _SAMPLES, size, _SAMPLES).mean((2, 4))
    v, u = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    shown = np.clip(x * (1.0 - 0.1 * (u * u + v * v)), 0.0, 1.0) ** (1 / 2.2)
    grain = np.random.default_rng(scene.seed).normal(0.0, scene.grain, (size, size))
    levels = np.rint((shown + grain).transpose(1, 2, 0) * 255.0)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)
