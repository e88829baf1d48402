"""Pictures for encoders: decoded no larger than needed, and augmented."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from curation.items.decode import load_image, load_reduced
from curation.items.entry import Box

_SMALLEST_CROP = 0.5


def load_picture(file: Path, box: Box | None, least: int) -> Image.Image:
    """load_image, but a large JPEG is decoded at a half, quarter or eighth of its size.

    Both sides stay at least ``least`` pixels where the file has them. Errors as in load_image.
    """
    reduced = load_reduced(file, least) if box is None else None
    return load_image(file, box) if reduced is None else reduced


def augment(image: Image.Image, item_id: str, n_views: int) -> list[Image.Image]:
    """``n_views`` crops of 0.5 to 1 of the area, half of them flipped; the same ones for one id.

    A crop keeps the picture's shape, so that it is the place and the scale that vary.
    """
    digest = hashlib.blake2b(item_id.encode(), digest_size=8).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    return [_view(image, rng) for _ in range(n_views)]


def _view(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    area, x, y, flip = rng.uniform((_SMALLEST_CROP, 0, 0, 0), 1)
    width = max(round(image.width * area**0.5), 1)
    height = max(round(image.height * area**0.5), 1)
    left, top = round((image.width - width) * x), round((image.height - height) * y)
    view = image.crop((left, top, left + width, top + height))
    return view.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip < 0.5 else view
