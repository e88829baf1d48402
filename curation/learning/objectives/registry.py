"""Objectives by name: the catalogue's and those that other packages declare.

Another package adds one by an entry point of the group ``curation.objectives`` that names an
``Entry``. A broken one is left out and said to be so where it is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from curation.errors import CurationError, TrainingError, UnknownName
from curation.learning.objectives.catalogue import ENTRIES
from curation.learning.objectives.entry import LIVE, NEEDS, Entry

if TYPE_CHECKING:
    from curation.learning.objectives.base import Head, Objective

GROUP = "curation.objectives"
_REGISTERED: dict[str, Entry] = {entry.id: entry for entry in ENTRIES}


def entries() -> dict[str, Entry]:
    """All usable entries by id, sorted."""
    declared, _ = _declared()
    return dict(sorted({**declared, **_REGISTERED}.items()))


def broken() -> dict[str, str]:
    """Entry points that cannot be used, and why."""
    return dict(_declared()[1])


def names() -> tuple[str, ...]:
    """Ids of all usable objectives, sorted."""
    return tuple(entries())


def entry(name: str) -> Entry:
    """The entry of ``name``; raises UnknownName, TrainingError for a broken entry point."""
    if name in (known := entries()):
        return known[name]
    if name in broken():
        raise TrainingError(
            f"Objective {name!r} cannot be used: {broken()[name]}. Repair or remove its package."
        )
    raise UnknownName("objective", name, known)


def create(name: str, head: Head, **settings: Any) -> Objective:
    """Build the objective ``name`` for the space that ``head`` describes.

    Raises UnknownName, and TrainingError naming an objective that cannot be built.
    """
    from curation.learning.objectives.base import Objective

    kind = _kind(name)
    with _named(name, "an Objective"):
        made = kind(head, **settings)
    if not isinstance(made, Objective):
        raise _unfit(name, "an Objective", f"a {type(made).__name__}")
    made.make_for(head)
    return made


def defaults(name: str) -> dict[str, Any]:
    """Settings of the objective ``name`` with their defaults."""
    kind = _kind(name)
    with _named(name, "a class"):
        given = inspect.signature(kind).parameters.values()
    return {one.name: one.default for one in given if one.default is not one.empty}


def catalogue() -> list[dict[str, Any]]:
    """One row an objective: ``id``, ``summary``, ``needs``, ``live`` (trains beside the review),
    ``absent`` (why not), ``paper`` and ``source``."""
    return [
        {
            "id": one.id,
            "summary": one.summary,
            "needs": list(one.needs),
            "live": not one.absent(LIVE),
            "absent": " and ".join(one.absent(LIVE)),
            "paper": one.paper,
            "source": one.source,
        }
        for one in entries().values()
    ]


def described() -> list[dict[str, Any]]:
    """The rows of ``catalogue`` with the ``defaults`` of each, which loads them all; one that does
    not load says why in ``absent``."""
    rows = catalogue()
    for row in rows:
        try:
            row["defaults"] = defaults(row["id"])
        except TrainingError as error:
            row |= {"defaults": {}, "absent": row["absent"] or str(error)}
    return rows


def _kind(name: str) -> Any:
    found = entry(name)
    found.require(NEEDS)
    with _named(name, "a class"):
        module, _, attribute = found.place.partition(":")
        return getattr(import_module(module), attribute)


@contextmanager
def _named(name: str, expected: str) -> Iterator[None]:
    """Whatever another package's code raises becomes a TrainingError that names its objective."""
    try:
        yield
    except CurationError:
        raise
    except Exception as error:
        raise _unfit(name, expected, f"{type(error).__name__}: {error}") from error


def _unfit(name: str, expected: str, got: str) -> TrainingError:
    return TrainingError(
        f"Expected {expected} at {entry(name).place!r} for objective {name!r}, got {got}. "
        "Repair or remove its package."
    )


@cache
def _declared() -> tuple[dict[str, Entry], dict[str, str]]:
    """Entries of other packages by id, and what is wrong with the rest."""
    found: dict[str, Entry] = {}
    wrong: dict[str, str] = {}
    for point in entry_points(group=GROUP):
        try:
            made = point.load()
            problem = _problem(point, made)
        except Exception as error:  # whatever another package's import raises
            problem = f"{type(error).__name__}: {error}"
        if problem:
            wrong[point.name] = problem
        else:
            found[point.name] = made
    return found, wrong


def _problem(point: EntryPoint, made: object) -> str:
    if not isinstance(made, Entry):
        return f"{point.value} is a {type(made).__name__}, expected an Entry"
    if made.id != point.name:
        return f"its entry is called {made.id!r}, expected {point.name!r}"
    if made.id in _REGISTERED:
        return "there is one of this name already"
    unknown = [need for need in made.needs if need not in NEEDS]
    if unknown:
        return f"it needs {', '.join(unknown)}, expected some of {', '.join(NEEDS)}"
    return ""
