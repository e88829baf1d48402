"""Which annotation file it is, and what it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.annotations.coco import coco
from curation.items.annotations.common import Json
from curation.items.annotations.cvat import cvat, read_xml
from curation.items.annotations.fiftyone import labels, samples
from curation.items.annotations.label_studio import tasks
from curation.items.annotations.megadetector import megadetector
from curation.items.entry import Entry, Report
from curation.items.manifest import Named, Reading, entries_of, entries_of_table
from curation.items.tables.read import records
from curation.items.tables.text import read_text

_XML = ".xml"
SUFFIXES = (".json", _XML)

_EXPECTED = (
    "Expected COCO (images, annotations, categories), MegaDetector (images with detections), "
    "FiftyOne (labels, or samples), or a list of objects that name a file each."
)


def read_annotations(
    path: Path, report: Report, reading: Reading, root: Path | None = None
) -> list[Entry]:
    """One entry for every box of every image that ``path`` names; the whole image where it has
    none. What the file says of image and box are attributes, ``category`` the name of its class.

    ``root``: what the entries' paths are relative to, where not to the folder they start from.
    Raises SourceError for a file of another form.
    """
    places = reading.places(path)
    found = read_xml(path) if path.suffix.lower() == _XML else _load(path, report, reading)
    with _damage(path):
        if isinstance(found, list):
            listed, in_shares = tasks(found, path.name, report)
            rows = records(path, enumerate(listed, start=1), report)
            return entries_of_table(rows, path, report, reading, root, in_shares=in_shares)
        if isinstance(found, dict):
            named, shares = _named(found, path, places.root, report)
        else:
            named, shares = list(cvat(found, path.name, places.root, report)), False
        return entries_of(named, places, root or places.root, path.name, report, shares=shares)


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turn what parts of another form provoke into SourceError."""
    try:
        yield
    except (AttributeError, TypeError, LookupError, ValueError, ArithmeticError,
            RecursionError) as error:  # fmt: skip
        raise SourceError(
            f"{path} is damaged or of another form ({error!r}). {_EXPECTED}"
        ) from error


def _named(found: Json, path: Path, folder: Path, report: Report) -> tuple[Sequence[Named], bool]:
    """What a JSON object names, and whether its boxes are in shares of the image."""
    if isinstance(found.get("images"), list):
        if "annotations" in found:
            return list(coco(found, path.name, report)), False
        return list(megadetector(found, path.name, report)), True
    if isinstance(found.get("labels"), dict):
        return list(labels(found, path.name, folder, report)), True
    if isinstance(found.get("samples"), list):
        return list(samples(found, path.name, report)), True
    keys = ", ".join(list(found)[:10])
    raise SourceError(f"{path} is no list of images that is known, got {keys}. {_EXPECTED}")


def _load(path: Path, report: Report, reading: Reading) -> Any:
    """A list or an object."""
    try:
        found = json.loads(read_text(path, report, reading.encoding))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} cannot be read as JSON ({error}). {_EXPECTED}") from error
    if not isinstance(found, list | dict):
        got = type(found).__name__
        raise SourceError(f"{path} is no list of images that is known, got {got}. {_EXPECTED}")
    return found
