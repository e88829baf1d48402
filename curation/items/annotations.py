"""Annotation files of other tools in JSON: COCO, MegaDetector, Label Studio, lists of records."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.errors import SourceError
from curation.items import boxes
from curation.items.entry import Entry, Report
from curation.items.manifest import Named, Reading, entries_of, entries_of_table
from curation.items.tables.read import Row, records
from curation.items.tables.text import read_text
from curation.items.values import json_value

SUFFIX = ".json"
SURE = 0.2
"""Detections less sure are left out, as MegaDetector's own guide advises for its version 5."""

_EXPECTED = (
    "Expected COCO (images, annotations, categories), MegaDetector (images with detections), or a "
    "list of objects that name a file each."
)
Json = dict[str, Any]


def read_annotations(path: Path, report: Report, reading: Reading) -> list[Entry]:
    """One entry for every box of every image that ``path`` names; the whole image where it has
    none. What the file says of image and box are attributes, ``category`` the name of its class.

    Raises SourceError for JSON of another form.
    """
    found = _load(path, report, reading)
    if isinstance(found, list):
        rows = records(path, enumerate(map(_task, found), start=1), report)
        return entries_of_table(rows, path, report, reading)
    images = found.get("images") if isinstance(found, dict) else None
    if not isinstance(images, list):
        keys = ", ".join(list(found)[:10]) if isinstance(found, dict) else type(found).__name__
        raise SourceError(f"{path} is no list of images that is known, got {keys}. {_EXPECTED}")
    try:
        if "annotations" in found:
            named, shares = list(_coco(found, path.name, report)), False
        else:
            named, shares = list(_detected(found, path.name, report)), True
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise SourceError(
            f"{path} is damaged or of another form ({error!r}). {_EXPECTED}"
        ) from error
    places = reading.places(path)
    return entries_of(named, places, places.root, path.name, report, shares=shares)


def _load(path: Path, report: Report, reading: Reading) -> Any:
    try:
        return json.loads(read_text(path, report, reading.encoding))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} cannot be read as JSON ({error}). {_EXPECTED}") from error


def _coco(found: Json, table: str, report: Report) -> Iterator[Named]:
    """https://cocodataset.org/#format-data"""
    categories = {one["id"]: one.get("name") for one in found.get("categories") or []}
    of_image: dict[Any, list[tuple[int, Json]]] = defaultdict(list)
    for number, one in enumerate(found["annotations"], start=1):
        of_image[one["image_id"]].append((number, one))
    for number, image in enumerate(found["images"], start=1):
        row = Row(number, {})
        several = of_image.pop(image["id"], [])
        if not _is_named(image.get("file_name"), f"{table} image {number}", report):
            continue
        about = _said(image, ("id", "file_name", "width", "height"))
        if not several:
            yield Named(row, image["file_name"], about)
        for at, one in several:
            said = _said(one, ("id", "image_id", "category_id", "bbox", "segmentation", "area"))
            said["category"] = categories.get(one.get("category_id"))
            yield from _one(
                Row(at, {}), image["file_name"], {**about, **said}, one.get("bbox"), table, report
            )
    for at, _ in (entry for several in of_image.values() for entry in several):
        report.skip(f"{table} annotation {at}", "its image is not in the list of images")


def _detected(found: Json, table: str, report: Report) -> Iterator[Named]:
    """https://lila.science/megadetector-output-format"""
    categories = found.get("detection_categories") or {}
    left_out: Counter[str] = Counter()
    for number, image in enumerate(found["images"], start=1):
        row = Row(number, {})
        if not _is_named(image.get("file"), f"{table} image {number}", report):
            continue
        if image.get("failure"):
            report.skip(image["file"], f"it could not be read there ({image['failure']})", number)
            continue
        about = _said(image, ("file", "detections", "failure", "max_detection_conf"))
        told = [
            d for d in image.get("detections") or [] if _says_how_sure(d, image["file"], report)
        ]
        sure = [d for d in told if d.get("conf", 1) >= SURE]
        left_out["detections"] += len(told) - len(sure)
        if not sure:
            yield Named(row, image["file"], about)
        for one in sure:
            said = {"category": categories.get(str(one.get("category"))), "conf": one.get("conf")}
            yield from _one(row, image["file"], {**about, **said}, one.get("bbox"), table, report)
    if n := left_out["detections"]:
        report.note(table, f"{n:,} detections of a confidence below {SURE} are left out")


def _is_named(name: Any, image: str, report: Report) -> bool:
    """Whether an image has a file name; told where it has none."""
    if isinstance(name, str) and name and "\0" not in name:
        return True
    report.skip(image, f"it names no file: {name!r}")
    return False


def _says_how_sure(detection: Any, file: str, report: Report) -> bool:
    """Whether a detection has a confidence that is a number, or none at all; told otherwise."""
    conf = detection.get("conf", 1) if isinstance(detection, dict) else None
    if isinstance(conf, int | float):
        return True
    report.skip(file, f"a detection in it has no confidence: {conf!r}")
    return False


def _one(
    row: Row, name: str, attributes: Json, box: Any, table: str, report: Report
) -> Iterator[Named]:
    try:
        several = boxes.parse(box, "box")
    except ValueError:
        report.skip(f"{table} annotation {row.number}", f"its bbox is no x,y,w,h: {box!r}")
        return
    if not several:
        yield Named(row, name, attributes)
    for single in several:
        yield Named(row, name, attributes, box=single)


def _said(about: Mapping[str, Any], known: Sequence[str]) -> Json:
    """What else is said, with what stands in ``attributes`` one level up."""
    further = about.get("attributes")
    flat = {k: v for k, v in about.items() if k not in known and k != "attributes"}
    return {
        str(k): json_value(v)
        for k, v in {**flat, **(further if isinstance(further, dict) else {})}.items()
    }


def _task(value: Any) -> Any:
    """A task of Label Studio's export as a plain record: its data, its choice as ``label``, and its
    rectangles, which are in percent of the image, as ``objects`` with the first label of each.

    https://labelstud.io/guide/task_format
    """
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        return value
    record = dict(value["data"])
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


def _rectangle(said: Json) -> list[float] | None:
    """A rectangle of Label Studio in shares of its image; None for anything else."""
    parts = [said.get(name) for name in ("x", "y", "width", "height")]
    if "rectanglelabels" not in said or not all(isinstance(p, int | float) for p in parts):
        return None
    return [part / 100 for part in parts if part is not None]
