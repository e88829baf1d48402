"""Annotation files of other tools."""

from __future__ import annotations

import json
import shutil
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


def lines(source: Source) -> dict[str, str]:
    """What a source has to tell, by what it is about."""
    list(source.entries())
    skipped = {skip.path: skip.reason for skip in source.skipped}
    return skipped | {note.path: note.reason for note in source.report.notes}


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><name>foxes</name><labels><label><name>fox</name></label></labels></task></meta>
  {images}
</annotations>
"""


@pytest.fixture
def cvat(photos: Path) -> Callable[[str], Path]:
    """The path of an export of CVAT with these images in it."""

    def write(images: str) -> Path:
        path = photos / "annotations.xml"
        path.write_text(CVAT.format(images=images), "utf-8")
        return path

    return write


def test_cvat(photos: Path, cvat: Callable[[str], Path]) -> None:
    path = cvat("""
      <image id="0" name="0.jpg" subset="default" task_id="7" width="100" height="50">
        <tag label="night" source="manual"><attribute name="moon">007</attribute></tag>
        <box label="fox" source="manual" occluded="0" xtl="10.00" ytl="5.00" xbr="50.00"
             ybr="25.00" z_order="0"><attribute name="individual">1e5</attribute></box>
        <box label="hare" occluded="1" xtl="60.0" ytl="5.0" xbr="90.0" ybr="25.0" z_order="0"/>
      </image>
      <image id="1" name="1.jpg" width="100" height="50">
        <tag label="day"/><tag label="snow"/>
      </image>
      <image id="2" name="2.jpg" width="100" height="50"/>
      <image id="3" name="gone.jpg" width="100" height="50"/>
      <image id="4" width="100" height="50"/>""")
    night = {"subset": "default", "task_id": "7", "label": "night", "moon": "007"}
    source = open_source(path)
    assert items(source) == [
        ("images/0.jpg", (10, 5, 40, 20), {
            **night, "source": "manual", "occluded": "0", "category": "fox", "individual": "1e5"}),
        ("images/0.jpg", (60, 5, 30, 20), {**night, "occluded": "1", "category": "hare"}),
        ("images/1.jpg", None, {"label": ["day", "snow"]}),
        ("images/2.jpg", None, {}),
    ]  # fmt: skip
    told = lines(source)
    assert told.keys() == {"images/gone.jpg", "annotations.xml image 5"}
    assert "names no file" in told["annotations.xml image 5"]


def test_other_shapes_of_cvat_are_boxed_or_told(cvat: Callable[[str], Path]) -> None:
    path = cvat("""
      <image id="0" name="0.jpg" width="100" height="50">
        <polygon label="fox" points="10.0,5.0;50.0,5.0;30.0,25.0"/>
        <ellipse label="fox" cx="50.0" cy="25.0" rx="20.0" ry="10.0" rotation="90.0"/>
        <mask label="fox" rle="1, 2" left="3" top="4" width="20" height="10"/>
        <box label="fox" xtl="40.0" ytl="20.0" xbr="60.0" ybr="30.0" rotation="90.0"/>
        <polyline label="path" points="1,2;3,4"/>
        <points label="eye" points="1,2"/>
        <box label="fox" xtl="1.0" ytl="2.0" xbr="x" ybr="3.0"/>
        <polygon label="fox" points="1;2"/>
      </image>""")
    source = open_source(path)
    assert [(box, about["category"]) for _, box, about in items(source)] == [
        ((10, 5, 40, 20), "fox"),
        ((40, 5, 20, 40), "fox"),
        ((3, 4, 20, 10), "fox"),
        ((45, 15, 10, 20), "fox"),
    ]
    list(source.entries())
    assert sorted(note.reason for note in source.report.notes) == [
        "1 of ellipse are read as the box around",
        "1 of mask are read as the box around",
        "1 of points have no area and are left out",
        "1 of polygon are read as the box around",
        "1 of polyline have no area and are left out",
        "1 turned boxes are read as the upright box around",
    ]
    assert [skip.reason.partition(":")[0] for skip in source.skipped] == [
        "its bbox is no x,y,w,h",
        "its bbox is no x,y,w,h",
    ]


def test_a_project_of_cvat_has_a_folder_for_each_subset(
    photos: Path, draw: Callable[..., Path], cvat: Callable[[str], Path]
) -> None:
    draw(photos / "images" / "Train" / "0.jpg", 9)
    path = cvat('<image id="0" name="0.jpg" subset="Train" width="24" height="16"/>')
    assert items(open_source(path)) == [("images/Train/0.jpg", None, {"subset": "Train"})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotations>", "cannot be read as XML"),
        ("<annotation><filename>0.jpg</filename></annotation>", "got <annotation>"),
        ("<annotations><track id='0' label='fox'/></annotations>", "tracks of a video"),
        (
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><annotations>&b;</annotations>",
            "declares a document type",
        ),
        ("<annotations/>", "No item"),
    ],
)
def test_xml_of_another_form_is_named(photos: Path, text: str, message: str) -> None:
    (photos / "annotations.xml").write_text(text)
    with pytest.raises(SourceError, match=message):
        open_source(photos / "annotations.xml")


def test_the_folder_and_the_zip_of_a_cvat_export_are_sources(
    photos: Path, cvat: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    cvat("""<image id="0" name="0.jpg" width="100" height="50">
      <box label="fox" xtl="10.0" ytl="5.0" xbr="50.0" ybr="25.0"/></image>""")
    elsewhere = tmp_path_factory.mktemp("zip")
    packed = shutil.make_archive(str(elsewhere / "task"), "zip", photos)
    for source in (open_source(photos), open_source(packed, unpack=elsewhere / "unpacked")):
        found = items(source)
        assert found[0][:2] == ("images/0.jpg", (10, 5, 40, 20))
        assert found[0][2] == {"folder": "images", "category": "fox"}
        assert [path for path, _, _ in found[1:]] == [f"images/{n}.jpg" for n in (1, 2, 3)]


@pytest.fixture
def fiftyone(photos: Path) -> Path:
    """A folder with ``data/`` as FiftyOne's exports have it."""
    (photos / "images").rename(photos / "data")
    (photos / "data" / "sub").mkdir()
    (photos / "data" / "3.jpg").rename(photos / "data" / "sub" / "3.x.jpg")
    return photos


