"""Exports of FiftyOne: ``labels.json`` of its image classification and detection datasets, and
``samples.json`` of a FiftyOneDataset, each with the images in ``data/``.

https://docs.voxel51.com/user_guide/export_datasets.html
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from curation.items.annotations.common import (
    SURE,
    Json,
    boxed,
    is_named,
    says_how_sure,
    tell_unsure,
    with_attributes,
    with_image,
)
from curation.items.entry import Report, few
from curation.items.folder import IMAGES
from curation.items.manifest import Named
from curation.items.places import plain_name
from curation.items.tables.read import Row
from curation.items.values import json_value

DATA = "data"
"""The folder of the images, beside the labels."""
_OF_LABEL = ("field", "confidence", "index")
_OF_SAMPLE = ("filepath", "metadata", "id", "tags", "created_at", "last_modified_at", "dataset_id")


def labels(found: Json, table: str, folder: Path, report: Report) -> Iterator[Named]:
    """An item for each box of each image in the labels, the whole image where it has none.

    The labels name images without suffix, by their path below ``data``, or one that differs from it
    by letter case or Unicode form only.
    """
    images = _Images(folder, found["labels"])
    for number, (key, target) in enumerate(found["labels"].items(), start=1):
        if not is_named(key, f"{table} label {number}", report):
            continue
        several = images.of(key)
        if len(several) != 1:
            told = f"is one of several: {few(several)}" if several else "is not there"
            report.skip(key, f"its image {told}", number)
            continue
        yield from _labelled(
            Row(number, {}), several[0], target, found.get("classes"), table, report
        )


def samples(found: Json, table: str, report: Report) -> Iterator[Named]:
    """An item for each detection of each sample that is sure enough, the whole image where there is
    none. The field of a detection is its attribute ``field``; the class in any other field is an
    attribute by its name. A sample that is damaged is left out."""
    left_out: Counter[str] = Counter()
    n_unsure = 0
    for number, sample in enumerate(found["samples"], start=1):
        if not isinstance(sample, dict):
            report.skip(f"{table} sample {number}", f"Expected an object, got {sample!r}")
            continue
        name: Any = sample.get("filepath")
        if not is_named(name, f"{table} sample {number}", report):
            continue
        try:
            about, detections = _sample(sample, left_out)
        except ValueError as error:
            report.skip(name, f"it is damaged: {error}", number)
            continue
        told = [one for one in detections if says_how_sure(one, "confidence", name, report)]
        sure = [one for one in told if one.get("confidence", 1) >= SURE]
        n_unsure += len(told) - len(sure)
        yield from _boxes(Row(number, {}), name, about, sure, None, table, report)
    tell_unsure(n_unsure, table, report)
    for kind, count in left_out.items():
        report.note(table, f"{count:,} fields of the kind {kind} are not read")


def _sample(sample: Json, left_out: Counter[str]) -> tuple[Json, list[Json]]:
    """What is said of a sample as a whole, and its detections with the field that each is in.

    ``left_out`` counts the kinds of labels that are not read. Raises ValueError for a list of
    labels that is none.
    """
    about: Json = {"tags": sample["tags"]} if sample.get("tags") else {}
    detections: list[Json] = []
    for field, value in sample.items():
        if field.startswith("_") or field in _OF_SAMPLE:
            continue
        kind = value.get("_cls") if isinstance(value, dict) else None
        if kind in ("Detection", "Detections"):
            several = _several(field, value, "detections") if kind == "Detections" else [value]
            detections += [_in_field(field, one) for one in several]
        elif kind in ("Classification", "Classifications"):
            about |= _classes(field, value)
        elif kind is None:
            about[field] = json_value(value)
        else:
            left_out[kind] += 1
    return about, detections


def _several(field: str, value: Json, name: str) -> list[Json]:
    """The labels in a field that holds several."""
    found = value.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(
            f"Expected a list of objects as {name} of its field {field}, got "
            f"{'one with other parts' if isinstance(found, list) else repr(found)}"
        )
    return found


def _in_field(field: str, detection: Json) -> Json:
    """A detection that says its field, and its confidence only where it has one."""
    said = {
        name: part for name, part in detection.items() if name != "confidence" or part is not None
    }
    return {**said, "field": field}


class _Images:
    """The images in a folder, by the names that labels give them."""

    def __init__(self, folder: Path, named: Collection[str]) -> None:
        self._files = _by_stem(folder)
        taken = {_stem(key) for key in named}
        self._alike: defaultdict[str, list[str]] = defaultdict(list)
        for key, several in self._files.items():
            if key not in taken:
                self._alike[plain_name(key)] += several

    def of(self, key: str) -> list[str]:
        """Those of this name, else those whose name differs by letter case or Unicode form only,
        and is no other label's own."""
        stem = _stem(key)
        return self._files.get(stem) or self._alike.get(plain_name(stem), [])


def _stem(key: str) -> str:
    return str(PurePosixPath(key.replace("\\", "/")))


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
    yield Named(row, name, _with_further({} if label is None else {"label": label}, about))


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
        said = _with_further({"category": _label(one.get("label"), classes)}, one)
        yield from boxed(row, name, with_image(said, about), one.get("bounding_box"), table, report)


def _classes(field: str, value: Json) -> Json:
    """A field that holds a class, or several."""
    if value["_cls"] == "Classifications":
        return {field: [one.get("label") for one in _several(field, value, "classifications")]}
    sure = value.get("confidence")
    return {field: value.get("label"), **({} if sure is None else {f"{field}_confidence": sure})}


def _with_further(said: Json, about: Mapping[str, Any]) -> Json:
    """A class with what is said of it or of its box, with ``attributes`` one level up."""
    further = about.get("attributes")
    flat = {name: json_value(about[name]) for name in _OF_LABEL if name in about}
    return with_attributes(
        {**said, **flat}, json_value(further) if isinstance(further, dict) else {}
    )


def _is_box(target: Json) -> bool:
    return "bounding_box" in target


def _label(target: Any, classes: Sequence[Any] | None) -> Any:
    """The name of a class that may be told by its number."""
    if classes is None or not isinstance(target, int) or isinstance(target, bool):
        return json_value(target)
    return classes[target] if 0 <= target < len(classes) else target
