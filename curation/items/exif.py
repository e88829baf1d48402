"""When, where and with what a photo was taken, from its EXIF block."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

_TIME = re.compile(r"(\d{4})[:\-](\d{2})[:\-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")
# (time, its offset from UTC), the moment of exposure first
_TIME_TAGS = (
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    (ExifTags.Base.DateTime, ExifTags.Base.OffsetTime),
)


def read_exif(image: Image.Image) -> dict[str, Any]:
    """``capture_time`` (ISO 8601, with offset where the camera wrote one), ``lat``, ``lon``
    (degrees, WGS 84, south and west negative) and ``camera`` of ``image``, as far as it has them.

    Reads the header only. A damaged block gives what could be read: it never makes an image
    unusable.
    """
    try:
        exif = image.getexif()
        tags: dict[int, Any] = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
        gps: dict[int, Any] = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # Pillow lets whatever a damaged block provokes come through
        return {}
    found = {
        "capture_time": _capture_time(tags),
        "lat": _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90),
        "lon": _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180),
        "camera": _camera(tags),
    }
    if found["lat"] is None or found["lon"] is None:
        found["lat"] = found["lon"] = None
    return {name: value for name, value in found.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return " ".join(value.replace("\0", " ").split()) if isinstance(value, str) else ""


def _capture_time(tags: Mapping[int, Any]) -> str | None:
    for time_tag, offset_tag in _TIME_TAGS:
        match = _TIME.match(_text(tags.get(time_tag)))
        if match is None:
            continue
        try:
            time = datetime.datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]
        except ValueError:  # 0000:00:00, written by cameras whose clock was never set
            continue
        offset = _text(tags.get(offset_tag))
        return time.isoformat() + (offset if _OFFSET.fullmatch(offset) else "")
    return None


def _degrees(gps: Mapping[int, Any], tag: int, ref_tag: int, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in gps[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or abs(value) > limit:
        return None
    sign = -1 if _text(gps.get(ref_tag)).upper() in ("S", "W") else 1
    return round(sign * value, 7)


def _camera(tags: Mapping[int, Any]) -> str | None:
    make, model = _text(tags.get(ExifTags.Base.Make)), _text(tags.get(ExifTags.Base.Model))
    if make and not model.lower().startswith(make.lower()):
        model = f"{make} {model}"
    return model.strip() or None
