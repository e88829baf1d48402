"""Files that were changed in all but their pixels keep their item."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.items.catalogue import Catalogue, ScanReport
from curation.items.decode import pixel_hash
from curation.items.ids import image_id
from curation.items.likeness import Shown
from curation.items.source import open_source

Change = Callable[[Path], None]


def scan(catalogue: Catalogue, place: Path, *, look: bool = True) -> ScanReport:
    """A scan, and what the worker finds in the pixels afterwards."""
    report = catalogue.scan(open_source(place))
    if look:
        for one in catalogue.unseen():
            status = one.file.stat()
            assert one.stamp == (status.st_size, status.st_mtime_ns)
            catalogue.learn(one.items, Shown(*pixel_hash(one.file)))
    return report


def ids(catalogue: Catalogue) -> dict[str, str]:
    """Item ids by path, of items that are there; a path belongs to one."""
    found = [(path, item.id) for item in catalogue.items for path in item.paths if item.present]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.fixture
def photos(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    for n in range(3):
        draw(tmp_path / "photos" / f"{n}.jpg", n, quality=90)
        draw(tmp_path / "photos" / f"{n}.png", 10 + n)
    return tmp_path / "photos"


def tagged(file: Path) -> None:
    """A comment written into a JPEG, as keyword editors do."""
    data = file.read_bytes()
    words = b"keyword: fox"
    length = (len(words) + 2).to_bytes(2, "big")
    file.write_bytes(data[:2] + b"\xff\xfe" + length + words + data[2:])


def with_exif(file: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a fox"
    image = Image.open(file)
    image.load()
    image.save(file, exif=exif)


def smaller(file: Path) -> None:
    image = Image.open(file)
    image.load()
    image.save(file, optimize=True, compress_level=1)


def turned(file: Path) -> None:
    data = file.read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()
    length = (len(block) + 2).to_bytes(2, "big")
    file.write_bytes(data[:2] + b"\xff\xe1" + length + block + data[2:])


@pytest.mark.parametrize(
    ("name", "change"),
    [("0.jpg", tagged), ("0.jpg", turned), ("0.png", with_exif), ("0.png", smaller)],
)  # fmt: skip
def test_a_file_with_other_metadata_keeps_its_item(
    photos: Path, tmp_path: Path, name: str, change: Change
) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    before = ids(catalogue)
    change(photos / name)
    assert image_id((photos / name).read_bytes()) not in before.values()
    report = scan(catalogue, photos)
    assert ids(catalogue) == before
    assert (report.added, report.missing) == ((), ())
    assert [note.path for note in report.notes] == [name]
    catalogue.save(tmp_path / "items.parquet")
    again = Catalogue.load(tmp_path / "items.parquet")
    assert scan(again, photos).notes == []
    shutil.move(photos / name, photos / f"moved{Path(name).suffix}")
    assert scan(again, photos).added == ()
    assert ids(again)[f"moved{Path(name).suffix}"] == before[name]
    assert len(again.items) == 6


def test_a_photo_moved_and_tagged_keeps_its_item(photos: Path) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    before = ids(catalogue)["1.jpg"]
    (photos / "sorted").mkdir()
    shutil.move(photos / "1.jpg", photos / "sorted" / "fox.jpg")
    tagged(photos / "sorted" / "fox.jpg")
    assert scan(catalogue, photos).added == ()
    assert ids(catalogue)["sorted/fox.jpg"] == before


def test_a_deleted_photo_that_comes_back_tagged_keeps_its_item(photos: Path) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    before = ids(catalogue)["1.jpg"]
    shutil.move(photos / "1.jpg", photos.parent / "1.jpg")
    assert scan(catalogue, photos).missing == (before,)
    tagged(photos.parent / "1.jpg")
    shutil.move(photos.parent / "1.jpg", photos / "back.jpg")
    assert scan(catalogue, photos).returned == (before,)
    assert ids(catalogue)["back.jpg"] == before


def test_a_tagged_copy_beside_the_photo_is_an_item_of_its_own(photos: Path) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    shutil.copy(photos / "1.jpg", photos / "copy.jpg")
    tagged(photos / "copy.jpg")
    assert len(scan(catalogue, photos).added) == 1
    assert ids(catalogue)["copy.jpg"] != ids(catalogue)["1.jpg"]


def test_another_picture_at_the_same_path_takes_the_path_away(
    photos: Path, draw: Callable[..., Path]
) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    before = ids(catalogue)["1.jpg"]
    draw(photos / "1.jpg", 99, quality=90)
    report = scan(catalogue, photos)
    assert report.missing == (before,)
    assert len(report.added) == 1
    gone = catalogue.get(before)
    assert gone is not None
    assert (gone.present, gone.paths) == (False, ())  # an export would name the new picture for it
    assert ids(catalogue)["1.jpg"] == report.added[0]


def test_one_pixel_makes_another_picture(photos: Path) -> None:
    catalogue = Catalogue()
    scan(catalogue, photos)
    pixels = np.array(Image.open(photos / "0.png"))
    pixels[0, 0, 0] ^= 1
    Image.fromarray(pixels).save(photos / "0.png")
    assert len(scan(catalogue, photos).added) == 1


def test_crops_keep_their_items_but_not_in_a_turned_photo(photos: Path) -> None:
    manifest = photos / "t.csv"
    manifest.write_text('file,box\n0.jpg,"0,0,9,9"\n0.jpg,"9,0,9,9"\n1.jpg,"0,0,9,9"\n')
    catalogue = Catalogue()
    first = scan(catalogue, manifest).added
    tagged(photos / "0.jpg")
    turned(photos / "1.jpg")
    report = scan(catalogue, manifest)
    assert [item.id for item in catalogue.items if item.present][:2] == list(first[:2])
    assert report.missing == first[2:]
    assert len(report.added) == 1


def test_a_workspace_of_an_earlier_version_is_filled_when_it_is_opened(
    photos: Path, tmp_path: Path
) -> None:
    import pyarrow.parquet

    catalogue = Catalogue()
    scan(catalogue, photos, look=False)
    catalogue.save(tmp_path / "items.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "items.parquet")
    old = table.drop_columns(["pixels", "aliases"])
    pyarrow.parquet.write_table(old, tmp_path / "items.parquet")
    catalogue = Catalogue.load(tmp_path / "items.parquet")
    before = ids(catalogue)
    assert scan(catalogue, photos).added == ()
    assert catalogue.unseen() == []
    tagged(photos / "0.jpg")
    scan(catalogue, photos)
    assert ids(catalogue) == before
