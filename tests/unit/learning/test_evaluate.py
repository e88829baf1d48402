from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from curation.criterion.snapshot import Snapshot
from curation.learning.adoption import beyond_interval
from curation.learning.evaluate import AUC, calibrate, held_out_auc, pair_similarities
from curation.proposals.base import State
from curation.types import DEFAULT_CALIBRATION, BoolArray, FloatArray, IndexArray


def labelled_pairs(n: int = 60, seed: int = 0) -> tuple[FloatArray, IndexArray, BoolArray]:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 6)).astype(np.float32)
    pairs = rng.integers(0, n, (80, 2))
    similarity = pair_similarities(vectors, pairs)
    return vectors, pairs, similarity + rng.normal(0, 0.5, 80) > 0.2


def test_auc_equals_scikit_learn_and_lies_in_its_interval() -> None:
    vectors, pairs, same = labelled_pairs()
    auc = held_out_auc(vectors, pairs, same, seed=0)
    expected = roc_auc_score(same, pair_similarities(vectors, pairs))
    assert auc is not None
    assert auc.value == pytest.approx(expected, abs=1e-9)
    assert auc.low < auc.value < auc.high
    assert auc.n == 80
    assert held_out_auc(vectors, pairs, same, seed=0) == auc


def test_more_pairs_narrow_the_interval() -> None:
    vectors, pairs, same = labelled_pairs()
    few = held_out_auc(vectors, pairs, same)
    many = held_out_auc(vectors, np.tile(pairs, (5, 1)), np.tile(same, 5))
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


def test_ties_count_half_and_one_sided_answers_have_no_auc() -> None:
    vectors = np.ones((4, 2), np.float32)
    pairs = np.array([[0, 1], [2, 3]])
    even = held_out_auc(vectors, pairs, np.array([True, False]))
    assert even is not None
    assert even.value == 0.5
    assert held_out_auc(vectors, pairs, np.array([True, True])) is None
    assert held_out_auc(vectors, pairs[:0], np.zeros(0, bool)) is None


def chance(similarity: float | FloatArray, fit: tuple[float, float]) -> np.ndarray:
    return 1 / (1 + np.exp(-(fit[0] * similarity + fit[1])))


def test_calibration_finds_the_curve_that_made_the_answers() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.uniform(-0.5, 1, 4000).astype(np.float32)
    same = rng.random(4000) < chance(similarity, (6.0, -2.0))
    np.testing.assert_allclose(calibrate(similarity, same), (6.0, -2.0), rtol=0.15)


def test_calibration_without_answers_is_what_a_space_has_before_any() -> None:
    fit = calibrate(np.zeros(0, np.float32), np.zeros(0, bool))
    assert fit == pytest.approx(DEFAULT_CALIBRATION, abs=1e-6)
    assert State.__dataclass_fields__["calibration"].default == DEFAULT_CALIBRATION
    assert Snapshot.__dataclass_fields__["calibration"].default == DEFAULT_CALIBRATION
    assert chance(0.6, fit) == pytest.approx(0.5, abs=1e-6)
    assert chance(0.9, fit) > 0.9


@pytest.mark.parametrize("same", [True, False])
def test_one_sided_or_separable_answers_stay_moderate(same: bool) -> None:
    similarity = np.linspace(0, 1, 15).astype(np.float32)
    slope, offset = calibrate(similarity, np.full(15, same))
    assert 0 < slope < 40
    assert abs(offset) < 40
    slope, offset = calibrate(similarity, similarity > 0.5)
    assert 0 < slope < 60
    assert chance(0.9, (slope, offset)) > 0.9


def test_a_misleading_space_never_gets_a_falling_curve() -> None:
    similarity = np.linspace(0, 1, 400).astype(np.float32)
    assert calibrate(similarity, similarity < 0.5)[0] > 0


def test_only_a_fall_beyond_the_interval_is_held() -> None:
    old = AUC(0.9, 0.8, 0.95, 30)
    assert beyond_interval(AUC(0.79, 0.7, 0.9, 30), old)
    assert not beyond_interval(AUC(0.81, 0.7, 0.9, 30), old)
    assert not beyond_interval(AUC(0.1, 0.0, 0.2, 19), AUC(0.9, 0.8, 0.95, 19))
    assert not beyond_interval(None, old)
    assert not beyond_interval(AUC(0.1, 0.0, 0.2, 30), None)
