"""The mix: a tenth of random pairs, and shares that follow what answers taught."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import blobs, some_answers, state_of

from curation.proposals import registry
from curation.proposals.mix import WEIGHTS, Mix, learnt_shares


@pytest.mark.parametrize("budget", [19, 40])
@pytest.mark.parametrize("seed", range(5))
def test_a_tenth_of_the_mix_is_random(budget: int, seed: int) -> None:
    vectors, labels = blobs(per_blob=60)
    state = state_of(vectors, some_answers(labels))
    mixed = registry.create("mix").propose(state, budget, np.random.default_rng(seed))
    assert len(mixed) == budget
    assert sum(p.strategy == "random" for p in mixed) >= 0.1 * budget


def test_the_mix_is_spread_over_the_strategies() -> None:
    vectors, labels = blobs(per_blob=60)
    state = state_of(vectors, some_answers(labels))
    mixed = registry.create("mix").propose(state, 60, np.random.default_rng(0))
    assert {p.strategy for p in mixed} == set(Mix.members)


def test_the_shares_of_the_mix_follow_what_answers_teach() -> None:
    assert learnt_shares({}) == WEIGHTS
    assert learnt_shares({"random": (90.0, 100), "npu": (9.0, 10)}) == WEIGHTS  # no members
    early = learnt_shares({"explore": (9.0, 18), "occ_boundary": (1.0, 1), "knn_k": (0.1, 1)})
    assert early == pytest.approx(WEIGHTS, rel=0.05)
    slip = learnt_shares({"explore": (18.0, 18), "knn_k": (6.6, 1)})
    assert slip["knn_k"] < 1.2 * WEIGHTS["knn_k"]
    told = {"explore": (200.0, 500), "occ_boundary": (40.0, 50), "knn_k": (1.0, 50)}
    late = learnt_shares(told)
    assert sum(late.values()) == pytest.approx(1)
    assert late["occ_boundary"] > 1.3 * WEIGHTS["occ_boundary"]
    assert WEIGHTS["knn_k"] > late["knn_k"] > 0.4 * WEIGHTS["knn_k"]
    assert late["explore"] > 0.8


def test_the_shares_by_hand() -> None:
    """Mean 31 / 110 bits; explore (50 m + 30) / 150, occ_boundary (50 m + 1) / 60, others m."""
    got = learnt_shares({"explore": (30.0, 100), "occ_boundary": (1.0, 10)})
    m = 31 / 110
    worth = {"explore": 0.9 * (50 * m + 30) / 150, "occ_boundary": 0.04 * (50 * m + 1) / 60}
    worth |= dict.fromkeys(("fnc_max", "sepp_band", "knn_k"), 0.02 * m)
    total = sum(worth.values())
    assert got == pytest.approx({name: value / total for name, value in worth.items()})


def test_a_mix_that_learnt_shows_more_of_what_taught() -> None:
    vectors, labels = blobs(per_blob=60)
    told = {"explore": (5.0, 4000), "occ_boundary": (4000.0, 4000)}
    counts = []
    for information in ({}, told):
        state = state_of(vectors, some_answers(labels), information=information)
        mixed = registry.create("mix").propose(state, 60, np.random.default_rng(0))
        assert sum(p.strategy == "random" for p in mixed) >= 6
        counts.append(sum(p.strategy == "occ_boundary" for p in mixed))
    assert counts[1] > 5 * counts[0]
