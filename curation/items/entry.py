"""What a source lists: entries, and the skips that explain what it left out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the upright image (after EXIF orientation)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a source: where an item may be found, not yet opened.

    ``path`` is relative to the source's root with forward slashes (absolute outside of the root).
    ``file`` is None for an item that has only a vector. ``row`` is the entry's position in the
    source's vectors, None where the source has none.
    """

    path: str
    file: Path | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    box: Box | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was left out, and why, in words for the person who owns the files."""

    path: str
    reason: str


def printable(path: str) -> str:
    """``path`` with bytes that are not UTF-8 written as escapes, so that it can be shown."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_utf8(path: str) -> bool:
    """False for a name whose bytes on disk are not UTF-8 (it could not be stored as text)."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def os_reason(error: OSError) -> str:
    """The operating system's reason without the path, in lower case."""
    return (error.strerror or type(error).__name__).lower()