def test_fiftyone_classification(fiftyone: Path) -> None:
    """As told by FiftyOneImageClassificationDataset: numbers of classes, or names with more."""
    labels = {
        "0": 1,
        "1": {"label": 0, "confidence": 0.5, "attributes": {"individual": "007"}},
        "2": None,
        "sub/3.x": ["fox", {"label": "hare"}],
        "gone": 1,
    }
    value = {"classes": ["fox", "hare"], "labels": labels}
    (fiftyone / "labels.json").write_text(json.dumps(value))
    expected = [
        ("data/0.jpg", None, {"label": "hare"}),
        ("data/1.jpg", None, {"label": "fox", "confidence": 0.5, "individual": "007"}),
        ("data/2.jpg", None, {}),
        ("data/sub/3.x.jpg", None, {"label": ["fox", "hare"]}),
    ]
    source = open_source(fiftyone / "labels.json")
    assert items(source) == expected
    assert lines(source) == {"gone": "row 5: its image is not there"}
    in_folder = items(open_source(fiftyone))
    assert [(path, box, {k: v for k, v in about.items() if k != "folder"})
            for path, box, about in in_folder] == expected  # fmt: skip


def test_fiftyone_detection(fiftyone: Path) -> None:
    labels = {
        "0": [
            {"label": "fox", "bounding_box": [0.1, 0.1, 0.4, 0.4], "confidence": 0.9},
            {"label": "hare", "bounding_box": [0, 0, 1, 1], "attributes": {"occluded": True}},
            {"label": "hare", "bounding_box": [0, 0, 1]},
        ],
        "1": [],
    }
    (fiftyone / "labels.json").write_text(json.dumps({"classes": None, "labels": labels}))
    source = open_source(fiftyone / "labels.json")
    assert items(source) == [
        ("data/0.jpg", (10, 5, 40, 20), {"category": "fox", "confidence": 0.9}),
        ("data/0.jpg", (0, 0, 100, 50), {"category": "hare", "occluded": True}),
        ("data/1.jpg", None, {}),
    ]
    assert "no x,y,w,h" in lines(source)["labels.json annotation 1"]


