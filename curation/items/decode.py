"""Image files as upright RGB images, and the ids of items."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image

from curation.errors import SourceError
from curation.items.entry import Box, os_reason

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 89_000_000
"""Larger images are refused; just under the size from which Pillow warns of bombs."""

_ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def load_image(file: Path, box: Box | None = None) -> Image.Image:
    """The image in ``file`` as 8-bit RGB, upright, cut to ``box`` if one is given.

    The first frame of an animation; transparency on white; 16-bit grey scaled to 8 bits. Raises
    SourceError for whatever cannot be decoded whole; its text is the reason alone, to be listed
    beside the file's name.
    """
    with _opened(file) as stream, open_image(stream) as image:
        upright = _pixels(image)
    if box is None:
        return upright
    left, top, width, height = clip_box(box, upright.size)
    return upright.crop((left, top, left + width, top + height))


def decode_image(data: bytes) -> Image.Image:
    """load_image for the bytes of an image file."""
    with open_image(io.BytesIO(data)) as image:
        return _pixels(image)


@contextmanager
def open_image(stream: BinaryIO) -> Iterator[Image.Image]:
    """An image with its header parsed and no pixel decoded; ``stream`` stays open.

    Raises SourceError for anything that is not an image of a known format and of at most
    MAX_PIXELS.
    """
    try:
        image: Image.Image = Image.open(stream, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SourceError(_too_large()) from error
    except Exception as error:  # parsers raise whatever damaged bytes provoke
        raise SourceError(_unreadable(stream)) from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise SourceError(_too_large())
        yield image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an opened image as load_image will return it."""
    # Pillow reports TIFF sizes with the orientation already applied
    if image.format != "TIFF" and _orientation(image) >= 5:
        return image.height, image.width
    return image.size


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """The part of ``box`` inside an image of ``size``; SourceError if there is none."""
    left, top = max(box[0], 0), max(box[1], 0)
    width = min(box[0] + box[2], size[0]) - left
    height = min(box[1] + box[3], size[1]) - top
    if width <= 0 or height <= 0:
        raise SourceError(f"box {box} lies outside of the image of {size[0]}x{size[1]} pixels")
    return left, top, width, height


def image_id(data: bytes, box: Box | None = None) -> str:
    """Item id of an image: 32 hex digits of BLAKE2b of its bytes, and of the box for a crop."""
    return crop_id(hashlib.blake2b(data, digest_size=16), box)


def file_hash(stream: BufferedReader) -> hashlib.blake2b:
    """The running hash of a whole file, for crop_id; reads in pieces, never all at once."""
    # the stub knows no return type for a constructor with arguments
    digest: Any = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16))
    return digest  # type: ignore[no-any-return]


def crop_id(digest: hashlib.blake2b, box: Box | None) -> str:
    """image_id from a hash of the image's bytes, which stays as it is."""
    digest = digest.copy()
    if box is not None:
        digest.update(b"\0box " + ",".join(map(str, box)).encode())
    return digest.hexdigest()


def vector_id(name: str) -> str:
    """Item id of a vector without image: 32 hex digits of BLAKE2b of its name."""
    return hashlib.blake2b(b"vector\0" + name.encode("utf-8"), digest_size=16).hexdigest()


def _opened(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except OSError as error:
        reason = f"cannot be read ({os_reason(error)}); check the file and its permissions"
        raise SourceError(reason) from error


def _pixels(image: Image.Image) -> Image.Image:
    try:
        image.load()
        return _upright(_to_rgb(image), _orientation(image))
    except Exception as error:  # decoders raise whatever damaged bytes provoke
        reason = str(error).strip() or type(error).__name__
        raise SourceError(f"damaged image ({reason}); replace it") from error


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block must not cost the image
        return 1
    return value if value in _ORIENTATIONS else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = _ORIENTATIONS.get(orientation)
    return image if method is None else image.transpose(method)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _from_range(np.asarray(image), low=0.0, high=_sensor_range(np.asarray(image)))
    if image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0.0, neginf=0.0)
        return _from_range(values, low=float(values.min()), high=float(values.max()))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _sensor_range(values: np.ndarray[Any, Any]) -> float:
    """12-bit cameras store their values unscaled in 16 bits; they would show as black."""
    return 4095.0 if values.max() <= 4095 else 65535.0


def _from_range(values: np.ndarray[Any, Any], low: float, high: float) -> Image.Image:
    scale = 255.0 / (high - low) if high > low else 0.0
    grey = np.rint((values.astype(np.float64) - low) * scale)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def _too_large() -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"more than {limit} million pixels; save a smaller copy"


def _unreadable(stream: BinaryIO) -> str:
    if stream.seek(0, io.SEEK_END) == 0:
        return "empty file (0 bytes); replace it"
    return "no image that can be read (JPEG, PNG, WebP, GIF, BMP or TIFF); convert or replace it"
