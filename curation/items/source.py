"""Where items come from: a folder, a table, packed images, or a table of vectors."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from curation.errors import SourceError
from curation.items import manifest as manifests
from curation.items import packed
from curation.items.annotations import SUFFIXES as ANNOTATIONS
from curation.items.annotations import read_annotations
from curation.items.annotations.fiftyone import DATA
from curation.items.entry import (
    Box,
    Entry,
    Note,
    Report,
    Skip,
    is_utf8,
    os_reason,
    printable,
)
from curation.items.folder import FILM, VIDEOS, folder_attribute, is_image_file, walk_images
from curation.items.manifest import Reading
from curation.items.matching import match_rows
from curation.items.members import DESCRIBING, LARGEST_DESCRIBING
from curation.items.places import is_address, relative_path
from curation.items.vectors import VectorTable, read_vectors

__all__ = ["Box", "Entry", "Note", "Reading", "Skip", "Source", "open_source"]

SourceKind = Literal["folder", "manifest", "vectors"]
_VECTORS = (".npz", ".npy", ".safetensors")
_ROW = re.compile(r"^row \d+: ")
_ABSENT = "file not found"
_AT_ADDRESS = (
    "is a web address; download it first (wget, img2dataset), then name the copy, or the folder "
    "that holds it with --root"
)


@dataclass
class Source:
    """A place that lists items. Listing opens no image.

    ``location`` is the folder, table or vector file; entries' paths are relative to ``root``.
    ``vectors`` holds the given embeddings, to which every entry's ``row`` then points.
    ``report`` says what the last listing left out or read otherwise, complete once it has been
    run through; ``opening`` what was told before any listing. ``packed``: the files below ``root``
    came in one, so that nothing in it may name files elsewhere.
    """

    kind: SourceKind
    location: Path
    root: Path
    vectors: VectorTable | None = None
    reading: Reading = field(default_factory=Reading)
    packed: bool = False
    opening: Report = field(default_factory=Report)
    report: Report = field(default_factory=Report)

    @property
    def description(self) -> str:
        """What it is and where, to be shown in messages."""
        return f"{'packed source' if self.packed else self.kind} {self.location}"

    @property
    def skipped(self) -> list[Skip]:
        """What the last listing left out."""
        return self.report.skipped

    def entries(self) -> Iterator[Entry]:
        """List the source anew, always in the same order; raises SourceError."""
        report = Report(list(self.opening.skipped), list(self.opening.notes))
        self.report = report
        if self.vectors is None:
            return self._images(report)
        report.add(self.vectors.left_out)
        names = self.vectors.files
        if self.kind == "vectors":
            return _vector_entries(names, report)
        return match_rows(names, list(self._images(report)), self.root, report)

    def _images(self, report: Report) -> Iterator[Entry]:
        imageless = self.vectors is not None
        if self.kind == "manifest":
            return _existing(self._read(self.location, report), report, imageless)
        names = () if self.vectors is None else self.vectors.files
        others = {relative_path(name, self.root) for name in names}
        return self._folder_entries(report, others, imageless)

    def _folder_entries(
        self, report: Report, others: Collection[str], imageless: bool
    ) -> Iterator[Entry]:
        tables = list(self._tables())
        described = list(self._described(tables, report))
        named = {entry.path for entry in described}
        for entry in _existing(described, report, imageless):
            yield replace(entry, attributes=folder_attribute(entry.path) | dict(entry.attributes))
        read = {relative_path(table, self.root) for table in tables} | {packed.TOLD}
        for entry in walk_images(self.root, report, others, read):
            if entry.path not in named:
                yield entry

    def _tables(self) -> Iterator[Path]:
        """The tables in a folder and in the folders right below it (or any, of what was packed)
        that describe the images there."""
        for folder in (self.root, *_folders(self.root, deep=self.packed)):
            table = next(filter(_describes, (folder / name for name in DESCRIBING)), None)
            if table is not None:
                yield table

    def _described(self, tables: Sequence[Path], report: Report) -> Iterator[Entry]:
        """What the tables in a folder say about its images."""
        for table in tables:
            try:
                _check_describing(table)
                found = self._read(table, report, self.root)
            except SourceError as error:  # a folder is usable without
                report.skip(table.relative_to(self.root).as_posix(), f"not used: {error}")
                continue
            yield from _inside(found, self.root, report) if self.packed else found

    def _read(self, table: Path, report: Report, root: Path | None = None) -> list[Entry]:
        if table.suffix.lower() in ANNOTATIONS:
            return read_annotations(table, report, self.reading, root)
        return manifests.read_manifest(table, report, self.reading, root)


def open_source(
    spec: str | Path | None,
    *,
    embeddings: str | Path | None = None,
    reading: Reading | None = None,
    unpack: Path | None = None,
) -> Source:
    """Open a folder of images, a table or annotation file that names them, packed images, or
    (without ``spec``) vectors alone.

    A folder is listed recursively; if it or a folder in it holds a ``metadata.csv`` (``.jsonl``,
    ``.parquet``) that names images, or the annotations of an export of CVAT or FiftyOne, what these
    say becomes attributes. With ``embeddings`` every item needs a vector there, and need not be an
    image. ``reading`` says how to read a table where that cannot be told; packed images are
    unpacked below ``unpack``. Raises SourceError if nothing can be listed.
    """
    table = None if embeddings is None else read_vectors(Path(embeddings).expanduser())
    if spec is not None:
        location = Path(spec).expanduser().absolute()
        source = _open_images(location, table, reading or Reading(), unpack)
    elif embeddings is not None:
        location = Path(embeddings).expanduser().absolute()
        source = Source("vectors", location, location.parent, table)
    else:
        raise SourceError("No source: give a folder, a table that names images, or embeddings.")
    if next(source.entries(), None) is None:
        raise SourceError(_nothing_in(source))
    return source


def _open_images(
    location: Path, table: VectorTable | None, reading: Reading, unpack: Path | None
) -> Source:
    try:
        mode = location.stat().st_mode
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise SourceError(
            f"The source {printable(str(location))} cannot be opened ({reason}). Check the path."
        ) from error
    suffix = location.suffix.lower()
    if stat.S_ISDIR(mode):
        if next(walk_images(location, Report()), None) is not None or table is not None:
            return Source("folder", location, location, table, reading)
        shards = packed.shards_of(location)
    else:
        shards = packed.shards_of(location)
    if shards:
        return _open_packed(location, shards, table, reading, unpack)
    if stat.S_ISDIR(mode):
        return Source("folder", location, location, table, reading)
    if suffix in (*manifests.SUFFIXES, *ANNOTATIONS):
        return Source("manifest", location, reading.folder(location), table, reading)
    if suffix in _VECTORS:
        raise SourceError(f"{location} holds vectors: give it as embeddings, not as the source.")
    known = ", ".join((*manifests.SUFFIXES, *ANNOTATIONS, ".zip", ".tar"))
    raise SourceError(
        f"{location} is neither a folder nor a manifest ({known}). "
        "To curate single images, give the folder that holds them."
    )


def _open_packed(
    location: Path,
    shards: Sequence[Path],
    table: VectorTable | None,
    reading: Reading,
    unpack: Path | None,
) -> Source:
    if unpack is None:
        raise SourceError(f"{location} is packed. Unpack it, and give the folder.")
    opening = Report()
    root = packed.unpacked(location, shards, unpack, opening)
    return Source("folder", location, root, table, reading, packed=True, opening=opening)


def _nothing_in(source: Source) -> str:
    text = (
        f"No item in the {source.description}: expected images "
        "(JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000, HEIC)."
    )
    if not source.skipped:
        return text + " Check the path."
    reasons = [_ROW.sub("", one.reason) for one in source.skipped]
    usual, n_usual = Counter(reasons).most_common(1)[0]
    first = source.skipped[reasons.index(usual)]
    many = "" if n_usual == len(reasons) else f"{n_usual} of them as "
    text += f" {len(reasons)} skipped, {many or 'first '}{first.path}: {first.reason}."
    if source.kind == "manifest" and usual.startswith(_ABSENT):
        return text + " Check the path, or name the folder that paths start from with --root."
    return text + " Check the path."


def _inside(entries: Sequence[Entry], root: Path, report: Report) -> Iterator[Entry]:
    """Entries of files below ``root``: what strangers packed must not name any others."""
    real = os.path.realpath(root) + os.sep
    for entry in entries:
        if entry.file is None or os.path.realpath(entry.file).startswith(real):
            yield entry
        else:
            reason = "it lies outside of the packed file that names it, and is not opened"
            report.skip(printable(entry.path), reason, entry.line)


def _describes(table: Path) -> bool:
    """Whether a file in a folder says something of the images there. Labels of FiftyOne do where
    their images are beside them: others name their files so, too."""
    if not os.access(table, os.R_OK):
        return False
    return table.suffix.lower() != ".json" or (table.parent / DATA).is_dir()


def _check_describing(table: Path) -> None:
    """SourceError for a file that a folder came with, and that would fill the memory."""
    size = table.stat().st_size
    if size > LARGEST_DESCRIBING:
        raise SourceError(
            f"{table} has {size:,} bytes, expected at most {LARGEST_DESCRIBING:,} beside images. "
            "Give it (of an archive: unpacked) as the source itself, or split it over the folders "
            "of its images."
        )


def _folders(root: Path, *, deep: bool) -> list[Path]:
    try:
        found = root.rglob("*") if deep else root.iterdir()
        return sorted(path for path in found if path.is_dir())
    except OSError:  # told where its images are listed
        return []


def _existing(entries: Sequence[Entry], report: Report, imageless: bool) -> Iterator[Entry]:
    """Entries whose file is there; ``imageless`` lets items go without one.

    Vectors of things that are no images, or not on this machine, are items by their name.
    """
    absent = {entry.path: reason for entry in entries if (reason := _absence(entry))}
    if imageless and len(absent) == len({entry.path for entry in entries}):
        yield from (replace(entry, file=None) for entry in entries)
        return
    for entry in entries:
        if entry.path in absent:
            report.skip(printable(entry.path), absent[entry.path], entry.line)
        elif not imageless and Path(entry.path).suffix.lower() in VIDEOS:
            report.skip(entry.path, FILM, entry.line)
        elif imageless and entry.file is not None and not is_image_file(entry.file):
            yield replace(entry, file=None)
        else:
            yield entry


def _absence(entry: Entry) -> str | None:
    """Why the entry's file cannot be an image file, None if it can."""
    if entry.file is None and is_address(entry.path):
        return _AT_ADDRESS
    try:
        mode = entry.file.stat().st_mode if entry.file is not None else 0
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        return f"{_ABSENT} ({reason})"
    return None if stat.S_ISREG(mode) else "not a regular file"


def _vector_entries(names: Sequence[str], report: Report) -> Iterator[Entry]:
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        if not is_utf8(name):
            report.skip(printable(name), "its name is not valid UTF-8; rename it")
        elif first.setdefault(name, row) != row:
            report.skip(name, f"row {row} repeats the name of row {first[name]}")
        else:
            yield Entry(name, None, folder_attribute(name), row=row)
