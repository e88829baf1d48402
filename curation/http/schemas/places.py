"""Groups, the map and its colours, galleries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from curation.http.schemas.common import (
    Answer,
    Attributes,
    Id,
    Ids,
    Item,
    MaybeName,
    OfCriterion,
    Scope,
    Tile,
)


class RenameIn(Scope):
    """A group is named by any of its items; the name "" takes its name away."""

    group: Id
    name: MaybeName = ""


class SplitIn(Scope):
    """Items that leave a group for one of their own."""

    group: Id
    items: Ids


class MergeIn(Scope):
    groups: Annotated[list[Id], Field(min_length=2, max_length=1_000)]


class Group(Answer):
    """A must-link group; the items that lie farthest from its mean come first."""

    id: str
    name: str
    cover: str
    size: int
    items: list[Item]


class Groups(Answer):
    groups: list[Group]


class PredictedGroup(Answer):
    """A predicted group; the items it is surest of come first."""

    label: int
    name: str
    cover: str
    size: int
    items: list[Item]


class Predicted(Answer):
    """The predicted grouping of all items.

    While it is being computed (``pending``) the groups are those of an earlier state, of
    ``generation``, or none: then ``generation`` is null, and so is a ``k`` that nobody gave.
    """

    k: int | None
    estimated: bool
    groups: list[PredictedGroup]
    pending: bool
    generation: int | None


class Points(Answer):
    """Places of all items on the map of a generation; -1 and nothing before the first is drawn.

    ``key`` says which points these are, in which order; colours and status carry it too.
    ``on_earth``: whether attributes tell where items were (see ``Coordinates``).
    """

    key: str = ""
    generation: int
    ids: list[str]
    x: list[float]
    y: list[float]
    on_earth: bool = False


class Coordinates(Answer):
    """Where on the earth every point of the map was, in its order: degrees (WGS 84, south and west
    negative), null for both where that is unknown."""

    key: str = ""
    lat: list[float | None]
    lon: list[float | None]


class Colours(Answer):
    """A value for every point of the map, in its order: a number, a time in seconds since 1970 by
    the clock that it was written by, or a place in ``names`` (-1: none). ``tints``: how far red,
    green and blue of the largest categories are from grey.

    ``pending`` while the values of this generation are being computed: until then they are an
    earlier one's, or null.
    """

    key: str = ""
    by: str
    kind: Literal["number", "time", "category"]
    values: list[float | None]
    names: list[str]
    tints: dict[str, list[float]] = Field(default_factory=dict)
    pending: bool = False


class Neighbourhood(Answer):
    """The nearest of an item now (``tiles``), and before any training."""

    item: Item
    attributes: Attributes
    generation: int
    tiles: list[Tile]
    before: list[Tile]


class TilesIn(OfCriterion):
    """Which items to show."""

    items: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class Found(Answer):
    """Of ``total`` items the first."""

    tiles: list[Tile]
    total: int
