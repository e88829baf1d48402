"""Pixel values as people should see them, and files that cannot be shown whole."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from curation.errors import SourceError
from curation.items import decode
from curation.items.catalogue import Catalogue, ScanReport
from curation.items.decode import formats, load_image, load_reduced, pixel_hash
from curation.items.source import open_source


def scene(size: tuple[int, int] = (120, 90)) -> np.ndarray:
    """A ramp with a bright disc, 0 to 1."""
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    return np.asarray(0.6 * x + 0.4 * ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.05), np.float64)


def shown(path: Path) -> np.ndarray:
    grey = np.asarray(load_image(path), int)
    assert (grey[..., 0] == grey[..., 2]).all()
    return grey[..., 0]


def noise(size: tuple[int, int] = (320, 240), seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (size[1] // 4, size[0] // 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


# --- 16 bits and floats --------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_narrow_range_of_16_bits_fills_the_screen(tmp_path: Path, suffix: str) -> None:
    values = np.rint(7000 + 2000 * scene()).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / f"thermal.{suffix}")
    grey = shown(tmp_path / f"thermal.{suffix}")
    np.testing.assert_allclose(grey, 255 * scene() / scene().max(), atol=2)


@pytest.mark.parametrize(
    ("dtype", "absent"),
    [
        (np.uint16, 65535), (np.uint16, 0), (np.float32, np.nan), (np.float32, np.inf),
        (np.float32, -9999), (np.float32, 3.4e38), (np.float32, 0), (np.int32, -(2**31)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.0001, 0.3])
def test_what_a_sensor_did_not_measure_sets_no_range(
    tmp_path: Path, dtype: type, absent: float, share: float
) -> None:
    values: np.ndarray = (1000 + 500 * scene()).astype(dtype)
    hole = np.random.default_rng(0).random(values.shape) < share
    hole[0, 0] = True
    values[hole] = absent
    Image.fromarray(values).save(tmp_path / "depth.tiff")
    grey = shown(tmp_path / "depth.tiff")
    np.testing.assert_allclose(grey[~hole], (255 * scene() / scene().max())[~hole], atol=2)


def test_a_few_hot_pixels_set_no_range(tmp_path: Path) -> None:
    values = (1000 + 500 * scene()).astype(np.uint16)
    values[::20, ::20] = 60_000
    Image.fromarray(values).save(tmp_path / "hot.png")
    grey = shown(tmp_path / "hot.png")
    assert np.percentile(grey, 95) > 200


def test_two_values_are_black_and_white(tmp_path: Path) -> None:
    mask = np.where(scene() > 0.3, 65535, 0).astype(np.uint16)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert set(np.unique(shown(tmp_path / "mask.png"))) == {0, 255}


# --- colours -------------------------------------------------------------------------------


def profile(primaries: tuple[tuple[float, float], ...]) -> bytes:
    """An ICC profile of these primaries, put together from the sRGB one."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for n in range(int.from_bytes(made[128:132], "big")):
        at = 132 + 12 * n
        tags[bytes(made[at : at + 4])] = int.from_bytes(made[at + 4 : at + 8], "big")
    xyz = {name: bytes(made[tags[name] : tags[name] + 20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")}
    for name, other in primaries:
        made[tags[name] : tags[name] + 20] = xyz[other]  # type: ignore[index]
    return bytes(made)


SWAPPED = ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ"))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_those_of_the_profile(tmp_path: Path, suffix: str, mode: str) -> None:
    if (suffix, mode) == ("jpg", "RGBA"):
        pytest.skip("JPEG has no transparency")
    red = Image.new(mode, (64, 64), (200, 30, 30))
    plain, swapped = tmp_path / f"plain.{suffix}", tmp_path / f"swapped.{suffix}"
    red.save(plain)
    red.save(swapped, icc_profile=profile(SWAPPED))  # type: ignore[arg-type]
    assert np.abs(np.asarray(load_image(plain), int)[9, 9] - (200, 30, 30)).max() <= 6
    assert np.abs(np.asarray(load_image(swapped), int)[9, 9] - (30, 30, 200)).max() <= 6


def test_large_photos_keep_their_profile_when_decoded_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (1600, 1200), (200, 30, 30)).save(
        tmp_path / "a.jpg",
        icc_profile=profile(SWAPPED),  # type: ignore[arg-type]
    )
    small = load_reduced(tmp_path / "a.jpg", 320)
    assert small is not None
    assert small.size == (800, 600)
    assert np.abs(np.asarray(small, int)[9, 9] - (30, 30, 200)).max() <= 6


def test_profiles_that_change_nothing_or_do_not_fit_are_left_alone(tmp_path: Path) -> None:
    pixels = noise()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, icc in (("srgb", srgb), ("bad", b"no profile"), ("cut", srgb[:200])):
        pixels.save(tmp_path / f"{name}.png", icc_profile=icc)
        assert (np.asarray(load_image(tmp_path / f"{name}.png")) == np.asarray(pixels)).all()
    grey = pixels.convert("L")
    grey.save(tmp_path / "grey.png", icc_profile=srgb)
    assert (np.asarray(load_image(tmp_path / "grey.png"))[..., 0] == np.asarray(grey)).all()


# --- files that are cut, long or large -----------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("jpg", {}),
        ("jpg", {"progressive": True}),
        ("png", {}),
        ("bmp", {}),
        ("gif", {"interlace": 0}),
    ],
)
@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_file_cut_at_its_end_shows_what_is_there(
    tmp_path: Path, suffix: str, options: dict[str, Any], kept: float
) -> None:
    whole = noise().convert("P" if suffix == "gif" else "RGB")
    whole.save(tmp_path / f"whole.{suffix}", **options)
    data = (tmp_path / f"whole.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[: int(len(data) * kept)])
    got, expected = (
        np.asarray(load_image(path), int) for path in (cut, tmp_path / f"whole.{suffix}")
    )
    assert got.shape == expected.shape
    rows = slice(-60, None) if suffix == "bmp" else slice(0, 60)  # a bitmap begins below
    tolerance = 40 if "progressive" in options else 1
    assert np.abs(got - expected)[rows].mean() < tolerance
    assert pixel_hash(cut)[1]
    assert not pixel_hash(tmp_path / f"whole.{suffix}")[1]


def report_of(folder: Path) -> tuple[Catalogue, ScanReport]:
    catalogue = Catalogue()
    return catalogue, catalogue.scan(open_source(folder))


def test_pages_and_frames_are_told(tmp_path: Path, draw: Callable[..., Path]) -> None:
    folder = tmp_path / "set"
    draw(folder / "one.png", 1)
    more = [noise((40, 30), n) for n in range(1, 5)]
    for name in ("stack.tif", "film.gif", "film.webp", "film.png"):
        noise((40, 30)).save(folder / name, save_all=True, append_images=more)
    noise((40, 30), 9).save(folder / "stereo.jpg", "MPO", save_all=True, append_images=more)
    catalogue, report = report_of(folder)
    assert {note.path for note in report.notes} == {
        "stack.tif", "film.gif", "film.webp", "film.png",
    }  # fmt: skip
    assert all("5 pages or frames, the first is used" in note.reason for note in report.notes)
    assert [item.attributes.get("pages") for item in catalogue.items] == [5, 5, 5, None, 5, None]
    again = catalogue.scan(open_source(folder))
    assert again.notes == report.notes


def test_more_pixels_than_the_limit_are_decoded_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = noise((640, 480))
    for name in ("large.jpg", "large.jp2", "large.png"):
        whole.save(tmp_path / name)
    monkeypatch.setattr(decode, "MAX_PIXELS", 100_000)
    for name in ("large.jpg", "large.jp2"):
        image = load_image(tmp_path / name)
        assert image.size == (320, 240)
        near = np.asarray(whole.resize((320, 240), Image.Resampling.BOX), int)
        assert np.abs(np.asarray(image, int) - near).mean() < 20
        crop = load_image(tmp_path / name, (320, 240, 320, 240))
        assert crop.size == (160, 120)
        assert np.abs(np.asarray(crop, int) - np.asarray(image, int)[120:, 160:]).max() == 0
    with pytest.raises(SourceError, match="which PNG cannot be decoded in part"):
        load_image(tmp_path / "large.png")
    catalogue, report = report_of(tmp_path)
    assert [(item.width, item.height) for item in catalogue.items] == [(640, 480)] * 2
    assert ["decoded at 1/2 of that" in note.reason for note in report.notes] == [True, True]


def test_beyond_what_pillow_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise((640, 480)).save(tmp_path / "large.jpg")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    monkeypatch.setattr(decode, "MAX_PIXELS", 100_000)
    assert load_image(tmp_path / "large.jpg").size == (320, 240)


# --- formats -------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["avif", "jp2", "heic"])
def test_newer_formats_under_their_own_and_a_wrong_name(tmp_path: Path, suffix: str) -> None:
    formats()  # registers HEIC with Pillow
    image = noise()
    image.save(tmp_path / f"a.{suffix}", quality=95)
    shutil.copy(tmp_path / f"a.{suffix}", tmp_path / "a.jpg")
    shutil.copy(tmp_path / f"a.{suffix}", tmp_path / "a")
    for path in sorted(tmp_path.iterdir()):
        got = np.asarray(load_image(path), int)
        assert np.abs(got - np.asarray(image, int)).mean() < 16
    catalogue, report = report_of(tmp_path)
    assert len(catalogue.items[0].paths) == 3
    assert not report.skipped


def test_heic_without_its_reader_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats()
    noise().save(tmp_path / "a.heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    formats.cache_clear()
    try:
        with pytest.raises(SourceError, match=r"curation\[heic\]"):
            load_image(tmp_path / "a.heic")
    finally:
        formats.cache_clear()


def test_pillows_warnings_stay_off_the_screen(tmp_path: Path) -> None:
    """In a process of its own, as the tests make errors of warnings."""
    out = io.BytesIO()
    noise((40, 30)).save(out, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x0f\x01\x02\0\xff\0\0\0")
    (tmp_path / "exif.jpg").write_bytes(out.getvalue())
    code = """
import sys, warnings
from pathlib import Path
from PIL import Image
if sys.argv[2] == "ours":
    from curation.items.catalogue import Catalogue
    from curation.items.source import open_source
    Catalogue().scan(open_source(sys.argv[1]))
else:
    Image.open(Path(sys.argv[1]) / "exif.jpg").getexif()
"""
    told = {
        whose: subprocess.run(
            [sys.executable, "-W", "always", "-c", code, str(tmp_path), whose],
            capture_output=True, text=True, check=True,
        ).stderr
        for whose in ("pillow", "ours")
    }  # fmt: skip
    assert "EXIF" in told["pillow"]
    assert told["ours"] == ""


def test_large_photos_that_differ_in_detail_only_have_other_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, x = np.mgrid[:2048, :2048] // 4
    for name, tile in (("squares", x + y), ("stripes", x)):
        grey = np.where(tile % 2, 168, 88).astype(np.uint8)
        Image.fromarray(grey).convert("RGB").save(tmp_path / f"{name}.jpg", quality=90)
    files = [tmp_path / "squares.jpg", tmp_path / "stripes.jpg"]
    assert len({pixel_hash(file)[0] for file in files}) == 2
    monkeypatch.setattr(decode, "MAX_PIXELS", 100_000)
    assert len({pixel_hash(file)[0] for file in files}) == 2
