"""How many groups there are: the interval holds what it says, and nothing is said too early."""

from __future__ import annotations

import numpy as np
import pytest

from curation.learning.how_many import FEWEST, Number, how_many

IMAGES = 3000
RUNS = 300


def sizes(groups: int, skew: float) -> np.ndarray:
    """Images of each group: alike, or the k-th in proportion to 1 / k^skew."""
    share = 1 / np.arange(1, groups + 1) ** skew
    return np.asarray(np.maximum(1, np.round(share / share.sum() * IMAGES)), np.int64)


def told(groups: int, skew: float, named: int, seed: int) -> Number | None:
    """What is said after so many images, drawn at random, were named."""
    group = np.repeat(np.arange(groups), sizes(groups, skew))
    drawn = np.random.default_rng(seed).choice(group, named, replace=False)
    count = np.bincount(drawn)
    return how_many(count[count > 0], len(group), named)


@pytest.mark.parametrize("skew", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("groups", [2, 6, 9, 20, 50])
def test_the_interval_is_wrong_in_at_most_a_twentieth_of_the_runs(groups: int, skew: float) -> None:
    for named in (40, 60, 150, 400):
        found = [told(groups, skew, named, seed) for seed in range(RUNS)]
        wrong = [one for one in found if one and not one.low <= groups <= one.high]
        assert len(wrong) <= 0.05 * RUNS, named


@pytest.mark.parametrize(("groups", "named"), [(9, 150), (20, 400)])
def test_with_enough_names_it_is_said_and_close(groups: int, named: int) -> None:
    found = [told(groups, 0.5, named, seed) for seed in range(100)]
    assert all(one is not None and one.low <= one.about <= one.high for one in found)
    assert np.mean([one.about for one in found if one]) == pytest.approx(groups, abs=0.5)
    assert np.mean([one.high - one.low for one in found if one]) < groups / 3


def test_nothing_is_said_too_early() -> None:
    assert how_many(np.array([FEWEST - 1]), 100, FEWEST - 1) is None
    assert how_many(np.empty(0, np.int64), 100, 0) is None
    assert how_many(np.full(40, 1), 1000, 40) is None  # every image was of a new group
    assert how_many(np.full(25, 2), 1000, 50) is None


def test_the_number_is_exact_where_all_is_decided() -> None:
    assert how_many(np.array([1, 1, 7]), 9, 9) == Number(3, 3, 3, 0.0)


def test_there_are_no_more_groups_than_images_allow() -> None:
    found = how_many(np.array([15, 12, 10, 1, 1, 1, 1]), 43, 41)
    assert found is not None
    assert found.high <= 7 + 2


def test_a_group_that_was_missed_is_small() -> None:
    found = how_many(np.array([30, 30, 40]), 10_000, 100)
    assert found == Number(3, 3, 3, 0.03)
