from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curation.spaces import neighbours
from curation.spaces.neighbours import nearest
from curation.types import Neighbours


def unit(n: int, dim: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def brute(vectors: np.ndarray, k: int, eligible: np.ndarray) -> np.ndarray:
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    similarities[:, ~eligible] = -np.inf
    return np.argsort(-similarities, axis=1)[:, :k]


@pytest.mark.parametrize("k", [1, 7])
def test_equals_brute_force(k: int) -> None:
    vectors = unit(60, 8)
    found = nearest(vectors, k)
    expected = brute(vectors, k, np.ones(60, bool))
    assert (found.indices == expected).all()
    expected_similarities = np.take_along_axis(vectors @ vectors.T, expected, 1)
    np.testing.assert_allclose(found.similarities, expected_similarities, atol=1e-5)
    assert found.indices.dtype == np.int64
    assert found.similarities.dtype == np.float32


def test_only_eligible_items_are_neighbours() -> None:
    vectors = unit(60, 8)
    eligible = np.random.default_rng(1).random(60) < 0.4
    found = nearest(vectors, 5, eligible=eligible)
    assert (found.indices == brute(vectors, 5, eligible)).all()


def test_duplicates_never_list_themselves() -> None:
    vectors = np.repeat(unit(1, 8), 40, axis=0)
    found = nearest(vectors, 5)
    assert (found.indices != np.arange(40)[:, None]).all()
    assert (found.indices >= 0).all()
    assert all(len(set(row)) == 5 for row in found.indices.tolist())


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_items_are_padded(n: int) -> None:
    found = nearest(unit(n, 8), 5)
    assert found.indices.shape == (n, 5)
    assert ((found.indices >= 0).sum(1) == max(n - 1, 0)).all()
    assert (found.similarities[found.indices < 0] == -1).all()


def test_nothing_eligible() -> None:
    found = nearest(unit(5, 8), 3, eligible=np.zeros(5, bool))
    assert (found.indices == -1).all()


def test_queries_may_find_the_row_they_equal() -> None:
    vectors = unit(20, 8)
    found = nearest(vectors, 3, queries=vectors[4:6])
    assert found.indices[:, 0].tolist() == [4, 5]
    assert found.similarities.max() <= 1.0


def test_memory_mapped_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", unit(30, 8))
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    assert (nearest(mapped, 4).indices == nearest(unit(30, 8), 4).indices).all()


@pytest.mark.parametrize("n", [0, 1, 5, 64, 130])
def test_in_steps_they_are_the_same(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies among them, that come at both sides of a block's end."""
    monkeypatch.setattr(neighbours, "_ASKED", 32)
    vectors = np.repeat(unit((n + 2) // 3, 8), 3, axis=0)[:n]
    steps, shares = neighbours.nearest_steps(vectors, 7), []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as stop:
            found: Neighbours = stop.value
            break
    assert shares == [start / n for start in range(0, n, 32)]
    whole = nearest(vectors, 7)
    np.testing.assert_array_equal(found.indices, whole.indices)
    np.testing.assert_array_equal(found.similarities, whole.similarities)
