"""Names spread over the neighbour graph."""

from __future__ import annotations

import numpy as np
import pytest

from curation.learning.spreading import Examples, Surroundings, classified, spread
from curation.spaces.neighbours import nearest
from curation.types import FloatArray, IndexArray


def cliques(each: int = 9, seed: int = 0) -> tuple[FloatArray, IndexArray]:
    """Two tight bundles of vectors, and which of them each is in."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(2), each)
    vectors = np.eye(6)[label] + rng.normal(0, 0.05, (2 * each, 6))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), label


def around(vectors: FloatArray) -> Surroundings:
    return Surroundings.of(vectors, nearest(vectors, 5))


def named(rows: list[int], groups: list[int], k: int) -> Examples:
    return Examples(np.array(rows, np.int64), np.eye(k)[groups], np.ones(len(rows)))


def nothing_refused(n: int, k: int) -> np.ndarray:
    return np.zeros((n, k), np.bool_)


def test_one_name_each_reaches_every_image_of_two_cliques() -> None:
    vectors, label = cliques()
    found, _ = spread(around(vectors), named([0, 9], [0, 1], 2), nothing_refused(18, 2))
    np.testing.assert_array_equal(found.argmax(1), label)
    np.testing.assert_allclose(found.sum(1), 1)


def test_without_pull_it_is_the_plain_classifier() -> None:
    vectors, _ = cliques()
    space, examples = around(vectors), named([0, 1, 9], [0, 0, 1], 2)
    found, _ = spread(space, examples, nothing_refused(18, 2), pull=0)
    plain = classified(space.features, examples)
    plain[examples.rows] = examples.beliefs
    np.testing.assert_allclose(found, plain)


def test_what_is_named_keeps_its_belief() -> None:
    vectors, _ = cliques()
    beliefs = np.array([[0.9, 0.1], [0.2, 0.8], [0.0, 1.0]])  # the last one against its neighbours
    examples = Examples(np.array([0, 9, 3]), beliefs, np.ones(3))
    found, by_neighbours = spread(around(vectors), examples, nothing_refused(18, 2))
    np.testing.assert_allclose(found[[0, 9, 3]], beliefs)
    assert by_neighbours[2, 0] > 0.5


def test_the_order_of_groups_only_orders_the_columns() -> None:
    vectors, _ = cliques()
    space, free = around(vectors), nothing_refused(18, 3)
    one, _ = spread(space, named([0, 4, 9], [0, 1, 2], 3), free)
    other, _ = spread(space, named([0, 4, 9], [2, 0, 1], 3), free)
    np.testing.assert_allclose(one, other[:, [2, 0, 1]], atol=1e-4)


def test_a_refused_group_is_never_the_one() -> None:
    vectors, label = cliques()
    refused = nothing_refused(18, 2)
    refused[5, 0] = True
    found, _ = spread(around(vectors), named([0, 9], [0, 1], 2), refused)
    assert found[5].tolist() == [0.0, 1.0]
    rest = np.arange(18) != 5
    np.testing.assert_array_equal(found[rest].argmax(1), label[rest])


def test_refused_by_all_is_even() -> None:
    vectors, _ = cliques()
    refused = nothing_refused(18, 2)
    refused[5] = True
    found, _ = spread(around(vectors), named([0, 9], [0, 1], 2), refused)
    assert found[5] == pytest.approx([0.5, 0.5])


def test_one_group_is_certain() -> None:
    vectors, _ = cliques()
    examples = named([0, 9], [1, 1], 2)
    assert (classified(around(vectors).features, examples)[:, 1] == 1).all()


def test_weak_examples_teach_and_are_not_held() -> None:
    vectors, label = cliques()
    weak = named([9], [1], 2)
    found, by_neighbours = spread(around(vectors), named([0], [0], 2), nothing_refused(18, 2), weak)
    np.testing.assert_array_equal(found.argmax(1), label)
    assert len(by_neighbours) == 1
    assert found[9, 1] < 1


def test_of_very_many_groups_the_nearest_mean_decides() -> None:
    rng = np.random.default_rng(0)
    label = np.arange(900) % 300
    vectors = rng.normal(size=(300, 64))[label] + rng.normal(0, 0.1, (900, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    examples = named(list(range(300)), list(range(300)), 300)
    found = classified(around(vectors).features, examples)
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found.argmax(1) == label).mean() > 0.95


def test_as_many_groups_as_examples_are_learnt_without_a_complaint() -> None:
    vectors, _ = cliques(15)
    found, _ = spread(
        around(vectors), named(list(range(30)), list(range(30)), 30), nothing_refused(30, 30)
    )
    np.testing.assert_array_equal(found.argmax(1), np.arange(30))
