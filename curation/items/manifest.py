"""Manifests: tables with a column that names the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from curation.errors import SourceError
from curation.items import boxes
from curation.items.columns import BoxColumns, box_columns, file_column, folder_column, path_columns
from curation.items.entry import Box, Entry, Report, Share, can_be_name, few
from curation.items.places import GUESSES, How, Places, base_name, is_address, relative_path
from curation.items.tables import SUFFIXES, Row, Table, read_table
from curation.items.tables.columnar import VECTORS

__all__ = ["SUFFIXES", "Reading", "entries_of", "read_manifest"]

_OBJECTS = "objects"  # boxes of an image in one cell, as Hugging Face keeps them


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a table where it does not say so itself.

    ``file_column`` names the images, ``root`` is the folder their paths start from (None: the
    table's own), ``rewrite`` is "OLD=NEW", another beginning of their paths; ``encoding`` is that
    of the text.
    """

    file_column: str | None = None
    root: str | None = None
    rewrite: str | None = None
    encoding: str | None = None

    def folder(self, table: Path) -> Path:
        """The folder that the paths of a table start from."""
        return table.parent if self.root is None else Path(self.root).expanduser().absolute()

    def places(self, table: Path) -> Places:
        """Where to look for the files of a table."""
        old, found, new = (self.rewrite or "").partition("=")
        return Places(self.folder(table), [(old, new)] if found else [])


@dataclass(frozen=True, slots=True)
class Named:
    """One item of a row: what names its file (below ``folder``, maybe), and where in it it is.

    ``path`` is a longer path of the same file that the row holds, as camera trap programs write it.
    """

    row: Row
    name: str
    attributes: Mapping[str, Any]
    box: boxes.Numbers | None = None
    folder: str | None = None
    path: str | None = None


def read_manifest(
    manifest: Path, report: Report, reading: Reading | None = None, root: Path | None = None
) -> list[Entry]:
    """One entry for every file (and box) that ``manifest`` names, whether it is there or not.

    Every column that neither names, cuts nor places an item is an attribute. ``root``: what the
    entries' paths are relative to, where not to the folder they start from. Rows that cannot be
    used go to ``report``, all of them. Raises SourceError if there is no table or no column that
    names the images.
    """
    reading = reading or Reading()

    def places(columns: Sequence[str]) -> set[str]:
        return _place_columns(columns, reading.file_column)

    table = read_table(manifest, report, encoding=reading.encoding, headed=False, text=places)
    return entries_of_table(table, manifest, report, reading, root)


def _place_columns(columns: Sequence[str], wanted: str | None) -> set[str]:
    """The columns that say where a file is, whose text is kept as it stands there."""
    try:
        file = file_column(columns, wanted, "")
    except SourceError:
        return set()
    folder = folder_column(columns, file)
    return {file} if folder is None else {file, folder}


def entries_of_table(
    table: Table,
    manifest: Path,
    report: Report,
    reading: Reading,
    root: Path | None = None,
    *,
    in_shares: bool = False,
) -> list[Entry]:
    """``read_manifest`` of a table that was read already; ``in_shares`` says that the boxes in its
    ``objects`` are, which is else told from their numbers."""
    try:
        file = file_column(table.columns, reading.file_column, str(manifest))
    except SourceError as error:  # how it was read may be the cause: another sheet, an encoding
        told = [f" As read: {one.reason}." for one in report.notes if one.path == manifest.name]
        raise SourceError(f"{error}{''.join(told)}") from error
    rows = list(_named(table, file, manifest.name, report))
    places = reading.places(manifest)
    known = in_shares and box_columns(table.columns, file) is None
    return entries_of(
        rows, places, root or places.root, manifest.name, report, shares=True if known else None
    )


def entries_of(
    named: Sequence[Named],
    places: Places,
    root: Path,
    table: str,
    report: Report,
    *,
    shares: bool | None = None,
) -> list[Entry]:
    """The entries of what a table names, each file (and box) once.

    ``shares``: whether its boxes are in shares of the image, None where that is to be told from
    their numbers.
    """
    if shares is None and (
        shares := boxes.are_shares([one.box for one in named if one.box is not None])
    ):
        report.note(table, "its boxes are read as shares of the image's width and height")
    found = _found(named, places, table, report)
    entries: dict[tuple[str, Box | Share | None], Entry] = {}
    for one, file in zip(named, found, strict=True):
        path = one.name if file is None else relative_path(file, root)
        entry = Entry(path, file, one.attributes, line=one.row.number)
        try:
            entry = _placed(entry, one.box, shares=bool(shares))
        except ValueError as error:
            report.skip(path, f"its box is {error}: {_told(one.box)}", one.row.number)
            continue
        first = entries.setdefault((path, entry.box or entry.share), entry)
        if first.attributes != one.attributes:
            report.skip(
                path,
                f"row {one.row.number} repeats an earlier row with other values; the first one "
                "is used",
            )
    return list(entries.values())


