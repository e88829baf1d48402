"""The matrices of a batch against a naive loop over its pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scenes import Blobs
from sklearn.metrics import roc_auc_score

from curation.learning.replay import Batch, Sampling, TrainingData
from curation.types import BoolArray, Constraints, FloatArray, HalfArray, IndexArray

ALL = Sampling(n_decided=99, n_undecided=99, suspected_share=0.0)


def vectors(n: int, width: int = 5, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def first_batch(
    base: FloatArray,
    constraints: Constraints,
    sampling: Sampling = ALL,
    views: HalfArray | None = None,
    seed: int = 0,
) -> Batch:
    return TrainingData(base, views, constraints, lambda x: x, sampling=sampling, seed=seed).batch()


def decided(batch: Batch, constraints: Constraints) -> BoolArray:
    """Which of the batch's items a decision names."""
    assert batch.relations.item is not None
    return np.asarray(constraints.group[batch.relations.item[: len(batch.base)].numpy()] >= 0)


def of_items(matrix: torch.Tensor, order: list[int] | IndexArray) -> np.ndarray:
    """The first-view block of ``matrix`` in item order, after checking that all blocks agree."""
    half = len(order)
    blocks = matrix.numpy().reshape(2, half, 2, half)
    for v, w in ((0, 1), (1, 0), (1, 1)):
        np.testing.assert_array_equal(blocks[v, :, w], blocks[0, :, 0])
    back = np.argsort(order)
    return np.asarray(blocks[0][:, 0][back][:, back])


@pytest.fixture
def answered(constraints_of: Callable[..., Constraints]) -> Constraints:
    """0-1-2 same, 3-4 same, the groups apart, 5 alone; 0-1 and 0-3 answered, and three
    answers that must not pull or push: 5-6 and 1-4 unsure, 5-7 incomparable, 1-2 in conflict."""
    return constraints_of(
        9,
        [(0, 1, 2), (3, 4), (5,)],
        [(0, 1)],
        [
            (0, 1, "same"),
            (0, 3, "different"),
            (5, 6, "unsure"),
            (5, 7, "incomparable"),
            (1, 2, "different"),
            (1, 4, "unsure"),
        ],
        [1.0, 0.9, 0.8, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0],
    )


def test_relations_follow_the_decisions(answered: Constraints) -> None:
    base = vectors(9)
    batch = first_batch(base, answered)
    order = [0, 1, 2, 3, 4, 5, 6, 7, 8]
    np.testing.assert_array_equal(batch.base.numpy(), base)
    same = of_items(batch.relations.same, order)
    different = of_items(batch.relations.different, order)
    ignored = of_items(batch.relations.ignored, order)
    expected_same = np.zeros((9, 9), np.float32)
    for i, j, weight in ((0, 1, 1.0), (0, 2, 0.8), (3, 4, 0.5)):
        expected_same[i, j] = expected_same[j, i] = weight
    expected_different = np.zeros((9, 9), np.float32)
    for i, j, weight in (
        (0, 3, 1.0),
        (0, 4, 0.5),
        (1, 3, 0.9),
        (2, 3, 0.8),
        (2, 4, 0.4),
    ):
        expected_different[i, j] = expected_different[j, i] = weight
    np.testing.assert_allclose(same, expected_same, atol=1e-6)
    np.testing.assert_allclose(different, expected_different, atol=1e-6)
    assert {tuple(p) for p in np.argwhere(np.triu(ignored))} == {(5, 6), (5, 7), (1, 2), (1, 4)}
    assert decided(batch, answered).tolist() == [True] * 6 + [False] * 3


def test_own_views_are_the_two_rows_of_an_item(answered: Constraints) -> None:
    own = first_batch(vectors(9), answered).relations.own.numpy()
    assert [tuple(p) for p in np.argwhere(np.triu(own))] == [(i, i + 9) for i in range(9)]


def test_suspects_are_the_most_similar_open_pairs(answered: Constraints) -> None:
    base = vectors(9)
    sampling = Sampling(n_decided=99, n_undecided=99, suspected_share=0.25)
    batch = first_batch(base, answered, sampling)
    suspected = of_items(batch.relations.suspected, np.arange(9))
    closed = of_items(batch.relations.same, np.arange(9)) > 0
    closed |= of_items(batch.relations.different, np.arange(9)) > 0
    closed |= of_items(batch.relations.ignored, np.arange(9))
    open_pairs = ~closed & ~np.eye(9, dtype=bool)
    similarity = base @ base.T
    assert not (suspected & ~open_pairs).any()
    assert suspected.sum() == int(0.25 * open_pairs.sum() / 2) * 2
    assert similarity[suspected].min() > similarity[open_pairs & ~suspected].max()


