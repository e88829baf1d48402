"""Waiting for what threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeVar

Found = TypeVar("Found")


def until(
    check: Callable[[], Found | Literal[False] | None], what: str, seconds: float = 200
) -> Found:
    """The first truthy result of ``check``; fails with ``what`` was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not in time: {what}")
