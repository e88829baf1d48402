"""What counts as equal, and which of equals comes first."""

from __future__ import annotations

import numpy as np
import pytest

from curation import ties

NOISE = 2e-7
"""What single precision makes of equal cosines, twice over."""


def test_the_lower_index_of_equals_comes_first() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        value = rng.uniform(-1, 1)
        values = np.array([value - 1e-3, value, value, value - 2e-6, value])
        values += rng.uniform(-NOISE, NOISE, 5)
        assert ties.first_best(values) == 1
        assert ties.best_first(values)[:3].tolist() == [1, 2, 4]
        assert ties.best_first(values).tolist() == [1, 2, 4, 3, 0]


@pytest.mark.parametrize("fraction", [1 / 2, 1 / 3, 1 / 7, 1 / 64, 1 / 128, 0.1234565, 2**-0.5])
def test_no_boundary_comes_between_equals_by_construction(fraction: float) -> None:
    """Wherever they lie below the best: 1 / 128 ends on a half of a millionth."""
    values = np.array([1.0, fraction + 1e-9, fraction, fraction - 1e-9, 0.0])
    assert ties.best_first(values).tolist() == [0, 1, 2, 3, 4]
    assert ties.best_first(values[[0, 3, 2, 1, 4]]).tolist() == [0, 1, 2, 3, 4]
    assert len(set(ties.steps_down(values)[1:4])) == 1


def test_what_differs_is_in_order() -> None:
    values = np.random.default_rng(1).permutation(np.arange(-50, 50) * 1e-5)
    assert ties.best_first(values).tolist() == np.argsort(-values).tolist()
    assert (
        ties.first_best(values.reshape(4, 25)).tolist() == values.reshape(4, 25).argmax(1).tolist()
    )
    assert ties.first_best(values.reshape(4, 25), 0).tolist() == (
        values.reshape(4, 25).argmax(0).tolist()
    )


def test_what_is_infinite_keeps_its_place() -> None:
    values = np.array([-np.inf, 0.5, np.inf, -np.inf, np.inf, 0.5 + 1e-8])
    assert ties.best_first(values).tolist() == [2, 4, 0, 1, 3, 5]
    assert ties.best_first(values[[0, 1, 3, 5]]).tolist() == [1, 3, 0, 2]
    assert ties.first_best(np.full(3, -np.inf)) == 0
    assert ties.best_first(np.empty(0)).tolist() == []


@pytest.mark.parametrize("levels", [3, 40, 100_000])
@pytest.mark.parametrize("k", [1, 7, 60])
def test_the_few_best_are_the_first_of_all_in_order(levels: int, k: int) -> None:
    """Also where the last of them is one of many equals, each a little off by rounding."""
    rng = np.random.default_rng(2)
    values = rng.integers(levels, size=(30, 60)) / levels + rng.uniform(-1e-9, 1e-9, (30, 60))
    assert (ties.few_best(values, k) == ties.best_first(values)[:, :k]).all()


def test_equals_are_not_below_each_other() -> None:
    assert ties.below(np.array([0.1, 0.5 - 1e-7, 0.5, 0.5 + 1e-7]), 0.5).tolist() == [
        True, False, False, False,
    ]  # fmt: skip
    assert ties.below(0.5, np.array([0.5, 0.6], np.float32)).tolist() == [False, True]


def test_sums_are_equal_to_a_millionth_of_themselves() -> None:
    assert ties.step_of(4000.0001) == ties.step_of(4000.0) > ties.step_of(3999.0)
    assert ties.step_of(2e-9) > ties.step_of(1e-9) > ties.step_of(1e-16) == ties.step_of(0.0)


def test_products_do_not_depend_on_the_last_bits() -> None:
    rows = np.random.default_rng(3).normal(size=(9, 33)).astype(np.float32)
    expected = [[sum(a * b for a, b in zip(x.tolist(), y.tolist(), strict=True)) for y in rows]
                for x in rows]  # fmt: skip
    np.testing.assert_allclose(ties.products(rows, rows), expected, atol=1e-12)


@pytest.mark.parametrize("dim", [3, 48, 300])
def test_the_most_similar_is_the_first_best_of_exact_products(dim: int) -> None:
    """Of copies the first, and among near ones what single precision cannot tell apart."""
    rng = np.random.default_rng(dim)
    rows = rng.normal(size=(400, dim))
    centres = np.concatenate([rows[:9], rows[:9] + rng.normal(0, 1e-4, (9, dim)), rows[:9]])
    rows, centres = (
        (part / np.linalg.norm(part, axis=1, keepdims=True)).astype(np.float32)
        for part in (rows, centres)
    )
    expected = ties.first_best(ties.products(rows, centres))
    assert ties.first_best_product(rows, centres).tolist() == expected.tolist()
    assert (expected[:9] == np.arange(9)).all()
    assert (ties.first_best_product(rows, np.tile(centres[:1], (5, 1))) == 0).all()


def test_single_precision_is_off_by_no_more_than_it_may_be() -> None:
    rng = np.random.default_rng(4)
    for dim in (2, 64, 2048):
        rows = rng.normal(size=(50, dim))
        rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        off = np.abs(rows @ rows.T - ties.products(rows, rows)).max()
        assert 0 < off < ties.single_error(dim) + 1e-7
