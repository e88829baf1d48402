"""Where on the earth items were, by attributes under their usual names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Degrees = npt.NDArray[np.float64]

_NAMES = (
    ("lat", "lon"), ("lat", "lng"), ("lat", "long"), ("latitude", "longitude"),
    ("decimallatitude", "decimallongitude"), ("gpslatitude", "gpslongitude"), ("gpslat", "gpslon"),
    ("gpslat", "gpslng"), ("gpslat", "gpslong"), ("latitudedeg", "longitudedeg"),
    ("locationlat", "locationlong"), ("locationlat", "locationlon"),
)  # fmt: skip
"""Latitude and longitude, in small letters alone; the first is what EXIF is read into, others are
those of Darwin Core, ExifTool, Movebank and tables made by hand."""


def coordinate_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """The attributes that hold latitude and longitude, in any case and with any separators
    (``decimalLatitude``, ``GPS_Lat``); the likeliest pair first, none where there is none."""
    spelt: dict[str, str] = {}
    for name in names:
        spelt.setdefault(re.sub(r"[^a-z]", "", name.lower()), name)
    return [(spelt[lat], spelt[lon]) for lat, lon in _NAMES if lat in spelt and lon in spelt]


def coordinates(columns: Mapping[str, Sequence[Any]], n: int) -> Degrees:
    """Latitude and longitude float64 [n, 2] in degrees, from columns of n values each.

    NaN, for both, where one is unknown, no number or out of range. Where several pairs of columns
    hold coordinates, the first that tells a place does.
    """
    found = np.full((n, 2), np.nan)
    for pair in coordinate_names(columns):
        told = np.array([[_number(v) for v in columns[name]] for name in pair]).T.reshape(-1, 2)
        with np.errstate(invalid="ignore"):
            fine = (np.abs(told) <= [90, 180]).all(1)
        found = np.where(np.isnan(found) & fine[:, None], told, found)
    return found


def _number(value: Any) -> float:
    try:
        return float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return np.nan
