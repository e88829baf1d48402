"""The tools whose formats we write read them with their own loaders."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from curated import ANSWERS, FILES, SIZE, SOURCES, crops, curated

from curation.exports import ExportData, export

PREDICTED = {file for file, source in SOURCES.items() if source not in ("explicit", "implied")}


@pytest.fixture
def data(make_data: Callable[..., ExportData], grouping: type[Any], tmp_path: Path) -> ExportData:
    return curated(tmp_path / "photos", make_data, grouping)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No hub is asked, and nothing is kept outside of the test's folder."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def grey(image: Any) -> int:
    """Which of the painted images it is."""
    return round((float(np.asarray(image.convert("L")).mean()) - 10) / 20)


def test_pycocotools_reads_coco(data: ExportData, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    data = crops(data.root, data, [(0, 0, 20, 10), (30, 20, 20, 10)])
    coco = COCO(export("groups", "coco", tmp_path / "out.json", data).path)
    names = {row["name"] for row in coco.loadCats(coco.getCatIds())}
    assert {name.partition(" ")[0] for name in names} >= {"fox"}
    files = {row["file_name"] for row in coco.loadImgs(coco.getImgIds())}
    assert files == {*FILES[2:], "wide.png"}
    assert all((data.root / file).is_file() for file in files)
    (wide,) = [i for i, row in coco.imgs.items() if row["file_name"] == "wide.png"]
    boxes = coco.loadAnns(coco.getAnnIds(imgIds=[wide]))
    assert [one["bbox"] for one in boxes] == [[0, 0, 20, 10], [30, 20, 20, 10]]
    assert [one["area"] for one in boxes] == [200, 200]
    by_category = [coco.getAnnIds(catIds=[category]) for category in coco.getCatIds()]
    assert sum(map(len, by_category)) == len(FILES)
    sources = Counter(one["source"] for one in coco.loadAnns(coco.getAnnIds()))
    assert sources == Counter(SOURCES.values())
    assert len(coco.getAnnIds(areaRng=[SIZE[0] * SIZE[1] - 1, 1e9])) == len(FILES) - 2


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # it leaves files open
@pytest.mark.parametrize("packed", [False, True])
def test_webdataset_reads_pairs(packed: bool, data: ExportData, tmp_path: Path) -> None:
    import zipfile

    from webdataset import WebDataset

    out = export("pairs", "webdataset", tmp_path / ("out.zip" if packed else "out"), data)
    if packed:
        zipfile.ZipFile(out.path).extractall(tmp_path / "unzipped")
    shards = sorted(map(str, (tmp_path / "unzipped" if packed else out.path).glob("*.tar")))
    read = (
        WebDataset(shards, shardshuffle=False, empty_check=False)
        .decode("pil")
        .to_tuple("a.jpg;a.png", "b.jpg;b.png", "json")
    )
    numbers = {item_id: number for number, item_id in enumerate(data.items)}
    found = [
        (grey(a), grey(b), row["verdict"], numbers[row["id_a"]], numbers[row["id_b"]])
        for a, b, row in read
    ]
    assert found == [(a, b, verdict, a, b) for a, b, verdict in ANSWERS]


def test_datasets_reads_an_imagefolder(data: ExportData, tmp_path: Path) -> None:
    """All of it, in one split, whatever its images are called."""
    from datasets import load_dataset

    out = export("groups", "imagefolder", tmp_path / "out", data).path
    read = load_dataset("imagefolder", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    assert list(read) == ["train"]
    rows = list(read["train"])
    assert {row["original_file"]: row["source"] for row in rows} == SOURCES
    assert {row["original_file"]: grey(row["image"]) for row in rows} == {
        file: number for number, file in enumerate(FILES)
    }
    assert {row["original_file"] for row in rows if row["probability"]} == PREDICTED
    assert sum(row["name"] == "fox" for row in rows) == sum(bool(row["name"]) for row in rows) >= 5


def test_pandas_reads_what_is_said(data: ExportData, tmp_path: Path) -> None:
    folders = export("groups", "folders", tmp_path / "f", data).path
    csv = pd.read_csv(folders / "metadata.csv", dtype={"group": str, "item": str})
    images = export("groups", "imagefolder", tmp_path / "i", data).path
    path = images / "train" / "metadata.jsonl"
    jsonl = pd.read_json(path, lines=True, dtype={"group": str, "item": str})
    for frame in (csv, jsonl):
        assert dict(zip(frame["original_file"], frame["source"], strict=True)) == SOURCES
        assert set(frame["original_file"][frame["probability"].notna()]) == PREDICTED
        assert set(frame["item"]) == set(data.items)
    assert all((folders / name).is_file() for name in csv["file_name"])
    assert all((images / "train" / name).is_file() for name in jsonl["file_name"])


def test_torchvision_takes_the_decided_folders_for_classes(
    data: ExportData, tmp_path: Path
) -> None:
    from torchvision.datasets import ImageFolder

    out = export("groups", "folders", tmp_path / "out", data, links=True).path
    decided = ImageFolder(out / "decided")
    assert len(decided) == len(FILES) - len(PREDICTED)
    assert len(decided.classes) == 2
    assert sorted(grey(image) for image, _ in decided) == [0, 1, 2, 3, 4]
    assert len(ImageFolder(out / "predicted")) == 2


def test_fiftyone_finds_an_image_for_each_label(data: ExportData, tmp_path: Path) -> None:
    """By its documented schema: targets by the names of the files without suffix, none alike."""
    out = export("groups", "fiftyone", tmp_path / "out", data).path
    assert sorted(path.name for path in out.iterdir()) == ["data", "labels.json"]
    found = json.loads((out / "labels.json").read_text("utf-8"))
    assert found.keys() == {"labels"}  # without classes, targets are names
    files = [path.name for path in (out / "data").iterdir()]
    by_stem = {Path(name).stem: name for name in files}
    assert len(by_stem) == len(files)
    assert by_stem.keys() == found["labels"].keys()
    for target in found["labels"].values():
        assert target.keys() <= {"label", "confidence", "attributes"}
        assert isinstance(target["label"], str)
        assert isinstance(target.get("confidence", 0.5), float)
        assert all(isinstance(value, str | float) for value in target["attributes"].values())


def test_label_studio_converts_tasks(data: ExportData, tmp_path: Path) -> None:
    """Its converter, from the package label-studio-sdk, which asks for an older numpy."""
    converter = pytest.importorskip("label_studio_sdk.converter")
    data = crops(data.root, data, [(0, 0, 30, 20), (30, 20, 30, 20)])
    out = export("groups", "labelstudio", tmp_path / "tasks.json", data)
    config = str(out.manifest["label_config"])
    convert = converter.Converter(config, project_dir=str(tmp_path), download_resources=False)
    convert.convert_to_json_min(str(out.path), str(tmp_path / "min"), is_dir=False)
    (found,) = (tmp_path / "min").glob("*.json")
    rows = {row["file"]: row for row in json.loads(found.read_text())}
    decided = {file for file in FILES[2:] if file not in PREDICTED}
    assert {file for file, row in rows.items() if "group" in row or "box" in row} == {
        *decided, "wide.png"}  # fmt: skip
    assert all(str(rows[file]["group"]).startswith("fox") for file in decided)
    boxes = rows["wide.png"]["box"]
    assert [(box["x"], box["y"], box["width"], box["height"]) for box in boxes] == [
        (0, 0, 50, 50),
        (50, 50, 50, 50),
    ]
