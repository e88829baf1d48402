"""Batches of jittered crops; each is decided by seed, epoch and number alone, so runs resume."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from curation.distillation.crops import Crops, Picker
from curation.distillation.pictures import Pictures, squares
from curation.distillation.schedule import DistillSettings
from curation.spaces.encode import cores
from curation.types import FloatArray, IndexArray

_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """``squares`` uint8 [B, 3, S, S], ``targets`` float32 [B, D], and per-picture ``colour``
    factors float32 [B, 3] of brightness, contrast and saturation."""

    squares: Tensor
    targets: Tensor
    colour: Tensor


class Batches:
    """The epochs' batches of one crop of each picture, made by threads ahead of the training."""

    def __init__(self, pictures: Pictures, crops: Crops, settings: DistillSettings) -> None:
        self._pictures = pictures
        self._crops = crops
        self._settings = settings
        self._picker = Picker(crops.image)
        self.per_epoch = max(len(self._picker) // settings.batch, 1)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of epoch ``number`` (0-based); a last one that is not full is left out."""
        size = self._settings.batch
        order = np.random.default_rng((self._settings.seed, number)).permutation(len(self._picker))
        waiting: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(cores(), thread_name_prefix="crops") as pool:
            for k in range(self.per_epoch):
                places = order[k * size : (k + 1) * size]
                waiting.append(pool.submit(self._make, number, k, places))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def sample(self, count: int) -> Batch:
        """``count`` pictures, or all of fewer, of the last epoch's side."""
        rng = np.random.default_rng(self._settings.seed)
        places = rng.permutation(len(self._picker))[:count]
        return self._make(self._settings.epochs - 1, 0, places)

    def _make(self, epoch: int, number: int, places: IndexArray) -> Batch:
        settings = self._settings
        rng = np.random.default_rng((settings.seed, epoch, number))
        rows = self._picker.pick(places, rng)
        boxes = jitter(self._crops.boxes[rows], settings.shift, settings.stretch, rng)
        flips = rng.random(len(rows)) < 0.5
        side = settings.side(epoch)
        made = squares(
            self._pictures, self._crops.image[rows].tolist(), boxes, flips.tolist(), side
        )
        colour = rng.uniform(1 - settings.colour, 1 + settings.colour, (len(rows), 3))
        targets = torch.from_numpy(self._crops.vectors[rows].astype(np.float32))
        return Batch(made, targets, torch.from_numpy(colour.astype(np.float32)))


def jitter(boxes: FloatArray, shift: float, stretch: float, rng: np.random.Generator) -> FloatArray:
    """``boxes`` [B, 4] moved and scaled at random by shares of their sides, kept in [0, 1]."""
    n = len(boxes)
    sides = boxes[:, 2:] - boxes[:, :2]
    middle = (boxes[:, 2:] + boxes[:, :2]) / 2 + sides * rng.uniform(-shift, shift, (n, 2))
    half = sides * np.exp(rng.uniform(-stretch, stretch, (n, 2))) / 2
    return np.concatenate([middle - half, middle + half], axis=1).clip(0, 1).astype(np.float32)


def recolour(pictures: Tensor, factors: Tensor) -> Tensor:
    """float32 [B, 3, S, S] in 0 to 255, scaled in brightness, about the mean grey (contrast) and
    about each pixel's grey (saturation) by ``factors`` [B, 3]."""
    brightness, contrast, saturation = factors.view(-1, 3, 1, 1, 1).unbind(1)
    grey = pictures.mean(1, keepdim=True)
    coloured = grey + (pictures - grey) * saturation
    middle = grey.mean((2, 3), keepdim=True)
    return ((middle + (coloured - middle) * contrast) * brightness).clamp(0, 255)
