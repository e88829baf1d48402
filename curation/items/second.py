"""A second embedding of the items, of captions or any other modality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curation.errors import SourceError
from curation.items.matching import are_elsewhere
from curation.items.places import base_name
from curation.items.vectors import read_vectors
from curation.types import FloatArray, Item


class SecondEmbedding:
    """Vectors of a file, found for an item by one of its paths, or by a file name that occurs
    once on both sides and is not of another folder.

    Raises SourceError as ``read_vectors`` does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        table = read_vectors(path)
        self._vectors = table.vectors
        self._files = table.files
        self._by_path = {name: row for row, name in enumerate(table.files)}
        names = [base_name(name) for name in table.files]
        count = Counter(names)
        self._by_name = {name: row for row, name in enumerate(names) if count[name] == 1}

    def rows(self, items: Sequence[Item]) -> FloatArray:
        """Unit vectors float32 [N, D2] of the items; rows of zeros where one has none.

        Raises SourceError where none has.
        """
        found = np.array([self._by_any(item) for item in items], np.int64)
        count = Counter(name for item in items for name in {base_name(p) for p in item.paths})
        taken = set(found.tolist())
        for place in np.flatnonzero(found < 0).tolist():
            named = [(path, base_name(path)) for path in items[place].paths]
            rows = [
                self._by_name[name]
                for path, name in named
                if name in self._by_name
                and count[name] == 1
                and not are_elsewhere(self._files[self._by_name[name]], path)
            ]
            found[place] = next((row for row in rows if row not in taken), -1)
        if len(items) and (found < 0).all():
            raise SourceError(
                f"No vector of {self._path} names a file of the source; name them by path "
                "relative to the source."
            )
        out = np.zeros((len(items), self._vectors.shape[1]), np.float32)
        out[found >= 0] = self._vectors[found[found >= 0]]
        return out

    def _by_any(self, item: Item) -> int:
        return next((self._by_path[path] for path in item.paths if path in self._by_path), -1)
