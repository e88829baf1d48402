"""MegaDetector, see https://lila.science/megadetector-output-format."""

from __future__ import annotations

from collections.abc import Iterator

from curation.items.annotations.common import (
    SURE,
    Json,
    attributes_of,
    boxed,
    is_named,
    says_how_sure,
    tell_unsure,
    with_image,
)
from curation.items.entry import Report
from curation.items.manifest import Named
from curation.items.tables.read import Row


def megadetector(found: Json, table: str, report: Report) -> Iterator[Named]:
    """An item for each detection that is sure enough, the whole image where there is none."""
    categories = found.get("detection_categories") or {}
    n_unsure = 0
    for number, image in enumerate(found["images"], start=1):
        row = Row(number, {})
        if not is_named(image.get("file"), f"{table} image {number}", report):
            continue
        if image.get("failure"):
            report.skip(image["file"], f"it could not be read there ({image['failure']})", number)
            continue
        about = attributes_of(image, ("file", "detections", "failure", "max_detection_conf"))
        told = [
            one
            for one in image.get("detections") or []
            if says_how_sure(one, "conf", image["file"], report)
        ]
        sure = [d for d in told if d.get("conf", 1) >= SURE]
        n_unsure += len(told) - len(sure)
        if not sure:
            yield Named(row, image["file"], about)
        for one in sure:
            said = {"category": categories.get(str(one.get("category"))), "conf": one.get("conf")}
            both = with_image(said, about)
            yield from boxed(row, image["file"], both, one.get("bbox"), table, report)
    tell_unsure(n_unsure, table, report)
