"""The factors of every image of the demo, drawn from its own seed.

Image k of a seed is always the same one, however many are drawn, in whatever order. Objects come
in rounds, so that all are equally frequent; six images in a row are a sequence before one camera
on one ground.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from curation.demo.grounds import GROUNDS
from curation.demo.kinds import CRUSHED, KINDS, bin_of

Rng = np.random.Generator
SEQUENCE = 6  # images in a row before one camera
LIGHTS = ("warm", "neutral", "cold")
CAMERAS = ("low", "middle", "high")
_SIZES = {"small": 0.9, "medium": 1.02, "large": 1.14}
_START = datetime.datetime(2026, 3, 2, 8, 0, tzinfo=datetime.UTC)
_IMAGE, _ROUND, _SEQUENCE = range(3)


@dataclass(frozen=True)
class Factors:
    """What is in an image, by the words of its manifest; angles in degrees."""

    object: str
    bin: str
    colour: str
    material: str
    state: str
    size: str
    pose: str
    yaw: int
    lighting: str
    lamp_azimuth: int
    lamp_elevation: int
    brightness: float
    background: str
    clutter: int
    camera: str
    sequence_id: int
    capture_time: str

    @property
    def scale(self) -> float:
        return _SIZES[self.size]


def image_rng(seed: int, number: int) -> Rng:
    """The random numbers of image ``number``: first its factors, then all that has no name."""
    return np.random.default_rng((seed, _IMAGE, number))


def factors(seed: int, number: int, rng: Rng) -> Factors:
    """The factors of image ``number`` (from 0), where ``rng`` is fresh from ``image_rng``."""
    name = _in_rounds(seed, number)
    kind = KINDS[name]
    material = _weighted(rng, dict(kind.materials))
    crushed = rng.random() < CRUSHED[material]
    state = "crushed" if crushed else "intact"
    run = number // SEQUENCE
    shared = np.random.default_rng((seed, _SEQUENCE, run))
    time = _START + datetime.timedelta(minutes=3 * run, seconds=15 * (number % SEQUENCE))
    return Factors(
        object=name,
        bin=bin_of(material, state),
        colour=_choice(rng, kind.colours),
        material=material,
        state=state,
        size=_choice(rng, tuple(_SIZES)),
        pose="lying" if rng.random() < kind.lying else "standing",
        yaw=int(rng.integers(360)),
        background=_choice(shared, tuple(GROUNDS)),
        camera=_choice(shared, CAMERAS),
        lighting=_choice(shared, LIGHTS),
        lamp_azimuth=int(rng.integers(360)),
        lamp_elevation=int(rng.integers(38, 72)),
        brightness=round(float(rng.uniform(0.85, 1.12)), 2),
        clutter=int(rng.integers(5)),
        sequence_id=run,
        capture_time=time.isoformat(),
    )


def _in_rounds(seed: int, number: int) -> str:
    names = list(KINDS)
    order = np.random.default_rng((seed, _ROUND, number // len(names))).permutation(len(names))
    return names[int(order[number % len(names)])]


def _choice(rng: Rng, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _weighted(rng: Rng, weights: dict[str, float]) -> str:
    return str(rng.choice(list(weights), p=list(weights.values())))
