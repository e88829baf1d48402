"""MegaDetector, see https://lila.science/megadetector-output-format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from curation.items.annotations.common import Json, attributes_of, boxed, is_named
from curation.items.entry import Report
from curation.items.manifest import Named
from curation.items.tables.read import Row

SURE = 0.2
"""Detections less sure are left out, as MegaDetector's own guide advises for its version 5."""


def megadetector(found: Json, table: str, report: Report) -> Iterator[Named]:
    """An item for each detection that is sure enough, the whole image where there is none."""
    categories = found.get("detection_categories") or {}
    left_out: Counter[str] = Counter()
    for number, image in enumerate(found["images"], start=1):
        row = Row(number, {})
        if not is_named(image.get("file"), f"{table} image {number}", report):
            continue
        if image.get("failure"):
            report.skip(image["file"], f"it could not be read there ({image['failure']})", number)
            continue
        about = attributes_of(image, ("file", "detections", "failure", "max_detection_conf"))
        told = [
            d for d in image.get("detections") or [] if _says_how_sure(d, image["file"], report)
        ]
        sure = [d for d in told if d.get("conf", 1) >= SURE]
        left_out["detections"] += len(told) - len(sure)
        if not sure:
            yield Named(row, image["file"], about)
        for one in sure:
            said = {"category": categories.get(str(one.get("category"))), "conf": one.get("conf")}
            yield from boxed(row, image["file"], {**about, **said}, one.get("bbox"), table, report)
    if n := left_out["detections"]:
        report.note(table, f"{n:,} detections of a confidence below {SURE} are left out")


def _says_how_sure(detection: Any, file: str, report: Report) -> bool:
    """Whether a detection has a confidence that is a number, or none at all; told otherwise."""
    conf = detection.get("conf", 1) if isinstance(detection, dict) else None
    if isinstance(conf, int | float):
        return True
    report.skip(file, f"a detection in it has no confidence: {conf!r}")
    return False
