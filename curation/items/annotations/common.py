"""What all annotation files have: images with names, boxes, and more that is said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from curation.items import boxes
from curation.items.entry import Report, can_be_name
from curation.items.manifest import Named
from curation.items.tables.read import Row
from curation.items.values import json_value

Json = dict[str, Any]
SURE = 0.2
"""Detections less sure are left out, as MegaDetector's own guide advises for its version 5."""
_CLASSES = ("category", "label")
"""What classes are called here, so that an attribute of this name would pose as one."""


def is_named(name: Any, image: str, report: Report) -> bool:
    """Whether an image has a file name; told where it has none."""
    if isinstance(name, str) and name and can_be_name(name):
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
    flat = {k: json_value(v) for k, v in about.items() if k not in known and k != "attributes"}
    return beside(flat, json_value(further) if isinstance(further, dict) else {}, "attribute")


def with_attributes(said: Json, attributes: Json) -> Json:
    """``said``, and the attributes that people gave: one whose name is taken there, or is that of a
    class, is called ``..._attribute``."""
    return beside(said, attributes, "attribute", _CLASSES)


def with_image(said: Json, image: Json) -> Json:
    """``said`` of a box, and of its image: what has a name that is taken is ``..._image``."""
    return beside(said, image, "image")


def beside(said: Json, more: Json, kind: str, reserved: Collection[str] = ()) -> Json:
    """``said`` with ``more``, where a name that is taken or reserved gets the ending ``kind``."""
    together = dict(said)
    for name, value in more.items():
        free = name
        while free in together or free in reserved:
            free = f"{free}_{kind}"
        together[free] = value
    return together


def says_how_sure(detection: Any, key: str, image: str, report: Report) -> bool:
    """Whether a detection has a confidence that is a number, or none at all; told otherwise."""
    sure = detection.get(key, 1) if isinstance(detection, dict) else None
    if isinstance(sure, int | float):
        return True
    report.skip(image, f"a detection in it has no confidence: {sure!r}")
    return False


def tell_unsure(count: int, table: str, report: Report) -> None:
    """One line on the detections that are not sure enough."""
    if count:
        report.note(table, f"{count:,} detections of a confidence below {SURE} are left out")
