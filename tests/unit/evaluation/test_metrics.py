"""Agreement figures against hand-counted cases."""

from __future__ import annotations

import numpy as np
import pytest

from curation.evaluation.metrics import acc, ari, knn_accuracy, nmi
from curation.types import FloatArray, IndexArray


def test_renamed_groups_agree_fully() -> None:
    labels, groups = np.array([0, 0, 1, 1, 2]), np.array([7, 7, 3, 3, 5])
    assert ari(labels, groups) == nmi(labels, groups) == acc(labels, groups) == 1.0


def test_accuracy_matches_groups_one_to_one() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert acc(labels, np.array([0, 0, 1, 1, 1, 1])) == pytest.approx(5 / 6)
    assert acc(labels, np.zeros(6, np.int64)) == 0.5
    assert acc(labels, np.arange(6)) == pytest.approx(2 / 6)


def test_one_group_for_all_agrees_by_chance_only() -> None:
    assert ari(np.array([0, 0, 1, 1]), np.zeros(4, np.int64)) == 0.0


def brute(vectors: FloatArray, labels: IndexArray, k: int) -> float:
    right = 0
    for row in range(len(vectors)):
        cosine = vectors @ vectors[row]
        cosine[row] = -9
        near = np.argsort(-cosine)[:k]
        names, first = np.unique(labels[near], return_inverse=True)
        votes = np.bincount(first) + np.bincount(first, weights=cosine[near] + 1) * 1e-3
        right += names[votes.argmax()] == labels[row]
    return right / len(vectors)


@pytest.mark.parametrize("k", [1, 5])
def test_neighbour_accuracy_is_leave_one_out(k: int) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 80)
    vectors = np.eye(4)[labels] + rng.normal(0, 0.6, (80, 4))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    assert knn_accuracy(vectors, labels, k) == pytest.approx(brute(vectors, labels, k))


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_items_have_no_neighbours(n: int) -> None:
    assert knn_accuracy(np.ones((n, 2), np.float32), np.zeros(n, np.int64)) == 0.0


def test_fewer_items_than_neighbours_are_fine() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert knn_accuracy(vectors, np.array([0, 0, 0])) == 1.0
