"""COCO, see https://cocodataset.org/#format-data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from curation.items.annotations.common import (
    Json,
    attributes_of,
    boxed,
    is_named,
    with_image,
)
from curation.items.entry import Report
from curation.items.manifest import Named
from curation.items.tables.read import Row

_OF_ANNOTATION = ("id", "image_id", "category_id", "bbox", "segmentation", "area")


def coco(found: Json, table: str, report: Report) -> Iterator[Named]:
    """An item for each annotation with a box, the whole image where there is none."""
    categories = {one["id"]: one.get("name") for one in found.get("categories") or []}
    of_image: dict[Any, list[tuple[int, Json]]] = defaultdict(list)
    for number, one in enumerate(found["annotations"], start=1):
        of_image[one["image_id"]].append((number, one))
    for number, image in enumerate(found["images"], start=1):
        row = Row(number, {})
        several = of_image.pop(image["id"], [])
        if not is_named(image.get("file_name"), f"{table} image {number}", report):
            continue
        about = attributes_of(image, ("id", "file_name", "width", "height"))
        if not several:
            yield Named(row, image["file_name"], about)
        for at, one in several:
            said = attributes_of(
                {**one, "category": categories.get(one.get("category_id"))}, _OF_ANNOTATION
            )
            both = with_image(said, about)
            yield from boxed(Row(at, {}), image["file_name"], both, one.get("bbox"), table, report)
    for at, _ in (entry for several in of_image.values() for entry in several):
        report.skip(f"{table} annotation {at}", "its image is not in the list of images")
