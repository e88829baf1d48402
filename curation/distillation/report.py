"""How well an encoder tells labelled images apart, without being trained on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from curation.errors import SourceError
from curation.evaluation.metrics import knn_accuracy
from curation.items.decode import load_image
from curation.items.source import open_source
from curation.spaces.encoders import Encoder, encode_images

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images of a folder with a label each."""

    name: str
    files: tuple[Path, ...]
    labels: tuple[str, ...]


def read_labelled(folder: Path) -> Labelled:
    """The images of ``folder`` with the column ``label`` of its metadata.csv, else the name of
    their own folder; SourceError if fewer than two labels are there."""
    found = [
        (entry.file, str(label))
        for entry in open_source(folder).entries()
        if entry.file is not None
        and entry.box is None
        and (label := entry.attributes.get("label", entry.attributes.get("folder"))) is not None
    ]
    if len({label for _, label in found}) < 2:
        raise SourceError(
            f"Expected at least two labels in {folder}, a column label in its metadata.csv or one "
            "folder a label; got fewer, so that no accuracy can be reported on it."
        )
    files, labels = zip(*found, strict=True)
    return Labelled(folder.name, files, labels)


def knn_report(encoder: Encoder, labelled: Labelled) -> dict[str, object]:
    """``folder``, ``images``, ``labels`` and the leave-one-out accuracy ``knn5`` of 5 neighbours.

    Images that cannot be decoded are left out.
    """
    vectors, labels = [], []
    for start in range(0, len(labelled.files), _BATCH):
        images: list[Image.Image] = []
        for row in range(start, min(start + _BATCH, len(labelled.files))):
            try:
                images.append(load_image(labelled.files[row]))
            except SourceError:
                continue
            labels.append(labelled.labels[row])
        vectors.append(encode_images(encoder, images))
    codes = np.unique(labels, return_inverse=True)[1]
    return {
        "folder": labelled.name,
        "images": len(labels),
        "labels": len(set(labels)),
        "knn5": round(knn_accuracy(np.concatenate(vectors), codes), 4),
    }
