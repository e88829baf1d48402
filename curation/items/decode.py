"""Image files as upright RGB images."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, features

from curation.errors import SourceError
from curation.items.boxes import clip_box
from curation.items.entry import Box, os_reason
from curation.items.foreign import LONGEST, what_it_is
from curation.items.pixels import to_rgb

MAX_PIXELS = 89_000_000
"""Images of more are decoded at a part of their size where the format can be, else refused; just
under the size from which Pillow warns of bombs."""
MOST_PIXELS = 1_000_000_000
"""Images of more are refused in any format."""
HEIF_EXTRA = "HEIC needs the package pillow-heif: pip install 'curation[heic]', or convert it"

_IN_PART = ("JPEG", "MPO", "JPEG2000")
"""Formats that can be decoded at a part of their size, in the memory of that part."""
_NO_IMAGE = (
    "no image that can be read (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000); convert or "
    "replace it"
)
_CHUNK = 1 << 20  # bytes
_ENOUGH = 0.1  # of the rows must be there of a file that ends too early
_QUIET = r"PIL\."
_ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@cache
def formats() -> tuple[str, ...]:
    """Formats that this installation reads, by Pillow's names."""
    found = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF"]
    if features.check("jpg_2000"):
        found.append("JPEG2000")
    if features.check("avif"):
        found.append("AVIF")
    try:
        import pillow_heif
    except ImportError:
        return tuple(found)
    pillow_heif.register_heif_opener()
    return (*found, "HEIF")


def load_image(file: Path, box: Box | None = None) -> Image.Image:
    """The image in ``file`` as 8-bit RGB in sRGB, upright, cut to ``box`` if one is given.

    The first frame of an animation; transparency on white; 16-bit and float stretched over what
    was measured; of a file that ends too early what is there, if it is a tenth. An image of more
    than MAX_PIXELS comes at a half, quarter or eighth of its size. Raises SourceError for whatever
    cannot be decoded; its text is the reason alone, to be listed beside the file's name.
    """
    with _opened(file) as stream, open_image(stream) as image:
        size = upright_size(image)
        upright = _pixels(image, stream)
    if box is None:
        return upright
    scale = upright.width / size[0]
    left, top, width, height = clip_box(box, size)
    edges = (left, top, left + width, top + height)
    return upright.crop(tuple(round(edge * scale) for edge in edges))  # type: ignore[arg-type]


def load_reduced(file: Path, least: int) -> Image.Image | None:
    """A large and sound JPEG at a half, quarter or eighth of its size, as ``load_image`` gives it.

    Both sides stay at least ``least`` pixels. None for anything else; ``load_image`` then does it,
    or names the damage.
    """
    try:
        with file.open("rb") as stream, open_image(stream) as image:
            if image.format not in ("JPEG", "MPO") or min(image.size) < 2 * least:
                return None
            image.draft(None, (least, least))
            if image.mode not in ("RGB", "L"):
                return None
            orientation = _orientation(image)
            image.load()
            return _upright(to_rgb(image), orientation)
    except Exception:  # decoders raise whatever damaged bytes provoke
        return None


def decode_image(data: bytes) -> Image.Image:
    """load_image for the bytes of an image file that came just now: it must be whole."""
    stream = io.BytesIO(data)
    with open_image(stream) as image:
        return _pixels(image, stream, whole=True)


def pixel_hash(file: Path) -> tuple[str, bool, int]:
    """A hash of what ``file`` shows, whatever else is written into it: 32 hex digits.

    Beside it whether the file ends before its last row, and its orientation, which is no part of
    the hash. All pixels count: at a part of the size, other pictures look the same. So the bytes
    count of what can only be decoded at such a part. Raises SourceError as load_image does.
    """
    with _opened(file) as stream, open_image(stream) as image:
        is_reduced = reduction(image.width * image.height) > 1
        _reduce(image)
        loaded, is_cut = _loaded(image, stream)
        orientation = _orientation(loaded)
        if not (loaded.mode.startswith("I;16") or loaded.mode in ("I", "F")):
            loaded = loaded.convert("RGBA" if loaded.has_transparency_data else "RGB")
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{loaded.mode} {loaded.size}".encode())
        digest.update(loaded.tobytes())
        if is_reduced:
            stream.seek(0)
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest(), is_cut, orientation


@contextmanager
def open_image(stream: BinaryIO) -> Iterator[Image.Image]:
    """An image with its header parsed and no pixel decoded; ``stream`` stays open.

    Raises SourceError for anything that is not an image of a known format, and for one of more
    pixels than can be decoded in bounded memory.
    """
    quiet()
    try:
        image: Image.Image = _parsed(stream)
    except Exception as error:  # parsers raise whatever damaged bytes provoke
        raise SourceError(_unreadable(stream)) from error
    with image:
        n_pixels = image.width * image.height
        if n_pixels > (MOST_PIXELS if image.format in _IN_PART else MAX_PIXELS):
            raise SourceError(_too_large(image.format))
        yield image


