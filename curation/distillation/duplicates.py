"""Near-duplicates of images that must not be learned from, because something is tested on them.

Two pictures are near-duplicates if their 16 x 16 pixel versions, each centred and of unit norm,
agree by a cosine of 0.95, as they stand or mirrored. Saving anew, scaling and light changes of
brightness or colour stay above it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from curation.distillation.images import ImageFiles
from curation.distillation.pictures import Pictures
from curation.errors import SourceError
from curation.types import BoolArray, FloatArray

_SIDE = 16
_ALIKE = 0.95
_TILE = 2048


def near_duplicates(pictures: Pictures, others: Sequence[ImageFiles]) -> BoolArray:
    """Which of ``pictures`` [N] are near-duplicates of one of ``others``; bool [N]."""
    theirs = [
        thumb
        for files in others
        for row in range(len(files))
        if (thumb := _of(files, row)) is not None
    ]
    found = np.zeros(len(pictures), bool)
    if not theirs:
        return found
    keys = np.stack([*theirs, *(_mirrored(thumb) for thumb in theirs)])
    readable = np.flatnonzero(pictures.sizes.min(1) > 0)
    for start in range(0, len(readable), _TILE):
        rows = readable[start : start + _TILE]
        ours = np.stack([_thumb(pictures[row]) for row in rows])
        found[rows] = (ours @ keys.T).max(1) > _ALIKE
    return found


def _of(files: ImageFiles, row: int) -> FloatArray | None:
    try:
        return _thumb(files.load(row))
    except SourceError:
        return None


def _thumb(picture: Image.Image) -> FloatArray:
    """float32 [768], centred and of unit norm; zero for a picture of one colour."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    flat = np.asarray(small, np.float32).reshape(-1, 3)
    centred = (flat - flat.mean(0)).reshape(-1)
    unit: FloatArray = centred / max(float(np.linalg.norm(centred)), 1e-6)
    return unit


def _mirrored(thumb: FloatArray) -> FloatArray:
    return np.ascontiguousarray(thumb.reshape(_SIDE, _SIDE, 3)[:, ::-1]).reshape(-1)
