"""Bounds of what may still be wrong: against counting, and how often a claim is wrongly held."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from curation.evaluation.certificate import (
    SHARES,
    allowed_wrong,
    held,
    images_true,
    looks,
    lower_bound,
    most_wrong,
    pairs_true,
    part,
)


def test_no_mistake_in_299_gives_99_percent() -> None:
    assert lower_bound(299, 299) >= 0.99 > lower_bound(298, 298)
    assert lower_bound(0, 10) == 0
    assert lower_bound(45, 50) == pytest.approx(stats.beta.ppf(0.05, 45, 6))


@pytest.mark.parametrize(("audited", "wrong"), [(3, 0), (4, 1), (8, 0), (8, 2), (5, 2)])
def test_the_bound_is_what_counting_all_samples_says(audited: int, wrong: int) -> None:
    population, error = 8, 0.1
    plausible = []
    for bad in range(population + 1):
        samples = list(combinations(range(population), audited))
        few = sum(sum(one < bad for one in sample) <= wrong for sample in samples)
        if few / len(samples) > error and wrong <= bad <= population - audited + wrong:
            plausible.append(bad)
    assert most_wrong(population, audited, wrong, error) == max(plausible)


def test_of_a_large_collection_the_bound_is_that_of_clopper_and_pearson() -> None:
    found = most_wrong(1_000_000, 300, 2, 0.05) / 1_000_000
    assert 1 - found == pytest.approx(lower_bound(298, 300), abs=1e-4)


def test_a_wrong_image_spoils_the_pairs_that_the_claim_adds() -> None:
    rng = np.random.default_rng(0)
    sizes = [(10, 20), (15, 5), (10, 0)]
    labels = np.repeat(np.arange(3), [30, 20, 10])
    unseen = np.concatenate([np.arange(10, 30), np.arange(45, 50)])
    added = [(a, b) for a, b in combinations(range(60), 2)
             if labels[a] == labels[b] and {a, b} & {*unseen.tolist()}]  # fmt: skip
    for _ in range(20):
        truth = labels.copy()
        truth[rng.choice(unseen, 4, replace=False)] = 10 + np.arange(4)  # each alone: the worst
        true = np.mean([truth[a] == truth[b] for a, b in added])
        assert pairs_true(4, sizes) <= true
    assert images_true(4, sizes) == 21 / 25
    assert allowed_wrong(pairs_true(4, sizes), "pairs", sizes) == 4
    assert allowed_wrong(images_true(3, sizes), "images", sizes) == 3
    assert pairs_true(3, [(1, 0)]) == 1
    assert allowed_wrong(0.99, "pairs", []) == 0


def test_what_answers_decided_makes_no_claim_easier() -> None:
    assert allowed_wrong(0.99, "images", [(10_000, 50)]) == 0
    assert allowed_wrong(0.99, "images", [(9_000, 1_000)]) == 10
    assert looks(50, allowed_wrong(0.99, "images", [(10_000, 50)]), 0.95)[0].audits > 45


def test_looks_come_later_the_more_mistakes_they_forgive() -> None:
    planned = looks(1000, 10, 0.95)
    audits = [one.audits for one in planned]
    assert audits == sorted(set(audits))
    assert audits[-1] < 1000
    assert sum(one.error for one in planned) < 0.05
    for one in planned:
        assert most_wrong(1000, one.audits, one.wrong, one.error) - one.wrong <= 10
        assert most_wrong(1000, one.audits - 1, one.wrong, one.error) - one.wrong > 10
    assert looks(5, 0, 0.95) == ()


@pytest.mark.parametrize("share_wrong", [0.01, 0.03, 0.1])
def test_a_claim_is_wrongly_held_no_more_often_than_it_says(share_wrong: float) -> None:
    """Of 1,000 collections whose doubtful images are wrong more often, as a model's are."""
    rng = np.random.default_rng(1)
    population, target = 400, 0.99
    sizes = [[(0, part(share, population))] for share in SHARES]
    plan = looks(population, allowed_wrong(target, "images", sizes[-1]), 0.95)
    false = 0
    for _ in range(1000):
        chance = np.linspace(0, 2 * share_wrong, population)
        wrong = rng.random(population) < chance
        order = rng.permutation(population)
        for look in plan:
            places = order[: look.audits]
            found = held(places, wrong[places], sizes, target, "images", population, look.error)
            if found is None:
                continue
            unseen = np.setdiff1d(np.arange(found.images), places)
            false += wrong[unseen].sum() > allowed_wrong(target, "images", [(0, found.images)])
            break
    assert false <= 50 + 3 * np.sqrt(1000 * 0.05 * 0.95)


def test_the_surest_part_is_held_where_the_whole_is_not() -> None:
    population = 1000
    sizes = [[(0, part(share, population))] for share in SHARES]
    places = np.arange(0, 1000, 2)
    wrong = places > 900
    assert held(places, wrong, sizes, 0.99, "images", population, 0.05) is not None
    found = held(places, wrong, sizes, 0.99, "images", population, 0.05)
    assert found is not None
    assert found.images == 900
    assert held(places, ~wrong, sizes, 0.99, "images", population, 0.05) is None
