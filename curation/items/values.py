"""Attribute values as JSON."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_DAY = re.compile(r"(\d{4})[-:/](\d{2})[-:/](\d{2})")


def json_value(value: Any) -> Any:
    """``value`` as JSON: times as ISO 8601, NaN and infinity as None, numpy as Python values.

    Anything without a JSON form (bytes, for one) becomes None.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | decimal.Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        # pandas writes its missing time as the word NaT
        text = value.isoformat()
        return None if text == "NaT" else text
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): json_value(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [json_value(entry) for entry in value]
    return None


def moment(value: Any) -> datetime.datetime | None:
    """The time that a text tells: ISO 8601, or with the day as cameras write it (``2024:05:01``);
    None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.datetime.fromisoformat(_DAY.sub(r"\1-\2-\3", value.strip(), count=1))
    except ValueError:
        return None
