from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from curation.items.exif import read_exif


def tagged(file: Path, base: dict[int, Any], detail: dict[int, Any], gps: dict[int, Any]) -> Path:
    exif = Image.Exif()
    exif.update(base)
    exif.get_ifd(ExifTags.IFD.Exif).update(detail)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    Image.new("RGB", (8, 8)).save(file, exif=exif.tobytes())
    return file


def read(file: Path) -> dict[str, Any]:
    with Image.open(file) as image:
        return read_exif(image)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_time_place_and_camera(tmp_path: Path, suffix: str) -> None:
    file = tagged(
        tmp_path / f"a.{suffix}",
        {0x010F: "Acme", 0x0110: "Acme One\0", 0x0132: "2020:01:01 00:00:00"},
        {0x9003: "2013:06:04 13:37:29", 0x9011: "+02:00"},
        {1: "S", 2: (41.0, 2.0, 15.0), 3: "W", 4: (83.0, 18.0, 0.0)},
    )
    assert read(file) == {
        "capture_time": "2013-06-04T13:37:29+02:00",
        "lat": -41.0375,
        "lon": -83.3,
        "camera": "Acme One",
    }


def test_an_image_without_exif_has_none(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png") == {}


def test_values_that_mean_nothing_are_left_out(tmp_path: Path) -> None:
    file = tagged(
        tmp_path / "a.jpg",
        {0x010F: "Acme", 0x0110: "X1"},
        {0x9003: "0000:00:00 00:00:00", 0x9004: "2013:02:30 13:37:29"},
        {1: "N", 2: (141.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
    )
    assert read(file) == {"camera": "Acme X1"}


@pytest.mark.filterwarnings("ignore:(Corrupt EXIF data|Truncated File Read)")
def test_a_damaged_block_gives_nothing(tmp_path: Path) -> None:
    file = tagged(tmp_path / "a.jpg", {0x010F: "Acme"}, {}, {1: "N", 2: (1.0, 2.0, 3.0)})
    data = file.read_bytes()
    start = data.index(b"Exif\0\0") + 6
    for offset in range(0, 60, 4):
        damaged = bytearray(data)
        damaged[start + offset : start + offset + 4] = b"\xff\xfe\xfd\xfc"
        (tmp_path / "b.jpg").write_bytes(damaged)
        assert isinstance(read(tmp_path / "b.jpg"), dict)
