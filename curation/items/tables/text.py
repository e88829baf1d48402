"""The text of a file whose encoding nobody said."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from curation.errors import SourceError
from curation.items.entry import Report

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_LOOKED_AT = 1 << 20


def read_text(path: Path, report: Report, encoding: str | None = None) -> str:
    """The text of ``path``, in UTF-8, UTF-16 or (told in ``report``) Windows-1252, which Latin-1
    is a part of, or in the ``encoding`` named. Raises OSError, and SourceError where the text is
    in another one, which only the person knows."""
    data = path.read_bytes()
    found = encoding or _encoding(data)
    if found is None:
        raise SourceError(
            f"{path} is in none of UTF-8, UTF-16 and Latin-1, and nothing in it says what else. "
            "Name it with --encoding (cp1251, cp1250, shift_jis, gbk, ...), or save it as UTF-8."
        )
    try:
        text = data.decode(found)
    except (LookupError, ValueError) as error:
        raise SourceError(
            f"{path} cannot be read as {found} ({error}). Name its encoding with --encoding, or "
            "save it as UTF-8."
        ) from error
    if encoding is None and found == _WESTERN:
        report.note(
            path.name,
            "read as Latin-1 (Windows-1252), as it is not UTF-8; where letters look wrong, name "
            "its encoding with --encoding",
        )
    return text.removeprefix("\ufeff")


def _encoding(data: bytes) -> str | None:
    """None where it cannot be told."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if wide := _without_mark(data[:_LOOKED_AT]):
        return wide
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _WESTERN if _is_western(data) else None
    return "utf-8"


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without its mark: half of the bytes of a table are zero, all on one side."""
    even, odd = start[::2], start[1::2]
    if len(start) < 4 or b"\0" not in start:
        return None
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _is_western(data: bytes) -> bool:
    """Accents stand alone among plain letters; other scripts write whole words above 127."""
    try:
        data.decode(_WESTERN)
    except UnicodeDecodeError:
        return False
    in_runs = sum(len(run) for run in _RUN.findall(data))
    return in_runs <= 0.2 * len(_HIGH.findall(data))
