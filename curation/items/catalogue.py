"""All items ever seen, in the order in which they were first seen."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from curation.errors import SourceError
from curation.items.entry import Box, Entry, Note, Report, Skip
from curation.items.likeness import Likeness, Shown
from curation.items.merging import is_contradicted, merged, places_of, without_taken
from curation.items.records import Record, Stamp, read_records, write_records
from curation.items.sighting import CUT, Sighting, look
from curation.items.source import Source
from curation.types import Item

_CHUNK = 256  # files between two reports of progress
_AGAIN = "what it names was named before, with other values; the first ones are used"
_THREADS = 4  # hashing releases the interpreter; more threads only crowd a disk


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Ids of items that are new, gone and back, and what was left out or is shown in part.

    ``rows``: item id → row of the source's vectors, empty for a source without vectors.
    """

    added: tuple[str, ...]
    missing: tuple[str, ...]
    returned: tuple[str, ...]
    skipped: list[Skip]
    notes: list[Note]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unseen:
    """An image file as it was when it was taken in, and the items in it."""

    file: Path
    stamp: Stamp
    items: tuple[str, ...]


class Catalogue:
    """Items by position; a position, once given, never changes. Threads may share it.

    Identical bytes are one item with several paths; a file that was changed in all but its pixels
    keeps its item. An item whose files are gone stays, with ``present`` false and its last paths,
    without those where another file lies now. ``root`` is the root of the source last scanned.
    """

    def __init__(self, records: Iterable[Record] = (), root: Path | None = None) -> None:
        self.root = root
        self._records = list(records)
        self._positions = {record.item.id: at for at, record in enumerate(self._records)}
        self._items: tuple[Item, ...] | None = None
        self._lock = threading.RLock()  # what is known
        self._saving = threading.Lock()  # the file: of two saves, the later one is newer

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read ``path``; empty if there is none. Raises WorkspaceError, SchemaError."""
        return cls(*read_records(path))

    def save(self, path: Path) -> None:
        """Replace ``path`` in one step. Raises StorageFull, WorkspaceError."""
        with self._saving:
            write_records(path, self._copied(), self.root)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items by position, those whose files are gone too."""
        with self._lock:
            if self._items is None:
                self._items = tuple(record.item for record in self._records)
            return self._items

    @property
    def position(self) -> Mapping[str, int]:
        """Item id → index into ``items``, as they are now: see ``get`` where threads add items."""
        return self._positions

    def get(self, id: str) -> Item | None:
        """The item of an id as it is known now, None if it is not."""
        at = self._positions.get(id)
        return None if at is None else self._records[at].item

    def file(self, id: str) -> Path | None:
        """An existing image file of item ``id``, None if it has none. KeyError if unknown."""
        item = self._records[self._positions[id]].item
        if self.root is None or not item.width:  # no width: a vector without image
            return None
        files = (self.root / path for path in item.paths)
        return next((file for file in files if file.is_file()), None)

    def scan(
        self, source: Source, progress: Callable[[int, int], None] | None = None
    ) -> ScanReport:
        """Take in everything that ``source`` lists; hash only files that are new or changed.

        ``progress(done, total)`` counts files. When it is called, ``items`` already holds what
        was found so far, and may be saved. Raises SourceError if there is not a single item.
        """
        self.root = source.root
        before = {record.item.id: record for record in self._copied()}
        likeness = Likeness(before.values(), source.root)
        found: dict[str, list[Sighting]] = defaultdict(list)
        report = Report()
        for done, total, seen in self._look(source):
            sightings = likeness.known(one for one in seen if isinstance(one, Sighting))
            report.add([one for one in seen if isinstance(one, Skip)])
            for sighting in sightings:
                if is_contradicted(sighting, found[sighting.id]):
                    report.skip(sighting.entry.path, _AGAIN, sighting.entry.line)
                found[sighting.id].append(sighting)
                report.add(sighting.notes)
            for id in dict.fromkeys(sighting.id for sighting in sightings):
                self._put(merged(before.get(id), found[id]))
            if progress is not None:
                progress(done, total)
        report.add(likeness.notes)
        skipped = source.skipped + report.skipped
        if not self._records:
            raise SourceError(_nothing_readable(source, skipped))
        was_present = {id for id, record in before.items() if record.item.present}
        missing = tuple(id for id in before if id in was_present and id not in found)
        places = places_of(found)
        for id in (id for id in before if id not in found):
            self._put(without_taken(before[id], places))
        return ScanReport(
            added=tuple(id for id in found if id not in before),
            missing=missing,
            returned=tuple(id for id in found if id in before and id not in was_present),
            skipped=skipped,
            notes=source.report.notes + report.notes,
            rows=_rows(found),
        )

    def add(self, entry: Entry) -> Item:
        """Take in one image file beside the source; known already, it is present again.

        Raises SourceError for no image.
        """
        seen = look([entry], {})[0]
        if isinstance(seen, Skip):
            raise SourceError(f"{Path(seen.path).name}: {seen.reason}.")
        with self._lock:
            at = self._positions.get(seen.id)
            if at is None or not self._records[at].item.present:
                self._put(merged(None if at is None else self._records[at], [seen]))
            return self._records[self._positions[seen.id]].item

    def add_folder(self, folder: Path) -> list[Skip]:
        """Take in every image file of a folder that belongs to the workspace, not to its source;
        those that cannot be read."""
        skipped = []
        for file in sorted(folder.glob("*.image")):
            try:
                self.add(Entry(str(file), file))
            except SourceError as error:
                skipped.append(Skip(str(file), str(error)))
        return skipped

    def unseen(self) -> list[Unseen]:
        """Image files whose pixels nobody has looked at yet."""
        by_file: dict[tuple[Path, Stamp], list[str]] = defaultdict(list)
        for record in self._copied():
            file = self.file(record.item.id) if record.pixels is None else None
            if file is not None and record.item.present:
                stamps = dict(zip(record.item.paths, record.stamps, strict=True))
                stamp = next(s for path, s in stamps.items() if self._at(path) == file)
                by_file[file, stamp].append(record.item.id)
        return [Unseen(file, stamp, tuple(ids)) for (file, stamp), ids in by_file.items()]

    def _at(self, path: str) -> Path | None:
        return None if self.root is None else self.root / path

    def learn(self, ids: Iterable[str], shown: Shown) -> None:
        """Keep what was found in the pixels of the file that these items are in."""
        with self._lock:
            for id in ids:
                record = self._records[self._positions[id]]
                about = {**record.exif, CUT: True} if shown.is_cut else record.exif
                mark = {CUT: True} if shown.is_cut else {}
                item = replace(record.item, attributes={**record.item.attributes, **mark})
                key = shown.key(record.item.box)
                self._put(replace(record, item=item, exif=about, pixels=key))

    def _look(self, source: Source) -> Iterator[tuple[int, int, list[Sighting | Skip]]]:
        groups = _by_file(source.entries())
        known = self._known()
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="scan") as pool:
            for start in range(0, len(groups), _CHUNK):
                chunk = groups[start : start + _CHUNK]
                seen = pool.map(lambda entries: look(entries, known), chunk)
                yield start + len(chunk), len(groups), [one for many in seen for one in many]

    def _known(self) -> dict[tuple[str, Box | None], tuple[Stamp, Record]]:
        known = {}
        # present ones last: where a file was replaced, its path belongs to the newer item
        for record in sorted(self._copied(), key=lambda record: record.item.present):
            for path, stamp in zip(record.item.paths, record.stamps, strict=True):
                known[path, record.item.box] = (stamp, record)
        return known

    def _put(self, record: Record) -> None:
        with self._lock:
            at = self._positions.get(record.item.id)
            if at is None:  # the record first: who finds a position finds an item there
                self._records.append(record)
                self._positions[record.item.id] = len(self._records) - 1
            else:
                self._records[at] = record
            self._items = None

    def _copied(self) -> list[Record]:
        with self._lock:
            return list(self._records)


def _by_file(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Entries of one file together, so that a file with many crops is read once."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.path].append(entry)
    return list(groups.values())


def _rows(found: Mapping[str, Sequence[Sighting]]) -> dict[str, int]:
    first = ((id, sightings[0].entry.row) for id, sightings in found.items())
    return {id: row for id, row in first if row is not None}


def _nothing_readable(source: Source, skipped: Sequence[Skip]) -> str:
    text = f"No readable image in the {source.description}."
    if skipped:
        text += f" {len(skipped)} skipped, first {skipped[0].path}: {skipped[0].reason}."
    return text + " Check the files, or give another source."
