"""Exports in the formats of other tools: what is in them, what is left out, where they go."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from curated import CLAIM, FILES, SIZE, SOURCES, crops, curated
from PIL import Image

from curation.errors import ExportError, StorageFull
from curation.exports import ExportData, ExportResult, export
from curation.exports.labelled import _labels
from curation.exports.names import FreeNames, safe_name
from curation.items.catalogue import Catalogue
from curation.items.source import open_source

GROUPS = ("coco", "labelstudio", "fiftyone", "folders", "imagefolder")
TREES = ("fiftyone", "folders", "imagefolder")
CONVERTED = ("frame.gif", "photo.jp2")
ALL = [*(("groups", fmt) for fmt in GROUPS), ("pairs", "webdataset")]


@pytest.fixture
def data(make_data: Callable[..., ExportData], grouping: type[Any], tmp_path: Path) -> ExportData:
    return curated(tmp_path / "photos", make_data, grouping)


def size_of(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        return image.size


def states(result: ExportResult) -> dict[str, dict[str, Any]]:
    """What each format says of each file: source, probability and label."""
    read = {
        "coco": _coco,
        "labelstudio": _label_studio,
        "fiftyone": _fiftyone,
        "folders": _folders,
        "imagefolder": _imagefolder,
    }
    return read[str(result.manifest["format"])](result.path)


def _coco(path: Path) -> dict[str, dict[str, Any]]:
    found = json.loads(path.read_text())
    files = {one["id"]: one["file_name"] for one in found["images"]}
    names = {one["id"]: one["name"] for one in found["categories"]}
    return {
        files[one["image_id"]]: {**one, "label": names[one["category_id"]]}
        for one in found["annotations"]
    }


def _label_studio(path: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for task in json.loads(path.read_text()):
        given = (task["annotations"] + task["predictions"])[0]
        result = given["result"][0]
        assert len(task["annotations"]) + len(task["predictions"]) == len(given["result"]) == 1
        if task["predictions"]:
            assert given["score"] == result["meta"]["probability"]
            assert given["model_version"] == f"{result['meta']['source']}, generation 3"
        label = result["value"]["choices"][0]
        found[task["data"]["file"]] = {**result["meta"], "label": label}
    return found


def _fiftyone(path: Path) -> dict[str, dict[str, Any]]:
    labels = json.loads((path / "labels.json").read_text())["labels"]
    files = {file.stem for file in (path / "data").iterdir()}
    assert files == set(labels)
    for one in labels.values():
        assert one.get("confidence") == one["attributes"].get("probability")
    return {
        one["attributes"]["file"]: {**one["attributes"], "label": one["label"]}
        for one in labels.values()
    }


def _folders(path: Path) -> dict[str, dict[str, Any]]:
    with (path / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        assert (path / row["file_name"]).is_file()
        state, label, _ = row["file_name"].split("/")
        assert state == {"explicit": "decided"}.get(row["source"], row["source"])
        probability = {"probability": float(row["probability"])} if row["probability"] else {}
        found[row["original_file"]] = {**row, "label": label, **probability}
    return found


def _imagefolder(path: Path) -> dict[str, dict[str, Any]]:
    lines = (path / "train" / "metadata.jsonl").read_text().splitlines()
    rows = list(map(json.loads, lines))
    assert all((path / "train" / row["file_name"]).is_file() for row in rows)
    return {row["original_file"]: row for row in rows}


@pytest.mark.parametrize("fmt", GROUPS)
def test_every_format_says_of_every_image_what_the_table_says(
    fmt: str, data: ExportData, tmp_path: Path
) -> None:
    table = export("groups", "jsonl", tmp_path / "t.jsonl", data).path
    expected = {row["file"]: row for row in map(json.loads, table.read_text().splitlines())}
    result = export("groups", fmt, tmp_path / "out", data)
    found = states(result)
    assert {file: one["source"] for file, one in found.items()} == SOURCES
    for file, one in found.items():
        assert one["group"] == expected[file]["group"]
        assert (one.get("probability") or None) == expected[file]["probability"]
        assert one["label"].startswith(expected[file]["name"] or expected[file]["group"])
    assert len({one["label"] for one in found.values()}) == 3  # two groups are named alike
    assert result.manifest["claims"] == [CLAIM]
    assert result.manifest["left_out"] == []
    assert result.rows == len(FILES)


@pytest.mark.parametrize("fmt", TREES)
def test_copies_are_the_files_and_links_lead_to_them(
    fmt: str, data: ExportData, tmp_path: Path
) -> None:
    for links in (False, True):
        result = export("groups", fmt, tmp_path / f"out-{links}", data, links=links)
        assert result.manifest["counts"]["converted"] == len(CONVERTED)
        copies = [f for f in result.path.rglob("*") if f.is_file() and "metadata" not in f.name]
        images = [file for file in copies if file.suffix != ".json"]
        assert len(images) == len(FILES) == result.manifest["files"] - 1
        bytes_of = {(data.root / name).read_bytes() for name in FILES if name not in CONVERTED}
        drawn = [file for file in images if file.read_bytes() not in bytes_of]
        assert {(file.suffix, size_of(file)) for file in drawn} == {(".png", SIZE)}
        assert len(drawn) == len(CONVERTED)
        assert sum(file.is_symlink() for file in images) == (len(FILES) - len(drawn)) * links


@pytest.mark.parametrize("fmt", TREES)
def test_a_zip_holds_the_same_as_the_folder(fmt: str, data: ExportData, tmp_path: Path) -> None:
    folder = export("groups", fmt, tmp_path / "out", data).path
    packed = export("groups", fmt, tmp_path / "out.zip", data)
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.testzip() is None
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert inside == {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }
    assert packed.rows == len(FILES)


def test_crops_are_cut_or_told_by_their_box(data: ExportData, tmp_path: Path) -> None:
    boxes = [(0, 0, 20, 10), (30, 20, 60, 40), (5, 5, 8, 8)]  # the second reaches beyond the image
    data = crops(tmp_path / "photos", data, boxes)
    shown = {0: (0, 0, 20, 10), 1: (30, 20, 30, 20), 2: (5, 5, 8, 8)}
    ids = list(data.items)

    coco = json.loads(export("groups", "coco", tmp_path / "c", data).path.read_text())
    (wide,) = [one for one in coco["images"] if one["file_name"] == "wide.png"]
    assert (wide["width"], wide["height"]) == (60, 40)
    inside = {a["item"]: a for a in coco["annotations"] if a["image_id"] == wide["id"]}
    assert {ids.index(id): tuple(a["bbox"]) for id, a in inside.items()} == shown
    assert all("bbox" not in a for a in coco["annotations"] if a["image_id"] != wide["id"])
    assert inside[ids[1]]["area"] == 600

    tasks = json.loads(export("groups", "labelstudio", tmp_path / "l", data).path.read_text())
    (task,) = [task for task in tasks if task["data"]["file"] == "wide.png"]
    values = [result["value"] for result in task["annotations"][0]["result"]]
    assert (values[1]["x"], values[1]["y"], values[1]["width"]) == (50, 50, 50)
    assert values[1]["rectanglelabels"][0].startswith("fox")

    for fmt in TREES:
        result = export("groups", fmt, tmp_path / fmt, data, links=True)
        assert result.manifest["counts"]["cut"] == 3
        sizes = Counter(
            size_of(file) for file in result.path.rglob("wide*") if file.suffix == ".png"
        )
        assert sizes == Counter(box[2:] for box in shown.values())
    rows = _imagefolder(tmp_path / "imagefolder")
    assert rows["wide.png"]["original_box"] in {"0,0,20,10", "30,20,60,40", "5,5,8,8"}

    (shard,) = export("pairs", "webdataset", tmp_path / "w", data).path.iterdir()
    with tarfile.open(shard) as archive:
        first = archive.extractfile("000000000.a.png")
        assert first is not None
        assert Image.open(io.BytesIO(first.read())).size == (20, 10)


@pytest.mark.parametrize("fmt", GROUPS)
def test_what_has_no_image_is_told(fmt: str, data: ExportData, tmp_path: Path) -> None:
    ids = list(data.items)
    changed = dict(data.items)
    changed[ids[1]] = replace(changed[ids[1]], width=0, height=0)  # a vector
    changed[ids[2]] = replace(changed[ids[2]], present=False)
    (data.root / FILES[4]).unlink()
    (data.root / FILES[7]).write_bytes(b"no image")
    data = crops(data.root, replace(data, items=changed), [(0, 0, 20, 10)])
    (data.root / "wide.png").write_bytes(b"cut")
    result = export("groups", fmt, tmp_path / "out", data)
    left_out = dict(result.manifest["left_out"])
    unread = {"photo.jp2"} if fmt in TREES else set()
    assert left_out.keys() == {FILES[1], FILES[2], FILES[4], "wide.png"} | unread
    assert "without an image" in left_out[FILES[1]]
    assert "not there" in left_out[FILES[2]]
    assert "not there" in left_out[FILES[4]]
    counts = result.manifest["counts"]
    assert counts["left_out_missing"] == 2
    assert counts["left_out_without_image"] == 1
    assert counts["left_out_unreadable"] == 1 + len(unread)
    assert set(states(result)) == set(FILES[3:]) - {FILES[4]} - unread


def test_pairs_without_an_image_are_counted(data: ExportData, tmp_path: Path) -> None:
    (data.root / FILES[4]).unlink()
    result = export("pairs", "webdataset", tmp_path / "out", data)
    assert result.rows == 3
    assert result.manifest["counts"]["left_out_pairs"] == 1
    assert result.manifest["left_out"] == [(FILES[4], "its file is not there")]


@pytest.mark.parametrize(("what", "fmt"), ALL)
def test_vectors_alone_are_refused_with_the_way_out(
    what: str,
    fmt: str,
    make_data: Callable[..., ExportData],
    answers: Any,
    tmp_path: Path,
) -> None:
    data = make_data(answers)
    items = {id: replace(item, width=0, height=0) for id, item in data.items.items()}
    with pytest.raises(ExportError, match=r"vector, without an image.*as csv, jsonl, parquet"):
        export(what, fmt, tmp_path / "out", replace(data, items=items))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("what", "fmt"), ALL)
def test_excluded_images_are_in_none(what: str, fmt: str, data: ExportData, tmp_path: Path) -> None:
    ids = list(data.items)
    result = export(what, fmt, tmp_path / "out", replace(data, excluded=frozenset(ids[::7])))
    assert result.rows == (6 if what == "groups" else 2)
    if what == "groups":
        assert set(states(result)) == set(FILES[1:7])


def test_every_file_of_an_item_is_there_and_observed_ones_too(
    data: ExportData, tmp_path: Path
) -> None:
    ids = list(data.items)
    shown = tmp_path / "observed" / "x.image"  # by a robot: outside of the source
    shown.parent.mkdir()
    Image.new("RGB", SIZE).save(shown, "JPEG")
    items = dict(data.items)
    items[ids[0]] = replace(items[ids[0]], paths=("a/disc.jpg", str(shown)))
    data = replace(data, items=items)
    found = states(export("groups", "fiftyone", tmp_path / "f", data))
    assert {file for file, one in found.items() if one["item"] == ids[0]} == {
        "a/disc.jpg",
        str(shown),
    }
    assert (tmp_path / "f" / "data" / "x.jpg").read_bytes() == shown.read_bytes()
    assert str(shown) in states(export("groups", "coco", tmp_path / "c", data))
    tasks = export("groups", "labelstudio", tmp_path / "l", data)
    assert str(shown) not in states(tasks)
    assert tasks.manifest["left_out"] == [(str(shown), "it lies outside of the source's folder")]


def test_no_two_groups_have_one_label() -> None:
    names = ("fox", "fox", "fox (a)", "a", None, "c", "hare")
    rows = [{"group": group, "name": name} for group, name in zip("abcdefg", names, strict=True)]
    labels = _labels(rows)
    assert len(set(labels.values())) == len(rows)
    assert (labels["e"], labels["g"]) == ("e", "hare")
    assert all(
        labels[group].startswith(name or "e") for group, name in zip("abcdefg", names, strict=True)
    )


def test_names_lead_nowhere_else(data: ExportData, tmp_path: Path) -> None:
    ids = list(data.items)
    data = replace(data, names={ids[0]: "../../etc", ids[3]: "CON"})
    out = export("groups", "folders", tmp_path / "out", data).path
    assert sorted(p.name for p in (out / "decided").iterdir()) == ["_.._etc", "_CON"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "out.manifest.json", "photos"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("fox", "fox"),
        ("red fox", "red fox"),
        ("", "otherwise"),
        ("..", "otherwise"),
        ("../up", "_up"),
        ("/root", "_root"),
        ("c:\\x", "c__x"),
        (".hidden", "hidden"),
        ("ends. ", "ends"),
        ("nul.txt", "_nul.txt"),
        ("a\nb\u2028", "a_b_"),
        ("e\u0301", "é"),
        ("\ud800", "_"),
    ],
)
def test_a_safe_name(text: str, safe: str) -> None:
    assert safe_name(text, "otherwise") == safe
    assert len(safe_name(text + "ü" * 400, "otherwise").encode()) <= 121


def test_names_are_free_whatever_their_case() -> None:
    names = FreeNames()
    taken = [names.take(text, "id") for text in ("a", "A", "a", "a", "b")]
    assert taken == ["a", "A-id", "a-id-2", "a-id-3", "b"]


@pytest.mark.parametrize("fmt", TREES)
def test_a_folder_is_new_or_left_alone(fmt: str, data: ExportData, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert export("groups", fmt, tmp_path / "there", data).path == tmp_path / "there" / (
        f"groups.{fmt}"
    )
    out = tmp_path / "out"
    export("groups", fmt, out, data)
    before = sorted(path.name for path in out.rglob("*"))
    with pytest.raises(ExportError, match=r"not there yet.*Remove it, or name another"):
        export("groups", fmt, out, data)
    assert sorted(path.name for path in out.rglob("*")) == before
    export("groups", fmt, tmp_path / "out.zip", data)
    assert export("groups", fmt, tmp_path / "out.zip", data).rows == len(FILES)  # anew


def test_a_name_that_cannot_be_is_no_traceback(data: ExportData, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="File name too long"):
        export("groups", "folders", tmp_path / ("x" * 300), data)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_links_need_a_folder_of_images(data: ExportData, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"folder for links.*without \.zip"):
        export("groups", "folders", tmp_path / "out.zip", data, links=True)
    with pytest.raises(ExportError, match=r"images to link to, got coco.*folders, imagefolder"):
        export("groups", "coco", tmp_path / "out", data, links=True)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_full_disk_leaves_nothing(
    data: ExportData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    real, calls = os.fsync, Counter[str]()

    def fsync(handle: int) -> None:
        calls["fsync"] += 1
        if calls["fsync"] > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageFull, match="no room is left"):
        export("groups", "folders", tmp_path / "out", data)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_shards_are_of_bounded_size(
    data: ExportData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curation.exports import webdataset

    monkeypatch.setattr(webdataset, "SHARD_PAIRS", 3)
    out = export("pairs", "webdataset", tmp_path / "out", data, implied=True).path
    inside = []
    for shard in sorted(out.iterdir()):
        with tarfile.open(shard) as archive:
            inside.append([name for name in archive.getnames() if name.endswith(".json")])
    assert [shard.name for shard in sorted(out.iterdir())][:2] == [
        "pairs-000000.tar",
        "pairs-000001.tar",
    ]
    assert all(len(names) == 3 for names in inside[:-1])
    keys = [name for names in inside for name in names]
    assert keys == [f"{number:09d}.json" for number in range(len(keys))]


@pytest.mark.parametrize("fmt", GROUPS)
def test_we_read_what_we_wrote(fmt: str, data: ExportData, tmp_path: Path) -> None:
    """As a source, each gives the images again, with what was said of them."""
    out = tmp_path / "out"
    written = export("groups", fmt, out.with_suffix(".json") if fmt == "coco" else out, data)
    if fmt in ("coco", "labelstudio"):
        path = data.root / f"{fmt}.json"
        written.path.rename(path)
        source = open_source(path)
    else:
        source = open_source(written.path)
    catalogue = Catalogue()
    report = catalogue.scan(source)
    assert report.skipped == []
    assert len(catalogue.items) == len(FILES)
    fields = {"coco": "category", "fiftyone": "label", "labelstudio": "label"}
    if fmt == "folders":
        labelled = [item.attributes for item in catalogue.items if item.attributes["name"]]
        assert {one["name"] for one in labelled} == {"fox"}
        return
    named = [item.attributes.get(fields.get(fmt, "label")) for item in catalogue.items]
    assert sum(str(name).startswith("fox") for name in named) >= 5
