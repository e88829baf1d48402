"""Tasks of Label Studio, see https://labelstud.io/guide/task_format."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from curation.items.annotations.common import Json, beside
from curation.items.entry import Report

_LOCAL_FILES = "/data/local-files/?d="


def tasks(values: Sequence[Any], table: str, report: Report) -> tuple[list[Any], bool]:
    """Tasks of Label Studio's export as plain records, and whether they hold rectangles.

    A record is the data of its task, its choice as ``label``, and its rectangles, in shares of the
    image, as ``objects`` with the first label of each. Anything else in ``values`` stays. What is
    read otherwise than it stands there, or left out, is told. Raises AttributeError, TypeError and
    OverflowError for what is no task.
    """
    told: Counter[str] = Counter()
    found = [_record(value, told) if _is_task(value) else value for value in values]
    for what, count in told.items():
        report.note(table, f"{count:,} {what}")
    are_rectangles = any(
        _is_task(value) and "objects" in one for value, one in zip(values, found, strict=True)
    )
    return found, are_rectangles


def _is_task(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("data"), dict)


def _record(task: Json, told: Counter[str]) -> Json:
    """What a task says; a name in its data that its answers take as well gets an ending."""
    data = {name: _without_address(part) for name, part in task["data"].items()}
    label: Json = {}
    boxes: list[list[float]] = []
    categories: list[Any] = []
    for result in _results(task, told):
        said = result["value"]
        if box := _rectangle(result, told):
            boxes.append(box)
            labels = said["rectanglelabels"]
            categories.append(labels[0] if isinstance(labels, list) and labels else None)
        if chosen := said.get("choices"):
            label = label or {"label": chosen[0] if len(chosen) == 1 else chosen}
    if not boxes:
        return beside(label, data, "attribute")
    objects = {"objects": {"bbox": boxes, "category": categories}}
    return beside(label | objects, data, "attribute", ("category",))


def _results(task: Json, told: Counter[str]) -> Iterator[Json]:
    """The results that hold a value, of the annotations that were not cancelled."""
    for answer in task.get("annotations") or []:
        if not isinstance(answer, dict):
            continue
        if answer.get("was_cancelled"):
            told["cancelled annotations are left out"] += 1
            continue
        for result in answer.get("result") or []:
            if isinstance(result, dict) and isinstance(result.get("value"), dict):
                yield result


def _without_address(told: Any) -> Any:
    """The path of a file that Label Studio serves from its own disk; anything else as it is."""
    if isinstance(told, str) and told.startswith(_LOCAL_FILES):
        return unquote(told.removeprefix(_LOCAL_FILES))
    return told


def _rectangle(result: Json, told: Counter[str]) -> list[float] | None:
    """A rectangle of Label Studio, which is in percent, in shares of its image; None for anything
    else. The upright one around one that is turned."""
    said = result["value"]
    parts = [said.get(name) for name in ("x", "y", "width", "height")]
    if "rectanglelabels" not in said or not all(isinstance(p, int | float) for p in parts):
        return None
    x, y, width, height = (part / 100 for part in parts if part is not None)
    angle = said.get("rotation")
    if not isinstance(angle, int | float) or not angle % 360:
        return [x, y, width, height]
    wide, high = result.get("original_width"), result.get("original_height")
    if not (
        isinstance(wide, int | float) and isinstance(high, int | float) and min(wide, high) > 0
    ):
        told["turned rectangles have no original_width and original_height, and are left out"] += 1
        return None
    told["turned rectangles are read as the upright box around"] += 1
    return _around((x, y, width, height), math.radians(angle), high / wide)


def _around(
    rectangle: tuple[float, float, float, float], angle: float, aspect: float
) -> list[float]:
    """The part inside the image of the box around a rectangle that is turned clockwise about its
    upper left corner, all in shares; ``aspect`` is the image's height by its width."""
    x, y, width, height = rectangle
    cos, sin = math.cos(angle), math.sin(angle)
    xs = [x + a * cos - b * aspect * sin for a in (0, width) for b in (0, height)]
    ys = [y + a * sin / aspect + b * cos for a in (0, width) for b in (0, height)]
    left, top = max(min(xs), 0), max(min(ys), 0)
    return [left, top, min(max(xs), 1) - left, min(max(ys), 1) - top]
