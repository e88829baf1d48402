"""Values that a front end or a table gives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from curation.errors import DecisionError


def number(given: Mapping[str, Any], name: str) -> float | None:
    """A finite number, or None where none is given; DecisionError for anything else."""
    value = given.get(name)
    if value is None:
        return None
    try:
        read = float(value)
    except (TypeError, ValueError):
        read = math.nan
    if not math.isfinite(read):
        raise DecisionError(f"A decision's {name} is a number, got {value!r}.")
    return read
