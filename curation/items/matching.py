"""Which vector belongs to which entry of a source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from curation.errors import SourceError
from curation.items.entry import Entry, Skip, printable
from curation.items.manifest import relative_path


def match_rows(
    names: Sequence[str], entries: Sequence[Entry], root: Path, skipped: list[Skip]
) -> Iterator[Entry]:
    """The entries that have a vector, with its row; ``names[row]`` names the vector's file.

    A name is a path relative to ``root`` or absolute; failing that, a file name that occurs once
    on both sides. Crops of one file take the rows of that name in order. Entries without vector
    and vectors without entry go to ``skipped``. Raises SourceError if nothing matches.
    """
    by_path: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_path[entry.path].append(entry)
    rows, strays = _rows_by_path(names, by_path, root)
    if not rows:
        raise SourceError(
            f"No vector matches a file of {root}: the vectors name {_example(names)}, the source "
            f"has {_example(list(by_path))}. Name the vectors by path relative to the source."
        )
    skipped += [
        Skip(printable(name), "its vector matches no file of the source") for name in strays
    ]
    for path, found in by_path.items():
        yield from _assign(path, found, rows.get(path, []), skipped)


def _rows_by_path(
    names: Sequence[str], by_path: dict[str, list[Entry]], root: Path
) -> tuple[dict[str, list[int]], list[str]]:
    by_name: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        by_name[name].append(row)
    paths_of = _unique_basenames(by_path)
    unique_names = set(_unique_basenames(by_name).values())
    rows: dict[str, list[int]] = {}
    strays = []
    for name, found in by_name.items():
        path: str | None = relative_path(name, root)
        if path not in by_path:
            path = paths_of.get(PurePosixPath(name).name) if name in unique_names else None
        if path is None or path in rows:
            strays.append(name)
        else:
            rows[path] = found
    return rows, strays


def _unique_basenames(paths: dict[str, list[Entry]] | dict[str, list[int]]) -> dict[str, str]:
    counts = Counter(PurePosixPath(path).name for path in paths)
    by_base = {PurePosixPath(path).name: path for path in paths}
    return {base: path for base, path in by_base.items() if counts[base] == 1}


def _assign(
    path: str, entries: list[Entry], rows: list[int], skipped: list[Skip]
) -> Iterator[Entry]:
    if len(rows) == len(entries):
        for entry, row in zip(entries, rows, strict=True):
            yield replace(entry, row=row)
        return
    reason = "no vector has its name"
    if rows:
        reason = f"{len(rows)} vectors have its name, the source has {len(entries)} items of it"
    skipped += [Skip(path, reason)] * len(entries)


def _example(paths: Sequence[str]) -> str:
    return repr(printable(paths[0])) if paths else "no file"
