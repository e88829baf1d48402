"""What a question costs: seconds of a person's time."""

from __future__ import annotations

from dataclasses import dataclass, fields

from curation.errors import CurationError


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

    @classmethod
    def of(cls, text: str) -> Pace:
        """The model that differs from the declared one by ``text``, as in ``known=2,tile=0.3``.

        Raises CurationError for another name or a number that is none or not above 0.
        """
        given: dict[str, float] = {}
        names = [one.name for one in fields(cls)]
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = (word.strip() for word in part.partition("="))
            if name not in names or not _is_seconds(number):
                raise CurationError(
                    f"Expected seconds of {', '.join(names)} as in known=2,tile=0.3, got {part!r}."
                )
            given[name] = float(number)
        return cls(**given)

    def sweep(self, tiles: int, corrections: float) -> float:
        """Seconds of a grid of so many tiles and corrections."""
        return self.grid + self.tile * tiles + self.correction * corrections


def _is_seconds(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
