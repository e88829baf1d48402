"""Groups as COCO JSON, see https://cocodataset.org/#format-data.

An image's group is the category of its annotation, which has no ``bbox`` as it is about the whole
image; a crop's is the category of the annotation with its box. Pixels count in the upright image.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from curation.exports.images import Images
from curation.exports.labelled import Labelled, Size, labelled, located
from curation.exports.table import Table
from curation.items.entry import Box

Json = dict[str, Any]


def write_coco(file: BinaryIO, table: Table, images: Images) -> int:
    """One JSON object; returns the number of annotations."""
    found = list(located(labelled(table, images), images))
    sizes = {one.picture.path: size for one, size, _ in found}
    numbers = {path: number for number, path in enumerate(sizes, start=1)}
    groups = {one.label: one.about["group"] for one, _, _ in found}
    category = {label: number for number, label in enumerate(groups, start=1)}
    content = {
        "info": {"description": f"Groups by the criterion {images.data.criterion!r}"},
        "licenses": [],
        "images": [
            {"id": numbers[path], "file_name": path, "width": width, "height": height}
            for path, (width, height) in sizes.items()
        ],
        "categories": [
            {"id": category[label], "name": label, "supercategory": "", "group": group}
            for label, group in groups.items()
        ],
        "annotations": [
            {
                "id": number,
                "image_id": numbers[one.picture.path],
                "category_id": category[one.label],
                "iscrowd": 0,
                **_extent(size, box),
                **_state(one),
            }
            for number, (one, size, box) in enumerate(found, start=1)
        ],
    }
    file.write(json.dumps(content, ensure_ascii=False, allow_nan=False).encode())
    return len(found)


def _extent(size: Size, box: Box | None) -> Json:
    if box is None:
        return {"area": size[0] * size[1]}
    return {"area": box[2] * box[3], "bbox": list(box)}


def _state(one: Labelled) -> Json:
    return {name: value for name, value in one.state.items() if name not in ("file", "box")}
