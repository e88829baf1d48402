"""The rows of the groups export with their images, for formats that say one label an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from curation.errors import SourceError
from curation.exports.images import Images, Picture
from curation.exports.table import Table
from curation.items.entry import Box

Size = tuple[int, int]
DECIDED = ("explicit", "implied")
"""Sources that come from answers; the others are the model's, held by an audit or by nothing."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image and the group it is in; ``about`` is its row in the groups export.

    ``label`` is the group's name, or its id where nobody named it or another one is named alike.
    """

    picture: Picture
    label: str
    about: dict[str, Any]

    @property
    def source(self) -> str:
        """How the group is known: explicit, implied, auto or predicted."""
        return str(self.about["source"])

    @property
    def state(self) -> dict[str, Any]:
        """What is told with the label: how the group is known, and of which item."""
        told = {"item": self.about["id"], "file": self.about["file"], "box": self.about.get("box")}
        known = {name: self.about[name] for name in ("group", "name", "source", "probability")}
        return {name: value for name, value in {**known, **told}.items() if value is not None}


def records(table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table by their columns."""
    names = [column.name for column in table.columns]
    return (dict(zip(names, row, strict=True)) for row in table.rows)


def labelled(table: Table, images: Images) -> list[Labelled]:
    """Every row whose image is there, in the table's order."""
    rows = list(records(table))
    labels = _labels(rows)
    found = ((row, images.find(row["id"], row["file"])) for row in rows)
    return [Labelled(one, labels[row["group"]], row) for row, one in found if one is not None]


def located(
    found: Iterable[Labelled], images: Images
) -> Iterator[tuple[Labelled, Size, Box | None]]:
    """Each with the size of its upright image, and the part that a crop is; one that cannot be
    read is told, and left out."""
    for one in found:
        try:
            yield one, *one.picture.region()
        except SourceError as error:
            images.unreadable(one.picture, error)


def _labels(rows: list[dict[str, Any]]) -> dict[str, str]:
    """A label for each group, all of them different."""
    names = {row["group"]: row["name"] for row in rows}
    alike = Counter(names.values())
    labels: dict[str, str] = {}
    taken = set(names)  # no name is taken for the id of another group
    for group, name in names.items():
        label = name if alike[name] == 1 else f"{name} ({group})"
        while name and label in taken:
            label += f" ({group})"
        labels[group] = label if name else group
        taken.add(labels[group])
    return labels