def test_neighbours_are_near_and_never_decided_apart(answered: Constraints) -> None:
    base = vectors(9)
    data = TrainingData(base, None, answered, lambda x: x, sampling=ALL, seed=0)
    similarity = base @ base.T
    np.fill_diagonal(similarity, -2)
    for _ in range(10):
        batch = data.batch()
        chosen = np.argmax(batch.neighbours.numpy() @ base.T, axis=1)
        for item, near in enumerate(chosen):
            assert near in np.argsort(-similarity[item])[:5]
            apart = answered.relation(np.array([item]), np.array([near]))[0] == -1
            assert bool(batch.attracted[item]) != apart


def test_agreement_is_the_area_under_the_curve_of_decided_pairs(
    blobs: Blobs, constraints_of: Callable[..., Constraints]
) -> None:
    def agreement(base: FloatArray) -> float:
        args = (base, None, blobs.constraints, lambda x: x)
        return TrainingData(*args, sampling=ALL, seed=0).agreement()

    group = blobs.constraints.group
    rows = np.flatnonzero(group >= 0)
    i, j = np.triu_indices(len(rows), 1)
    cosine = np.einsum("pd,pd->p", blobs.base[rows[i]], blobs.base[rows[j]])
    auc = roc_auc_score(group[rows[i]] == group[rows[j]], cosine)
    expected = (36 * (2 * auc - 1) + 10 * 0.5) / 46
    assert agreement(blobs.base) == pytest.approx(expected, abs=1e-6)
    perfect = np.eye(3, dtype=np.float32)[blobs.labels]
    assert agreement(perfect) == pytest.approx((36 + 5) / 46)
    one_sided = TrainingData(
        blobs.base, None, constraints_of(160, [(0, 1)]), lambda x: x, sampling=ALL, seed=0
    )
    assert one_sided.agreement() == 0.5


def test_cached_views_are_used_where_there_are_any(answered: Constraints) -> None:
    base = vectors(9)
    views = np.stack([base + 0.01, base - 0.01], axis=1).astype(np.float16)
    batch = first_batch(base, answered, views=views)
    offset = batch.views.numpy() - base
    np.testing.assert_allclose(np.abs(offset), 0.01, atol=2e-3)
    without = first_batch(base, answered).views.numpy()
    assert not np.array_equal(without, base)


def test_batches_repeat_under_a_seed_and_respect_the_sizes(blobs: Blobs) -> None:
    sampling = Sampling(n_decided=10, n_undecided=7)

    def draw(seed: int) -> list[Batch]:
        args = (blobs.base, None, blobs.constraints, lambda x: x)
        data = TrainingData(*args, sampling=sampling, seed=seed)
        return [data.batch() for _ in range(3)]

    first, second, other = draw(3), draw(3), draw(4)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.views.numpy(), b.views.numpy())
        assert decided(a, blobs.constraints).sum() == 10
        assert len(a.base) == 17
    assert not np.array_equal(first[0].base.numpy(), other[0].base.numpy())


def test_the_pool_is_bounded_and_prefers_decided_items(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.learning.replay._POOL", 50)
    monkeypatch.setattr("curation.learning.replay._POOL_DECIDED", 40)
    seen = []

    def project(rows: FloatArray) -> FloatArray:
        seen.append(len(rows))
        return rows

    data = TrainingData(blobs.base, None, blobs.constraints, project, sampling=ALL, seed=0)
    assert seen == [50]
    assert decided(data.batch(), blobs.constraints).sum() == 36


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_items_make_a_batch(constraints_of: Callable[..., Constraints], n: int) -> None:
    batch = first_batch(vectors(n), constraints_of(n, [(0,)]))
    assert batch.base.shape == (n, 5)
    assert batch.relations.own.shape == (2 * n, 2 * n)
    assert bool(batch.attracted.any()) == (n > 1)


def test_groups_are_ranked_by_size() -> None:
    from curation.learning.replay import _ranks

    group = np.array([0, 1, 1, 2, 2, 2, -1, 0, 3])
    assert _ranks(group).tolist() == [1, 2, 0, -1]
    assert _ranks(np.array([-1, -1])).tolist() == [-1]
