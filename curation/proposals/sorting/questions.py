"""The questions, each with what its answer is worth and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Form = Literal["name", "sweep", "merge"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class Naming:
    """Which group is image ``item`` in? ``guesses`` are columns of the board, likeliest first."""

    item: int
    guesses: tuple[int, ...]
    form: Form = "name"


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which of ``items`` are not in ``group``? ``supposed`` images are undecided in it."""

    group: int
    items: tuple[int, ...]
    supposed: int
    form: Form = "sweep"


@dataclass(frozen=True, slots=True)
class Merge:
    """Are the groups ``one`` and ``other`` one? Shown with up to four images each."""

    one: int
    other: int
    of_one: tuple[int, ...]
    of_other: tuple[int, ...]
    form: Form = "merge"


@dataclass(frozen=True, slots=True)
class Piles:
    """Are two piles one? ``one`` and ``other`` are images that stand for them; shown with up to
    four images each."""

    one: int
    other: int
    of_one: tuple[int, ...]
    of_other: tuple[int, ...]
    form: Form = "merge"


Question = Naming | Sweep | Merge | Piles
