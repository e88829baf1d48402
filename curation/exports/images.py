"""The image files that an export names or holds; what has none is told, file by file."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.exports.data import ExportData
from curation.items.boxes import clip_box
from curation.items.decode import load_image, open_image, upright_size
from curation.items.entry import Box, os_reason
from curation.items.folder import suffix_of
from curation.types import Item

USUAL = (".jpg", ".png", ".webp", ".bmp", ".tif")
"""Formats that all readers of folders know (torchvision's takes no GIF); any other comes as PNG."""
_SPELLINGS = {".jpeg": ".jpg", ".tiff": ".tif"}
_START = 16  # bytes that tell a format


@dataclass(frozen=True, slots=True)
class Picture:
    """An item in one of its image files, which is there. ``path`` is its name in the source."""

    item: Item
    path: str
    file: Path

    def region(self) -> tuple[tuple[int, int], Box | None]:
        """Width and height of the upright image, and of a crop the part of it that it is.

        Raises SourceError where that cannot be read, or is no part of the image any more.
        """
        box = self.item.box
        if box is None:
            return (self.item.width, self.item.height), None
        try:
            with self.file.open("rb") as stream, open_image(stream) as image:
                size = upright_size(image)
        except OSError as error:
            raise SourceError(f"cannot be read ({os_reason(error)})") from error
        return size, clip_box(box, size)

    def suffix(self, known: Collection[str]) -> str:
        """The suffix of the file if a reader that knows these formats can take it as it is, "" for
        a crop or another format. Raises SourceError."""
        if self.item.box is not None:
            return ""
        try:
            with self.file.open("rb") as stream:
                found = suffix_of(stream.read(_START))
        except OSError as error:
            raise SourceError(f"cannot be read ({os_reason(error)})") from error
        if found not in known:
            return ""
        own = Path(self.path).suffix
        return own if _SPELLINGS.get(own.lower(), own.lower()) == found else found

    def content(self, known: Collection[str]) -> tuple[bytes, str]:
        """Bytes and suffix: the file's own where `suffix` is not "", else a PNG of what the
        reviewer saw. Raises SourceError for what cannot be read."""
        if suffix := self.suffix(known):
            try:
                return self.file.read_bytes(), suffix
            except OSError as error:
                raise SourceError(f"cannot be read ({os_reason(error)})") from error
        drawn = io.BytesIO()
        load_image(self.file, self.item.box).save(drawn, "PNG")
        return drawn.getvalue(), ".png"


class Images:
    """The images of one export, and what is told of them in its manifest.

    ``left_out`` holds every file that is no part of it, and the reason; ``counts`` has their number
    by reason, and of the images that are no copies of their files: ``cut`` to a box, or
    ``converted``. ``told`` is what else a format has to say.
    """

    def __init__(self, data: ExportData, counts: Counter[str]) -> None:
        self.data = data
        self.counts = counts
        self.left_out: list[tuple[str, str]] = []
        self.told: dict[str, Any] = {}

    def find(self, item_id: str, path: str) -> Picture | None:
        """The item in the file of this name; None where there is none, which is told."""
        item = self.data.item(item_id)
        if not item.width:
            self.leave_out(path, "without_image", "it is a vector, without an image")
            return None
        found = self.at(item, path)
        if found is None:
            self.leave_out(path, "missing", "its file is not there")
        return found

    def first(self, item_id: str) -> Picture | None:
        """The item in the first of its files that is there; None where there is none, told."""
        item = self.data.item(item_id)
        there = (self.at(item, path) for path in item.paths if item.width)
        return next((found for found in there if found), None) or self.find(item_id, item.name)

    def at(self, item: Item, path: str) -> Picture | None:
        """The item in the file of this name, None where it is not there."""
        file = (self.data.root / path).absolute()
        try:
            is_there = item.present and file.is_file()
        except OSError:  # a name that cannot be there
            return None
        return Picture(item, path, file) if is_there else None

    def leave_out(self, path: str, kind: str, reason: str) -> None:
        """Tell that a file is no part of the export."""
        self.counts[f"left_out_{kind}"] += 1
        self.left_out.append((path, reason))

    def unreadable(self, picture: Picture, error: SourceError) -> None:
        """Tell that a file is there, and cannot be read."""
        self.leave_out(picture.path, "unreadable", str(error))
