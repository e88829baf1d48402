from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image
from threads import at_once, restless

from curation.errors import SchemaError, SourceError, WorkspaceError
from curation.items import sighting
from curation.items.catalogue import Catalogue, ScanReport
from curation.items.entry import Entry
from curation.items.ids import image_id, vector_id
from curation.items.merging import merge_attributes
from curation.items.source import open_source


def scan(catalogue: Catalogue, place: Path) -> ScanReport:
    return catalogue.scan(open_source(place))


@pytest.fixture
def photos(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    folder = tmp_path / "photos"
    for number in range(5):
        draw(folder / f"{number}.png", number, size=(20 + number, 10))
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that a scan opens."""
    names: list[str] = []
    probe = sighting._probe

    def counting(file: Path, *rest: Any) -> list[Any]:
        names.append(file.name)
        return probe(file, *rest)

    monkeypatch.setattr(sighting, "_probe", counting)
    return names


def test_a_first_scan_adds_everything_in_order(photos: Path) -> None:
    catalogue = Catalogue()
    report = scan(catalogue, photos)
    assert [item.paths for item in catalogue.items] == [(f"{n}.png",) for n in range(5)]
    assert [item.width for item in catalogue.items] == [20, 21, 22, 23, 24]
    assert report.added == tuple(item.id for item in catalogue.items)
    assert catalogue.items[0].id == image_id((photos / "0.png").read_bytes())
    assert catalogue.position == {id: at for at, id in enumerate(report.added)}
    assert catalogue.file(report.added[3]) == photos / "3.png"
    assert (report.missing, report.returned, report.skipped, report.rows) == ((), (), [], {})


def test_a_second_scan_opens_only_what_is_new_or_changed(
    photos: Path, draw: Callable[..., Path], opened: list[str]
) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    catalogue.save(photos.parent / "items.parquet")
    opened.clear()
    catalogue = Catalogue.load(photos.parent / "items.parquet")
    draw(photos / "00.png", 77)
    draw(photos / "3.png", 33)
    before = catalogue.items
    report = scan(catalogue, photos)
    assert sorted(opened) == ["00.png", "3.png"]
    assert [item.paths[0] for item in catalogue.items[5:]] == ["00.png", "3.png"]
    assert report.missing == (before[3].id,)
    assert [item.present for item in catalogue.items] == [True] * 3 + [False] + [True] * 3
    opened.clear()
    assert scan(catalogue, photos).added == ()
    assert opened == []


def test_missing_files_stay_known_and_may_return(photos: Path, opened: list[str]) -> None:
    catalogue = Catalogue()
    ids = scan(catalogue, photos).added
    shutil.move(photos / "1.png", photos.parent / "1.png")
    assert scan(catalogue, photos).missing == (ids[1],)
    assert catalogue.items[1].paths == ("1.png",)
    assert catalogue.file(ids[1]) is None
    assert scan(catalogue, photos).missing == ()
    shutil.move(photos.parent / "1.png", photos / "1.png")
    opened.clear()
    report = scan(catalogue, photos)
    assert (report.added, report.returned) == ((), (ids[1],))
    assert catalogue.items[1].present
    assert opened == []


def test_identical_bytes_are_one_item_with_all_paths_and_attributes(photos: Path) -> None:
    for name in ("a", "b", "c"):
        (photos / name).mkdir()
        shutil.copy(photos / "2.png", photos / name / "x.png")
    catalogue = Catalogue()
    report = scan(catalogue, photos)
    assert len(report.added) == 5
    item = catalogue.items[2]
    assert item.paths == ("2.png", "a/x.png", "b/x.png", "c/x.png")
    assert item.attributes == {"folder": "a", "folder:all": ["a", "b", "c"]}
    (photos / "2.png").unlink()
    (photos / "a" / "x.png").unlink()
    assert scan(catalogue, photos).missing == ()
    assert catalogue.items[2].paths == ("b/x.png", "c/x.png")
    assert catalogue.items[2].attributes == {"folder": "b", "folder:all": ["b", "c"]}


def test_an_item_keeps_its_name_when_a_copy_appears(photos: Path) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    shutil.copy(photos / "4.png", photos / "00.png")
    scan(catalogue, photos)
    assert catalogue.items[4].paths == ("4.png", "00.png")


def test_attributes_are_those_of_the_last_scan_over_exif(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    exif = {0x010F: "Acme", 0x0132: "2020:01:01 00:00:00"}
    block = Image.Exif()
    block.update(exif)
    draw(tmp_path / "a.jpg", exif=block)
    manifest = tmp_path / "list.csv"
    manifest.write_text("file,label,camera\na.jpg,one,\n")
    catalogue = Catalogue()
    scan(catalogue, manifest)
    expected = {"capture_time": "2020-01-01T00:00:00", "camera": "Acme", "label": "one"}
    assert catalogue.items[0].attributes == expected
    manifest.write_text("file,label,camera\na.jpg,two,mine\n")
    scan(catalogue, manifest)
    assert catalogue.items[0].attributes == {**expected, "label": "two", "camera": "mine"}


def test_merging_attributes() -> None:
    merged = merge_attributes(
        {"e": 1, "k": 0}, [{"x": None, "k": None}, {"x": 2, "y": 3}, {"y": 4}]
    )
    assert merged == {"e": 1, "k": 0, "x": 2, "y": 3, "y:all": [3, 4]}
    assert merge_attributes({}, [{"x": None}]) == {"x": None}


def test_unusable_files_are_listed(photos: Path) -> None:
    (photos / "empty.jpg").touch()
    (photos / "text.jpg").write_text("text")
    (photos / "cut.png").write_bytes((photos / "0.png").read_bytes()[:20])
    shutil.copy(photos / "1.png", photos / "png.jpg")
    catalogue = Catalogue()
    report = scan(catalogue, photos)
    assert {skip.path for skip in report.skipped} == {"empty.jpg", "text.jpg", "cut.png"}
    assert catalogue.items[1].paths == ("1.png", "png.jpg")
    assert "photos" not in " ".join(skip.reason for skip in report.skipped)


def test_files_that_may_not_be_read_are_listed(
    unprivileged: Path, draw: Callable[..., Path]
) -> None:
    draw(unprivileged / "a.png")
    draw(unprivileged / "b.png", 1).chmod(0)
    catalogue = Catalogue()
    report = scan(catalogue, unprivileged)
    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("b.png", "cannot be read (permission denied)")
    ]
    assert [item.name for item in catalogue.items] == ["a.png"]


def test_nothing_readable_is_an_error_with_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(SourceError, match=r"1 skipped, first empty.jpg: empty file"):
        scan(Catalogue(), tmp_path)


def test_crops_are_items_of_their_own(photos: Path, opened: list[str]) -> None:
    manifest = photos / "list.csv"
    manifest.write_text('file,box\n0.png,"0,0,8,8"\n0.png,"12,0,9,9"\n0.png,\n0.png,"50,0,9,9"\n')
    catalogue = Catalogue()
    report = scan(catalogue, manifest)
    assert opened == ["0.png"]
    assert [(item.box, item.width, item.height) for item in catalogue.items] == [
        ((0, 0, 8, 8), 8, 8),
        ((12, 0, 9, 9), 8, 9),
        (None, 20, 10),
    ]
    assert catalogue.items[0].id == image_id((photos / "0.png").read_bytes(), (0, 0, 8, 8))
    assert "outside" in report.skipped[0].reason
    assert [note.reason for note in report.notes] == [
        "row 3: box 12,0,9,9 reaches beyond the image; its part inside, 8x9, is used"
    ]


def test_vectors_give_items_and_rows(photos: Path) -> None:
    names = np.array(["3.png", "0.png"])
    np.savez(photos / "v.npz", F=np.eye(2, dtype=np.float32), files=names)
    catalogue = Catalogue()
    report = catalogue.scan(open_source(photos, embeddings=photos / "v.npz"))
    assert report.rows == {catalogue.items[0].id: 1, catalogue.items[1].id: 0}
    assert catalogue.items[1].name == "3.png"
    alone = Catalogue()
    report = alone.scan(open_source(None, embeddings=photos / "v.npz"))
    assert report.rows == {vector_id("3.png"): 0, vector_id("0.png"): 1}
    assert alone.file(vector_id("3.png")) is None
    assert alone.scan(open_source(None, embeddings=photos / "v.npz")).added == ()


def test_progress_counts_files_and_shows_what_was_found(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    for number in range(600):
        draw(tmp_path / f"{number:03}.bmp", number, size=(2, 2))
    catalogue = Catalogue()
    seen = []
    source = open_source(tmp_path)
    catalogue.scan(source, lambda done, total: seen.append((done, total, len(catalogue.items))))
    assert seen == [(256, 600, 256), (512, 600, 512), (600, 600, 600)]


def test_save_and_load_keep_everything(photos: Path, tmp_path: Path) -> None:
    manifest = photos / "list.csv"
    manifest.write_text('file,label,box\n0.png,größe,\n1.png,,"0,0,8,8"\n2.png,b,\n')
    catalogue = Catalogue()
    scan(catalogue, manifest)
    shutil.move(photos / "2.png", tmp_path / "2.png")
    scan(catalogue, manifest)
    catalogue.save(tmp_path / "w" / "items.parquet")
    loaded = Catalogue.load(tmp_path / "w" / "items.parquet")
    assert loaded.items == catalogue.items
    assert loaded.position == catalogue.position
    assert loaded.root == catalogue.root == photos
    json.dumps([dict(item.attributes) for item in loaded.items], allow_nan=False)
    assert list((tmp_path / "w").iterdir()) == [tmp_path / "w" / "items.parquet"]


def test_bad_catalogue_files_are_named(photos: Path, tmp_path: Path) -> None:
    assert Catalogue.load(tmp_path / "absent.parquet").items == ()
    (tmp_path / "torn.parquet").write_bytes(b"PAR1....")
    pa.parquet.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    newer = pa.table({"x": [1]}).replace_schema_metadata({"curation.items": "2"})
    pa.parquet.write_table(newer, tmp_path / "newer.parquet")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Catalogue.load(tmp_path / "torn.parquet")
    with pytest.raises(WorkspaceError, match="no list of items"):
        Catalogue.load(tmp_path / "other.parquet")
    with pytest.raises(SchemaError, match="format 2"):
        Catalogue.load(tmp_path / "newer.parquet")
    catalogue = Catalogue()
    scan(catalogue, photos)
    with pytest.raises(WorkspaceError, match="could not be written"):
        catalogue.save(photos / "0.png" / "items.parquet")


def test_a_failed_save_leaves_the_old_file(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w" / "items.parquet"
    catalogue = Catalogue()
    scan(catalogue, photos)
    catalogue.save(path)
    old = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        Catalogue().save(path)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_identical_images(tmp_path: Path, draw: Callable[..., Path], count: int) -> None:
    for number in range(count):
        draw(tmp_path / f"{number}.png")
    catalogue = Catalogue()
    scan(catalogue, tmp_path)
    assert len(catalogue.items) == 1
    assert len(catalogue.items[0].paths) == count


def holds_together(catalogue: Catalogue) -> bool:
    """Every position leads to the item it is of, and no item stands at two positions."""
    found = {item.id: at for at, item in enumerate(catalogue.items)}
    return len(found) == len(catalogue.items) and found == dict(catalogue.position)


def add_all(catalogue: Catalogue, entries: list[Entry]) -> None:
    for entry in entries:
        catalogue.add(entry)


def look(catalogue: Catalogue, read: list[bool]) -> None:
    """Note for each item, time and again, whether it is found."""
    read.extend(catalogue.get(id) is not None for _ in range(50) for id in list(catalogue.position))


def test_adding_while_the_source_is_scanned_keeps_every_item_at_its_place(
    photos: Path, tmp_path: Path, draw: Callable[..., Path]
) -> None:
    shown = [Entry(str(f), f) for f in (draw(tmp_path / f"s{n}.png", 50 + n) for n in range(4))]
    source = open_source(photos)
    with restless():
        for trial in range(200):
            catalogue = Catalogue()
            read: list[bool] = []
            at_once(
                partial(catalogue.scan, source),
                partial(add_all, catalogue, shown),
                partial(add_all, catalogue, shown[::-1]),
                partial(look, catalogue, read),
            )
            assert all(read), trial
            assert len(catalogue.items) == 9, trial
            assert holds_together(catalogue), trial


def test_of_two_saves_at_once_the_file_is_the_newer_one(
    photos: Path, tmp_path: Path, draw: Callable[..., Path]
) -> None:
    shown = [Entry(str(f), f) for f in (draw(tmp_path / f"s{n}.png", 50 + n) for n in range(3))]
    path = tmp_path / "w" / "items.parquet"
    for _ in range(20):
        catalogue = Catalogue()
        scan(catalogue, photos)

        def add_and_save(entry: Entry, catalogue: Catalogue = catalogue) -> None:
            catalogue.add(entry)
            catalogue.save(path)

        at_once(*[lambda entry=entry, work=add_and_save: work(entry) for entry in shown])
        assert Catalogue.load(path).items == catalogue.items


def test_boxes_that_are_one_in_pixels_are_told(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.png", size=(100, 100))
    (tmp_path / "t.csv").write_text(
        "file,x_center,y_center,width,height,label\n"
        "a.png,0.5,0.5,0.4,0.4,fox\na.png,0.501,0.5,0.4,0.4,deer\n"
    )
    catalogue = Catalogue()
    report = catalogue.scan(open_source(tmp_path / "t.csv"))
    assert [item.attributes["label"] for item in catalogue.items] == ["fox"]
    assert [skip.reason.partition(":")[0] for skip in report.skipped] == ["row 3"]
