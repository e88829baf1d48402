"""Fixed crops: the teacher describes each once, the student sees it again and again.

Student and teacher look at the same crop; that consistency is what lets long training help
(Beyer et al. 2022, "a good teacher is patient and consistent").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.types import FloatArray, HalfArray, IndexArray

_LEAST_AREA = 0.25


@dataclass(frozen=True, slots=True)
class Crops:
    """M crops of pictures, and the teacher's vector of each.

    ``image`` int64 [M]: which picture. ``boxes`` float32 [M, 4]: left, top, right, bottom as
    fractions of its sides. ``vectors`` float16 [M, D].
    """

    image: IndexArray
    boxes: FloatArray
    vectors: HalfArray


def draw_boxes(sizes: IndexArray, n_crops: int, seed: int) -> FloatArray:
    """float32 [N, n_crops, 4] for pictures of ``sizes`` [N, 2] (width, height).

    The first is the largest square in the middle, the others squares of a quarter to all of its
    area, anywhere in the picture.
    """
    rng = np.random.default_rng(seed)
    sides = np.maximum(sizes, 1).astype(np.float64)[:, None]
    shape = (len(sizes), n_crops, 1)
    side = sides.min(2, keepdims=True) * np.sqrt(rng.uniform(_LEAST_AREA, 1, shape))
    place = rng.uniform(0, 1, (*shape[:2], 2))
    side[:, 0] = sides[:, 0].min(1, keepdims=True)
    place[:, 0] = 0.5
    start = (sides - side) * place
    return np.concatenate([start, start + side], axis=2).astype(np.float32) / np.float32(
        np.tile(sides, 2)
    )


class Picker:
    """Which crops belong to which picture, for drawing one of each."""

    def __init__(self, image: IndexArray) -> None:
        self._order = np.argsort(image, kind="stable")
        self.pictures, self._starts, self._counts = np.unique(
            image[self._order], return_index=True, return_counts=True
        )

    def __len__(self) -> int:
        return len(self.pictures)

    def pick(self, places: IndexArray, rng: np.random.Generator) -> IndexArray:
        """A random crop of each of the pictures at ``places`` [B] in ``pictures``."""
        drawn = rng.integers(0, self._counts[places])
        picked: IndexArray = self._order[self._starts[places] + drawn]
        return picked
