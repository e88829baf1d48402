import os
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from curation.spaces.layout import layout
from curation.spaces.neighbours import nearest


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return unit(load_digits().data[:600])


@pytest.fixture(scope="module")
def cold(digits: np.ndarray) -> np.ndarray:
    return layout(digits, nearest(digits, 30))


def test_it_keeps_neighbours_together(digits: np.ndarray, cold: np.ndarray) -> None:
    assert cold.shape == (600, 2)
    assert cold.dtype == np.float32
    assert np.abs(cold).max() <= 1.0 + 1e-6
    assert trustworthiness(digits, cold, n_neighbors=10, metric="cosine") > 0.95


def test_what_is_compiled_is_kept_for_other_processes(cold: np.ndarray) -> None:
    """It takes longer to compile than to import umap and to draw the map."""
    from umap import layouts, umap_

    optimise = layouts._get_optimize_layout_euclidean_single_epoch_fn(False)
    for function in (optimise, umap_.smooth_knn_dist, umap_.compute_membership_strengths):
        assert function.signatures
        kept = Path(function.stats.cache_path)
        assert list(kept.glob(f"*{function.py_func.__name__}*.nbc"))


def test_torch_computes_with_as_many_threads_as_before(cold: np.ndarray) -> None:
    """Numba's threads are those of torch's OpenMP, too: with more threads than cores are free
    training takes several times as long."""
    assert torch.get_num_threads() == int(os.environ["OMP_NUM_THREADS"])


def test_a_seed_gives_one_map(digits: np.ndarray, cold: np.ndarray) -> None:
    np.testing.assert_array_equal(layout(digits, nearest(digits, 30), seed=0), cold)


def test_a_warm_start_stays_recognisable(digits: np.ndarray, cold: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    changed = unit(digits + 0.1 * unit(rng.standard_normal(digits.shape)))
    warm = layout(changed, nearest(changed, 30), cold)
    moved = np.linalg.norm(warm - cold, axis=1)
    assert np.median(moved) < 0.15
    assert trustworthiness(changed, warm, n_neighbors=10, metric="cosine") > 0.95


def test_new_items_join_their_neighbours(digits: np.ndarray) -> None:
    known = layout(digits[:500], nearest(digits[:500], 30))
    near = nearest(digits, 30)
    grown = layout(digits, near, known)
    assert grown.shape == (600, 2)
    assert np.median(np.linalg.norm(grown[:500] - known, axis=1)) < 0.15
    way = np.linalg.norm(grown[500:] - grown[near.indices[500:, 0]], axis=1)
    assert np.median(way) < 0.2


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 10, 20])
def test_few_items(n: int) -> None:
    vectors = unit(np.random.default_rng(n).standard_normal((n, 16)))
    near = nearest(vectors, 50)
    places = layout(vectors, near)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert np.abs(places).max(initial=0) <= 1.0 + 1e-6
    again = layout(vectors, near, places)
    assert np.isfinite(again).all()


@pytest.mark.parametrize("n", [2, 10, 200])
def test_identical_items(n: int) -> None:
    vectors = np.repeat(unit(np.ones((1, 16))), n, axis=0)
    near = nearest(vectors, 10)
    places = layout(vectors, near)
    assert np.isfinite(places).all()
    assert np.isfinite(layout(vectors, near, places)).all()
    assert np.isfinite(layout(vectors, near, np.zeros((n, 2), np.float32))).all()


def test_items_without_neighbours(digits: np.ndarray) -> None:
    eligible = np.zeros(600, bool)
    assert np.isfinite(layout(digits, nearest(digits, 5, eligible=eligible))).all()
    eligible[:3] = True
    assert np.isfinite(layout(digits, nearest(digits, 5, eligible=eligible))).all()


def test_one_dimension() -> None:
    vectors = np.repeat(np.array([[1.0], [-1.0]], np.float32), 6, axis=0)
    assert np.isfinite(layout(vectors, nearest(vectors, 5))).all()
