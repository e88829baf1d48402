"""Annotation files that are odd, or that say two things under one name."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.errors import SourceError
from curation.items import source as sources
from curation.items.catalogue import Catalogue
from curation.items.source import Source, open_source

FOX = {"_cls": "Detection", "label": "fox", "bounding_box": [0.1, 0.1, 0.4, 0.4]}


@pytest.fixture
def folder(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    """Images in the places where CVAT (``images``) and FiftyOne (``data``) have them."""
    for n in range(2):
        draw(tmp_path / "data" / f"{n}.jpg", n, size=(100, 50))
        draw(tmp_path / "images" / f"{n}.jpg", n + 2, size=(100, 50))
    return tmp_path


def items(source: Source) -> list[tuple[str, Any, dict[str, Any]]]:
    catalogue = Catalogue()
    catalogue.scan(source)
    return [(item.paths[0], item.box, dict(item.attributes)) for item in catalogue.items]


def told(source: Source) -> list[str]:
    list(source.entries())
    skipped = [skip.reason for skip in source.skipped]
    return skipped + [note.reason for note in source.report.notes]


def written(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def cvat(folder: Path, images: str) -> Path:
    return written(folder / "annotations.xml", f"<annotations>{images}</annotations>")


def label_studio(folder: Path, *results: Any, **more: Any) -> Path:
    """One task about ``images/0.jpg`` with one annotation."""
    task = {"data": {"image": "images/0.jpg"}, "annotations": [{"result": results, **more}]}
    return written(folder / "tasks.json", [task])


def rectangle(x: float, y: float, width: float, height: float, **more: Any) -> dict[str, Any]:
    value = {"x": x, "y": y, "width": width, "height": height, "rectanglelabels": ["fox"]}
    size = {"original_width": 100, "original_height": 50}
    return {"type": "rectanglelabels", "value": value | more, **size}


_OF_ONE = {"data": {"image": "a.jpg"}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("annotations.xml", '<?xml version="1.0" encoding="foo"?><annotations/>'),
        ("annotations.xml", '<?xml version="1.0" encoding="rot13"?><annotations/>'),
        ("labels.json", [_OF_ONE | {"annotations": 5}]),
        ("labels.json", [_OF_ONE | {"annotations": [{"result": 5}]}]),
        ("labels.json", [_OF_ONE | {"annotations": [{"result": [{"value": {"choices": True}}]}]}]),
        ("samples.json", [_OF_ONE | {"annotations": [{"result": [rectangle(10**400, 0, 1, 1)]}]}]),
    ],
)
def test_a_stray_file_is_a_source_error_and_stops_no_folder(
    folder: Path, name: str, value: Any
) -> None:
    path = written(folder / name, value)
    with pytest.raises(SourceError, match="Expected"):
        open_source(path)
    source = open_source(folder)
    assert len(items(source)) == 4
    assert [skip.path for skip in source.skipped] == [name]
    assert source.skipped[0].reason.startswith("not used: ")


@pytest.mark.parametrize(
    "value",
    [
        [{"image": "\ud800.jpg"}, {"image": "images/0.jpg"}],
        {"images": [{"id": 1, "file_name": "\ud800"}, {"id": 2, "file_name": "images/0.jpg"}],
         "annotations": []},
        {"images": [{"file": "\ud800.jpg"}, {"file": "images/0.jpg"}]},
        {"samples": [{"filepath": "\ud800.jpg"}, {"filepath": "images/0.jpg"}]},
        {"labels": {"\ud800": "fox", "0": "fox"}},
    ],
)  # fmt: skip
def test_a_name_that_no_file_can_have_costs_no_other(folder: Path, value: Any) -> None:
    source = open_source(written(folder / "a.json", value))
    assert [Path(path).name for path, _, _ in items(source)] == ["0.jpg"]
    (reason,) = told(source)
    assert reason.startswith("it names no file")


def test_a_subset_that_no_folder_can_be_called_by_is_none(folder: Path) -> None:
    subset = "s" * 300
    path = cvat(folder, f'<image name="0.jpg" subset="{subset}"/>')
    assert items(open_source(path)) == [("images/0.jpg", None, {"subset": subset})]


def test_no_attribute_of_cvat_poses_as_a_class(folder: Path) -> None:
    attributes = "".join(
        f'<attribute name="{name}">{name} of a box</attribute>'
        for name in ("category", "label", "source", "moon")
    )
    path = cvat(
        folder,
        f"""
      <image name="0.jpg">
        <tag label="night"><attribute name="moon">full</attribute>
          <attribute name="label">7</attribute></tag>
        <box label="fox" source="manual" xtl="10" ytl="5" xbr="50" ybr="25">{attributes}</box>
      </image>""",
    )
    assert items(open_source(path)) == [("images/0.jpg", (10, 5, 40, 20), {
        "category": "fox", "label": "night", "source": "manual",
        "category_attribute": "category of a box", "label_attribute": "label of a box",
        "source_attribute": "source of a box", "moon": "moon of a box",
        "moon_image": "full", "label_attribute_image": "7",
    })]  # fmt: skip


def test_tags_of_cvat_that_have_one_attribute_are_both_told(folder: Path) -> None:
    path = cvat(
        folder,
        """
      <image name="0.jpg">
        <tag label="night"><attribute name="sure">no</attribute></tag>
        <tag label="snow"><attribute name="sure">yes</attribute></tag>
      </image>""",
    )
    expected = {"label": ["night", "snow"], "sure": ["no", "yes"]}
    assert items(open_source(path)) == [("images/0.jpg", None, expected)]


def test_no_attribute_of_fiftyone_poses_as_a_class(folder: Path) -> None:
    clashing = {"category": "c", "label": "l", "confidence": "high"}
    labels = {
        "0": {"label": "fox", "confidence": 0.5, "attributes": clashing},
        "1": [FOX | {"confidence": 0.5, "attributes": clashing}],
    }
    kept = {"confidence": 0.5, "category_attribute": "c", "label_attribute": "l",
            "confidence_attribute": "high"}  # fmt: skip
    path = written(folder / "labels.json", {"labels": labels})
    assert items(open_source(path)) == [
        ("data/0.jpg", None, {"label": "fox", **kept}),
        ("data/1.jpg", (10, 5, 40, 20), {"category": "fox", **kept}),
    ]


def test_no_attribute_of_coco_is_lost_to_another_of_its_name(folder: Path) -> None:
    value = {
        "images": [{"id": 1, "file_name": "images/0.jpg", "site": "A"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [10, 5, 40, 20], "iscrowd": 0,
                         "attributes": {"category": "c", "iscrowd": 1, "site": "B"}}],
        "categories": [{"id": 1, "name": "fox"}],
    }  # fmt: skip
    path = written(folder / "coco.json", value)
    assert items(open_source(path)) == [("images/0.jpg", (10, 5, 40, 20), {
        "category": "fox", "category_attribute": "c", "iscrowd": 0, "iscrowd_attribute": 1,
        "site": "B", "site_image": "A",
    })]  # fmt: skip


def samples(folder: Path, *fields: dict[str, Any]) -> Path:
    found = [{"filepath": f"data/{n}.jpg", **one} for n, one in enumerate(fields)]
    return written(folder / "samples.json", {"samples": found})


def test_detections_of_fiftyone_say_their_field_and_are_sure(folder: Path) -> None:
    unsure = FOX | {"confidence": 0.05}
    path = samples(folder, {
        "weather": "dry", "field": "meadow",
        "ground_truth": {"_cls": "Detections", "detections": [FOX | {"confidence": None}]},
        "predictions": {"_cls": "Detections", "detections": [
            FOX | {"confidence": 0.9, "bounding_box": [0, 0, 0.5, 1]}, unsure]},
    }, {"predictions": unsure})  # fmt: skip
    source = open_source(path)
    of_image = {"weather": "dry", "field_image": "meadow", "category": "fox"}
    assert items(source) == [
        ("data/0.jpg", (10, 5, 40, 20), {"field": "ground_truth", **of_image}),
        ("data/0.jpg", (0, 0, 50, 50), {"field": "predictions", "confidence": 0.9, **of_image}),
        ("data/1.jpg", None, {}),
    ]
    assert told(source) == ["2 detections of a confidence below 0.2 are left out"]


@pytest.mark.parametrize(
    "odd",
    [
        {"_cls": "Detections", "detections": None},
        {"_cls": "Detections", "detections": [FOX, None]},
        {"_cls": "Classifications", "classifications": None},
        {"_cls": "Classifications", "classifications": [None]},
    ],
)
def test_a_damaged_sample_of_fiftyone_costs_no_other(folder: Path, odd: Any) -> None:
    source = open_source(samples(folder, {"found": odd}, {"found": FOX}))
    assert [(path, box) for path, box, _ in items(source)] == [("data/1.jpg", (10, 5, 40, 20))]
    (reason,) = told(source)
    assert reason.startswith("row 1: it is damaged: Expected a list of objects")


def test_a_sample_of_fiftyone_that_is_none_costs_no_other(folder: Path) -> None:
    value = {"samples": [None, {"filepath": "data/0.jpg"}, {"filepath": "data/\0.jpg"}]}
    source = open_source(written(folder / "samples.json", value))
    assert items(source) == [("data/0.jpg", None, {})]
    assert told(source) == ["Expected an object, got None", "it names no file: 'data/\\x00.jpg'"]


def test_labels_of_fiftyone_find_names_in_another_form(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    names = [unicodedata.normalize("NFD", "Bär"), "Fox", "hare", "Hare", "twin", "TWIN", "own"]
    for n, name in enumerate(names):
        draw(tmp_path / "data" / f"{name}.jpg", n)
    labels = dict.fromkeys(
        [unicodedata.normalize("NFC", "Bär"), "fox", "Hare", "Twin", "OWN", "own"], "x"
    )
    source = open_source(written(tmp_path / "labels.json", {"labels": labels}))
    assert [path for path, _, _ in items(source)] == [
        f"data/{name}.jpg" for name in (names[0], "Fox", "Hare", "own")
    ]
    assert told(source) == [
        "row 4: its image is one of several: data/TWIN.jpg, data/twin.jpg",
        "row 5: its image is not there",
    ]


def test_a_turned_rectangle_of_label_studio_is_boxed(folder: Path) -> None:
    """It is turned clockwise about its upper left corner, in pixels, not in percent."""
    path = label_studio(
        folder, rectangle(50, 20, 20, 20, rotation=90), rectangle(8, 40, 20, 20, rotation=90)
    )
    source = open_source(path)
    assert [box for _, box, _ in items(source)] == [(40, 10, 10, 20), (0, 20, 8, 20)]
    assert told(source) == ["2 turned rectangles are read as the upright box around"]


def test_a_turned_rectangle_without_a_size_is_left_out(folder: Path) -> None:
    turned = {"value": rectangle(50, 20, 20, 20, rotation=90)["value"]}
    source = open_source(label_studio(folder, turned, rectangle(0, 0, 50, 50, rotation=0)))
    assert [box for _, box, _ in items(source)] == [(0, 0, 50, 25)]
    (note,) = told(source)
    assert note.startswith("1 turned rectangles have no original_width")


def test_a_cancelled_annotation_of_label_studio_is_left_out(folder: Path) -> None:
    source = open_source(label_studio(folder, rectangle(0, 0, 50, 50), was_cancelled=True))
    assert items(source) == [("images/0.jpg", None, {})]
    assert told(source) == ["1 cancelled annotations are left out"]


@pytest.mark.parametrize("percent", [100, 1])
def test_rectangles_of_label_studio_are_in_percent(folder: Path, percent: int) -> None:
    (entry,) = open_source(label_studio(folder, rectangle(0, 0, percent, 100))).entries()
    assert (entry.box, entry.share) == (None, (0, 0, percent / 100, 1))


def test_an_answer_of_label_studio_keeps_the_data_of_its_name(folder: Path) -> None:
    choice = {"value": {"choices": ["fox"]}}
    data = {"image": "images/0.jpg", "label": "from a robot", "category": "mammal"}
    tasks = [{"data": data, "annotations": [{"result": [choice, rectangle(0, 0, 50, 100)]}]}]
    source = open_source(written(folder / "tasks.json", tasks))
    assert items(source) == [("images/0.jpg", (0, 0, 50, 50), {
        "label": "fox", "label_attribute": "from a robot",
        "category": "fox", "category_attribute": "mammal",
    })]  # fmt: skip


@pytest.mark.parametrize("name", ["annotations.xml", "metadata.jsonl"])
def test_a_describing_file_has_a_limit_in_folders_and_archives(
    folder: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch, name: str,
) -> None:  # fmt: skip
    if name == "metadata.jsonl":
        path = written(folder / name, json.dumps({"file_name": "images/0.jpg", "site": "A" * 99}))
    else:
        path = cvat(folder, '<image name="0.jpg" subset="Train"/>' + " " * 99)
    elsewhere = tmp_path_factory.mktemp("zip")
    packed = shutil.make_archive(str(elsewhere / "task"), "zip", folder)
    monkeypatch.setattr(sources, "LARGEST_DESCRIBING", 100)
    for source in (open_source(folder), open_source(packed, unpack=elsewhere / "unpacked")):
        assert {key for *_, about in items(source) for key in about} == {"folder"}
        (skip,) = source.skipped
        assert skip.path == name
        assert f"{path.stat().st_size:,} bytes, expected at most 100 " in skip.reason
    assert len(items(open_source(path))) == 1  # named by a person, it is read
