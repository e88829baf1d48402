"""Tasks of Label Studio, see https://labelstud.io/guide/task_format."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from curation.items.annotations.common import Json

_LOCAL_FILES = "/data/local-files/?d="


def task(value: Any) -> Any:
    """A task of Label Studio's export as a plain record: its data, its choice as ``label``, and its
    rectangles, which are in percent of the image, as ``objects`` with the first label of each.
    """
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        return value
    record = {name: _without_address(told) for name, told in value["data"].items()}
    rectangles: list[tuple[list[float], Any]] = []
    for answer in value.get("annotations") or []:
        for result in answer.get("result") or [] if isinstance(answer, dict) else []:
            said = result.get("value") if isinstance(result, dict) else None
            said = said if isinstance(said, dict) else {}
            if result_box := _rectangle(said):
                labels = said.get("rectanglelabels")
                label = labels[0] if isinstance(labels, list) and labels else None
                rectangles.append((result_box, label))
            chosen = said.get("choices")
            if chosen:
                record.setdefault("label", chosen[0] if len(chosen) == 1 else chosen)
    if rectangles:
        record["objects"] = {
            "bbox": [box for box, _ in rectangles],
            "category": [label for _, label in rectangles],
        }
    return record


def _without_address(told: Any) -> Any:
    """The path of a file that Label Studio serves from its own disk; anything else as it is."""
    if isinstance(told, str) and told.startswith(_LOCAL_FILES):
        return unquote(told.removeprefix(_LOCAL_FILES))
    return told


def _rectangle(said: Json) -> list[float] | None:
    """A rectangle of Label Studio in shares of its image; None for anything else."""
    parts = [said.get(name) for name in ("x", "y", "width", "height")]
    if "rectanglelabels" not in said or not all(isinstance(p, int | float) for p in parts):
        return None
    return [part / 100 for part in parts if part is not None]
