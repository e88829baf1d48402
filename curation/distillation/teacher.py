"""The teacher: an encoder that describes fixed crops, or a file with what one said of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from curation.distillation.crops import Crops
from curation.distillation.images import ImageFiles
from curation.distillation.pictures import write_array
from curation.errors import EncoderError, SourceError
from curation.spaces.encode import cores
from curation.spaces.encoders import Encoder
from curation.types import FloatArray, IndexArray

_CHUNK = 256
_BATCH = 64


def describe(
    encoder: Encoder, files: ImageFiles, rows: IndexArray, boxes: FloatArray, folder: Path
) -> Iterator[int]:
    """Write the encoder's vectors of ``boxes`` [N, V, 4] of the images ``rows`` [N] to ``folder``.

    Yields the number of images done after each chunk is on the disk; chunks already there are
    kept. The images are read in full size, so that a crop shows all that its file holds. Raises
    SourceError for an image that is gone or damaged by now.
    """

    def cut(place: int) -> torch.Tensor:
        image = _load(files, int(rows[place]))
        return torch.stack([encoder.preprocess(_cut(image, box)) for box in boxes[place]])

    with ThreadPoolExecutor(cores()) as pool:
        for start in range(0, len(rows), _CHUNK):
            places = range(start, min(start + _CHUNK, len(rows)))
            path = _file(folder, start)
            if not path.exists():
                squares = torch.cat(list(pool.map(cut, places)))
                vectors = torch.cat(
                    [encoder.encode(batch) for batch in torch.split(squares, _BATCH)]
                )
                write_array(path, vectors.numpy().astype(np.float16))
            yield places.stop


def described(rows: IndexArray, boxes: FloatArray, folder: Path) -> Crops:
    """What ``describe`` wrote, once it is complete."""
    parts = [np.load(_file(folder, start)) for start in range(0, len(rows), _CHUNK)]
    image = np.repeat(rows, boxes.shape[1])
    return Crops(image, boxes.reshape(-1, 4), np.concatenate(parts))


def read_crops(path: Path, names: tuple[str, ...]) -> Crops:
    """The table in ``path``: ``files`` [M], ``boxes`` [M, 4] as fractions, ``vectors`` [M, D].

    Rows of files that ``names`` does not hold are left out. Raises EncoderError for a file that
    is no such table, or names none of the images.
    """
    try:
        with np.load(path) as table:
            files, boxes, vectors = table["files"], table["boxes"], table["vectors"]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise EncoderError(
            f"Expected {path} to hold files [M], boxes [M, 4] and vectors [M, D] of a teacher, "
            f"got: {error}. Save them with numpy.savez."
        ) from error
    m = files.size
    fits = files.ndim == 1 and boxes.shape == (m, 4) and vectors.ndim == 2 and len(vectors) == m
    if not (m and fits and np.issubdtype(vectors.dtype, np.floating)):
        raise EncoderError(
            f"Expected files [M], boxes [M, 4] and vectors [M, D] in {path}, got {files.shape}, "
            f"{boxes.shape} and {vectors.shape} of {vectors.dtype}."
        )
    _check_values(path, boxes, vectors)
    place = {name: row for row, name in enumerate(names)}
    image = np.array([place.get(str(name), -1) for name in files], np.int64)
    known = image >= 0
    if not known.any():
        raise EncoderError(
            f"{path} names no image that was given: it has {files[0]!r}, the images are like "
            f"{names[0]!r}. Names are paths inside the folder or archive; of several sources, "
            "after the source's name."
        )
    vectors = vectors[known].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # half precision ends at 65,504
    return Crops(image[known], boxes[known].astype(np.float32), vectors.astype(np.float16))


def _check_values(path: Path, boxes: FloatArray, vectors: FloatArray) -> None:
    """Boxes inside of the picture and not empty, vectors finite and not zero."""
    inside = (boxes >= -1e-4).all(1) & (boxes <= 1 + 1e-4).all(1)
    wrong = ~(inside & (boxes[:, 2:] > boxes[:, :2]).all(1))
    norms = np.linalg.norm(vectors.astype(np.float32), axis=1)
    wrong |= ~(np.isfinite(norms) & (norms > 0))
    if wrong.any():
        raise EncoderError(
            f"{path}: {int(wrong.sum())} rows have an empty box, one outside of 0 to 1, or a "
            f"vector that is zero or not finite (first: row {int(wrong.argmax())})."
        )


def _load(files: ImageFiles, row: int) -> Image.Image:
    try:
        return files.load(row)
    except SourceError as error:
        raise SourceError(
            f"{files.names[row]} could be read before, and cannot now: {error}. Restore it, or "
            "start anew with another --work."
        ) from error


def _cut(image: Image.Image, box: FloatArray) -> Image.Image:
    left, top, right, bottom = (box * np.array(image.size * 2)).round().astype(int).tolist()
    return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


def _file(folder: Path, start: int) -> Path:
    return folder / f"{start // _CHUNK:06d}.npy"
