"""Packed files: which there are, and what is in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from curation.items.archives import read_tar, read_zip, zip_bytes
from curation.items.entry import Report
from curation.items.members import Damaged, Keep, Said, reading
from curation.items.parquet_images import image_bytes, image_column, read_images

SUFFIXES = (".zip", ".tar.gz", ".tar", ".tgz")
_PARQUET = (".parquet", ".pq")
_Read = Callable[[Path, Keep, Report], Iterator[Said]]


def is_shard(path: Path) -> bool:
    """Whether ``path`` is an archive, or Parquet with images in it."""
    name = path.name.lower()
    return name.endswith(SUFFIXES) or (name.endswith(_PARQUET) and image_column(path) != "")


def stem(path: Path) -> str:
    """The name of a packed file without the suffix that says how it is packed."""
    found = next(one for one in (*SUFFIXES, *_PARQUET) if path.name.lower().endswith(one))
    return path.name[: -len(found)] or path.name


def read_shard(path: Path, keep: Keep, report: Report) -> Iterator[Said]:
    """Keep the images in a packed file and the tables that describe them; what else is in it, and
    where it is damaged, is told.

    Raises SourceError where the disk cannot be read, and whatever ``keep`` raises.
    """
    name = path.name.lower()
    read: _Read = read_images
    if name.endswith(SUFFIXES):
        read = read_zip if name.endswith(".zip") else read_tar
    try:
        with reading(path):
            yield from read(path, keep, report)
    except Damaged as error:
        report.skip(path.name, f"cannot be unpacked to its end ({error}); pack it again")


def unpacked_bytes(path: Path) -> int:
    """Bytes that a packed file takes when it is unpacked, at least; of a compressed tar only
    unpacking tells. 0 for a damaged one."""
    name = path.name.lower()
    try:
        with reading(path):
            if name.endswith(".zip"):
                return zip_bytes(path)
            return image_bytes(path) if name.endswith(_PARQUET) else path.stat().st_size
    except Damaged:
        return 0
