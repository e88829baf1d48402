from __future__ import annotations

import numpy as np
import pytest

from curation.demo import placing, rays
from curation.demo.kinds import KINDS
from curation.demo.noise import Noise
from curation.demo.solids import Lathe, box, capsule, norm, ring, rotate, vector
from curation.demo.surfaces import Look, Solid, rgb
from curation.types import FloatArray


def cloud(n: int = 4000, reach: float = 1.5, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).uniform(-reach, reach, (3, n)).astype(np.float32)


def solid(name: str, material: str, seed: int = 0) -> Solid:
    rng = np.random.default_rng(seed)
    look = Look(material, rgb(200, 30, 30), rgb(40, 40, 60), Noise(rng))
    return KINDS[name].build(look, rng)


def test_primitives_measure_what_they_are() -> None:
    points = cloud()
    x, y, z = points
    edges = np.maximum(np.abs(points) - vector(0.5, 0.3, 0.2), 0.0)
    outside = norm(*edges) > 0
    np.testing.assert_allclose(
        box(points, (0.5, 0.3, 0.2))[outside], norm(*edges)[outside], atol=1e-5
    )
    ball = capsule(points, (0.0, 0.0, 0.0), (0.0, 1e-6, 0.0), 0.4)
    np.testing.assert_allclose(ball, norm(x, y, z) - 0.4, atol=1e-4)
    on_ring = np.stack([np.cos(x) * 0.7, 0 * x, np.sin(x) * 0.7])
    np.testing.assert_allclose(ring(on_ring, 0.7, 0.1), -0.1, atol=1e-5)


def test_a_lathe_measures_a_cylinder_and_a_sphere() -> None:
    points = cloud()
    x, y, z = points
    turned = Lathe([(0.0, -0.6), (0.4, -0.6), (0.4, 0.6), (0.0, 0.6)], smooth=0)
    r, h = norm(x, z) - 0.4, np.abs(y) - 0.6
    exact = np.minimum(np.maximum(r, h), 0) + np.hypot(np.maximum(r, 0), np.maximum(h, 0))
    near = np.abs(exact) < 0.1
    np.testing.assert_allclose(turned(points)[near], exact[near], atol=0.01)
    # far away a distance may be too small, never too large
    assert (turned(points) <= exact + 0.01).all()
    arc = np.linspace(-np.pi / 2, np.pi / 2, 60)
    ball = Lathe(list(zip(np.cos(arc), np.sin(arc), strict=True)), smooth=0)
    wide = cloud(reach=3.0)
    assert (ball(wide) <= norm(*wide) - 1.0 + 0.01).all()


def test_turning_does_not_depend_on_how_many_points_there_are() -> None:
    points, turn = cloud(1000), placing.turned(0.7, True, 0.3)
    together = rotate(turn, points)
    alone = np.concatenate([rotate(turn, points[:, k : k + 1]) for k in range(1000)], 1)
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_allclose(rotate(turn.T, together), points, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "material"), [(name, m) for name, kind in KINDS.items() for m in kind.materials]
)
def test_rays_cannot_pass_through_an_object(name: str, material: str) -> None:
    """A distance that grows faster than the way would let rays jump over thin walls."""
    shape = solid(name, material)
    points = cloud(3000, 1.2)
    step = 0.02 * np.random.default_rng(1).standard_normal(points.shape).astype(np.float32)
    growth = np.abs(shape.distance(points + step) - shape.distance(points)) / norm(*step)
    assert np.quantile(growth, 0.995) < 1.15
    assert np.isfinite(shape.paint(points).albedo).all()


@pytest.mark.parametrize(
    ("name", "lying"),
    [
        (name, lying)
        for name, kind in KINDS.items()
        for lying in (False, True)[: 1 + (kind.lying > 0)]
    ],
)
def test_objects_rest_on_the_ground(name: str, lying: bool) -> None:
    shape = solid(name, next(iter(KINDS[name].materials)))
    warp = placing.crushed(np.random.default_rng(3), 0.8)
    for deformed in (None, warp):
        placed = placing.place(shape, 0.8, placing.turned(1.1, lying, 0.4), (0.3, -0.2), deformed)
        grid = np.linspace(-1.6, 1.6, 81, dtype=np.float32)
        x, z = (part.ravel() for part in np.meshgrid(grid, grid))
        below = np.stack([x, np.full_like(x, -0.03), z])
        above = np.stack([x, np.full_like(x, 0.06), z])
        assert placed.distance(below).min() > 0
        assert placed.distance(above).min() < 0.06
        assert np.allclose(placed.centre[[0, 2], 0], (0.3, -0.2), atol=1e-4)
        assert placed.low[1, 0] == pytest.approx(0.0, abs=1e-5)


def test_rays_meet_a_ball_where_they_should_and_light_stops_behind_it() -> None:
    shape = solid("apple", "organic")
    placed = placing.place(shape, 1.0, placing.turned(0.0, False), (0.0, 0.0))
    eye = vector(0.0, 0.6, 6.0)
    ways = np.concatenate([vector(0.0, 0.0, -1.0), vector(0.0, 1.0, 0.0)], 1)
    met = rays.trace(placed, eye, ways)
    assert 5.2 < met[0] < 5.6
    assert np.isinf(met[1])
    point = eye + ways[:, :1] * met[0]
    assert rays.normals(placed, point)[2, 0] > 0.8
    ground = np.concatenate([vector(0.0, 0.0, -1.0), vector(0.0, 0.0, 1.5)], 1)
    lit = rays.shadow(placed, ground, vector(0.0, 0.5, 0.87))
    assert lit[0] < 0.05
    assert lit[1] == 1.0
    closed_in = rays.occlusion(placed, np.zeros((3, 1), np.float32), vector(0.0, 1.0, 0.0))
    assert closed_in[0] < 0.5
