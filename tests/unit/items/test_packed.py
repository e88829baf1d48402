"""Images that come packed, and folders as other tools lay them out."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from packing import tarred, zipped

from curation.errors import SourceError
from curation.items import packed
from curation.items.source import Reading, Source, open_source

Bytes = Callable[..., bytes]


@pytest.fixture
def image(tmp_path: Path, draw: Callable[..., Path]) -> Bytes:
    """image(seed, suffix): the bytes of an image file."""

    def made(seed: int, suffix: str = "jpg") -> bytes:
        return draw(tmp_path / "drawn" / f"{seed}.{suffix}", seed).read_bytes()

    return made


def listed(source: Source) -> dict[str, dict[str, Any]]:
    found = {entry.path: dict(entry.attributes) for entry in source.entries()}
    assert all((source.root / path).is_file() for path in found)
    return found


def test_a_zip_is_read_as_the_folder_it_was(tmp_path: Path, image: Bytes) -> None:
    path = zipped(tmp_path / "photos.zip", {
        "photos/a.jpg": image(1),
        "photos/deep/b.png": image(2, "png"),
        "photos/notes.txt": b"x",
        "__MACOSX/photos/._a.jpg": b"x",
        "photos/@eaDir/t.jpg": image(3),
        "photos/Thumbs.db": b"x",
        "../outside.jpg": image(4),
        "photos/metadata.csv": b"file_name,label\na.jpg,007\n",
    })  # fmt: skip
    source = open_source(path, unpack=tmp_path / "work")
    assert listed(source) == {
        "photos/a.jpg": {"folder": "photos", "label": "007"},
        "photos/deep/b.png": {"folder": "photos/deep"},
    }
    assert [(skip.path, skip.reason) for skip in source.skipped] == [
        ("../outside.jpg", "its path leads out of the archive; pack it again")
    ]
    assert (
        "1 files in it are no images, left out: photos/notes.txt" in source.report.notes[0].reason
    )
    assert not (tmp_path / "outside.jpg").exists()


def test_an_archive_is_unpacked_once_and_again_when_it_changed(
    tmp_path: Path, image: Bytes
) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": image(1), "x.txt": b"x"})
    first = open_source(path, unpack=tmp_path / "work")
    stamp = (first.root / "a.jpg").stat().st_mtime_ns
    again = open_source(path, unpack=tmp_path / "work")
    assert again.root == first.root
    assert (again.root / "a.jpg").stat().st_mtime_ns == stamp
    list(again.entries())
    assert again.report.notes  # told each time
    zipped(path, {"b.jpg": image(2), "c.jpg": image(3)})
    os.utime(path, ns=(stamp, stamp))
    changed = open_source(path, unpack=tmp_path / "work")
    assert set(listed(changed)) == {"b.jpg", "c.jpg"}
    assert list((tmp_path / "work").iterdir()) == [changed.root]


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_webdataset(tmp_path: Path, image: Bytes, suffix: str) -> None:
    path = tarred(tmp_path / f"shard.{suffix}", {
        "000.jpg": image(1), "000.json": b'{"individual": "007", "n": 1}', "000.txt": b"a fox\n",
        "001.png": image(2, "png"), "001.cls": b"3",
        "sub/002.seg.png": image(3, "png"), "sub/002.jpg": image(4), "sub/002.npy": b"x",
        "003.txt": b"no image",
    })  # fmt: skip
    source = open_source(path, unpack=tmp_path / "work")
    assert listed(source) == {
        "000.jpg": {"individual": "007", "n": 1, "caption": "a fox"},
        "001.png": {"label": "3"},
        "sub/002.jpg": {"folder": "sub"},
        "sub/002.seg.png": {"folder": "sub"},
    }
    assert "sub/002.npy" in source.report.notes[0].reason


def test_shards_with_a_table_beside_them(tmp_path: Path, image: Bytes) -> None:
    (tmp_path / "set").mkdir()
    for shard in range(2):
        keys = [f"{shard}{n:04d}" for n in range(2)]
        images = {f"{key}.jpg": image(int(key) + 1) for key in keys}
        tarred(tmp_path / "set" / f"{shard:05d}.tar", images)
        table = pa.table({"key": keys, "caption": [f"fox {k}" for k in keys]})
        pa.parquet.write_table(table, tmp_path / "set" / f"{shard:05d}.parquet")
    assert listed(open_source(tmp_path / "set", unpack=tmp_path / "work")) == {
        f"{s:05d}/{s}{n:04d}.jpg": {"folder": f"{s:05d}", "caption": f"fox {s}{n:04d}"}
        for s in range(2)
        for n in range(2)
    }


def test_a_folder_of_img2dataset(tmp_path: Path, draw: Callable[..., Path]) -> None:
    for n in range(3):
        draw(tmp_path / "set" / "00000" / f"{n:09d}.jpg", n)
    about = {"key": "000000000", "caption": "a fox", "width": 24, "exif": "{}"}
    (tmp_path / "set" / "00000" / "000000000.json").write_text(json.dumps(about))
    (tmp_path / "set" / "00000" / "000000000.txt").write_text("a fox")
    (tmp_path / "set" / "00000" / "000000002.json").write_text("[")
    draw(tmp_path / "set" / "other" / "a.jpg", 9)
    (tmp_path / "set" / "other" / "a.json").write_text('{"shapes": [], "imagePath": "a.jpg"}')
    assert listed(open_source(tmp_path / "set")) == {
        "00000/000000000.jpg": {
            "folder": "00000", "caption": "a fox", "width": 24, "exif": "{}",
        },
        "00000/000000001.jpg": {"folder": "00000"},
        "00000/000000002.jpg": {"folder": "00000"},
        "other/a.jpg": {"folder": "other"},
    }  # fmt: skip


def test_parquet_with_images_in_it(tmp_path: Path, image: Bytes) -> None:
    features = {"info": {"features": {"label": {"names": ["fox", "hare"], "_type": "ClassLabel"}}}}
    table = pa.table({
        "image": [{"bytes": image(1), "path": "a.jpg"}, {"bytes": image(2, "png"), "path": None},
                  {"bytes": image(3), "path": "x/a.jpg"}, {"bytes": None, "path": "gone.jpg"}],
        "label": [0, 1, 1, 0],
        "tag": ["007", None, "x", "y"],
    }).replace_schema_metadata({"huggingface": json.dumps(features)})  # fmt: skip
    pa.parquet.write_table(table, tmp_path / "train-00000.parquet")
    source = open_source(tmp_path / "train-00000.parquet", unpack=tmp_path / "work")
    assert listed(source) == {
        "a.jpg": {"label": "fox", "tag": "007"},
        "000002.png": {"label": "hare", "tag": None},
        "000003.jpg": {"label": "hare", "tag": "x"},
    }
    assert [(skip.path, skip.reason) for skip in source.skipped] == [
        ("train-00000.parquet row 4", "there is no image in it")
    ]
    assert (source.root / "a.jpg").read_bytes() == image(1)
    plain = pa.table({"jpg": [image(1), image(2)], "n": [1, 2]})
    pa.parquet.write_table(plain, tmp_path / "plain.parquet")
    assert listed(open_source(tmp_path / "plain.parquet", unpack=tmp_path / "w2")) == {
        "000001.jpg": {"n": 1}, "000002.jpg": {"n": 2},
    }  # fmt: skip


@pytest.mark.parametrize("table", ["metadata.jsonl", "metadata.csv", "metadata.parquet"])
def test_an_imagefolder_of_hugging_face(
    tmp_path: Path, draw: Callable[..., Path], table: str
) -> None:
    for split in ("train", "test"):
        for n in range(2):
            draw(tmp_path / "set" / split / f"{n}.jpg", n + 10 * len(split))
    values = {"file_name": ["0.jpg"], "label": ["007"]}
    for split in ("train", "test"):
        path = tmp_path / "set" / split / table
        if table.endswith("jsonl"):
            path.write_text('{"file_name": "0.jpg", "label": "007"}\n')
        elif table.endswith("csv"):
            path.write_text("file_name,label\n0.jpg,007\n")
        else:
            pa.parquet.write_table(pa.table(values), path)
    assert listed(open_source(tmp_path / "set")) == {
        f"{split}/{n}.jpg": {"folder": split} | ({"label": "007"} if n == 0 else {})
        for split in ("test", "train")
        for n in range(2)
    }


def test_objects_of_an_imagefolder_are_items(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "set" / "0.jpg", size=(100, 50))
    line = {
        "file_name": "0.jpg",
        "objects": {"bbox": [[0, 0, 20, 20], [30, 0, 30, 20]], "category": ["fox", "hare"]},
    }
    (tmp_path / "set" / "metadata.jsonl").write_text(json.dumps(line))
    assert [
        (entry.box, entry.attributes["category"])
        for entry in open_source(tmp_path / "set").entries()
    ] == [((0, 0, 20, 20), "fox"), ((30, 0, 30, 20), "hare")]


def test_what_lies_beside_images_is_told_in_a_line_each(
    tmp_path: Path, image: Bytes, draw: Callable[..., Path]
) -> None:
    folder = tmp_path / "set"
    draw(folder / "a.jpg")
    for name in ("clip.MP4", "sub/b.mov", "c.mkv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    zipped(folder / "more.zip", {"b.jpg": image(2)})
    for name in ("@eaDir/x.jpg", ".thumbnails/x.jpg", "#recycle/x.jpg", "__MACOSX/x.jpg"):
        draw(folder / name, 5)
    for name in ("Thumbs.db", "._a.jpg", "desktop.ini", "deep.txt"):
        (folder / name).write_bytes(image(3))
    source = open_source(folder)
    assert set(listed(source)) == {"a.jpg", "deep.txt"}
    reasons = {skip.path: skip.reason for skip in source.skipped}
    assert set(reasons) == {"3 videos", "more.zip"}
    assert "videos are not read" in reasons["3 videos"]
    assert all(name in reasons["3 videos"] for name in ("clip.MP4", "sub/b.mov", "c.mkv"))
    assert [note.path for note in source.report.notes] == ["#recycle, @eaDir, __MACOSX"]


def test_packed_files_that_cannot_be_read(tmp_path: Path, image: Bytes) -> None:
    whole = zipped(tmp_path / "a.zip", {"a.jpg": image(1)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.tar").write_bytes(b"x" * 700)
    damaged = bytearray(whole)
    damaged[60] ^= 255
    (tmp_path / "bad.zip").write_bytes(bytes(damaged))
    for name in ("cut.zip", "cut.tar", "bad.zip"):
        with pytest.raises(SourceError, match="cannot be unpacked"):
            open_source(tmp_path / name, unpack=tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []
    with pytest.raises(SourceError, match=r"is packed\. Unpack it"):
        open_source(tmp_path / "a.zip")
    zipped(tmp_path / "none.zip", {"a.txt": b"x"})
    with pytest.raises(SourceError, match="No item"):
        open_source(tmp_path / "none.zip", unpack=tmp_path / "work")


def test_what_an_archive_names_outside_of_it_is_not_opened(
    tmp_path: Path, image: Bytes, draw: Callable[..., Path]
) -> None:
    secret = draw(tmp_path / "private" / "secret.jpg", 7)
    draw(tmp_path / "private" / "other.jpg", 8)
    table = f"file_name,label\na.jpg,x\n{secret},y\n../../private/other.jpg,z\n"
    path = zipped(tmp_path / "x.zip", {"a.jpg": image(1), "metadata.csv": table.encode()})
    source = open_source(path, unpack=tmp_path / "work")
    assert listed(source) == {"a.jpg": {"label": "x"}}
    assert [skip.reason.partition(":")[0] for skip in source.skipped] == ["row 3", "row 4"]
    assert all("outside of the packed file" in skip.reason for skip in source.skipped)


def test_members_go_to_the_disk_piece_by_piece_and_the_unwanted_not_at_all(
    tmp_path: Path, image: Bytes
) -> None:
    large = 40 << 20
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", image(1))
        archive.writestr("bomb.png", bytes(large))
    tar = tarred(tmp_path / "a.tar.gz", {"a.jpg": image(1), "weights.bin": bytes(large)})
    for one in (path, tar):
        tracemalloc.start()
        source = open_source(one, unpack=tmp_path / f"work-{one.name}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "a.jpg" in listed(source)
        assert peak < large // 4


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_member_larger_than_any_image_is_left_out(
    tmp_path: Path, image: Bytes, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LARGEST", 100_000)
    pack = zipped if kind == "zip" else tarred
    path = pack(tmp_path / f"a.{kind}", {"a.jpg": image(1), "b.png": bytes(100_001)})
    source = open_source(path, unpack=tmp_path / "work")
    assert set(listed(source)) == {"a.jpg"}
    assert "100,001 bytes, at most 100,000" in source.skipped[0].reason


def test_what_has_no_room_unpacked_is_refused_before(
    tmp_path: Path, image: Bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": image(1)})
    told = bytearray(path.read_bytes())
    at = told.rindex(b"PK\x01\x02") + 24  # the unpacked size, in the list at the end
    told[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(bytes(told))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 31))
    with pytest.raises(SourceError, match=r"needs 4\.0 GiB in .*Free some space"):
        open_source(path, unpack=tmp_path / "work")


def test_what_is_wrong_with_one_member_costs_no_other(tmp_path: Path, image: Bytes) -> None:
    whole = {"a.jpg": image(1), "b.jpg": image(2), "c.jpg": image(3)}
    path = zipped(tmp_path / "crc.zip", whole)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(image(2)) + 300] ^= 255
    path.write_bytes(bytes(damaged))
    long = "x" * 260 + ".jpg"
    names = {"a.jpg": image(1), "a.jpg/b.jpg": image(2), "a.jpg/b/c.jpg": image(2),
             long: image(2), "c.jpg": image(3)}  # fmt: skip
    for one, n_skipped in (
        (path, 1), (zipped(tmp_path / "n.zip", names), 3), (tarred(tmp_path / "n.tar", names), 3),
    ):  # fmt: skip
        source = open_source(one, unpack=tmp_path / f"work-{one.name}")
        assert set(listed(source)) == {"a.jpg", "c.jpg"}
        assert len(source.skipped) == n_skipped


def test_damaged_compression_is_listed(tmp_path: Path, image: Bytes) -> None:
    rng = np.random.default_rng(0)
    members = {f"{n}.png": image(1) + rng.bytes(200_000) for n in range(3)}
    whole = tarred(tmp_path / "w.tar", members).read_bytes()
    for name, data in (("xz", lzma.compress(whole)), ("gz", gzip.compress(whole))):
        damaged = bytearray(data)
        damaged[len(data) * 2 // 3] ^= 255
        path = tmp_path / f"{name}.tar"
        path.write_bytes(bytes(damaged))
        source = open_source(path, unpack=tmp_path / f"work-{name}")
        assert "0.png" in listed(source)
        assert "cannot be unpacked" in source.skipped[-1].reason
    path = tmp_path / "lzma.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    path.write_bytes(bytes(damaged))
    source = open_source(path, unpack=tmp_path / "work-lzma")
    assert set(listed(source)) == {"0.png", "2.png"}
    assert [skip.path for skip in source.skipped] == ["1.png"]


def test_a_tar_that_breaks_off_keeps_what_came_before(tmp_path: Path, image: Bytes) -> None:
    members = {f"{n}.jpg": image(n) for n in range(3)}
    whole = tarred(tmp_path / "w.tar", members).read_bytes()
    for name, data in (("cut", whole[: whole.index(image(2)) + 10]),
                       ("odd", whole.replace(b"2.jpg", b"3.jpg", 1))):  # fmt: skip
        (tmp_path / f"{name}.tar").write_bytes(data)
        source = open_source(tmp_path / f"{name}.tar", unpack=tmp_path / f"work-{name}")
        assert set(listed(source)) == {"0.jpg", "1.jpg"}
        assert source.skipped
    (tmp_path / "set").mkdir()
    zipped(tmp_path / "set" / "a.zip", {"a.jpg": image(1)})
    (tmp_path / "set" / "b.zip").write_bytes(b"PK\x03\x04")
    source = open_source(tmp_path / "set", unpack=tmp_path / "work-set")
    assert set(listed(source)) == {"a/a.jpg"}
    assert [skip.path for skip in source.skipped] == ["b.zip"]


def test_what_is_said_of_a_shot_is_said_of_no_other(tmp_path: Path, image: Bytes) -> None:
    path = tarred(tmp_path / "x.tar", {
        "shot.1.jpg": image(1), "shot.1.json": b'{"n": 1}',
        "shot.2.jpg": image(2), "shot.2.json": b'{"n": 2}', "shot.3.json": b'{"n": 3}',
        "7.json": b'{"n": 7}', "7.jpg": image(3), "7.mask.png": image(4, "png"),
        "8.jpg": image(5), "8.meta.json": b'{"n": 8}',
        "9.left.jpg": image(6), "9.about.json": b'{"n": 9}',
    })  # fmt: skip
    found = listed(open_source(path, unpack=tmp_path / "work"))
    assert {name: about.get("n") for name, about in found.items()} == {
        "shot.1.jpg": 1, "shot.2.jpg": 2, "7.jpg": 7, "7.mask.png": 7, "8.jpg": 8, "9.left.jpg": 9,
    }  # fmt: skip


def test_shards_of_one_name_in_several_folders(tmp_path: Path, image: Bytes) -> None:
    for at, split in enumerate(("train", "test")):
        (tmp_path / "set" / "default" / split).mkdir(parents=True)
        rows = [{"bytes": image(10 * at + n), "path": None} for n in range(2)]
        table = pa.table({"image": rows, "label": [split] * 2})
        pa.parquet.write_table(table, tmp_path / "set" / "default" / split / "0.x.parquet")
    found = listed(open_source(tmp_path / "set", unpack=tmp_path / "work"))
    assert {name: about["label"] for name, about in found.items()} == {
        f"default/{split}/0.x/{n:06d}.jpg": split for split in ("test", "train") for n in (1, 2)
    }


def test_every_row_has_a_name_of_its_own(tmp_path: Path, image: Bytes) -> None:
    names = ["a/000002.jpg", "b/000002.jpg", None, "000003.jpg"]
    rows = [{"bytes": image(n), "path": name} for n, name in enumerate(names)]
    pa.parquet.write_table(pa.table({"image": rows}), tmp_path / "x.parquet")
    source = open_source(tmp_path / "x.parquet", unpack=tmp_path / "work")
    assert len(listed(source)) == 4
    assert not source.skipped


def test_a_table_in_a_folder_is_read_as_it_is_told(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "a.jpg")
    (tmp_path / "metadata.csv").write_bytes("foto,вид\na.jpg,лисица\n".encode("cp1251"))
    reading = Reading(file_column="foto", encoding="cp1251")
    assert listed(open_source(tmp_path, reading=reading)) == {"a.jpg": {"вид": "лисица"}}
