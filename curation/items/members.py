"""Files inside of packed ones: which of them are wanted, and how their bytes are read."""

from __future__ import annotations

import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from curation.errors import SourceError
from curation.items.entry import Report, few, os_reason
from curation.items.folder import ARCHIVES, IMAGES, is_passed_over
from curation.items.values import json_value

TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""What describes the images of a folder."""
DESCRIBING = (*TABLES, "annotations.xml", "labels.json", "samples.json")
"""All that may describe them: tables, and the exports of CVAT and FiftyOne."""
LARGEST = 1 << 30
"""Bytes of one member at most: no image that can be decoded is larger."""
LARGEST_TEXT = 1 << 24
"""Bytes of a file that describes an image, at most."""

LARGEST_DESCRIBING = 1 << 28
"""Bytes of a file that describes the images of a folder, at most: it is read whole, and takes
several times its size."""

Keep = Callable[[str, IO[bytes], int], bool]
"""keep(path, stream, size): puts a member in its place; False where it is left out, and told."""
Said = tuple[str, dict[str, Any]]
"""The path of a member that was kept, and what is said of it."""


class Damaged(Exception):
    """The bytes of a packed file that could not be read; its text is the reason."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever damaged bytes provoke into Damaged; SourceError where the disk fails."""
    try:
        yield
    except (EOFError, RuntimeError, NotImplementedError, ValueError, zipfile.BadZipFile,
            tarfile.TarError, zlib.error, lzma.LZMAError, pa.ArrowException) as error:  # fmt: skip
        raise Damaged(" ".join(str(error).split()) or type(error).__name__) from error
    except OSError as error:
        if error.errno is None:  # of a decompressor
            raise Damaged(str(error)) from error
        raise SourceError(f"{path} cannot be read ({os_reason(error)}). Try again.") from error


def wanted(name: str, report: Report) -> str | None:
    """Where a member goes; "" for one that is no image, None for one that is passed over."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or "\0" in name or not parts:
        report.skip(name, "its path leads out of the archive; pack it again")
        return None
    if any(is_passed_over(part) for part in parts):
        return None
    if path.name.lower() not in DESCRIBING and path.suffix.lower() not in IMAGES:
        return ""
    return "/".join(parts)


def json_object(data: bytes) -> dict[str, Any]:
    """The object in a JSON file; an empty one for anything else."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return {str(k): json_value(v) for k, v in found.items()} if isinstance(found, dict) else {}


def tell_others(path: Path, others: list[str], report: Report) -> None:
    """A line on each member that is packed itself, and one on the rest that are no images."""
    nested = [name for name in others if PurePosixPath(name).suffix.lower() in ARCHIVES]
    for name in nested:
        report.skip(name, f"packed inside {path.name}; unpack that, and give the folder")
    rest = [name for name in others if name not in set(nested)]
    if rest:
        report.note(path.name, f"{len(rest)} files in it are no images, left out: {few(rest)}")
