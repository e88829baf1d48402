"""Which vector belongs to which entry of a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from curation.errors import SourceError
from curation.items.entry import Entry, Report, few, printable
from curation.items.places import base_name, is_absolute, plain_name, relative_path


def match_rows(
    names: Sequence[str], entries: Sequence[Entry], root: Path, report: Report
) -> Iterator[Entry]:
    """The entries that have a vector, with its row; ``names[row]`` names the vector's file.

    A name is a path relative to ``root`` or absolute, see ``matched``. Crops of one file take the
    rows of that name in order. Entries without vector and vectors without entry are told. Raises
    SourceError if nothing matches.
    """
    by_path: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_path[entry.path].append(entry)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        rows[name].append(row)
    found = matched(list(rows), list(by_path), root)
    if not found:
        raise SourceError(
            f"No vector matches a file of {root}: the vectors name {_example(names)}, the source "
            f"has {_example(list(by_path))}. Name the vectors by path relative to the source."
        )
    _tell(found, root, report)
    for name in rows.keys() - found.keys():
        report.skip(printable(name), "its vector matches no file of the source")
    told = {skip.path for skip in report.skipped}
    name_of = {path: name for name, path in found.items()}
    for path, several in by_path.items():
        yield from _assign(path, several, rows.get(name_of.get(path, ""), []), report, told)


def matched(names: Sequence[str], paths: Sequence[str], root: Path) -> dict[str, str]:
    """The path that each name means, for those that mean one.

    The path itself, relative to ``root`` or absolute; failing that, one with the same last part,
    then the same without letter case and Unicode form, then without suffix, where that occurs once
    on both sides and the name is not of a file in another folder.
    """
    there = set(paths)
    found: dict[str, str] = {}
    for name in names:
        path = relative_path(name, root)
        if path in there:
            found[name] = path
            there.discard(path)
    for key in _KEYS:
        ours = _once(key, paths)
        for part, name in _once(key, names).items():
            if name in found or ours.get(part) not in there:
                continue
            if not are_elsewhere(name, ours[part]):
                found[name] = ours[part]
                there.discard(ours[part])
    return found


def are_elsewhere(name: str, path: str) -> bool:
    """Whether a relative name tells of another folder than the one ``path`` is in; an absolute one
    may be of another machine."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    folder = PurePosixPath(path).parent.name
    if len(parts) < 2 or not folder or is_absolute(name):
        return False
    return plain_name(parts[-2]) != plain_name(folder)


def _stem(name: str) -> str:
    return PurePosixPath(plain_name(base_name(name))).stem


_KEYS: tuple[Callable[[str], str], ...] = (
    base_name,
    lambda name: plain_name(base_name(name)),
    _stem,
)


def _once(key: Callable[[str], str], names: Sequence[str]) -> dict[str, str]:
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_key[key(name)].append(name)
    return {part: several[0] for part, several in by_key.items() if len(several) == 1}


def _tell(found: Mapping[str, str], root: Path, report: Report) -> None:
    guessed = [
        f"{printable(name)} → {path}"
        for name, path in found.items()
        if relative_path(name, root) != path
    ]
    if guessed:
        told = f"{len(guessed)} are matched by the last part of their names: {few(guessed)}"
        report.note("vectors", told)


def _assign(
    path: str, entries: list[Entry], rows: list[int], report: Report, told: Collection[str]
) -> Iterator[Entry]:
    if len(rows) == len(entries):
        for entry, row in zip(entries, rows, strict=True):
            yield replace(entry, row=row)
        return
    if not rows and path in told:  # its vector is left out, with a better reason
        return
    reason = "no vector has its name"
    if rows:
        reason = f"{len(rows)} vectors have its name, the source has {len(entries)} items of it"
    for _ in entries:
        report.skip(path, reason)


def _example(paths: Sequence[str]) -> str:
    return repr(printable(paths[0])) if paths else "no file"
