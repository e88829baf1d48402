"""From the pixels of any mode to 8-bit RGB as a screen shows them."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

_ABSENT = (0.0, 65535.0, 2147483647.0, -2147483648.0, -9999.0, -32768.0)
"""What sensors and programs write where they measured nothing."""
_LARGEST = 1e30  # float formats mark absent values by their largest number
_SHARE = 0.5  # percent of the pixels that may be outliers on each side
_SPREAD = 0.5  # of the whole range: with less within the percentiles, the rest are outliers
_LOOKED_AT = 1_000_000  # pixels that the percentiles are taken from
_SPACES = {"RGB": ("RGB ",), "L": ("GRAY",), "CMYK": ("CMYK",)}


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded image as 8-bit RGB in sRGB: 16-bit and float stretched over the values measured,
    colours converted from the profile that the file brings, transparency on white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _stretched(np.asarray(image))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(_in_srgb(layer.convert("RGB"), image), mask=layer.getchannel("A"))
        return white
    return _in_srgb(image, image)


def _in_srgb(image: Image.Image, source: Image.Image) -> Image.Image:
    """``image`` in sRGB, from the profile of ``source`` where it has a sound one."""
    profile = source.info.get("icc_profile")
    if image.mode not in _SPACES:
        image = image.convert("RGB")
    transform = _transform(profile, image.mode) if isinstance(profile, bytes) and profile else None
    if transform is None:
        return image.convert("RGB")
    try:
        return ImageCms.applyTransform(image, transform) or image.convert("RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None for a profile that changes nothing, a damaged one, or one of other colours."""
    try:
        found = ImageCms.getOpenProfile(io.BytesIO(profile))
        if found.profile.xcolor_space not in _SPACES[mode]:
            return None
        made = ImageCms.buildTransform(found, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if mode == "RGB" and _changes_nothing(made) else made


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours stay what they are, as most profiles say of themselves: this saves the time
    of going over all pixels."""
    axis = np.linspace(0, 255, 6).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 6, 3)
    image = Image.fromarray(cube)
    after = ImageCms.applyTransform(image, transform)
    return after is None or int(np.abs(np.asarray(after, int) - cube.astype(int)).max()) <= 2


def _stretched(values: np.ndarray[Any, Any]) -> Image.Image:
    low, high = _range(values)
    scale = 255.0 / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        grey = np.clip((values.astype(np.float64) - low) * scale, 0, 255)
    grey = np.rint(np.nan_to_num(grey, nan=0.0))
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def _range(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The darkest and the brightest value shown: those measured, without outliers."""
    step = max(values.size // _LOOKED_AT, 1)
    seen = values.reshape(-1)[::step].astype(np.float64)
    seen = seen[np.isfinite(seen)]
    measured = seen[~np.isin(seen, _ABSENT) & (np.abs(seen) < _LARGEST)]
    for pixels in (measured, seen):
        if not pixels.size or pixels.min() == pixels.max():
            continue
        low, high = (float(value) for value in np.percentile(pixels, (_SHARE, 100 - _SHARE)))
        whole = float(pixels.max() - pixels.min())
        if high > low and high - low < _SPREAD * whole:
            return low, high
        return float(pixels.min()), float(pixels.max())
    return 0.0, 0.0
