"""Exported pairs for torch: a dataset of image pairs, and index tuples for metric losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from curation.errors import SourceError
from curation.exports.read import LabelledPair, Place, labelled_pairs
from curation.items.decode import load_image

IndicesTuple = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


class PairDataset(Dataset[tuple[Any, Any, torch.Tensor]]):
    """``(image_a, image_b, label)`` for every clearly answered pair of an exported pairs file.

    ``label`` is a float32 scalar, 1 for same and 0 for different. Images are RGB and upright, as
    the reviewer saw them, cut to the box for a crop; without ``transform`` they are PIL images, for
    a DataLoader the transform must make tensors of one size. ``root`` is the source's folder.
    Raises SourceError for a file that is no exported pairs file, or where images are missing.
    """

    def __init__(
        self,
        pairs: str | Path,
        root: str | Path,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.root = Path(root)
        self.transform = transform
        self.pairs: list[LabelledPair] = labelled_pairs(pairs)
        self._check_files(pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Any, Any, torch.Tensor]:
        pair = self.pairs[index]
        label = torch.tensor(float(pair.same), dtype=torch.float32)
        return self._image(pair.a), self._image(pair.b), label

    def _image(self, place: Place) -> Any:
        try:
            image = load_image(self.root / place.file, place.box)
        except SourceError as error:
            raise SourceError(
                f"Expected a readable image at {self.root / place.file}, got: {error}. "
                "Or take the rows of this file out."
            ) from error
        return image if self.transform is None else self.transform(image)

    def _check_files(self, pairs: str | Path) -> None:
        files = {place.file for pair in self.pairs for place in (pair.a, pair.b)}
        missing = sorted(file for file in files if not (self.root / file).is_file())
        if missing:
            raise SourceError(
                f"Expected the images of {pairs} under {self.root}, got {len(missing)} of "
                f"{len(files)} missing, first {missing[0]!r}. Give the folder that was curated, "
                "or take the rows of these files out."
            )


def indices_tuple(pairs: str | Path, ids: Sequence[str]) -> IndicesTuple:
    """``(a1, p, a2, n)`` for the losses of pytorch-metric-learning, int64, any length.

    ``ids`` are the item ids of the embedding rows: row ``a1[k]`` belongs together with ``p[k]``,
    row ``a2[k]`` does not with ``n[k]``, each pair in both directions. Pairs with an item that is
    not in ``ids``, or without a clear answer, take no part. Raises SourceError as `PairDataset`.
    """
    position = {item_id: row for row, item_id in enumerate(ids)}
    known = [
        (position[pair.a.item_id], position[pair.b.item_id], pair.same)
        for pair in labelled_pairs(pairs)
        if pair.a.item_id in position and pair.b.item_id in position
    ]
    a1, p = _both_ways([(a, b) for a, b, same in known if same])
    a2, n = _both_ways([(a, b) for a, b, same in known if not same])
    return a1, p, a2, n


def _both_ways(pairs: Sequence[tuple[int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    ends = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2)
    return torch.cat([ends[:, 0], ends[:, 1]]), torch.cat([ends[:, 1], ends[:, 0]])
