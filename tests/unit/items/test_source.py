from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from curation.errors import SourceError
from curation.items.source import Source, open_source


def listed(source: Source) -> dict[str, dict[str, Any]]:
    return {entry.path: dict(entry.attributes) for entry in source.entries()}


def reasons(source: Source) -> dict[str, str]:
    list(source.entries())
    return {skip.path: skip.reason for skip in source.skipped}


def test_a_folder_is_listed_in_order_with_its_folders_as_attribute(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    for name in ("b.jpg", "a.png", "deep/er/x.webp", "deep/a.JPG", "deep/z.tif"):
        draw(tmp_path / name, format={"JPG": "JPEG"}.get(name[-3:]))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden").mkdir()
    draw(tmp_path / ".hidden" / "c.jpg")
    draw(tmp_path / "._a.jpg")
    source = open_source(tmp_path)
    assert source.kind == "folder"
    assert source.root == tmp_path
    assert list(listed(source).items()) == [
        ("a.png", {}),
        ("b.jpg", {}),
        ("deep/a.JPG", {"folder": "deep"}),
        ("deep/z.tif", {"folder": "deep"}),
        ("deep/er/x.webp", {"folder": "deep/er"}),
    ]
    assert source.skipped == []


def test_images_without_known_suffix_are_found_by_their_first_bytes(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    for number, kind in enumerate(("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")):
        draw(tmp_path / f"{kind}.dat", number, format=kind)
    (tmp_path / "BM.txt").write_text("BM starts no bitmap here")
    assert len(listed(open_source(tmp_path))) == 6


def test_formats_that_cannot_be_read_are_listed(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "b.JXL").write_bytes(b"x")
    assert reasons(open_source(tmp_path)) == {
        "b.JXL": ".jxl is not supported; convert to JPEG or PNG"
    }


def test_links_may_form_loops(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "real" / "a.png")
    draw(tmp_path / "elsewhere" / "b.png", 1)
    root = tmp_path / "real"
    (root / "again").symlink_to(root)
    (root / "up").symlink_to(tmp_path)
    (root / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(root)
    (root / "link.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    (root / "loop.png").symlink_to(root / "loop.png")
    (root / "broken.jpg").symlink_to(root / "absent.jpg")
    source = open_source(root)
    assert list(listed(source)) == ["a.png", "link.png", "other/b.png"]
    assert set(reasons(source)) == {"loop.png", "broken.jpg"}


def test_a_link_never_takes_the_place_of_a_real_folder(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "z" / "a.png")
    (tmp_path / "a").symlink_to(tmp_path / "z")
    assert list(listed(open_source(tmp_path))) == ["z/a.png"]


def test_pipes_do_not_block(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    assert list(listed(open_source(tmp_path))) == ["a.png"]


def test_unreadable_folders_are_listed(unprivileged: Path, draw: Callable[..., Path]) -> None:
    draw(unprivileged / "a.png")
    draw(unprivileged / "closed" / "b.png")
    (unprivileged / "closed").chmod(0)
    source = open_source(unprivileged)
    assert list(listed(source)) == ["a.png"]
    assert "permission denied" in reasons(source)["closed"]


def test_odd_names_are_kept(tmp_path: Path, draw: Callable[..., Path]) -> None:
    names = [
        "a b.png",
        'it\'s "q".png',
        "größe 日本 🙂.png",
        "new\nline.png",
        "%s{x}.png",
        "x" * 246 + ".png",
    ]
    for number, name in enumerate(names):
        draw(tmp_path / name, number)
    assert set(listed(open_source(tmp_path))) == set(names)


def test_names_that_are_not_utf8_are_listed_readably(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "a.png")
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.png")
    shutil.copy(tmp_path / "a.png", odd)
    source = open_source(tmp_path)
    assert list(listed(source)) == ["a.png"]
    assert reasons(source) == {"odd\\xff.png": "its name is not valid UTF-8; rename it"}


def test_workspaces_inside_of_the_folder_are_passed_over(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "work" / "thumbs" / "b.jpg")
    (tmp_path / "work" / "curation.db").touch()
    assert list(listed(open_source(tmp_path))) == ["a.png"]
    draw(tmp_path / "thumbs" / "c.jpg")
    (tmp_path / "curation.db").touch()
    assert list(listed(open_source(tmp_path))) == ["a.png"]


def test_nothing_to_open(tmp_path: Path, draw: Callable[..., Path]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("x")
    draw(tmp_path / "one.jpg")
    (tmp_path / "v.npz").touch()
    messages = {
        "empty": "No item in the folder",
        "notes": "No item in the folder",
        "absent": "no such file",
        "one.jpg": "neither a folder nor a manifest",
        "v.npz": "give it as embeddings",
        "a\0b": "cannot be opened",
    }
    for name, message in messages.items():
        with pytest.raises(SourceError, match=message):
            open_source(tmp_path / name)
    with pytest.raises(SourceError, match="give a folder"):
        open_source(None)


# --- manifests -------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    for number in range(4):
        draw(tmp_path / "images" / f"{number}.png", number)
    return tmp_path


def write(photos: Path, text: str) -> Path:
    (photos / "list.csv").write_text(text, encoding="utf-8")
    return photos / "list.csv"


def test_a_csv_gives_files_and_typed_attributes(photos: Path) -> None:
    text = (
        "file,label,score,when,ok\n"
        "images/0.png,cat,1.5,2013-06-04T13:37:29,true\n"
        f'{photos}/images/1.png,"a, ""b""\nc",nan,,\n'
        "./images/2.png,NA,,2013-06-04T13:37:30,false\n"
    )
    source = open_source(write(photos, text))
    assert source.kind == "manifest"
    assert listed(source) == {
        "images/0.png": {"label": "cat", "score": 1.5, "when": "2013-06-04T13:37:29", "ok": True},
        "images/1.png": {"label": 'a, "b"\nc', "score": None, "when": None, "ok": None},
        "images/2.png": {"label": "NA", "score": None, "when": "2013-06-04T13:37:30", "ok": False},
    }


def test_a_parquet_manifest_gives_json_values(photos: Path) -> None:
    table = pa.table(
        {
            "file": pa.array(["images/0.png", "images/1.png"]).dictionary_encode(),
            "when": pa.array([1_370_353_049_000_000_001, None], pa.timestamp("ns", "UTC")),
            "tags": [["a", "b"], []],
            "raw": [b"\xff", None],
            "number": pa.array([np.inf, 2.0]),
            "vector": [[1.0, 2.0], [3.0, 4.0]],
        }
    )
    pa.parquet.write_table(table, photos / "list.parquet")
    first, second = listed(open_source(photos / "list.parquet")).values()
    assert first.pop("when").startswith("2013-06-04T13:37:29")
    assert first == {"tags": ["a", "b"], "raw": None, "number": None}
    assert second == {"when": None, "tags": [], "raw": None, "number": 2.0}


def test_times_with_a_zone_keep_it(photos: Path) -> None:
    manifest = write(photos, "file,when\nimages/0.png,2013-06-04T13:37:29Z\n")
    assert listed(open_source(manifest))["images/0.png"]["when"].startswith("2013-06-04T13:37:29")
    assert listed(open_source(manifest))["images/0.png"]["when"].endswith(("Z", "+00:00"))


def test_numeric_looking_file_names_stay_text(photos: Path, draw: Callable[..., Path]) -> None:
    draw(photos / "0001", format="PNG")
    assert list(listed(open_source(write(photos, "file,x\n0001,1\n")))) == ["0001"]


def test_bad_rows_are_listed(photos: Path) -> None:
    text = (
        "file,label\nimages/0.png,a\nimages/9.png,b\nimages/0.png,a\nimages/0.png,c\n,d\n"
        f"images/1.png,x,y\nimages,e\n{'n' * 300}.png,f\n"
    )
    source = open_source(write(photos, text))
    assert listed(source) == {"images/0.png": {"label": "a"}}
    found = reasons(source)
    assert "not found" in found["images/9.png"]
    assert found["images/9.png"].startswith("row 3: ")
    assert "row 5 repeats" in found["images/0.png"]
    assert found["list.csv row 6"] == "it names no file"
    assert found["list.csv row 7"] == "3 values for 2 columns"
    assert found["images"] == "row 8: not a regular file"
    assert "too long" in found["n" * 300 + ".png"]
    assert len(source.skipped) == 6


def test_boxes_make_crops(photos: Path) -> None:
    text = (
        'file,box\nimages/0.png,"0,0,4,4"\nimages/0.png,"4,0,4,4"\n'
        'images/0.png,\nimages/0.png,"[0, 0, 4, 4]"\n'
        'images/1.png,"1,2,3"\nimages/1.png,"0,0,0,5"\nimages/1.png,x\n'
    )
    source = open_source(write(photos, text))
    boxes = [(entry.path, entry.box) for entry in source.entries()]
    assert boxes == [("images/0.png", box) for box in ((0, 0, 4, 4), (4, 0, 4, 4), None)]
    assert [skip.path for skip in source.skipped] == ["images/1.png"] * 3


def test_unusable_manifests_say_what_they_have(photos: Path) -> None:
    messages = {
        "place,label\nimages/0.png,a\n": "got the columns place, label",
        "place;label\nimages/0.png;a\n": "got the columns place, label",
        "file,file\nimages/0.png,a\n": "got the columns file, file",
        "": "not a table",
        "file\n": "No item",
        "file\nimages/8.png\nimages/9.png\n": "2 skipped, first images/8.png",
    }
    for text, message in messages.items():
        with pytest.raises(SourceError, match=message):
            open_source(write(photos, text))
    (photos / "cyrillic.csv").write_bytes("file,label\nimages/0.png,лиса\n".encode("cp1251"))
    (photos / "bad.parquet").write_text("x")
    pa.parquet.write_table(pa.table({"file": [71, 72]}), photos / "ints.parquet")
    messages = {
        "cyrillic.csv": "Name it with --encoding",
        "bad.parquet": "cannot be read as Parquet",
        "ints.parquet": "row 1: file not found",
    }
    for name, message in messages.items():
        with pytest.raises(SourceError, match=message):
            open_source(photos / name)


def test_a_byte_order_mark_is_no_part_of_the_first_column(photos: Path) -> None:
    (photos / "list.csv").write_text("file\nimages/0.png\n", encoding="utf-8-sig")
    assert list(listed(open_source(photos / "list.csv"))) == ["images/0.png"]


def test_a_folder_with_its_own_table_has_its_columns(photos: Path) -> None:
    (photos / "metadata.csv").write_text("file,label\nimages/1.png,cat\nimages/7.png,dog\n")
    source = open_source(photos)
    assert listed(source) == {
        "images/1.png": {"folder": "images", "label": "cat"},
        "images/0.png": {"folder": "images"},
        "images/2.png": {"folder": "images"},
        "images/3.png": {"folder": "images"},
    }
    assert set(reasons(source)) == {"images/7.png"}
    (photos / "metadata.csv").write_text("name\nx\n")
    assert len(listed(source)) == 4
    assert "not used" in reasons(source)["metadata.csv"]


# --- vectors ---------------------------------------------------------------------------------


def vectors(path: Path, names: list[str]) -> Path:
    np.savez(path, F=np.random.default_rng(0).normal(size=(len(names), 3)), files=np.array(names))
    return path


def rows(source: Source) -> dict[str, int | None]:
    return {entry.path: entry.row for entry in source.entries()}


def test_vectors_alone(tmp_path: Path) -> None:
    names = ["a/x.wav", "a/y.wav", "z", "a/x.wav"]
    source = open_source(None, embeddings=vectors(tmp_path / "v.npz", names))
    assert source.kind == "vectors"
    assert rows(source) == {"a/x.wav": 0, "a/y.wav": 1, "z": 2}
    assert listed(source)["a/y.wav"] == {"folder": "a"}
    assert all(entry.file is None for entry in source.entries())
    assert "row 3 repeats" in reasons(source)["a/x.wav"]


def test_vectors_are_matched_by_path_then_by_unique_name(photos: Path) -> None:
    names = ["images/2.png", str(photos / "images/0.png"), "/old/place/1.png", "gone.png"]
    source = open_source(photos, embeddings=vectors(photos / "v.npz", names))
    assert rows(source) == {"images/0.png": 1, "images/1.png": 2, "images/2.png": 0}
    assert source.vectors is not None
    assert source.vectors.vectors.shape == (4, 3)
    assert reasons(source) == {
        "gone.png": "its vector matches no file of the source",
        "images/3.png": "no vector has its name",
    }


def test_names_that_are_not_unique_are_not_guessed(photos: Path, draw: Callable[..., Path]) -> None:
    draw(photos / "more" / "1.png", 9)
    source = open_source(photos, embeddings=vectors(photos / "v.npz", ["1.png", "2.png"]))
    assert rows(source) == {"images/2.png": 1}
    twice = vectors(photos / "w.npz", ["x/3.png", "y/3.png", "2.png"])
    assert rows(open_source(photos, embeddings=twice)) == {"images/2.png": 2}


def test_vectors_of_crops_go_by_order(photos: Path) -> None:
    text = 'file,box\nimages/0.png,"0,0,4,4"\nimages/0.png,"4,0,4,4"\nimages/1.png,\n'
    manifest = write(photos, text)
    source = open_source(
        manifest, embeddings=vectors(photos / "v.npz", ["0.png", "0.png", "1.png"])
    )
    assert [(entry.box, entry.row) for entry in source.entries()] == [
        ((0, 0, 4, 4), 0),
        ((4, 0, 4, 4), 1),
        (None, 2),
    ]
    source = open_source(manifest, embeddings=vectors(photos / "w.npz", ["0.png", "1.png"]))
    assert rows(source) == {"images/1.png": 1}
    assert "the source has 2 items" in reasons(source)["images/0.png"]


def test_vectors_of_other_files_need_no_images(photos: Path) -> None:
    (photos / "sounds").mkdir()
    (photos / "sounds" / "a.wav").write_bytes(b"RIFF....WAVE")
    names = ["sounds/a.wav", "images/1.png"]
    source = open_source(photos, embeddings=vectors(photos / "v.npz", names))
    files = {entry.path: entry.file for entry in source.entries()}
    assert files == {"sounds/a.wav": None, "images/1.png": photos / "images/1.png"}


def test_a_manifest_of_absent_files_describes_vectors(photos: Path) -> None:
    manifest = write(photos, "file,label\nfar/a.png,x\nfar/b.png,y\n")
    source = open_source(manifest, embeddings=vectors(photos / "v.npz", ["far/b.png", "far/a.png"]))
    assert rows(source) == {"far/a.png": 1, "far/b.png": 0}
    assert listed(source)["far/b.png"] == {"label": "y"}
    assert all(entry.file is None for entry in source.entries())


def test_vectors_that_match_nothing(photos: Path) -> None:
    with pytest.raises(SourceError, match=r"the vectors name 'x.png'.* has 'images/0.png'"):
        open_source(photos, embeddings=vectors(photos / "v.npz", ["x.png"]))
