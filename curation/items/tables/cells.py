"""What the text in a table's cells means: numbers and flags where a whole column is such, text
everywhere else, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

_ABSENT = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "#N/A"))
_FLAGS = {"true": True, "false": False}
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")  # what a float keeps; longer ones are ids
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})\.\d{1,17}")
_COMMA = re.compile(r"-?(0|[1-9]\d{0,14}),\d{1,17}")


def typed(cells: Sequence[str | None], *, decimal_comma: bool = False) -> list[Any]:
    """A column's values: all int, all float, all bool or else the text itself.

    Nothing is a number that would not be written so again: ``007`` and ``1e5`` stay text, and so
    does a column with both ``3.1`` and ``3.10``. In a
    column of text NA is text; among numbers it is absent, as an empty cell always is.
    ``decimal_comma``: 1,5 may be a number, as in tables that semicolons separate.
    """
    distinct = set(cells) - {None, ""}
    read = _reader([cell for cell in distinct if cell is not None], decimal_comma)
    meant = {cell: read(cell) for cell in distinct if cell is not None}
    return [meant.get(cell) if cell else None for cell in cells]


def _reader(distinct: list[str], decimal_comma: bool) -> Callable[[str], Any]:
    said = [cell for cell in distinct if cell not in _ABSENT]
    if not said:
        return str
    if all(_WHOLE.fullmatch(cell) for cell in said):
        return lambda cell: None if cell in _ABSENT else int(cell)
    if all(_is_number(cell) for cell in said) and _differ(float(cell) for cell in said):
        return lambda cell: None if cell in _ABSENT else float(cell)
    if decimal_comma and all(_COMMA.fullmatch(cell) or _WHOLE.fullmatch(cell) for cell in said):
        numbers = {cell: float(cell.replace(",", ".")) for cell in said}
        return numbers.get if _differ(numbers.values()) else str
    if all(cell.lower() in _FLAGS for cell in said):
        return lambda cell: _FLAGS.get(cell.lower())
    return str


def _differ(numbers: Iterable[float]) -> bool:
    """Whether no two texts mean one number: 3.1 and 3.10 may be two versions or classes."""
    found = list(numbers)
    return len(set(found)) == len(found)


def _is_number(cell: str) -> bool:
    if _WHOLE.fullmatch(cell) or _DECIMAL.fullmatch(cell):
        return True
    with suppress(ValueError):
        return repr(float(cell)) == cell and cell[-1].isdigit()  # 9.5e-05, not inf
    return False
