"""What a file is that is called as an image, and is none that can be read."""

from __future__ import annotations

LONGEST = 64
"""Bytes of a file's beginning that are looked at."""
_DAMAGED = "damaged {}; replace it"
_CONVERT = "{} under the name of an image; convert it to JPEG or PNG"
_TIFF = (
    "damaged, or a TIFF of a kind that is not read (64-bit floats, floats in colour, other than 1, "
    "3 or 4 channels, a camera's raw); convert it"
)
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", _DAMAGED.format("JPEG")),
    (b"\x89PNG", _DAMAGED.format("PNG")),
    (b"GIF8", _DAMAGED.format("GIF")),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"II+\0", _TIFF),
    (b"MM\0+", _TIFF),
    (b"\xff\x0a", _CONVERT.format("JPEG XL")),
    (b"\0\0\0\x0cJXL ", _CONVERT.format("JPEG XL")),
    (b"%PDF", _CONVERT.format("a PDF")),
    (b"8BPS", _CONVERT.format("a Photoshop file")),
    (b"\0\0\1\0", _CONVERT.format("an icon")),
    (b"PK\3\4", "an archive under the name of an image; unpack it"),
    (b"\0\5\x16\7", "what macOS keeps beside a file, not the image; leave it out"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the image; run git lfs pull"),
)
_PAGES = (b"<!doctype html", b"<html", b"<svg")


def what_it_is(start: bytes) -> str | None:
    """What a file with these first bytes is, and what to do; None where nothing can be said."""
    for known, told in _STARTS:
        if start.startswith(known):
            return told
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return _DAMAGED.format("WebP")
    if start[4:8] == b"ftyp" and start[8:10] in (b"mp", b"is", b"qt", b"M4", b"3g"):
        return "a video under the name of an image; save a frame of it"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_PAGES):
        is_svg = text.startswith(b"<svg")
        return _CONVERT.format("SVG") if is_svg else "a web page, not an image; download it again"
    return "empty: only zeros; copy it again" if start and not start.strip(b"\0") else None
