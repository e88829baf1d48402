"""Looking at one file: is it an image, which one, how large, what does it say of itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.boxes import LEAST, check_size, clip_box, clipped, of_size
from curation.items.decode import n_frames, open_image, reduction, upright_size
from curation.items.entry import Box, Entry, Note, Skip, at_row, os_reason
from curation.items.exif import read_exif
from curation.items.ids import crop_id, file_hash, vector_id
from curation.items.records import Record, Stamp

Known = Mapping[tuple[str, Box | None], tuple[Stamp, Record]]
PAGES, CUT = "pages", "cut"
"""Attributes: how many pages or frames a file has, and that it ends too early."""
IS_CUT = "the file ends too early; what is there is shown, copy it again if you can"
_NO_FILE: Stamp = (0, 0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An item found at an entry's place; ``notes`` say what of it is not shown.

    ``alias`` is the id that the file would have by its bytes, where it has another one by its
    pixels; ``pixels`` their hash, where it is known already.
    """

    id: str
    entry: Entry
    stamp: Stamp
    size: tuple[int, int] = (0, 0)
    exif: Mapping[str, Any] | None = None
    notes: tuple[Note, ...] = ()
    alias: str | None = None
    pixels: str | None = None


def look(entries: Sequence[Entry], known: Known) -> list[Sighting | Skip]:
    """What is at the place of ``entries``, all of one file (several boxes) or of none.

    A file whose stamp is ``known`` is not opened, but where a box is in shares of its size; any
    other has its header parsed and its bytes hashed.
    """
    file = entries[0].file
    if file is None:
        return [Sighting(vector_id(entry.path), entry, _NO_FILE) for entry in entries]
    try:
        status = file.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        entries = _in_pixels(file, entries)
        old = [_unchanged(entry, stamp, known) for entry in entries]
        if None not in old:
            return [sighting for sighting in old if sighting is not None]
        return _probe(file, entries, stamp)
    except SourceError as error:
        return [_skipped(entry, str(error)) for entry in entries]
    except OSError as error:
        reason = f"cannot be read ({os_reason(error)})"
        return [_skipped(entry, reason) for entry in entries]


def _skipped(entry: Entry, reason: str) -> Skip:
    return Skip(entry.path, at_row(entry.line, reason))


def _in_pixels(file: Path, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries with boxes in pixels, those that were said in shares too."""
    if all(entry.share is None for entry in entries):
        return entries
    with file.open("rb") as stream, open_image(stream) as image:
        size = upright_size(image)
    return [
        entry if entry.share is None else replace(entry, box=of_size(entry.share, size), share=None)
        for entry in entries
    ]


def _unchanged(entry: Entry, stamp: Stamp, known: Known) -> Sighting | None:
    old_stamp, record = known.get((entry.path, entry.box), (None, None))
    if record is None or old_stamp != stamp or not record.item.width:
        return None
    item = record.item
    size = (item.width, item.height)
    if entry.box is not None and min(size) < LEAST:
        return None  # taken in when that was allowed: looked at again, it is refused with a reason
    notes = _notes(entry, size, record.exif)
    return Sighting(item.id, entry, stamp, size, record.exif, notes)


def _probe(file: Path, entries: Sequence[Entry], stamp: Stamp) -> list[Sighting | Skip]:
    with file.open("rb") as stream:
        with open_image(stream) as image:
            size, about = upright_size(image), read_exif(image)
            if (several := n_frames(image)) > 1:
                about[PAGES] = several
        stream.seek(0)
        digest = file_hash(stream)
    found: list[Sighting | Skip] = []
    for entry in entries:
        try:
            shown = size
            if entry.box is not None:
                shown = clip_box(entry.box, size)[2:]
                check_size(entry.box, shown)
        except SourceError as error:
            found.append(_skipped(entry, str(error)))
            continue
        notes = _notes(entry, shown, about)
        found.append(Sighting(crop_id(digest, entry.box), entry, stamp, shown, about, notes))
    return found


def _notes(entry: Entry, shown: tuple[int, int], about: Mapping[str, Any]) -> tuple[Note, ...]:
    """What the person should know of how the item is shown."""
    told = []
    if entry.box is not None:
        told.append(at_row(entry.line, beyond) if (beyond := clipped(entry.box, shown)) else None)
    elif (part := reduction(shown[0] * shown[1])) > 1:
        told.append(f"{shown[0]}x{shown[1]} pixels, decoded at 1/{part} of that to bound memory")
    if PAGES in about:
        told.append(
            f"{about[PAGES]} pages or frames, the first is used; save the others as files of their "
            "own"
        )
    if about.get(CUT):
        told.append(IS_CUT)
    return tuple(Note(entry.path, reason) for reason in told if reason)
