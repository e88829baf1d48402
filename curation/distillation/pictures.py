"""Decoded pictures on disk, no larger than training needs, and the squares cut from them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from curation import files
from curation.errors import SourceError
from curation.spaces.encode import cores
from curation.types import FloatArray

CHUNK = 512
"""Pictures to a file: what an interrupted run does again at most."""

Pixels = npt.NDArray[np.uint8]


class Pictures:
    """Small RGB pictures, each with its own sides, in memory-mapped files of CHUNK."""

    def __init__(self, folder: Path, count: int) -> None:
        files = [_file(folder, start) for start in range(0, count, CHUNK)]
        self._pixels = [np.load(file, mmap_mode="r") for file in files]
        self.sizes = np.concatenate([np.load(file.with_suffix(".sizes.npy")) for file in files])
        areas = self.sizes.prod(1) * 3
        chunks = [areas[start : start + CHUNK] for start in range(0, count, CHUNK)]
        self._starts = np.concatenate([np.cumsum(chunk) - chunk for chunk in chunks])

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, row: int) -> Image.Image:
        width, height = (int(side) for side in self.sizes[row])
        start = int(self._starts[row])
        flat = self._pixels[row // CHUNK][start : start + 3 * width * height]
        return Image.fromarray(flat.reshape(height, width, 3))


def store_pictures(
    load: Callable[[int], Image.Image], count: int, folder: Path, longest: int
) -> Iterator[int]:
    """Decode pictures 0 to ``count`` into ``folder``, sides at most ``longest``; yields how many.

    What is there already is kept. A picture that cannot be decoded is stored with sides of 0.
    """

    def small(row: int) -> Image.Image | None:
        try:
            picture = load(row)
        except SourceError:
            return None
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return picture

    with ThreadPoolExecutor(cores()) as pool:
        for start in range(0, count, CHUNK):
            rows = range(start, min(start + CHUNK, count))
            if not _file(folder, start).exists():
                _write(_file(folder, start), list(pool.map(small, rows)))
            yield rows.stop


def squares(
    pictures: Pictures, rows: Sequence[int], boxes: FloatArray, flips: Sequence[bool], side: int
) -> torch.Tensor:
    """uint8 [B, 3, side, side]: ``boxes`` float [B, 4] (left, top, right, bottom as fractions) of
    the pictures ``rows``, mirrored where ``flips`` says so."""
    cut = [
        square(pictures[row], box, side, flip)
        for row, box, flip in zip(rows, boxes, flips, strict=True)
    ]
    return torch.from_numpy(np.stack(cut)).permute(0, 3, 1, 2)


def square(picture: Image.Image, box: FloatArray, side: int, flip: bool = False) -> Pixels:
    """uint8 [side, side, 3], resampled as an encoder's preprocessing does."""
    scale = np.array(picture.size * 2)
    left, top, right, bottom = (float(v) for v in np.clip(box, 0, 1) * scale)
    region = (left, top, max(right, left + 1e-3), max(bottom, top + 1e-3))
    made = picture.resize((side, side), Image.Resampling.BICUBIC, box=region)
    pixels = np.asarray(made)
    return pixels[:, ::-1] if flip else pixels


def _file(folder: Path, start: int) -> Path:
    return folder / f"{start // CHUNK:06d}.npy"


def _write(path: Path, pictures: Iterable[Image.Image | None]) -> None:
    arrays = [np.zeros((0, 0, 3), np.uint8) if p is None else np.asarray(p) for p in pictures]
    sizes = np.array([(a.shape[1], a.shape[0]) for a in arrays], np.int64)
    flat = np.concatenate([a.reshape(-1) for a in arrays])
    write_array(path.with_suffix(".sizes.npy"), sizes)
    write_array(path, flat)


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Save as .npy, whole or not at all."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    files.write(path, lambda file: file.write(buffer.getbuffer()))
