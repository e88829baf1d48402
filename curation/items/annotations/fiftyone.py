"""Exports of FiftyOne: ``labels.json`` of its image classification and detection datasets, and
``samples.json`` of a FiftyOneDataset, each with the images in ``data/``.

https://docs.voxel51.com/user_guide/export_datasets.html
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from curation.items.annotations.common import Json, boxed
from curation.items.entry import Report, few
from curation.items.folder import IMAGES
from curation.items.manifest import Named
from curation.items.tables.read import Row
from curation.items.values import json_value

DATA = "data"
"""The folder of the images, beside the labels."""
_OF_SAMPLE = ("filepath", "metadata", "id", "tags", "created_at", "last_modified_at", "dataset_id")


def labels(found: Json, table: str, folder: Path, report: Report) -> Iterator[Named]:
    """An item for each box of each image in the labels, the whole image where it has none.

    The labels name images without suffix, by their path below ``data``.
    """
    files = _by_stem(folder)
    for number, (key, target) in enumerate(found["labels"].items(), start=1):
        several = files.get(str(PurePosixPath(key.replace("\\", "/"))), [])
        if len(several) != 1:
            told = f"is one of several: {few(several)}" if several else "is not there"
            report.skip(key, f"its image {told}", number)
            continue
        yield from _labelled(
            Row(number, {}), several[0], target, found.get("classes"), table, report
        )


def samples(found: Json, table: str, report: Report) -> Iterator[Named]:
    """An item for each detection of each sample, the whole image where there is none; the class in
    any other field is an attribute by its name."""
    left_out: Counter[str] = Counter()
    for number, sample in enumerate(found["samples"], start=1):
        name = sample.get("filepath")
        if not isinstance(name, str) or not name:
            report.skip(f"{table} sample {number}", f"it names no file: {name!r}")
            continue
        tags = {"tags": sample["tags"]} if sample.get("tags") else {}
        about: Json = dict(tags)
        detections: list[Json] = []
        for field, value in sample.items():
            if field.startswith("_") or field in _OF_SAMPLE:
                continue
            kind = value.get("_cls") if isinstance(value, dict) else None
            if kind in ("Detection", "Detections"):
                detections += value["detections"] if kind == "Detections" else [value]
            elif kind in ("Classification", "Classifications"):
                about |= _classes(field, value)
            elif kind is None:
                about[field] = json_value(value)
            else:
                left_out[kind] += 1
        yield from _boxes(Row(number, {}), name, about, detections, None, table, report)
    for kind, count in left_out.items():
        report.note(table, f"{count:,} fields of the kind {kind} are not read")


def _by_stem(folder: Path) -> dict[str, list[str]]:
    """Images below ``data`` (or the folder itself, where it holds none) by their paths without
    suffix, relative to the folder."""
    data = folder / DATA
    root = data if data.is_dir() else folder
    found: defaultdict[str, list[str]] = defaultdict(list)
    for where, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            file = Path(where, name)
            if file.suffix.lower() in IMAGES:
                key = file.relative_to(root).with_suffix("").as_posix()
                found[key].append(file.relative_to(folder).as_posix())
    return found


def _labelled(
    row: Row, name: str, target: Any, classes: Sequence[Any] | None, table: str, report: Report
) -> Iterator[Named]:
    """The items of one image: a class, one with what is said of it, several, or boxes."""
    if isinstance(target, list) and any(isinstance(t, dict) and _is_box(t) for t in target):
        yield from _boxes(row, name, {}, target, classes, table, report)
        return
    if isinstance(target, list):
        chosen = [_label(one.get("label") if isinstance(one, dict) else one, classes)
                  for one in target]  # fmt: skip
        yield Named(row, name, {"label": chosen} if chosen else {})
        return
    about = target if isinstance(target, dict) else {"label": target}
    label = _label(about.get("label"), classes)
    yield Named(row, name, {**({} if label is None else {"label": label}), **_further(about)})


def _boxes(
    row: Row,
    name: str,
    about: Json,
    detections: Sequence[Json],
    classes: Sequence[Any] | None,
    table: str,
    report: Report,
) -> Iterator[Named]:
    if not detections:
        yield Named(row, name, about)
    for one in detections:
        told = {**about, "category": _label(one.get("label"), classes), **_further(one)}
        yield from boxed(row, name, told, one.get("bounding_box"), table, report)


def _classes(field: str, value: Json) -> Json:
    """A field that holds a class, or several."""
    if value["_cls"] == "Classifications":
        return {field: [one.get("label") for one in value["classifications"]]}
    sure = value.get("confidence")
    return {field: value.get("label"), **({} if sure is None else {f"{field}_confidence": sure})}


def _further(about: Mapping[str, Any]) -> Json:
    """What is said of a class or box beside its name, with ``attributes`` one level up."""
    further = about.get("attributes")
    flat = {name: json_value(about[name]) for name in ("confidence", "index") if name in about}
    return flat | (json_value(further) if isinstance(further, dict) else {})


def _is_box(target: Json) -> bool:
    return "bounding_box" in target


def _label(target: Any, classes: Sequence[Any] | None) -> Any:
    """The name of a class that may be told by its number."""
    if classes is None or not isinstance(target, int) or isinstance(target, bool):
        return json_value(target)
    return classes[target] if 0 <= target < len(classes) else target
