"""A session's files in one archive: what was taught, what came of it, and how it went.

README.txt            what the files are, and where the encoder's weights come from
session.json          how the session went, and the encoder by name and fingerprint
groups.csv            the items of each bin, as must-link groups
pairs.csv             the same and the cannot-links as pairs, answered and implied
sorting.csv           what the robot would do with every item
timeline.csv          what teachers and robots did, in order
adapter.safetensors   the trained network on top of the encoder (from the first update on)
encoder/<file>        the encoder's weights, where it was made from a file
observed/<id>.image   the images that a robot or a camera showed: they are in no source
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from curation.clock import now
from curation.errors import ExportError
from curation.exports.data import ExportData, ExportResult
from curation.exports.groups import groups
from curation.exports.pairs import pairs
from curation.exports.table import Column, ItemCells, Row, Table
from curation.exports.writer import publish, write_csv
from curation.teaching.events import Event

ABOUT = """The teaching session "{name}" ({status}, {picks} picks).

session.json          how the session went, and the encoder by name and fingerprint
groups.csv            the items of each bin, as must-link groups
pairs.csv             the same and the cannot-links as pairs, answered and implied
sorting.csv           what the robot would do with every item
timeline.csv          what teachers and robots did, in order
adapter.safetensors   the trained network on top of the encoder{adapter}
observed/<id>.image   the images that a robot or a camera showed ({images}); the tables name these
                      by their place here, all others by their place in the source

Items that teachers put into different bins are in no bin, and in neither groups.csv nor pairs.csv;
here these are {torn}.

{encoder}
"""
HIDDEN = ("grant", "revoke")
"""Events whose value is the hash of a token: it stays here."""
TIMELINE = ("time", "kind", "teacher", "item", "bin", "value")


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it is exported.

    ``state`` is what the page shows of it, ``answers`` bin and confidence of every item, ``taught``
    the items that a person sorted, ``encoder`` its spec, fingerprint and dim, ``weights`` its file,
    ``images`` the files of items that no source holds, by id.
    """

    data: ExportData
    events: Sequence[Event]
    state: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    taught: frozenset[str]
    encoder: Mapping[str, Any]
    weights: Path | None = None
    images: Mapping[str, Path] = field(default_factory=dict)


def write_bundle(target: Path, record: SessionRecord) -> ExportResult:
    """Write the archive ``target`` and its manifest, whole or not at all; rows are its files.

    Raises ExportError where nothing was taught or the target cannot be written.
    """
    if not record.taught:
        raise ExportError("Expected a session with picks, got none; pick an item and export again.")
    names: list[str] = []

    def fill(file: BinaryIO) -> int:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, _named(record))
            names.extend(archive.namelist())
        return len(names)

    def describe(rows: int) -> dict[str, Any]:
        return {
            "what": "session",
            "rows": rows,
            "files": names,
            "criterion": record.data.criterion,
            "log_position": record.data.log_position,
            "generation": record.state["generation"],
            "created": now(),
        }

    rows, manifest = publish(target, fill, describe)
    return ExportResult(target, rows, manifest)


def weights_file(spec: str) -> Path | None:
    """The file that an encoder's ``spec`` names, None for one of the hub or the package."""
    kind, _, rest = spec.partition(":")
    name = rest if kind == "distilled" else rest.partition(":")[2]
    path = Path(name).expanduser()
    return path if name and path.is_file() else None


def encoder_line(encoder: Mapping[str, Any], weights: Path | None) -> str:
    """One sentence: where whoever uses the adapter finds the encoder below it."""
    spec = encoder.get("spec", "")
    if weights is not None:
        return f"The weights of the encoder {spec} are included, as encoder/{weights.name}."
    if spec == "builtin":
        return "The encoder, builtin, is not included: it comes with the package curation."
    if ":" not in spec:
        return "There is no encoder to include: the items came with their vectors."
    return (
        f"The encoder {spec} is named, not included: its library downloads the weights by that "
        "name. Keep a copy of them where that cannot be relied on."
    )


def _about(record: SessionRecord) -> str:
    missing = "" if record.data.adapter is not None else " (none yet: no update was made)"
    line = encoder_line(record.encoder, record.weights)
    torn = len(record.state["contradictions"])
    more = {"adapter": missing, "encoder": line, "torn": torn, "images": len(record.images)}
    return ABOUT.format_map({**record.state, **more})


def _place(item: str) -> str:
    """Where the archive holds an item's image."""
    return f"observed/{item}.image"


def _named(record: SessionRecord) -> SessionRecord:
    """The record with the images that go along named by their places in the archive."""
    items = record.data.items
    moved = {item: replace(items[item], paths=(_place(item),)) for item in record.images}
    return replace(record, data=replace(record.data, items={**items, **moved}))


def _story(record: SessionRecord) -> dict[str, Any]:
    """The state with the encoder, without the few items of each bin that the page shows."""
    weights = record.weights
    encoder = {**record.encoder, "weights": weights and f"encoder/{weights.name}"}
    bins = [{k: v for k, v in one.items() if k != "items"} for one in record.state["bins"]]
    return {**record.state, "bins": bins, "encoder": encoder}


def _agreed(record: SessionRecord) -> ExportData:
    """The data without the items that teachers put into different bins."""
    torn = {one["item"] for one in record.state["contradictions"]}
    return replace(record.data, excluded=record.data.excluded | torn)


def _fill(archive: zipfile.ZipFile, record: SessionRecord) -> None:
    agreed = _agreed(record)
    tables = {
        "groups.csv": groups(agreed),
        "pairs.csv": pairs(agreed, with_implied=True),
        "sorting.csv": _sorting(record),
        "timeline.csv": _timeline(record.events),
    }
    for name, table in tables.items():
        with archive.open(name, "w", force_zip64=True) as stream:
            write_csv(cast(BinaryIO, stream), table)
    archive.writestr("README.txt", _about(record))
    archive.writestr("session.json", json.dumps(_story(record), indent=1, ensure_ascii=False))
    if record.data.adapter is not None:
        _copy(archive, record.data.adapter, "adapter.safetensors")
    if record.weights is not None:
        _copy(archive, record.weights, f"encoder/{record.weights.name}")
    for item, file in record.images.items():
        archive.write(file, _place(item), zipfile.ZIP_STORED)


def _copy(archive: zipfile.ZipFile, source: Path, name: str) -> None:
    with source.open("rb") as file, archive.open(name, "w", force_zip64=True) as stream:
        shutil.copyfileobj(file, stream)


def _sorting(record: SessionRecord) -> Table:
    cells = ItemCells(record.data)

    def rows() -> Iterator[Row]:
        for item, answer in record.answers.items():
            if item not in record.data.excluded:
                by = "person" if item in record.taught else "robot"
                yield (*cells.row(item), answer["bin"], answer["confidence"], by)

    columns = (*cells.columns, Column("bin"), Column("confidence", "number"), Column("by"))
    return Table(columns, rows(), Counter())


def _timeline(events: Sequence[Event]) -> Table:
    rows = (
        (e.time, e.kind, e.teacher, e.item, e.bin, None if e.kind in HIDDEN else e.value)
        for e in events
    )
    return Table(tuple(map(Column, TIMELINE)), rows, Counter())
