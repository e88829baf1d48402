"""Which colour stands out in what thumbnails show, so that a group can be drawn in its own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from curation.items.thumbnails import thumbnail_path
from curation.types import FloatArray


def common_tint(folder: Path, ids: Iterable[str]) -> list[float]:
    """How far red, green and blue in these items' thumbnails are from grey: [3], of sum 0.

    The more vivid and the more alike, the further; items without a thumbnail count as grey.
    """
    total = np.zeros(3, np.float32)
    for id in ids:
        with suppress(OSError):
            total += _tint(thumbnail_path(folder, id))
    return [round(float(part), 3) for part in total]


@lru_cache(maxsize=10_000)
def _tint(path: Path) -> FloatArray:
    """[3], the middle's vivid pixels first. Raises OSError where there is no such picture."""
    with Image.open(path) as picture:
        picture.draft("RGB", (16, 16))
        small = picture.convert("RGB").resize((16, 16), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)[3:13, 3:13].reshape(-1, 3) / 255
    vivid = np.ptp(pixels, axis=1, keepdims=True)
    return np.asarray(((pixels - pixels.mean(1, keepdims=True)) * vivid).mean(0), np.float32)