def reduction(n_pixels: int) -> int:
    """How many times smaller a side is decoded of an image of so many pixels: 1, 2, 4 or 8."""
    return next((part for part in (1, 2, 4) if n_pixels <= MAX_PIXELS * part * part), 8)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an opened image as load_image will return it."""
    # Pillow reports TIFF sizes with the orientation already applied
    if image.format != "TIFF" and _orientation(image) >= 5:
        return image.height, image.width
    return image.size


def n_frames(image: Image.Image) -> int:
    """Pages of a TIFF, or frames of an animation; 1 for any other image."""
    if image.format not in ("TIFF", "GIF", "WEBP", "PNG"):
        return 1  # further pictures in a phone's JPEG or HEIC are no pages
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # damaged further pages must not cost the first one
        return 1


def quiet() -> None:
    """Keep Pillow's warnings about damaged metadata off the screen: what matters is listed.

    Once for all threads: filters are shared, so that they cannot be set around one call.
    """
    if not any(getattr(one[3], "pattern", None) == _QUIET for one in warnings.filters):
        warnings.filterwarnings("ignore", module=_QUIET)


def _opened(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except OSError as error:
        reason = f"cannot be read ({os_reason(error)}); check the file and its permissions"
        raise SourceError(reason) from error


def _parsed(stream: BinaryIO) -> Image.Image:
    try:
        return Image.open(stream, formats=formats())
    except Image.DecompressionBombError:  # ours to judge: some can be decoded in part
        stream.seek(0)
        start = stream.read(16)
        stream.seek(0)
        return _by_start(stream, start)


def _by_start(stream: BinaryIO, start: bytes) -> Image.Image:
    """What Image.open does, without its limit."""
    for name in formats():
        factory, accepts = Image.OPEN[name]
        if accepts is None or accepts(start) is True:
            return factory(stream, "")
    raise SyntaxError("of no known format")


def _pixels(image: Image.Image, stream: BinaryIO, *, whole: bool = False) -> Image.Image:
    _reduce(image)
    loaded, _ = _loaded(image, stream, whole=whole)
    try:
        return _upright(to_rgb(loaded), _orientation(loaded))  # Pillow turns a TIFF itself
    except Exception as error:  # odd modes
        raise SourceError(_damaged(error)) from error


def _reduce(image: Image.Image) -> None:
    """Have an image of too many pixels decoded at a part of its size."""
    part = reduction(image.width * image.height)
    if part == 1:
        return
    if image.format == "JPEG2000":
        image.reduce = part.bit_length() - 1  # type: ignore[method-assign,assignment]
    else:
        image.draft(None, (image.width // part, image.height // part))


def _loaded(
    image: Image.Image, stream: BinaryIO, *, whole: bool = False
) -> tuple[Image.Image, bool]:
    """The image with its pixels, and whether the file ends before the last of them, which is an
    error where it must be ``whole``."""
    try:
        image.load()
        return image, False
    except Exception as error:  # decoders raise whatever damaged bytes provoke
        rescued = None if whole else _rescued(image, stream)
        if rescued is None:
            raise SourceError(_damaged(error)) from error
        return rescued, True


def _rescued(image: Image.Image, stream: BinaryIO) -> Image.Image | None:
    """What can be seen of a file that ends too early; None where nothing can."""
    try:
        if image.format in ("JPEG", "MPO"):
            stream.seek(0)
            whole = _parsed(io.BytesIO(stream.read() + b"\xff\xd9"))  # the end it lacks
            if whole.size != image.size:
                whole.draft(None, image.size)
            whole.load()
        else:
            whole = image
            whole.tile = []  # type: ignore[attr-defined]  # the rows read so far are all there are
            whole.load()
        return whole if _share_there(whole) >= _ENOUGH else None
    except Exception:  # nothing to be done
        return None


def _share_there(image: Image.Image) -> float:
    """The share of rows above those that decoding filled up, which are all alike."""
    rows = np.asarray(image.convert("L"))
    differ = np.flatnonzero((rows != rows[-1]).any(axis=1))
    return float(differ[-1] + 1) / len(rows) if differ.size else 0.0


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block must not cost the image
        return 1
    return value if value in _ORIENTATIONS else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = _ORIENTATIONS.get(orientation)
    return image if method is None else image.transpose(method)


def _damaged(error: Exception) -> str:
    return f"damaged image ({str(error).strip() or type(error).__name__}); replace it"


def _too_large(format: str | None) -> str:
    if format in _IN_PART:
        return f"more than {MOST_PIXELS // 1_000_000:,} million pixels; save a smaller copy"
    return (
        f"more than {MAX_PIXELS // 1_000_000} million pixels, which {format} cannot be decoded in "
        "part; save a smaller copy, or a JPEG"
    )


def _unreadable(stream: BinaryIO) -> str:
    if stream.seek(0, io.SEEK_END) == 0:
        return "empty file (0 bytes); replace it"
    stream.seek(0)
    start = stream.read(LONGEST)
    if start[4:8] == b"ftyp" and start[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return HEIF_EXTRA if "HEIF" not in formats() else "damaged HEIC; replace it"
    if start[4:8] == b"ftyp" and start[8:12] in (b"avif", b"avis") and "AVIF" not in formats():
        return "AVIF needs Pillow 11.3 or newer; update it, or convert the file"
    return what_it_is(start) or _NO_IMAGE
