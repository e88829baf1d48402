"""What all annotation files have: images with names, boxes, and more that is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curation.items import boxes
from curation.items.entry import Report
from curation.items.manifest import Named
from curation.items.tables.read import Row
from curation.items.values import json_value

Json = dict[str, Any]


def is_named(name: Any, image: str, report: Report) -> bool:
    """Whether an image has a file name; told where it has none."""
    if isinstance(name, str) and name and "\0" not in name:
        return True
    report.skip(image, f"it names no file: {name!r}")
    return False


def boxed(
    row: Row, name: str, attributes: Json, box: Any, table: str, report: Report
) -> Iterator[Named]:
    """One item for each box that an annotation says; one that is no box is told."""
    try:
        several = boxes.parse(box, "box")
    except ValueError:
        report.skip(f"{table} annotation {row.number}", f"its bbox is no x,y,w,h: {box!r}")
        return
    if not several:
        yield Named(row, name, attributes)
    for single in several:
        yield Named(row, name, attributes, box=single)


def attributes_of(about: Mapping[str, Any], known: Sequence[str]) -> Json:
    """What else is said, with what stands in ``attributes`` one level up."""
    further = about.get("attributes")
    flat = {k: v for k, v in about.items() if k not in known and k != "attributes"}
    return {
        str(k): json_value(v)
        for k, v in {**flat, **(further if isinstance(further, dict) else {})}.items()
    }
