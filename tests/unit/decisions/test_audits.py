"""Audits: implied pairs only, least plausible first, bounded, never one that was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curation.decisions.audits import LOOKED_AT, propose_audits
from curation.decisions.closure import Implications, build
from curation.errors import ProposalError
from curation.types import Decision, FloatArray, Pair, Proposal


@pytest.fixture
def two_groups(make: Callable[..., Decision]) -> Implications:
    """{a, b, c, x} by a star around a, {p, q}, apart by a-p; x is wrong."""
    return build(
        [
            make("a", "b", "same"),
            make("a", "c", "same"),
            make("a", "x", "same"),
            make("p", "q", "same"),
            make("a", "p", "different"),
        ]
    )


def looks(pairs: list[Pair]) -> FloatArray:
    """x looks like p and q, and unlike the rest."""
    alike = {"a": 0, "b": 0.1, "c": 0.2, "p": 5, "q": 5.1, "x": 4.9}
    return np.array([-abs(alike[p.a] - alike[p.b]) for p in pairs], np.float32)


def audits(implications: Implications, budget: int, **kwargs: Any) -> list[Proposal]:
    return propose_audits(implications, looks, budget, np.random.default_rng(0), 3, **kwargs)


def test_least_plausible_first_of_either_relation(two_groups: Implications) -> None:
    found = audits(two_groups, 4)
    assert [p.pair.key for p in found] == ["b-x", "p-x", "c-x", "q-x"]
    assert {(p.kind, p.strategy, p.generation) for p in found} == {("audit", "audit", 3)}
    assert [p.score for p in found[:2]] == [1, 1]
    assert found[0].reason != found[1].reason


def test_only_implied_pairs_that_were_not_answered(
    two_groups: Implications, make: Callable[..., Decision]
) -> None:
    everything = audits(two_groups, 99)
    implied_same = {"b-c", "b-x", "c-x"}
    implied_different = {"a-q", "b-p", "b-q", "c-p", "c-q", "p-x", "q-x"}
    assert {p.pair.key for p in everything} == implied_same | implied_different
    two_groups.add(make("b", "x", "same", kind="audit"))
    two_groups.add(make("p", "x", "unsure", kind="audit"))
    again = {p.pair.key for p in audits(two_groups, 99)}
    assert again == (implied_same | implied_different) - {"b-x", "p-x"}


def test_what_may_not_be_shown_is_not_compared(two_groups: Implications) -> None:
    found = audits(two_groups, 99, may_ask=lambda pair: "x" not in (pair.a, pair.b))
    assert len(found) == 6
    assert audits(two_groups, 0) == []
    assert audits(build([]), 5) == []


def test_similarities_must_be_finite(two_groups: Implications) -> None:
    with pytest.raises(ProposalError, match=r"finite.*check the space"):
        propose_audits(
            two_groups, lambda p: np.full(len(p), np.nan), 3, np.random.default_rng(0), 0
        )


def large() -> Implications:
    """Groups of 150 in stars; every group apart from the next."""
    ids = [f"{i:04}" for i in range(1500)]
    decisions = [
        Decision(f"s{i}", Pair.of(ids[i], ids[i - i % 150]), "same", "c", "r")
        for i in range(1500)
        if i % 150
    ]
    decisions += [
        Decision(f"d{i}", Pair(ids[i], ids[i + 150]), "different", "c", "r")
        for i in range(0, 1350, 150)
    ]
    return build(decisions)


def test_many_implied_pairs_are_sampled_item_by_item() -> None:
    implications = large()
    compared = []

    def similarity(pairs: list[Pair]) -> np.ndarray:
        compared.append(pairs)
        return np.array([-("0007" in (p.a, p.b)) for p in pairs], np.float64)

    def draw() -> list[Proposal]:
        return propose_audits(implications, similarity, 20, np.random.default_rng(1), 0)

    found = draw()
    assert len(found) == 20
    assert all(len(pairs) <= LOOKED_AT for pairs in compared)
    # All but those that only met the middle of their star, whom they were asked about.
    drawn = {item for p in compared[0] for item in (p.a, p.b)}
    assert len(drawn) > 0.99 * (1500 - 10)
    assert "0007" in (found[0].pair.a, found[0].pair.b)
    assert implications.relation(found[0].pair.a, found[0].pair.b) == "same"
    assert implications.relation(found[1].pair.a, found[1].pair.b) == "different"
    assert draw() == found
