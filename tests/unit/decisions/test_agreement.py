"""Agreement of reviewers, and the chance that more review changes anything."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from sklearn.metrics import cohen_kappa_score

from curation.decisions.agreement import ChangeEstimate, agreements
from curation.types import Decision


def test_kappa_as_scikit_learn_computes_it(make: Callable[..., Decision]) -> None:
    first = ["same", "same", "different", "different", "unsure", "same", "different"]
    second = ["same", "different", "different", "different", "same", "same", "incomparable"]
    decisions = [make("a", f"b{i}", verdict, reviewer="s") for i, verdict in enumerate(first)]
    decisions += [make("a", f"b{i}", verdict, reviewer="r") for i, verdict in enumerate(second)]
    decisions += [make("a", "alone", "same", reviewer="r"), make("x", "y", "same", reviewer="t")]
    (found,) = agreements(decisions)
    assert found.reviewers == ("r", "s")
    assert found.n == 7
    assert found.observed == pytest.approx(4 / 7)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_is_undefined_where_all_is_one_verdict(make: Callable[..., Decision]) -> None:
    decisions = [make("a", f"b{i}", "same", reviewer=r) for i in range(3) for r in "rs"]
    (found,) = agreements(decisions)
    assert (found.observed, found.kappa) == (1, None)
    assert agreements([]) == []


def test_the_newest_verdict_of_a_reviewer_counts(make: Callable[..., Decision]) -> None:
    decisions = [make("a", "b", "same"), make("a", "b", "different")]
    (found,) = agreements([*decisions, make("a", "b", "different", reviewer="s")])
    assert found.observed == 1


def test_chance_of_change() -> None:
    estimate = ChangeEstimate()
    assert estimate.chance() is None
    estimate.note(True)
    assert estimate.chance() == 1
    for _ in range(70):
        estimate.note(False)
    rate = (1 - 2 / 21) ** 70
    assert math.isclose(estimate.rate, rate)
    assert estimate.chance(20) == pytest.approx(1 - (1 - rate) ** 20)
    soon, later = estimate.chance(20), estimate.chance(72)
    assert soon is not None
    assert later is not None
    assert soon < 0.02 < later
    estimate.note(True)
    again = estimate.chance(20)
    assert again is not None
    assert again > 0.8


def test_no_change_at_all_means_stop() -> None:
    estimate = ChangeEstimate()
    estimate.note(False)
    estimate.rate = 0.0
    assert estimate.chance() == 0
