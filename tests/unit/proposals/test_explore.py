"""The default's largest part: explore, whole draws by naive loops, and what it is there for."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from naive import Groups, covering, falling, groups_of, kept, smoothed
from scenes import (
    answered,
    blobs,
    found,
    positions,
    same_scores,
    some_answers,
    state_of,
    unit,
)

from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.explore import cover
from curation.proposals.membership import Unlike, fit_membership, unlike_cosine
from curation.types import Constraints


def hardly_ever_same(state: State) -> float:
    """The highest cosine of the frozen vectors such that of the pairs told up to it less than a
    fifth, and less than half as many as of all, were the same; shares under a Beta(1, 4) prior."""
    known, base = state.constraints, state.base.astype(np.float64)
    told = sorted(
        (float(base[i] @ base[j]), bool(verdict == 0))
        for (i, j), verdict in zip(known.pairs, known.verdicts, strict=True)
        if verdict in (0, 1)
    )

    def share(pairs: list[tuple[float, bool]]) -> float:
        return (1 + sum(same for _, same in pairs)) / (5 + len(pairs))

    low = [cosine for k, (cosine, _) in enumerate(told, 1)
           if share(told[:k]) < min(0.2, share(told) / 2)]  # fmt: skip
    return max(low, default=-np.inf)


def between_typical(state: State, budget: int) -> dict[tuple[int, int], float]:
    """Before there are two groups: pairs of items that cover most, the most alike first."""
    rows, even = smoothed(state), np.ones(state.n_items)
    count = int(np.ceil(np.sqrt(2 * budget))) + 2
    items = covering(rows, state.eligible, np.zeros(state.n_items), even, even, count)
    scored = [(i, j, (1 + rows[i] @ rows[j]) / 2) for i, j in combinations(items, 2)]
    return kept(state, scored, budget)


def places(state: State, groups: Groups, budget: int) -> list[tuple[int, int]]:
    """Items that stand for most uncertainty, each with its likeliest group, in order."""
    group, likely = state.constraints.group, groups.chance.max(1)
    worth = np.where(group >= 0, 1 + 2 * likely, 1)
    placed = np.isin(group, groups.cores)
    items = covering(smoothed(state), state.eligible, placed, 1 - likely, worth, 2 * budget)
    items = [i for i in items if likely[i] > 0]
    order = falling(len(items))
    leads = [groups.leads[groups.chance[i].argmax()] for i in items]
    return list(kept(state, zip(items, leads, order, strict=True), budget))


def joins(state: State, groups: Groups, budget: int) -> list[tuple[int, int]]:
    """Large groups that are only taken to differ, the most alike first."""
    rows = smoothed(state)
    means = {lead: rows[state.constraints.group == core].mean(0)
             for core, lead in zip(groups.cores, groups.leads, strict=True)
             if (state.constraints.group == core).sum() >= 3}  # fmt: skip
    scored = [(a, b, means[a] @ means[b]) for a, b in combinations(means, 2)]
    return list(kept(state, scored, budget))


def by_hand(state: State, budget: int) -> dict[tuple[int, int], float]:
    groups = groups_of(state, hardly_ever_same(state))
    if len(groups.cores) < 2:
        return between_typical(state, budget)
    often, seldom = places(state, groups, budget), joins(state, groups, budget)
    turns = []
    while often or seldom:
        turns += [*often[:4], *seldom[:1]]
        often, seldom = often[4:], seldom[1:]
    turns = turns[:budget]
    return dict(zip(turns, falling(len(turns)), strict=True))


def scene(what: str) -> State:
    """Forty items, no two of which cover equally much, more or less answered; some excluded."""
    vectors, labels = blobs(per_blob=10, n_blobs=4, spread=0.4, seed=4)
    eligible = np.arange(40) % 6 != 4
    if what == "nothing":
        return state_of(vectors, eligible=eligible)
    if what == "one group":
        return state_of(vectors, answered(labels, [(0, 1), (1, 3)]), eligible=eligible)
    if what == "groups to join":
        return groups_to_join()
    if what == "often refused":
        return often_refused()
    known = some_answers(labels, 25)
    strength = np.random.default_rng(5).uniform(0.05, 1, 40).astype(np.float32)
    base = unit(vectors + np.random.default_rng(6).normal(0, 0.3, vectors.shape))
    known = replace(known, strength=strength)
    return state_of(vectors, known, base=base, eligible=eligible | (known.group >= 0))


def groups_to_join() -> State:
    """Four groups of three and one of two, which the frozen vectors alone set apart."""
    vectors, labels = blobs(per_blob=8, n_blobs=5, spread=0.15)
    triples = [(k + step, k + step + 1) for k in (0, 8, 16, 24) for step in (0, 1)]
    refused = [(0, 8), (16, 24), (5, 13), (6, 22), (7, 30), (14, 21), (15, 31), (18, 33)]
    known = answered(labels, [*triples, (32, 33), *refused])
    known.strength[33] = 0.9  # of two members none is nearer to the mean
    return state_of(vectors, known)


def often_refused() -> State:
    """Seven groups of one, and two items that all but one or two of them refused."""
    vectors, labels = blobs(per_blob=5, n_blobs=7, seed=2)
    firsts = range(0, 35, 5)
    one = [(1, first) for first in firsts if first != 0]
    other = [(6, first) for first in firsts if first not in (0, 5)]
    return state_of(vectors, answered(labels, [*combinations(firsts, 2), *one, *other]))


@pytest.mark.parametrize(
    "what", ["nothing", "one group", "groups to join", "often refused", "many answers"]
)
@pytest.mark.parametrize("budget", [5, 12, 60])
def test_explore_by_a_loop(what: str, budget: int) -> None:
    state = scene(what)
    same_scores(found("explore", state, budget), by_hand(state, budget))


def test_cover_by_a_loop() -> None:
    rng, (vectors, _) = np.random.default_rng(0), blobs(per_blob=8)
    mass, worth = rng.random(24), rng.uniform(1, 3, 24)
    placed, eligible = np.arange(24) % 11 == 0, np.arange(24) % 7 != 1
    got = cover(vectors, eligible, placed, mass, worth, 6, np.random.default_rng(0))
    assert got.tolist() == covering(vectors, eligible, placed, mass, worth, 6)


def test_explore_asks_items_against_known_groups() -> None:
    vectors, labels = blobs(spread=0.2)
    known = [(0, 1), (30, 31), (60, 61), (0, 30), (0, 60), (30, 60)]
    state = state_of(vectors, answered(labels, known))
    pairs = positions(registry.create("explore").propose(state, 10, np.random.default_rng(0)))
    placed = np.isin(pairs, [0, 1, 30, 31, 60, 61])
    assert (placed.sum(1) == 1).all()
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean() >= 0.8


def test_explore_finds_all_groups_within_a_few_answers() -> None:
    vectors, labels = blobs(n_blobs=5, spread=0.2)
    asked: list[tuple[int, int]] = []
    explore = registry.create("explore")
    for turn in range(6):
        constraints = answered(labels, asked) if asked else None
        proposals = explore.propose(state_of(vectors, constraints), 5, np.random.default_rng(turn))
        asked += [(int(i), int(j)) for i, j in positions(proposals)]
    assert len(np.unique(labels[np.unique(asked)])) == 5


def test_explore_asks_large_groups_that_no_answer_sets_apart() -> None:
    vectors, labels = blobs(n_blobs=4, spread=0.1)
    triples = [(k + step, k + step + 1) for k in (0, 30, 60, 90) for step in (0, 1)]
    refused = [(0, 30), (60, 90), (5, 35), (6, 66), (7, 97), (36, 67), (37, 98), (68, 99)]
    state = state_of(vectors, answered(labels, triples + refused))
    found = registry.create("explore").propose(state, 12, np.random.default_rng(0))
    between = [p.reason == "two groups that may be one" for p in found]
    assert between == [False] * 4 + [True] + [False] * 4 + [True] + [False] * 2
    asked = positions([p for p, joins in zip(found, between, strict=True) if joins])
    assert {frozenset(pair) for pair in (asked // 30).tolist()} <= {
        frozenset(pair) for pair in ((0, 2), (0, 3), (1, 2), (1, 3))
    }
    assert np.isin(asked % 30, [0, 1, 2]).all()


def test_groups_that_the_embedding_tells_apart_need_not_be_asked() -> None:
    vectors, labels = blobs(n_blobs=4, spread=0.1)
    known = answered(labels, [(0, 30), (60, 90)])
    everyone = np.ones(len(labels), np.bool_)
    assert len(fit_membership(vectors, known, everyone).cores) == 2
    unlike = Unlike.of(vectors, known, 0.5)
    assert len(fit_membership(vectors, known, everyone, unlike).cores) == 4


def test_up_to_which_cosine_answers_are_hardly_ever_same() -> None:
    cosines = np.linspace(-0.9, 0.9, 10)
    vectors = np.stack([cosines, np.sqrt(1 - cosines**2)], 1)
    vectors = np.concatenate([[[1.0, 0.0]], vectors]).astype(np.float32)
    labels = np.array([0, *[1] * 7, 0, 0, 0])
    known = answered(labels, [(0, row) for row in range(1, 11)])
    # 4/15 of all are the same; up to the seventh 1/12, up to the eighth 2/13
    assert unlike_cosine(vectors, known) == pytest.approx(cosines[6], abs=1e-6)
    assert unlike_cosine(vectors, answered(labels, [(0, 1)])) == -np.inf
    assert unlike_cosine(vectors, Constraints.none(len(vectors))) == -np.inf


@pytest.mark.parametrize("n_labels", [2, 5, 10])
def test_an_embedding_that_answers_contradict_tells_hardly_anything_apart(n_labels: int) -> None:
    vectors, _ = blobs(n_blobs=4, spread=0.5)
    labels = np.random.default_rng(0).integers(n_labels, size=len(vectors))
    known = some_answers(labels, 200)
    cosine = unlike_cosine(vectors, known)
    i, j = known.pairs.T
    assert (np.einsum("pd,pd->p", vectors[i], vectors[j]) <= cosine).mean() < 0.2


def test_cover_takes_what_stands_for_most_mass() -> None:
    vectors, labels = blobs(spread=0.1)
    everyone, nobody = np.ones(len(labels), np.bool_), np.zeros(len(labels), np.bool_)
    mass = np.where(labels == 2, 1.0, 0.1)
    even = np.ones(len(labels))
    rng = np.random.default_rng(0)
    assert labels[cover(vectors, everyone, nobody, mass, even, 1, rng)[0]] == 2
    assert set(labels[cover(vectors, everyone, nobody, even, even, 3, rng)]) == {0, 1, 2}
