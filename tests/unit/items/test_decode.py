from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.errors import SourceError
from curation.items.decode import decode_image, load_image, open_image, upright_size
from curation.items.ids import image_id, vector_id

QUADRANTS = np.zeros((40, 60, 3), np.uint8)
QUADRANTS[:20, :30] = (250, 10, 10)
QUADRANTS[:20, 30:] = (10, 250, 10)
QUADRANTS[20:, :30] = (10, 10, 250)
QUADRANTS[20:, 30:] = (240, 240, 240)


def close(image: Image.Image, expected: np.ndarray, tolerance: int = 24) -> bool:
    got = np.asarray(image).astype(int)
    return got.shape == expected.shape and np.abs(got - expected)[4:-4, 4:-4].mean() < tolerance


def bomb(file: Path, side: int) -> Path:
    """A PNG whose header promises side x side pixels, in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
    return file


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_every_format_is_read_as_rgb(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"image.{suffix}"
    Image.fromarray(QUADRANTS).save(file)
    image = load_image(file)
    assert image.mode == "RGB"
    assert close(image, QUADRANTS)
    assert close(decode_image(file.read_bytes()), QUADRANTS)


def test_stereo_photos_show_their_first_picture(tmp_path: Path) -> None:
    second = Image.new("RGB", (60, 40), "black")
    image = Image.fromarray(QUADRANTS)
    image.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    assert close(load_image(tmp_path / "a.jpg"), QUADRANTS)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "RGBX"])
@pytest.mark.parametrize("suffix", ["png", "tiff", "jpg"])
def test_every_mode_is_read_as_rgb(tmp_path: Path, mode: str, suffix: str) -> None:
    image = Image.fromarray(QUADRANTS).convert(mode)
    file = tmp_path / f"image.{suffix}"
    try:
        image.save(file)
    except (OSError, KeyError):
        pytest.skip(f"{suffix} cannot hold {mode}")
    grey = mode in ("1", "L", "LA")
    expected = np.asarray(
        Image.fromarray(QUADRANTS).convert(mode if grey else "RGB").convert("RGB")
    )
    assert close(load_image(file), expected)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (8, 1))
    Image.fromarray(ramp).save(tmp_path / f"ramp.{suffix}")
    grey = np.asarray(load_image(tmp_path / f"ramp.{suffix}"))
    assert np.abs(grey[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_12_bit_values_in_16_bits_are_not_black(tmp_path: Path) -> None:
    Image.fromarray(np.tile(np.arange(0, 4096, 16, dtype=np.uint16), (8, 1))).save(
        tmp_path / "a.png"
    )
    assert np.asarray(load_image(tmp_path / "a.png")).max() == 255


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_32_bit_tiff_uses_its_own_range(tmp_path: Path, dtype: type[np.generic]) -> None:
    ramp: np.ndarray = np.tile(np.linspace(-500, 90_000, 256), (8, 1)).astype(dtype)
    Image.fromarray(ramp).save(tmp_path / "a.tiff")
    grey = np.asarray(load_image(tmp_path / "a.tiff"))
    assert grey.min() == 0
    assert grey.max() == 255


def test_a_constant_or_nan_float_tiff_still_decodes(tmp_path: Path) -> None:
    values = np.full((8, 8), 3.5, np.float32)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    assert load_image(tmp_path / "a.tiff").size == (8, 8)
    values[2, 2], values[3, 3] = np.nan, np.inf
    Image.fromarray(values).save(tmp_path / "b.tiff")
    assert load_image(tmp_path / "b.tiff").size == (8, 8)


def test_transparency_is_shown_on_white(tmp_path: Path) -> None:
    layer = np.zeros((8, 8, 4), np.uint8)
    layer[:4, :, 3] = 255
    Image.fromarray(layer).save(tmp_path / "a.png")
    seen = np.asarray(load_image(tmp_path / "a.png"))
    assert (seen[:4] == 0).all()
    assert (seen[4:] == 255).all()


def test_palette_transparency_is_shown_on_white(tmp_path: Path) -> None:
    image = Image.fromarray(QUADRANTS).quantize(4)
    image.save(tmp_path / "a.png", transparency=image.getpixel((5, 5)))
    assert load_image(tmp_path / "a.png").getpixel((5, 5)) == (255, 255, 255)
    image.save(tmp_path / "b.png", transparency=bytes([0, 0, 0, 0]))
    assert load_image(tmp_path / "b.png").getpixel((50, 30)) == (255, 255, 255)


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    second = Image.new("RGB", (60, 40), "black")
    Image.fromarray(QUADRANTS).save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert close(load_image(tmp_path / "a.gif"), QUADRANTS)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(QUADRANTS)
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / f"a.{suffix}"
    stored.save(file, exif=exif)
    assert close(load_image(file), QUADRANTS)
    with file.open("rb") as stream, open_image(stream) as header:
        assert upright_size(header) == (60, 40)


def test_a_nonsense_orientation_is_ignored(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    Image.fromarray(QUADRANTS).save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").size == (60, 40)


def test_a_box_cuts_the_upright_image(tmp_path: Path) -> None:
    Image.fromarray(QUADRANTS).save(tmp_path / "a.png")
    crop = load_image(tmp_path / "a.png", (30, 0, 30, 20))
    assert (np.asarray(crop) == (10, 250, 10)).all()
    assert load_image(tmp_path / "a.png", (50, 30, 100, 100)).size == (10, 10)
    assert load_image(tmp_path / "a.png", (-10, -10, 20, 20)).size == (10, 10)
    with pytest.raises(SourceError, match="outside"):
        load_image(tmp_path / "a.png", (60, 0, 5, 5))


def test_bad_files_give_their_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no image at all")
    (tmp_path / "folder.jpg").mkdir()
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(whole, "JPEG")
    (tmp_path / "start.jpg").write_bytes(whole.getvalue()[:340])
    reasons = {
        "empty.jpg": "empty file",
        "text.jpg": "no image that can be read",
        "folder.jpg": "cannot be read",
        "absent.jpg": "cannot be read",
        "start.jpg": "damaged image",
    }
    for name, reason in reasons.items():
        with pytest.raises(SourceError, match=reason):
            load_image(tmp_path / name)


@pytest.mark.parametrize("side", [20_000, 9_500])
def test_bombs_are_refused_by_their_header(tmp_path: Path, side: int) -> None:
    with pytest.raises(SourceError, match="million pixels"):
        load_image(bomb(tmp_path / "bomb.png", side))


def test_every_cut_of_a_file_is_an_image_or_a_source_error(tmp_path: Path) -> None:
    for suffix in ("jpg", "png", "webp", "gif", "bmp", "tiff"):
        whole = io.BytesIO()
        Image.fromarray(QUADRANTS).save(whole, "JPEG" if suffix == "jpg" else suffix)
        data = whole.getvalue()
        for length in range(0, len(data), max(1, len(data) // 40)):
            file = tmp_path / f"cut.{suffix}"
            file.write_bytes(data[:length])
            try:
                assert load_image(file).size == (60, 40)
            except SourceError:
                continue


def test_ids() -> None:
    ids = {image_id(b"abc"), image_id(b"abd"), image_id(b"abc", (0, 0, 1, 1)), vector_id("abc")}
    ids.add(image_id(b"abc", (0, 0, 1, 2)))
    assert len(ids) == 5
    assert all(len(id) == 32 and set(id) <= set("0123456789abcdef") for id in ids)
    assert image_id(b"abc") == image_id(b"abc")
