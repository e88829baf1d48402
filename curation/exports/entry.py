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
from curation.exports.images import Images
from curation.exports.negatives import negatives
from curation.exports.pairs import pairs
from curation.exports.table import Table
from curation.exports.tools import FILES, TREES, tool_names
from curation.exports.trees import ZIP, publish_tree
from curation.exports.triplets import triplets
from curation.exports.writer import TABLE_WRITERS, TableWriter, manifest_path, publish

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
    names = (*_writers(what), *tool_names(what))
    return (*names, ADAPTER_FORMAT) if what == ADAPTER else names


def suffix_of(what: str, fmt: str, *, packed: bool = False) -> str:
    """The end of an export's name; of many files that of a folder, ``packed`` that of a zip."""
    if what == ADAPTER:
        return ADAPTER_FORMAT
    if fmt in FILES.get(what, ()):
        return f"{fmt}.json"
    return f"{fmt}{ZIP}" if packed and fmt in TREES.get(what, ()) else fmt


def export(
    what: str,
    fmt: str,
    out: Path,
    data: ExportData,
    *,
    implied: bool = False,
    links: bool = False,
    limit: int = MAX_TRIPLETS,
    seed: int = 0,
) -> ExportResult:
    """Write an export and ``<name>.manifest.json`` beside it, whole or not at all.

    ``out`` is a file (missing folders above it are made), or an existing folder to write
    ``<what>.<format>`` into. A format of many files makes a new folder, or a zip where ``out`` ends
    so; with ``links`` its images are links. ``implied`` adds the implied pairs to ``pairs``;
    ``limit`` and ``seed`` bound and draw the ``triplets``. Raises UnknownName, and ExportError
    where there is nothing to export or the target cannot be written.
    """
    if fmt not in format_names(what):
        raise UnknownName("format", fmt, format_names(what))
    tree = TREES.get(what, {}).get(fmt)
    if links and tree is None:
        raise ExportError(
            f"Expected a format that holds images to link to, got {fmt} of {what}. "
            f"Give one of {', '.join(one for trees in TREES.values() for one in trees)}."
        )
    if what == ADAPTER:
        return _export_adapter(_target(out, what, fmt), data)
    table, options = _table(what, data, implied, limit, seed)
    images = Images(data, table.counts)

    def some(rows: int) -> int:
        if not rows:
            raise ExportError(_nothing(what, fmt, table, images))
        return rows

    def describe(rows: int) -> dict[str, Any]:
        columns = [column.name for column in table.columns]
        counts = dict(sorted(table.counts.items()))
        told = {**_manifest(what, fmt, data, rows, columns), "counts": counts, "options": options}
        if fmt in tool_names(what):
            told |= {"left_out": sorted(images.left_out), **images.told}
        return {**told, "claims": list(data.claims)} if data.accepted else told

    target = _target(out, what, fmt)
    if tree is not None:
        _check_outside(target, data)
        done = publish_tree(target, lambda to: some(tree(to, table, images)), describe, links=links)
        return ExportResult(target, *done)
    write = _file_writer(what, fmt, images)
    return ExportResult(target, *publish(target, lambda to: some(write(to, table)), describe))


def _check_outside(target: Path, data: ExportData) -> None:
    """A folder of images among those of the source would be taken for more of them."""
    if data.root is None or target.suffix.lower() == ZIP:
        return
    if target.resolve().is_relative_to(data.root.resolve()):
        raise ExportError(
            f"Expected a folder outside of the images in {data.root}, got {target}: its images "
            "would be read as new ones. Name one elsewhere, or a .zip."
        )


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


def _file_writer(what: str, fmt: str, images: Images) -> TableWriter:
    """What writes the one file of a format."""
    of_tool = FILES.get(what, {}).get(fmt)
    if of_tool is None:
        return _writers(what)[fmt]
    return lambda file, table: of_tool(file, table, images)


def _target(out: Path, what: str, fmt: str) -> Path:
    """Where an export goes: ``out``, or into it where it is a folder and no export itself."""
    try:
        if not out.is_dir() or (fmt in TREES.get(what, ()) and manifest_path(out).exists()):
            return out
    except OSError:  # a name too long to ask about; writing it will say so
        return out
    return out / f"{what}.{suffix_of(what, fmt)}"


def _nothing(what: str, fmt: str, table: Table, images: Images) -> str:
    """What is said where there is nothing to export."""
    if not images.left_out:
        return (
            f"Expected something to export as {what}, got no row ({_told(table)}). "
            "Answer more pairs, then export again."
        )
    path, reason = images.left_out[0]
    return (
        f"Expected images to export as {fmt}, got none: {len(images.left_out):,} are left out, "
        f"first {path}: {reason}. Export {what} as {', '.join(_writers(what))}, which need none."
    )


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
