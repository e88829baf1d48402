"""Annotation files of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.errors import SourceError
from curation.items.catalogue import Catalogue
from curation.items.source import Source, open_source


@pytest.fixture
def photos(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    for n in range(4):
        draw(tmp_path / "images" / f"{n}.jpg", n, size=(100, 50))
    return tmp_path


def opened(photos: Path, value: Any) -> Source:
    (photos / "a.json").write_text(json.dumps(value))
    return open_source(photos / "a.json")


def items(source: Source) -> list[tuple[str, Any, dict[str, Any]]]:
    catalogue = Catalogue()
    catalogue.scan(source)
    return [(item.paths[0], item.box, dict(item.attributes)) for item in catalogue.items]


def test_coco(photos: Path) -> None:
    source = opened(photos, {
        "images": [
            {"id": 7, "file_name": "images/0.jpg", "width": 100, "height": 50, "location": "A"},
            {"id": "x", "file_name": "images/1.jpg", "width": 100, "height": 50},
            {"id": 9, "file_name": "images/gone.jpg", "width": 100, "height": 50},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 5, 40, 20], "iscrowd": 0,
             "segmentation": [[1, 2]], "area": 800, "attributes": {"individual": "007"}},
            {"id": 2, "image_id": 7, "category_id": 4, "bbox": [60, 5, 30, 20.4]},
            {"id": 3, "image_id": 99, "category_id": 4, "bbox": [0, 0, 9, 9]},
            {"id": 4, "image_id": 7, "category_id": 4, "bbox": [0, 0, 9]},
        ],
        "categories": [{"id": 3, "name": "fox"}, {"id": 4, "name": "hare"}],
    })  # fmt: skip
    assert items(source) == [
        ("images/0.jpg", (10, 5, 40, 20),
         {"location": "A", "category": "fox", "iscrowd": 0, "individual": "007"}),
        ("images/0.jpg", (60, 5, 30, 20), {"location": "A", "category": "hare"}),
        ("images/1.jpg", None, {}),
    ]  # fmt: skip
    list(source.entries())
    assert {skip.path: skip.reason.partition(":")[0] for skip in source.skipped} == {
        "a.json annotation 4": "its bbox is no x,y,w,h",
        "a.json annotation 3": "its image is not in the list of images",
        "images/gone.jpg": "row 3",
    }


def test_megadetector(photos: Path) -> None:
    source = opened(photos, {
        "images": [
            {"file": "images\\0.jpg", "detections": [
                {"category": "1", "conf": 0.9, "bbox": [0.1, 0.1, 0.4, 0.4]},
                {"category": "2", "conf": 0.3, "bbox": [0.0, 0.0, 1.0, 1.0]},
                {"category": "1", "conf": 0.05, "bbox": [0.5, 0.5, 0.2, 0.2]},
            ]},
            {"file": "images/1.jpg", "detections": []},
            {"file": "images/2.jpg", "failure": "image access failure"},
        ],
        "detection_categories": {"1": "animal", "2": "person"},
        "info": {"format_version": "1.3"},
    })  # fmt: skip
    assert items(source) == [
        ("images/0.jpg", (10, 5, 40, 20), {"category": "animal", "conf": 0.9}),
        ("images/0.jpg", (0, 0, 100, 50), {"category": "person", "conf": 0.3}),
        ("images/1.jpg", None, {}),
    ]
    list(source.entries())
    assert [note.reason for note in source.report.notes] == [
        "1 detections of a confidence below 0.2 are left out"
    ]
    assert "image access failure" in source.skipped[0].reason


def test_records_and_tasks(photos: Path) -> None:
    assert items(opened(photos, [{"image": "images/0.jpg", "tag": "007"}])) == [
        ("images/0.jpg", None, {"tag": "007"})
    ]
    result = {"value": {"choices": ["fox"]}, "type": "choices"}
    task = {
        "id": 1,
        "data": {"image": "/data/local-files/?d=x/images/1.jpg", "site": "A"},
        "annotations": [{"result": [result]}],
    }
    assert items(opened(photos, [task])) == [("images/1.jpg", None, {"site": "A", "label": "fox"})]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"shapes": []}, "no list of images that is known, got shapes. Expected COCO"),
        (7, "got int"),
        ({"images": [{"file": "a"}], "annotations": []}, "damaged or of another form"),
        ({"images": [{"file": "images/0.jpg", "detections": 3}]}, "another form"),
        ({"images": 3}, "no list of images"),
        ([1, 2], "needs a column"),
    ],
)
def test_json_of_another_form_is_named(photos: Path, value: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        opened(photos, value)
    (photos / "a.json").write_text('{"images": [')
    with pytest.raises(SourceError, match="cannot be read as JSON"):
        open_source(photos / "a.json")


def test_one_odd_image_or_detection_costs_no_other(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "a.jpg", size=(100, 80))
    coco = {"images": [{"id": 1, "file_name": None}, {"id": 2, "file_name": 5}, {"id": 3},
                       {"id": 4, "file_name": "a.jpg"}], "annotations": []}  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(coco))
    source = open_source(tmp_path / "c.json")
    assert [entry.path for entry in source.entries()] == ["a.jpg"]
    assert [s.path for s in source.skipped] == [f"c.json image {n}" for n in (1, 2, 3)]
    box = [0.1, 0.1, 0.5, 0.5]
    detections = [{"category": "1", "conf": None, "bbox": box},
                  {"category": "1", "conf": 0.9, "bbox": box}, None,
                  {"conf": "x"}]  # fmt: skip
    found = {"images": [{"file": "a.jpg", "detections": detections}, {"file": None}]}
    (tmp_path / "m.json").write_text(json.dumps(found))
    source = open_source(tmp_path / "m.json")
    assert [entry.share for entry in source.entries()] == [tuple(box)]
    assert [skip.path for skip in source.skipped] == [*["a.jpg"] * 3, "m.json image 2"]


def test_rectangles_of_label_studio(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.jpg", size=(100, 80))
    results = [
        {"type": "rectanglelabels",
         "value": {"x": x, "y": 20, "width": 50, "height": 40, "rectanglelabels": [label]}}
        for x, label in ((10, "fox"), (30, "hare"))
    ]  # fmt: skip
    task = {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": results}]}
    (tmp_path / "l.json").write_text(json.dumps([task]))
    fox, hare = open_source(tmp_path / "l.json").entries()
    assert [one.attributes["category"] for one in (fox, hare)] == ["fox", "hare"]
    assert fox.share == pytest.approx((0.1, 0.2, 0.5, 0.4))
    assert hare.share == pytest.approx((0.3, 0.2, 0.5, 0.4))
