"""Decisions in a table that a person or another tool wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.errors import DecisionError, SourceError
from curation.items.columns import by_plain_name
from curation.items.entry import Report, few
from curation.items.matching import matched
from curation.items.sizes import check_rows
from curation.items.tables import SUFFIXES, Row, Table, read_table
from curation.items.tables.read import records
from curation.types import Item
from curation.workspace.recording import DECISION_FIELDS

_SAME = (
    "same", "yes", "y", "true", "t", "1", "1.0", "+", "+1", "match", "matched", "positive", "pos",
    "duplicate", "dup", "must-link", "accept", "accepted", "equal", "similar", "s",
)  # fmt: skip
_DIFFERENT = (
    "different", "no", "n", "false", "f", "0", "0.0", "-", "-1", "distinct", "non-match",
    "no-match", "not-same", "unmatched", "negative", "neg", "unique",
    "not-duplicate", "cannot-link", "reject",
    "rejected", "differ", "dissimilar", "d",
)  # fmt: skip
_UNSURE = ("unsure", "maybe", "uncertain", "unknown", "?", "not-sure", "don't-know", "u")
_INCOMPARABLE = ("incomparable", "can't-tell", "cannot-tell", "cannot-compare", "c")
SPELLINGS: Mapping[str, str] = {
    spelling: verdict
    for verdict, spellings in (
        ("same", _SAME), ("different", _DIFFERENT), ("unsure", _UNSURE),
        ("incomparable", _INCOMPARABLE),
    )
    for spelling in spellings
}  # fmt: skip
"""How tools and people write the four verdicts, in lower case."""
_VERDICTS = ("verdict", "label", "answer", "decision", "is_same", "same", "is_match", "match",
             "is_duplicate", "duplicate")  # fmt: skip
_NAMING = ("id", "file", "filename", "file_name", "path", "image", "img", "item", "photo")
_ENDS = {"a": ("a", "1", "left"), "b": ("b", "2", "right")}
_ABSENT = ("", "na", "n/a", "nan", "null", "none")
_DEDUPE = {"match": "same", "distinct": "different"}


@dataclass
class DecisionFile:
    """The rows of a file: those that name two items and a verdict as ``given``, (row, decision);
    what is wrong with the others, as (row, reason)."""

    path: Path
    given: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, row: int, reason: str) -> None:
        """A row turned out to be wrong."""
        self.bad.append((row, reason))

    def error(self) -> DecisionError:
        """All that is wrong, row by row."""
        lines = "\n".join(f"  row {row}: {reason}" for row, reason in sorted(self.bad))
        total = len({row for row, _ in (*self.given, *self.bad)})
        return DecisionError(
            f"{len(self.bad)} of {total} rows of {self.path} cannot be recorded, so none was:\n"
            f"{lines}\nMend these rows, or leave them out with --skip-bad."
        )


def read_decisions(path: Path, items: Sequence[Item], root: Path) -> DecisionFile:
    """The decisions in ``path``, ends as item ids.

    Columns ``a`` and ``b`` (ids, or file names as they may be written elsewhere) and ``verdict``,
    under their usual names; or dedupe's training file. Raises SourceError for no table,
    DecisionError where a column is absent.
    """
    report = Report()
    table = _table(path, report)
    ends, verdict = _ends(table.columns), _first(_VERDICTS, table.columns)
    if table.rows and (not all(ends.values()) or verdict is None):
        raise DecisionError(
            f"Expected columns a and b (items) and verdict, got {', '.join(table.columns)}. "
            "Rename those that are meant."
        )
    file = DecisionFile(path, bad=[(_row_of(skip.path), skip.reason) for skip in report.skipped])
    found = _Items(items, root)
    wanted = [_named(row, columns) for row in table.rows for columns in ends.values()]
    found.look_up(name for name in wanted if name is not None)
    for row in table.rows:
        _take(row, ends, verdict or "", found, file)
    if guessed := found.guessed():
        told = f"{len(guessed)} names are not those of the source, found by their last part: "
        file.notes.append((path.name, told + few(guessed)))
    return file


def _take(
    row: Row, ends: Mapping[str, Sequence[str]], verdict: str, items: _Items, file: DecisionFile
) -> None:
    given = {name: value for name in DECISION_FIELDS if (value := _said(row, name)) is not None}
    for end, columns in ends.items():
        name = _named(row, columns)
        if name is None:
            file.refuse(row.number, f"it names no item {end}")
            return
        found = items.id(name)
        if found is None:
            file.refuse(
                row.number, f"No item has the id or the file name {name!r}; scan the source first"
            )
            return
        given[end] = found
    nested = [n for n in (*DECISION_FIELDS, verdict) if isinstance(row.values.get(n), list | dict)]
    if nested:
        file.refuse(row.number, f"the column {nested[0]} must hold one value a row")
        return
    if (told := _said(row, verdict)) is not None:
        plain = "-".join(str(told).lower().replace("_", " ").split())
        given["verdict"] = SPELLINGS.get(plain, told)
    file.given.append((row.number, given))


def _said(row: Row, name: str) -> Any:
    """A value, None where nothing is said; words for nothing in any spelling."""
    value = row.values.get(name)
    if isinstance(value, str):
        value = value.strip()
        return None if value.lower() in _ABSENT else value
    return value


class _Items:
    """Items by the names that a table gives them."""

    def __init__(self, items: Sequence[Item], root: Path) -> None:
        self._ids = {item.id for item in items}
        self._by_path = {path: item.id for item in items for path in item.paths}
        self._root = root
        self._guessed: dict[str, str] = {}

    def look_up(self, names: Iterator[str]) -> None:
        """Find those that are neither ids nor paths, all at once: a guess must be the only one."""
        strange = {name for name in names if name not in self._ids and name not in self._by_path}
        self._guessed = matched(sorted(strange), list(self._by_path), self._root) if strange else {}

    def id(self, name: str) -> str | None:
        if name in self._ids:
            return name
        return self._by_path.get(self._guessed.get(name, name))

    def guessed(self) -> list[str]:
        return [f"{name} → {path}" for name, path in self._guessed.items()]


def _table(path: Path, report: Report) -> Table:
    if path.suffix.lower() != ".json":
        if not path.is_file():
            raise SourceError(f"{path} cannot be read: no such file. Check the path.")
        return read_table(path, report, text=True)
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from error
    if isinstance(found, dict) and found.keys() <= _DEDUPE.keys():
        found = [
            {"a": pair[0], "b": pair[1], "verdict": _DEDUPE[kind]}
            for kind, pairs in found.items()
            for pair in _pairs(path, pairs)
        ]
    if not isinstance(found, list):
        raise SourceError(
            f"Expected a list of decisions, or dedupe's match and distinct, in {path}. Or give a "
            f"table ({', '.join(SUFFIXES)})."
        )
    check_rows(path, len(found))
    return records(path, enumerate(found, start=1), report)


def _pairs(path: Path, pairs: Any) -> list[Any]:
    if not isinstance(pairs, list) or any(
        not isinstance(pair, list) or len(pair) != 2 for pair in pairs
    ):
        raise SourceError(f"{path}: expected lists of two items under match and distinct.")
    return pairs


def _ends(columns: Sequence[str]) -> dict[str, list[str]]:
    """The columns that may name each end, the likeliest first."""
    plain = by_plain_name(columns)
    found = {}
    for end, signs in _ENDS.items():
        names = [
            end,
            *(n for s in signs for w in _NAMING for n in (f"{w}_{s}", f"{w}{s}", f"{s}_{w}")),
        ]
        found[end] = [plain[name] for name in (*names, *signs[2:]) if name in plain]
    return found


def _named(row: Row, columns: Sequence[str]) -> str | None:
    return next((str(v) for column in columns if (v := row.values.get(column)) is not None), None)


def _first(names: Sequence[str], columns: Sequence[str]) -> str | None:
    plain = by_plain_name(columns)
    return next((plain[name] for name in names if name in plain), None)


def _row_of(place: str) -> int:
    """The number in "answers.csv row 7"."""
    return int(place.rpartition(" ")[2])
