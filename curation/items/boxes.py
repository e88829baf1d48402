"""Where in an image an item is: boxes as people write them, in pixels or in shares."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from curation.errors import SourceError
from curation.items.columns import Form
from curation.items.entry import Box, Share

LEAST = 8
"""Pixels that a side of a crop has at least: smaller ones show nothing."""

_NEARLY_ALL = 0.9
"""Of the boxes of a table that is in shares, at least this part is."""
_BEYOND = 0.05
"""How far a box in shares may reach beyond the image, by how its numbers were rounded."""

Numbers = tuple[float, float, float, float]
_NAMES = (("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"))
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def parse(value: Any, form: Form) -> list[Numbers]:
    """Every box (x, y, width, height) that a cell or four say, none where they say nothing.

    A list of lists holds several. Raises ValueError for what is no box.
    """
    if value is None or value == "":
        return []
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, dict):
        value, form = _from_names(value, form)
    if isinstance(value, list) and value and all(isinstance(one, list | dict) for one in value):
        return [box for one in value for box in parse(one, form)]
    if isinstance(value, list) and not value:
        return []
    return [_box(value, form)]


def are_shares(boxes: Sequence[Numbers]) -> bool:
    """Whether nearly all boxes of a table lie within 0 to 1, and not all in whole numbers: a few
    odd rows do not make it one of pixels."""
    real = [box for box in boxes if box[2] > 0 and box[3] > 0]  # -1,-1,-1,-1 stands for none
    inside = [box for box in real if is_share(box)]
    return len(inside) >= _NEARLY_ALL * len(real) and any(
        part != int(part) for box in inside for part in box
    )


def is_share(box: Numbers) -> bool:
    """Whether a box lies within its image when it is in shares, but for how it was rounded."""
    left, top, width, height = box
    edges = (left, top, left + width, top + height)
    return width > 0 and height > 0 and all(-_BEYOND <= edge <= 1 + _BEYOND for edge in edges)


def as_share(box: Numbers) -> Share:
    """The part of a box in shares that lies inside the image. Raises ValueError for one that lies
    outside, or is not in shares."""
    if not is_share(box):
        raise ValueError("no share of the image, while others are")
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    return left, top, min(box[0] + box[2], 1.0) - left, min(box[1] + box[3], 1.0) - top


def in_pixels(box: Numbers) -> Box:
    """A box in whole pixels. Raises ValueError for one in shares, which others are not, or of no
    area."""
    x, y, width, height = (round(part) for part in box)
    if 0 < box[2] <= 1 and 0 < box[3] <= 1 and box[2:] != (1, 1):
        raise ValueError("in shares of the image, while others are in pixels")
    if width <= 0 or height <= 0:
        raise ValueError("of no area")
    return x, y, width, height


def of_size(share: Share, size: tuple[int, int]) -> Box:
    """A box given in shares of an image of ``size``, in whole pixels."""
    left, top = round(share[0] * size[0]), round(share[1] * size[1])
    right, bottom = round((share[0] + share[2]) * size[0]), round((share[1] + share[3]) * size[1])
    return left, top, right - left, bottom - top


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """The part of ``box`` inside an image of ``size``; SourceError if there is none."""
    left, top = max(box[0], 0), max(box[1], 0)
    width = min(box[0] + box[2], size[0]) - left
    height = min(box[1] + box[3], size[1]) - top
    if width <= 0 or height <= 0:
        raise SourceError(f"box {box} lies outside of the image of {size[0]}x{size[1]} pixels")
    return left, top, width, height


def check_size(box: Box, shown: tuple[int, int]) -> None:
    """SourceError for a crop too small to be seen; ``shown`` is its size inside the image."""
    if min(shown) < LEAST:
        raise SourceError(
            f"box {_told(box)} leaves {shown[0]}x{shown[1]} pixels, at least {LEAST}x{LEAST} are "
            "needed; check its unit and order (x, y, width, height in pixels)"
        )


def clipped(box: Box, shown: tuple[int, int]) -> str | None:
    """What is said of a box that reaches beyond its image; None where it does not."""
    if box[2:] == shown:
        return None
    inside = f"{shown[0]}x{shown[1]}"
    return f"box {_told(box)} reaches beyond the image; its part inside, {inside}, is used"


def _told(box: Box) -> str:
    return ",".join(map(str, box))


def _from_text(text: str) -> Any:
    """Lists and objects as Python or JSON write them, else the numbers between commas or spaces."""
    if text.lstrip().startswith(("[", "(", "{")):
        plain = text.translate(str.maketrans("()'", '[]"'))
        with suppress(ValueError, RecursionError):
            return json.loads(plain)
    return [part for part in re.split(r"[,;\s]+", text.strip(" []()")) if part]


def _from_names(value: dict[str, Any], form: Form) -> tuple[list[Any], Form]:
    plain = {str(name).lower().replace("_", ""): part for name, part in value.items()}
    if all(name in plain for name in _CORNERS):
        return [plain[name] for name in _CORNERS], "corners"
    for names in _NAMES:
        if all(name in plain for name in names):
            return [plain[name] for name in names], "box"
    raise ValueError(value, form)


def _box(value: Any, form: Form) -> Numbers:
    try:
        a, b, c, d = (float(part) for part in value)
    except (TypeError, OverflowError) as error:
        raise ValueError(value) from error
    if not all(math.isfinite(part) for part in (a, b, c, d)):
        raise ValueError(value)
    if form in ("corners", "corner list"):
        return a, b, c - a, d - b
    if form == "centre":
        return a - c / 2, b - d / 2, c, d
    return a, b, c, d
