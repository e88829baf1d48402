"""A second embedding, matched to items by file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curation.errors import SourceError
from curation.items.second import SecondEmbedding
from curation.types import Item

ITEMS = [Item("1", ("a/x.png",)), Item("2", ("b/x.png", "c/copy.png")), Item("3", ("d.png",))]


def written(folder: Path, files: list[str]) -> Path:
    path = folder / "words.npz"
    np.savez(path, F=2 * np.eye(len(files), 4, dtype=np.float32), files=np.array(files))
    return path


def test_rows_come_by_path_then_by_unique_name(tmp_path: Path) -> None:
    found = SecondEmbedding(written(tmp_path, ["c/copy.png", "elsewhere/d.png", "a/x.png"]))
    rows = found.rows(ITEMS)
    np.testing.assert_array_equal(rows, np.eye(4, dtype=np.float32)[[2, 0, 1]])


def test_items_without_a_vector_have_zeros(tmp_path: Path) -> None:
    rows = SecondEmbedding(written(tmp_path, ["a/x.png", "y/z.png"])).rows(ITEMS)
    assert rows.any(axis=1).tolist() == [True, False, False]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="names a file of the source"):
        SecondEmbedding(written(tmp_path, ["q.png"])).rows(ITEMS)
    with pytest.raises(SourceError, match="does not exist"):
        SecondEmbedding(tmp_path / "none.npz")


def test_a_vector_of_another_folder_is_not_taken(tmp_path: Path) -> None:
    rows = SecondEmbedding(written(tmp_path, ["q/x.png", "a/x.jpg", "d.png"])).rows(ITEMS[::2])
    assert rows.any(axis=1).tolist() == [False, True]