def _placed(entry: Entry, box: boxes.Numbers | None, *, shares: bool) -> Entry:
    if box is None:
        return entry
    return (
        replace(entry, share=boxes.as_share(box))
        if shares
        else replace(entry, box=boxes.in_pixels(box))
    )


def _told(box: boxes.Numbers | None) -> str:
    return ",".join(f"{part:g}" for part in box or ())


def _named(table: Table, file: str, name: str, report: Report) -> Iterator[Named]:
    folder = folder_column(table.columns, file)
    box = box_columns(table.columns, file)
    if box is None and _OBJECTS in table.columns:
        box = BoxColumns("list", (_OBJECTS,))
    taken = {file, *(box.names if box else ())}
    paths = path_columns(table.columns, file)
    for row in table.rows:
        written = row.values.get(file)
        if isinstance(written, dict):  # an image as Hugging Face names it
            written = written.get("path")
        if written in (None, "") or not can_be_name(str(written)):
            report.skip(f"{name} row {row.number}", "it names no file")
            continue
        attributes = {
            k: v for k, v in row.values.items() if k not in taken and not _is_vector(k, v)
        }
        inside = row.values.get(folder) if folder else None
        below = None if inside in (None, "") else _text(inside)
        path = _longer(_text(written), [row.values.get(column) for column in paths])
        one = Named(row, _text(written), attributes, folder=below, path=path)
        try:
            yield from _items(one, box)
        except ValueError:
            value = None if box is None else box.of(row.values)
            report.skip(
                str(written),
                f"box must be x,y,w,h or xmin,ymin,xmax,ymax in columns of these names, got "
                f"{value!r}",
                row.number,
            )


def _items(one: Named, box: BoxColumns | None) -> Iterator[Named]:
    """The row's items: one for each of its boxes, the whole image where it has none."""
    if box is None:
        yield one
        return
    value, further = box.of(one.row.values), {}
    if box.names == (_OBJECTS,) and isinstance(value, dict):
        further = {k: v for k, v in value.items() if k != "bbox"}
        value = value.get("bbox")
    several = boxes.parse(value, box.form)
    if not several:
        yield one
    for at, single in enumerate(several):
        of_it = {k: v[at] for k, v in further.items() if isinstance(v, list) and at < len(v)}
        yield replace(one, box=single, attributes={**one.attributes, **of_it})


def _text(value: Any) -> str:
    """A name that a typed table may hold as a number."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _longer(name: str, values: Sequence[Any]) -> str | None:
    """The first of the values that is a path to a file of this very name."""
    paths = (v for v in values if isinstance(v, str) and can_be_name(v) and not is_address(v))
    return next((path for path in paths if path != name and base_name(path) == name), None)


def _is_vector(name: str, value: Any) -> bool:
    return name.lower() in VECTORS and isinstance(value, list)


def _found(named: Sequence[Named], places: Places, table: str, report: Report) -> list[Path | None]:
    """Where the files are, None for one on the network; a guess is told, and never made twice for
    one file."""
    by_name: dict[tuple[str, str | None, str | None], tuple[Path, How]] = {}
    for one in named:
        key = (one.name, one.folder, one.path)
        if key not in by_name:
            by_name[key] = _place(one, places)
    claimed = Counter(file for file, how in by_name.values() if how != "nowhere")
    for key, (file, how) in by_name.items():
        if how in GUESSES and claimed[file] > 1:  # which of them is meant?
            name, folder, path = key
            expected = (
                places.expected(_on_disk(name), folder) if path is None else places.expected(path)
            )
            by_name[key] = (expected, "nowhere")
    for guess in GUESSES:
        names = [
            f"{path or name} → {relative_path(file, places.root)}"
            for (name, _, path), (file, how) in by_name.items()
            if how == guess
        ]
        if names:
            told = f"{len(names)} files are not where it says, found {guess}: {few(names)}"
            report.note(table, told)
    files = {
        key: None if how == "nowhere" and is_address(key[0]) else file
        for key, (file, how) in by_name.items()
    }
    return [files[one.name, one.folder, one.path] for one in named]


def _place(one: Named, places: Places) -> tuple[Path, How]:
    """Where the file of one row is, and how it was found."""
    file, how = places.find(_on_disk(one.name), one.folder)
    if how != "as written":
        return (file, how) if one.path is None else places.find(one.path)
    # what lies where an address says is its copy, supposedly
    return file, "below another folder" if is_address(one.name) else how


def _on_disk(name: str) -> str:
    """What a web address is called once it was downloaded."""
    return unquote(urlsplit(name).path).lstrip("/") if is_address(name) else name
