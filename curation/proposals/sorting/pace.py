"""What a question costs: seconds of a person's time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a person needs; the defaults are a declared model, not a measurement.

    ``known`` and ``new`` name an image by a known and by a new group; a grid costs ``grid``, a
    ``tile`` for each image and a ``correction`` for each that is wrong; ``merge`` is the question
    whether two piles are one.
    """

    pair: float = 1.2
    known: float = 1.6
    new: float = 4.0
    grid: float = 1.0
    tile: float = 0.2
    correction: float = 0.7
    merge: float = 2.0

    def sweep(self, tiles: int, corrections: float) -> float:
        """Seconds of a grid of so many tiles and corrections."""
        return self.grid + self.tile * tiles + self.correction * corrections
