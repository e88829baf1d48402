"""A folder of real images, some of them answered, accepted or predicted, for exports of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from curation.exports import ExportData
from curation.types import Item

FILES = (
    "a/disc.jpg",
    "b/disc.png",
    "train/my_test.jpg",
    "über 画像.webp",
    "test/Disc.JPEG",
    "val.tiff",
    "frame.gif",
    "photo.jp2",
)
"""Names that clash without their folders, or that loaders take for splits; the last two are of
formats that not every loader knows."""
SIZE = (40, 30)
ANSWERS = [(0, 1, "same"), (1, 2, "same"), (3, 4, "same"), (0, 3, "different")]
SOURCES = {
    "a/disc.jpg": "explicit",
    "b/disc.png": "explicit",
    "train/my_test.jpg": "explicit",
    "über 画像.webp": "explicit",
    "test/Disc.JPEG": "explicit",
    "val.tiff": "auto",
    "frame.gif": "predicted",
    "photo.jp2": "predicted",
}
CLAIM = {"target": "99 % of images"}


def paint(file: Path, number: int) -> None:
    """An image whose mean grey tells its number."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((SIZE[1], SIZE[0], 3), 20 * number + 10, np.uint8)
    Image.fromarray(pixels).save(file)


def curated(
    root: Path, make_data: Callable[..., ExportData], grouping: Callable[..., Any], **changes: Any
) -> ExportData:
    """Two groups that were answered and named alike, one image accepted, two predicted."""
    for number, name in enumerate(FILES):
        paint(root / name, number)
    data = make_data(ANSWERS, n_items=len(FILES), root=root)
    items = {
        id: replace(item, paths=(name,), width=SIZE[0], height=SIZE[1])
        for (id, item), name in zip(data.items.items(), FILES, strict=True)
    }
    ids = list(items)
    labels = np.array([0, 0, 0, 1, 1, 0, 0, 2], np.int64)
    probabilities = np.full((len(ids), 3), 0.25, np.float32)
    fields: dict[str, Any] = {
        "items": items,
        "names": {ids[0]: "fox", ids[3]: "fox"},
        "predicted": grouping(labels, probabilities),
        "accepted": {ids[5]: (ids[0], 0.75)},
        "claims": [CLAIM],
    }
    return replace(data, **fields | changes)


def crops(root: Path, data: ExportData, boxes: list[tuple[int, int, int, int]]) -> ExportData:
    """Items that are crops of one image, in the place of the first ones."""
    Image.fromarray(
        np.arange(60 * 40 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
    ).save(root / "wide.png")
    items = dict(data.items)
    for id, box in zip(data.items, boxes, strict=False):
        items[id] = Item(id, ("wide.png",), box[2], box[3], box=box)
    return replace(data, items=items)
