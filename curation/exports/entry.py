"""One call for every export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from curation.clock import now
from curation.errors import ExportError, UnknownName
from curation.exports.adapter import copy_file, tensor_names
from curation.exports.data import ExportData, ExportResult
from curation.exports.embeddings import embeddings, write_npz
from curation.exports.groups import groups
from curation.exports.negatives import negatives
from curation.exports.pairs import pairs
from curation.exports.table import Table
from curation.exports.triplets import triplets
from curation.exports.writer import TABLE_WRITERS, TableWriter, publish

MAX_TRIPLETS = 100_000
ADAPTER = "adapter"
ADAPTER_FORMAT = "safetensors"
_TABLES: Mapping[str, Callable[[ExportData], Table]] = {
    "negatives": negatives,
    "groups": groups,
    "embeddings": embeddings,
}


def what_names() -> tuple[str, ...]:
    """Everything that can be exported."""
    return ("pairs", "negatives", "triplets", "groups", "embeddings", ADAPTER)


def format_names(what: str) -> tuple[str, ...]:
    """The formats of an export; raises UnknownName. An adapter is safetensors under any of them."""
    if what not in what_names():
        raise UnknownName("export", what, what_names())
    names = tuple(_writers(what))
    return (*names, ADAPTER_FORMAT) if what == ADAPTER else names


def export(
    what: str,
    fmt: str,
    out: Path,
    data: ExportData,
    *,
    implied: bool = False,
    limit: int = MAX_TRIPLETS,
    seed: int = 0,
) -> ExportResult:
    """Write an export and ``<name>.manifest.json`` beside it, whole or not at all.

    ``out`` is a file (missing folders above it are made), or an existing folder to write
    ``<what>.<format>`` into. ``implied`` adds the implied pairs to ``pairs``; ``limit`` and
    ``seed`` bound and draw the ``triplets``. Raises UnknownName, and ExportError where there is
    nothing to export or the target cannot be written.
    """
    if fmt not in format_names(what):
        raise UnknownName("format", fmt, format_names(what))
    if what == ADAPTER:
        return _export_adapter(_target(out, what, ADAPTER_FORMAT), data)
    table, options = _table(what, data, implied, limit, seed)
    writer = _writers(what)[fmt]

    def fill(file: BinaryIO) -> int:
        rows = writer(file, table)
        if not rows:
            raise ExportError(
                f"Expected something to export as {what}, got no row ({_told(table)}). "
                "Answer more pairs, then export again."
            )
        return rows

    def describe(rows: int) -> dict[str, Any]:
        columns = [column.name for column in table.columns]
        counts = dict(sorted(table.counts.items()))
        told = {**_manifest(what, fmt, data, rows, columns), "counts": counts, "options": options}
        return {**told, "claims": list(data.claims)} if data.accepted else told

    target = _target(out, what, fmt)
    rows, manifest = publish(target, fill, describe)
    return ExportResult(target, rows, manifest)


def _export_adapter(target: Path, data: ExportData) -> ExportResult:
    names = tensor_names(data.adapter)
    source = data.adapter
    assert source is not None

    def fill(file: BinaryIO) -> int:
        copy_file(source, file)
        return len(names)

    def describe(rows: int) -> dict[str, Any]:
        return _manifest(ADAPTER, ADAPTER_FORMAT, data, rows, list(names))

    rows, manifest = publish(target, fill, describe)
    return ExportResult(target, rows, manifest)


def _table(
    what: str, data: ExportData, implied: bool, limit: int, seed: int
) -> tuple[Table, dict[str, Any]]:
    if what == "pairs":
        return pairs(data, with_implied=implied), {"implied": implied}
    if what == "triplets":
        return triplets(data, limit=limit, seed=seed), {"limit": limit, "seed": seed}
    return _TABLES[what](data), {}


def _writers(what: str) -> Mapping[str, TableWriter]:
    return {**TABLE_WRITERS, "npz": write_npz} if what == "embeddings" else TABLE_WRITERS


def _target(out: Path, what: str, fmt: str) -> Path:
    try:
        return out / f"{what}.{fmt}" if out.is_dir() else out
    except OSError:  # a name too long to ask about; writing it will say so
        return out


def _manifest(
    what: str, fmt: str, data: ExportData, rows: int, columns: list[str]
) -> dict[str, Any]:
    return {
        "what": what,
        "format": fmt,
        "rows": rows,
        "columns": columns,
        "criterion": data.criterion,
        "generation": None if data.space is None else data.space.generation,
        "log_position": data.log_position,
        "root": str(data.root),
        "created": now(),
    }


def _told(table: Table) -> str:
    return ", ".join(f"{name} {count}" for name, count in table.counts.items()) or "nothing decided"
