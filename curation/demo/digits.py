"""The demo: scikit-learn's handwritten digits as a folder of small images."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image

from curation import files
from curation.demo.place import MANIFEST, check_place
from curation.errors import SourceError

_SIZE = 64  # pixels a side; the originals have 8


def digits_source(folder: Path) -> Path:
    """Write the 1,797 digits as PNG below ``folder`` and return their manifest, ``metadata.csv``.

    Always the same bytes. The digit is a column of the manifest and in no path. What is there
    already is kept, the manifest is written last: a call that was cut short is continued. Raises
    SourceError if the folder cannot be written. Source: the test part of "Optical recognition of
    handwritten digits" (UCI), as packaged by scikit-learn.
    """
    check_place(folder)
    manifest = folder / MANIFEST
    if manifest.is_file() and _complete(manifest):
        return manifest
    # a second that only the first demo needs to wait
    from sklearn.datasets import load_digits

    digits = load_digits()
    names = [f"images/{number:04d}_digit.png" for number in range(1, len(digits.images) + 1)]
    try:
        for name, pixels in zip(names, digits.images, strict=True):
            if not _is_whole(folder / name):
                _write_image(folder / name, pixels)
        _write_manifest(manifest, names, digits.target)
    except OSError as error:
        raise SourceError(
            f"The demo images could not be written to {folder} "
            f"({error.strerror or error}). "
            "Choose a workspace in a folder that can be written, or give images of your own."
        ) from error
    return manifest


def _complete(manifest: Path) -> bool:
    with manifest.open(newline="", encoding="utf-8") as stream:
        return all(_is_whole(manifest.parent / row["file"]) for row in csv.DictReader(stream))


def _is_whole(file: Path) -> bool:
    """Whether a PNG was written to its end, which is a chunk of that name."""
    return file.is_file() and file.read_bytes()[-8:-4] == b"IEND"


def _write_image(file: Path, pixels: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    grey = np.rint(pixels * (255 / 16)).astype(np.uint8)
    image = Image.fromarray(grey).resize((_SIZE, _SIZE), Image.Resampling.BICUBIC)
    files.put(file, lambda stream: image.save(stream, "PNG"), durable=False)


def _write_manifest(
    manifest: Path, names: list[str], targets: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "digit"))
    writer.writerows(zip(names, targets.tolist(), strict=True))
    files.put(manifest, lambda stream: stream.write(text.getvalue().encode()))
