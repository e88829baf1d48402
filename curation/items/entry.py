"""What a source lists: entries, and what it has to say of those it left out or read otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the upright image (after EXIF orientation)."""
Share = tuple[float, float, float, float]
"""A box in shares of the upright image's width and height, 0 to 1."""

_NAMED = 5  # files that one line names


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a source: where an item may be found, not yet opened.

    ``path`` is relative to the source's root with forward slashes (absolute outside of the root).
    ``file`` is None for an item that has only a vector. ``row`` is the entry's position in the
    source's vectors, None where the source has none. ``share`` stands in for ``box`` until the
    size of the image is known. ``line`` is the row of the table that names it, 0 without one.
    """

    path: str
    file: Path | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    box: Box | None = None
    row: int | None = None
    share: Share | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was left out, and why, in words for the person who owns the files."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was taken in otherwise than it stands there, or in part, and how."""

    path: str
    reason: str


@dataclass
class Report:
    """What reading a source has to tell beside its entries."""

    skipped: list[Skip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def skip(self, path: str, reason: str, line: int = 0) -> None:
        """Something is left out; ``line`` is the row that named it."""
        self.skipped.append(Skip(path, at_row(line, reason)))

    def note(self, path: str, reason: str) -> None:
        """Something is used, otherwise than it stands there."""
        self.notes.append(Note(path, reason))

    def add(self, told: Sequence[Skip | Note]) -> None:
        """Further lines, each to its kind."""
        self.skipped += [one for one in told if isinstance(one, Skip)]
        self.notes += [one for one in told if isinstance(one, Note)]


def at_row(line: int, reason: str) -> str:
    """``reason`` with the number of the row it is about, if there is one."""
    return f"row {line}: {reason}" if line else reason


def few(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


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


def can_be_name(name: str) -> bool:
    """False for a name that no file can have: with a zero byte, or half a character of UTF-16."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def os_reason(error: OSError) -> str:
    """The operating system's reason without the path, in lower case."""
    return (error.strerror or type(error).__name__).lower()
