"""Attributes of items as arrays that strategies can compute with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import numpy as np

from curation.items.coordinates import coordinates
from curation.items.values import moment
from curation.proposals.state import Scores, State
from curation.types import IndexArray

BURST_SECONDS = 60.0
"""Photos of one camera with gaps up to this are one burst where no column names bursts."""
_LARGEST_KEY = 0.25
_TIME, _LATITUDE, _LONGITUDE = "capture_time", "lat", "lon"
_SEQUENCE, _CAMERA = "sequence_id", "camera"
_NO_KEYS = {_TIME, _LATITUDE, _LONGITUDE}


def codes(values: Sequence[Any]) -> IndexArray:
    """One number a distinct value int64 [N], in order of appearance; -1 where unknown or empty."""
    known: dict[str, int] = {}
    return np.array(
        [-1 if v is None or v == "" else known.setdefault(str(v), len(known)) for v in values],
        np.int64,
    )


def seconds(state: State) -> Scores:
    """Capture time float64 [N] in seconds since 1970, NaN where it is unknown or no ISO time."""
    return state.once(
        "seconds", lambda: np.array([_second(v) for v in _column(state, _TIME)], np.float64)
    )


def places(state: State) -> Scores:
    """Latitude and longitude float64 [N, 2] in degrees, NaN where unknown or out of range."""
    return state.once("places", lambda: coordinates(state.attributes, state.n_items))


def ago(seconds: float) -> str:
    """A span of time as one says it: "12 days"."""
    for unit, name in ((365.25 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = round(seconds / unit)
        if seconds >= unit:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "moments"


def cameras(state: State) -> IndexArray:
    """Camera of each item int64 [N]; -1 where it is unknown."""
    return state.once("cameras", lambda: codes(_column(state, _CAMERA)))


def sequences(state: State) -> IndexArray | None:
    """Burst of each item int64 [N], -1 for those in none; None where no burst is known."""
    return state.once("sequences", lambda: _sequences(state))


def repeating_key(state: State) -> str:
    """The column chosen by hand, else the one with most distinct repeated values; may be empty.

    A column one of whose values covers over a quarter of the items says too little of any two.
    """
    if state.key:
        return state.key if state.key in state.attributes else ""
    return state.once("key", lambda: _repeating_key(state))


def _column(state: State, name: str) -> Sequence[Any]:
    return state.attributes.get(name, [None] * state.n_items)


def _second(value: Any) -> float:
    time = moment(value)
    if time is None:
        return np.nan
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _sequences(state: State) -> IndexArray | None:
    named = codes(_column(state, _SEQUENCE))
    found = named if (named >= 0).any() else _bursts(seconds(state), cameras(state))
    sizes = np.bincount(found[found >= 0], minlength=1)
    alone = (found < 0) | (sizes[found] < 2)
    return None if alone.all() else np.where(alone, -1, found)


def _bursts(time: Scores, camera: IndexArray) -> IndexArray:
    """Runs of one camera without a gap over a minute."""
    known = np.flatnonzero(np.isfinite(time))
    order = known[np.lexsort((time[known], camera[known]))]
    breaks = (np.diff(time[order], prepend=np.nan) <= BURST_SECONDS) & (
        np.diff(camera[order], prepend=-2) == 0
    )
    found = np.full(len(time), -1, np.int64)
    found[order] = np.cumsum(~breaks) - 1
    return found


def _repeating_key(state: State) -> str:
    best, most = "", 0
    for name in sorted(state.attributes):
        if name in _NO_KEYS or name.endswith(":all"):
            continue
        counts = Counter(str(v) for v in state.attributes[name] if v is not None and v != "")
        repeated = sum(count > 1 for count in counts.values())
        if repeated > most and max(counts.values()) <= _LARGEST_KEY * state.n_items:
            best, most = name, repeated
    return best
