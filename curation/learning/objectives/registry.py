"""Explicit registry of objectives: a name and the place of its class, imported when created."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from curation.errors import UnknownName

if TYPE_CHECKING:
    from curation.learning.objectives.base import Head, Objective

_PLACES: dict[str, str] = {
    "human": "curation.learning.objectives.human:Human",
    "occ": "curation.learning.objectives.occ:OCC",
    "supcon": "curation.learning.objectives.supcon:SupCon",
}


def names() -> tuple[str, ...]:
    """Names of all registered objectives, sorted."""
    return tuple(sorted(_PLACES))


def register(name: str, place: str) -> None:
    """Add an objective: ``place`` is ``"package.module:Class"``, a class built from a ``Head``."""
    _PLACES[name] = place


def create(name: str, head: Head) -> Objective:
    """Build the objective ``name`` for the space that ``head`` describes; raises UnknownName."""
    if name not in _PLACES:
        raise UnknownName("objective", name, _PLACES)
    module, _, attribute = _PLACES[name].partition(":")
    objective: Objective = getattr(import_module(module), attribute)(head)
    return objective
