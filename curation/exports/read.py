"""Read an exported pairs file back, without pandas."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import SourceError

NEEDED = ("file_a", "file_b", "id_a", "id_b", "verdict")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item's image is: a file relative to the source's root, and the box of a crop."""

    item_id: str
    file: str
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A pair to train on."""

    a: Place
    b: Place
    same: bool


def labelled_pairs(path: str | Path) -> list[LabelledPair]:
    """The pairs of an exported pairs file that have a clear answer, each once, in file order.

    Left out are pairs that anybody called incomparable, that are only unsure, or that have both
    answers. Raises SourceError if the file is not an exported pairs file.
    """
    verdicts: defaultdict[tuple[Place, Place], set[str]] = defaultdict(set)
    for row in _rows(Path(path)):
        verdicts[_place(row, "a"), _place(row, "b")].add(row["verdict"])
    clear = ((ends, given - {"unsure"}) for ends, given in verdicts.items())
    return [
        LabelledPair(a, b, given == {"same"})
        for (a, b), given in clear
        if given in ({"same"}, {"different"})
    ]


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise SourceError(
            f"Expected an exported pairs file ({', '.join(_READERS)}), got {path.name!r}. "
            "Give the file that the export wrote."
        )
    try:
        for row in read(path):
            missing = [name for name in NEEDED if name not in row]
            if missing:
                raise SourceError(
                    f"Expected the columns {', '.join(NEEDED)} in {path}, got none named "
                    f"{', '.join(missing)}. Give a file exported as pairs."
                )
            yield row
    except (OSError, ValueError) as error:
        raise SourceError(
            f"Expected a readable pairs file at {path}, got: {error}. Export it again."
        ) from error


def _read_csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _read_jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _read_parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow.parquet as pq  # heavy, and needed for this format only

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()


_READERS: Mapping[str, Callable[[Path], Iterator[Mapping[str, Any]]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}


def _place(row: Mapping[str, Any], end: str) -> Place:
    box = row.get(f"box_{end}")
    return Place(row[f"id_{end}"], row[f"file_{end}"], _box(box) if box else None)


def _box(text: str) -> tuple[int, int, int, int]:
    x, y, w, h = map(int, text.split(","))
    return x, y, w, h
