"""Files that show what another file showed: only metadata was written into them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from curation.errors import SourceError
from curation.items.decode import pixel_hash
from curation.items.entry import Box, Note, few
from curation.items.records import Record
from curation.items.sighting import Sighting

_Form = tuple[int, int, Box | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pixels of a file say: their hash, whether the last ones are absent, and how they
    are turned to stand upright."""

    digest: str
    is_cut: bool
    orientation: int

    def key(self, box: Box | None) -> str:
        """The hash of one item in it. A box counts from the upright image's corner, a whole image
        shows the same however it is turned."""
        if box is None:
            return self.digest
        told = f"{self.digest} {self.orientation} {','.join(map(str, box))}"
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


class Likeness:
    """Recognises items whose files were changed in all but their pixels, during one scan.

    Only where a known item's own files are gone is a new file compared with it, and only if it has
    the same size: others are never decoded here. ``notes`` say what was recognised.
    """

    def __init__(self, before: Iterable[Record], root: Path) -> None:
        self._records = {record.item.id: record for record in before}
        self._root = root
        self._alias = {
            alias: id for id, record in self._records.items() for alias in record.aliases
        }
        self._shown: dict[Path, Shown | None] = {}
        self._again: list[str] = []

    @property
    def notes(self) -> list[Note]:
        """One line on all that was recognised."""
        if not self._again:
            return []
        told = "changed, but for its pixels: it keeps its answers"
        return [Note(few(self._again), told)]

    def known(self, sightings: Iterable[Sighting]) -> list[Sighting]:
        """The sightings, those of a known item under its id."""
        return [self._known(sighting) for sighting in sightings]

    def _known(self, sighting: Sighting) -> Sighting:
        if sighting.id in self._records:
            return sighting
        if sighting.id in self._alias:
            return replace(sighting, id=self._alias[sighting.id], alias=sighting.id)
        same_form = self._gone.get(_form(sighting), {})
        if not same_form or sighting.entry.file is None:
            return sighting
        shown = self._look(sighting.entry.file)
        if shown is None:
            return sighting
        key = shown.key(sighting.entry.box)
        id = same_form.get(key)
        if id is None:
            return replace(sighting, pixels=key)
        self._again.append(sighting.entry.path)
        return replace(sighting, id=id, alias=sighting.id, pixels=key)

    def _look(self, file: Path) -> Shown | None:
        if file not in self._shown:
            try:
                self._shown[file] = Shown(*pixel_hash(file))
            except SourceError:
                self._shown[file] = None
        return self._shown[file]

    @cached_property
    def _gone(self) -> dict[_Form, dict[str, str]]:
        """Ids by hash of their pixels, and by size, of items that none of their files holds now."""
        found: dict[_Form, dict[str, str]] = defaultdict(dict)
        for id, record in self._records.items():
            if record.pixels is not None and not self._is_there(record):
                item = record.item
                for form in _forms(item.width, item.height, item.box):
                    found[form].setdefault(record.pixels, id)
        return found

    def _is_there(self, record: Record) -> bool:
        for path, stamp in zip(record.item.paths, record.stamps, strict=True):
            try:
                status = (self._root / path).stat()
            except (OSError, ValueError):
                continue
            if (status.st_size, status.st_mtime_ns) == stamp:
                return True
        return False


def _form(sighting: Sighting) -> _Form:
    return (*sighting.size, sighting.entry.box)


def _forms(width: int, height: int, box: Box | None) -> set[_Form]:
    """The size as it is, and of a whole image as it is when turned."""
    return {(width, height, box), (height, width, box)} if box is None else {(width, height, box)}
