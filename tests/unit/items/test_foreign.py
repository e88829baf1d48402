"""Files that are called as images and are none: what is said of each."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from curation.errors import SourceError
from curation.items.decode import load_image


def doubles() -> bytes:
    """A TIFF of one row of two 64-bit floats."""
    tags = ((256, 2), (257, 1), (258, 64), (259, 1), (262, 1), (273, 8), (277, 1), (279, 16))
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    entries += struct.pack("<HHIHH", 339, 3, 1, 3, 0)
    start = b"II*\0" + struct.pack("<I", 24) + struct.pack("<dd", 1, 2)
    return start + struct.pack("<H", len(tags) + 1) + entries + bytes(4)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull"),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.4\n", "a PDF"),
        (b"8BPS\0\1" + bytes(40), "Photoshop"),
        (b"\xff\x0a" + bytes(9), "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "a video"),
        (b"PK\3\4" + bytes(40), "an archive"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "macOS"),
        (bytes(5000), "only zeros"),
        (b"\xff\xd8\xff\xe0 cut", "damaged JPEG"),
        (b"\x89PNG\r\n\x1a\n cut", "damaged PNG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged WebP"),
        (doubles(), "64-bit floats"),
        (b"hello", "no image that can be read"),
    ],
)
def test_what_is_no_image_is_called_by_its_name(tmp_path: Path, data: bytes, told: str) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(data)
    with pytest.raises(SourceError, match=told):
        load_image(file)
