"""Small JPEG copies, one a item, made once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from curation import files

_ID = re.compile(r"[0-9a-f]{32}")


def thumbnail_path(folder: Path, id: str) -> Path:
    """Where the thumbnail of item ``id`` is kept, whether it exists or not.

    Spread over 256 folders. Raises ValueError for anything but 32 hex digits, so that no path
    from outside can be smuggled in.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"an item id has 32 hex digits, got {id!r}")
    return folder / id[:2] / f"{id}.jpg"


def write_thumbnail(image: Image.Image, id: str, folder: Path, size: int = 320) -> Path:
    """Write an RGB image as JPEG of at most ``size`` pixels a side (never enlarged).

    ``image`` stays as it is. Raises StorageFull, WorkspaceError if the folder cannot be written.
    """
    path = thumbnail_path(folder, id)
    small = image.copy()
    small.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)

    def save(stream: BinaryIO) -> None:
        small.save(stream, "JPEG", quality=85)

    files.write(path, save, durable=False)
    return path
