"""Looking at one file: is it an image, which one, how large, what does its EXIF say?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items.decode import (
    clip_box,
    crop_id,
    file_hash,
    open_image,
    upright_size,
    vector_id,
)
from curation.items.entry import Box, Entry, Skip, os_reason
from curation.items.exif import read_exif
from curation.items.records import Record, Stamp

Known = Mapping[tuple[str, Box | None], tuple[Stamp, Record]]
_NO_FILE: Stamp = (0, 0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An item found at an entry's place."""

    id: str
    entry: Entry
    stamp: Stamp
    size: tuple[int, int] = (0, 0)
    exif: Mapping[str, Any] | None = None


def look(entries: Sequence[Entry], known: Known) -> list[Sighting | Skip]:
    """What is at the place of ``entries``, all of one file (several boxes) or of none.

    A file whose stamp is ``known`` is not opened; any other has its header parsed and its bytes
    hashed.
    """
    file = entries[0].file
    if file is None:
        return [Sighting(vector_id(entry.path), entry, _NO_FILE) for entry in entries]
    try:
        status = file.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        old = [_unchanged(entry, stamp, known) for entry in entries]
        if None not in old:
            return [sighting for sighting in old if sighting is not None]
        return _probe(file, entries, stamp)
    except SourceError as error:
        return [Skip(entry.path, str(error)) for entry in entries]
    except OSError as error:
        return [Skip(entry.path, f"cannot be read ({os_reason(error)})") for entry in entries]


def _unchanged(entry: Entry, stamp: Stamp, known: Known) -> Sighting | None:
    old_stamp, record = known.get((entry.path, entry.box), (None, None))
    if record is None or old_stamp != stamp or not record.item.width:
        return None
    item = record.item
    return Sighting(item.id, entry, stamp, (item.width, item.height), record.exif)


def _probe(file: Path, entries: Sequence[Entry], stamp: Stamp) -> list[Sighting | Skip]:
    with file.open("rb") as stream:
        with open_image(stream) as image:
            size, exif = upright_size(image), read_exif(image)
        stream.seek(0)
        digest = file_hash(stream)
    found: list[Sighting | Skip] = []
    for entry in entries:
        try:
            shown = size if entry.box is None else clip_box(entry.box, size)[2:]
        except SourceError as error:
            found.append(Skip(entry.path, str(error)))
            continue
        found.append(Sighting(crop_id(digest, entry.box), entry, stamp, shown, exif))
    return found