def test_fiftyone_dataset(fiftyone: Path) -> None:
    """As FiftyOneDataset writes its samples."""
    found = {"_cls": "Detections", "detections": [
        {"_cls": "Detection", "label": "fox", "bounding_box": [0.1, 0.1, 0.4, 0.4]}]}  # fmt: skip
    samples = [
        {
            "filepath": "data/0.jpg",
            "tags": ["night"],
            "_media_type": "image",
            "metadata": {"_cls": "ImageMetadata", "width": 100},
            "created_at": {"$date": 1},
            "ground_truth": {"_cls": "Classification", "label": "fox", "confidence": 0.5},
            "kinds": {"_cls": "Classifications", "classifications": [{"label": "a"}]},
            "uniqueness": 0.25,
            "mask": {"_cls": "Segmentation"},
        },
        {"filepath": "/home/else/export/data/1.jpg", "tags": [], "found": found},
        {"filepath": "data/gone.jpg"},
        {"tags": []},
    ]
    (fiftyone / "samples.json").write_text(json.dumps({"samples": samples}))
    source = open_source(fiftyone / "samples.json")
    assert items(source) == [
        ("data/0.jpg", None, {
            "tags": ["night"], "ground_truth": "fox", "ground_truth_confidence": 0.5,
            "kinds": ["a"], "uniqueness": 0.25}),
        ("data/1.jpg", (10, 5, 40, 20), {"category": "fox", "field": "found"}),
    ]  # fmt: skip
    told = lines(source)
    assert told.keys() == {"data/gone.jpg", "samples.json sample 4", "samples.json"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels.json", {"labels": {"0": [3, {"bounding_box": 3}]}}),
        ("labels.json", {"labels": {"0": [{"bounding_box": [0, 0, 1, 1]}, 3]}}),
        ("labels.json", {"labels": {"0": {"label": {}, "attributes": 3}}, "classes": "fox"}),
        ("samples.json", {"samples": [3]}),
        ("samples.json", {"samples": [{"filepath": "data/0.jpg", "a": {"_cls": "Detections"}}]}),
    ],
)
def test_damaged_labels_are_no_traceback(fiftyone: Path, name: str, value: Any) -> None:
    """A source that can be read, or an error that says what was expected; the folder is one."""
    (fiftyone / name).write_text(json.dumps(value))
    try:
        outcome = f"Expected {items(open_source(fiftyone / name))}"
    except SourceError as error:
        outcome = str(error)
    assert "Expected" in outcome
    assert len({path for path, _, _ in items(open_source(fiftyone))}) == 4


def test_labels_without_data_beside_them_are_of_something_else(photos: Path) -> None:
    (photos / "labels.json").write_text(json.dumps({"labels": {"0": "fox"}}))
    assert all("label" not in about for _, _, about in items(open_source(photos)))


def test_a_local_file_of_label_studio_is_found_by_its_path(
    photos: Path, draw: Callable[..., Path]
) -> None:
    draw(photos / "images" / "ein Bär.jpg", 5)
    address = "/data/local-files/?d=images/ein%20B%C3%A4r.jpg"
    source = opened(photos, [{"data": {"image": address}}])
    assert items(source) == [("images/ein Bär.jpg", None, {})]
    assert lines(source) == {}
