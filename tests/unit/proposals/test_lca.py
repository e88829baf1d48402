"""Conflicts: published figures of local clusters and their alternatives, and naive loops."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from naive import falling
from scenes import (
    EVERYTHING,
    answered,
    blobs,
    cosines,
    positions,
    state_of,
)

from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.lca import Lca, best_split, human_weights, joins_of, local_groups
from curation.types import Constraints, IndexArray

TRIANGLE = np.array([[0, 100, -60], [100, 0, 100], [-60, 100, 0]], float)
SURE = np.log(0.97 / 0.03)


def grouping_score(weights: np.ndarray, labels: list[int] | IndexArray) -> float:
    """Weights within groups less those across them."""
    return float(
        sum(
            weights[i, j] * (1 if labels[i] == labels[j] else -1)
            for i, j in combinations(range(len(labels)), 2)
        )
    )


@pytest.mark.parametrize(
    ("labels", "score"),
    [([0, 0, 0], 140), ([0, 0, 1], 60), ([0, 1, 2], -140), ([0, 1, 0], -260)],
)
def test_a_grouping_scores_what_it_joins_less_what_it_parts(labels: list[int], score: int) -> None:
    assert grouping_score(TRIANGLE, labels) == score


def triangle() -> State:
    """a, b and c with the weights of the triangle: ab answered, the others by similarity."""
    vectors = np.array([[1, 0, 0], [0.5, np.sqrt(0.75), 0], [0, 0.7, np.sqrt(0.51)]], np.float32)
    like = (vectors @ vectors.T).astype(np.float64)
    slope = 1.6 * SURE / (like[1, 2] - like[0, 2])
    known = replace(
        Constraints.none(3),
        group=np.array([0, 0, 1]),
        pairs=np.array([[0, 1]]),
        verdicts=np.array([0], np.int8),
    )
    calibration = (float(slope), float(SURE - slope * like[1, 2]))
    return state_of(vectors, known, calibration=calibration)


def test_the_alternative_gains_eighty() -> None:
    """{ab}{c} -> {abc}: twice the weight across, over the inconsistent pairs ac and bc."""
    state = triangle()
    ((gain, i, j),) = joins_of(state, human_weights(state), local_groups(state))
    assert gain == pytest.approx(80, abs=1e-3)
    assert list(zip(i, j, strict=True)) == [(1, 2), (0, 2)]
    together = grouping_score(TRIANGLE, [0, 0, 0])
    assert gain == pytest.approx(together - grouping_score(TRIANGLE, [0, 0, 1]), abs=1e-3)
    proposals = registry.create("lca").propose(state, 2, np.random.default_rng(0))
    assert positions(proposals).tolist() == [[1, 2], [0, 2]]
    assert {p.reason for p in proposals} == {"another grouping gains +80"}


def test_the_best_split_by_trying_all() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        half = rng.normal(0, 100, (6, 6))
        weight = half + half.T
        every = [np.array([n >> i & 1 for i in range(6)]) for n in range(1, 63)]
        best = max(grouping_score(weight, labels) for labels in every)
        got = best_split(weight)
        assert 0 < got.sum() < 6
        assert grouping_score(weight, got) <= best + 1e-9
        assert grouping_score(weight, got) >= best - 0.35 * abs(best)


def by_hand(state: State, budget: int, least: int) -> list[tuple[tuple[int, int], str]]:
    """Every split in two of a group, and joins with its three nearest; of each that loses less
    than ``least`` two pairs, largest gain first: without an answer first, then the heaviest."""
    known, (a, b) = state.constraints, state.calibration
    weight = 100 * np.clip((a * cosines(state) + b) / SURE, -1, 1)
    said = set()
    for (i, j), verdict in zip(known.pairs.tolist(), known.verdicts, strict=True):
        if verdict in (0, 1):
            weight[i, j] = weight[j, i] = 100 if verdict == 0 else -100
            said.add((i, j))
    groups = [np.flatnonzero((known.group == g) & state.eligible) for g in range(known.n_groups)]
    alternatives = []

    def consider(
        items: IndexArray, before: list[int], after: list[int]
    ) -> tuple[float, list[tuple[int, int]]]:
        own = weight[np.ix_(items, items)]
        gain = grouping_score(own, after) - grouping_score(own, before)
        other = after if len(set(after)) > len(set(before)) else before
        across = [(int(items[p]), int(items[q])) for p, q in combinations(range(len(items)), 2)
                  if other[p] != other[q]]  # fmt: skip
        return gain, [(min(pair), max(pair)) for pair in across]

    for items in groups:
        splits = [[n >> p & 1 for p in range(len(items))] for n in range(1, 2 ** (len(items) - 1))]
        whole = [0] * len(items)
        tried = [consider(items, whole, split) for split in splits]
        alternatives += [max(tried, key=lambda one: one[0])] if tried else []
    mean = [state.space.vectors[items].mean(0) for items in groups]
    near = set()
    for g in range(len(groups)):
        others = sorted((h for h in range(len(groups)) if h != g), key=lambda h: -mean[g] @ mean[h])
        near |= {(min(g, h), max(g, h)) for h in others[:3]}
    for g, h in sorted(near):
        sides = [0] * len(groups[g]) + [1] * len(groups[h])
        items = np.concatenate([groups[g], groups[h]])
        alternatives.append(consider(items, sides, [0] * len(sides)))
    again = {tuple(p) for p in known.pairs[state.rechecked].tolist()}
    shut = again | {tuple(p) for p in known.pending.tolist()}
    asked: dict[tuple[int, int], str] = {}
    for gain, pairs in sorted(alternatives, key=lambda one: -one[0]):
        if gain > least and len(asked) < budget:
            fine = [pair for pair in pairs if pair not in shut]
            best = sorted(fine, key=lambda p: (p in said, -abs(weight[p])))[:2]
            asked |= dict.fromkeys(best, f"another grouping gains {gain:+.0f}")
    return list(asked.items())[:budget]


def many(seed: int) -> State:
    """Five groups of up to six by chains of answers, two of them wrong, one pair unsure; some
    audited, on somebody's screen or excluded."""
    vectors, labels = blobs(per_blob=6, n_blobs=5, spread=0.6, seed=seed)
    people = labels.copy()
    people[[4, 13]] = 1, 3  # two that people take for others
    chains = [np.flatnonzero(people == g)[:6] for g in range(5)]
    pairs = [(int(i), int(j)) for chain in chains for i, j in pairwise(chain)]
    known = answered(people, [*pairs, (0, 6), (0, 8), (7, 14), (3, 26), (12, 20)])
    known = replace(
        known,
        pairs=np.concatenate([known.pairs, [[5, 11]]]),
        verdicts=np.append(known.verdicts, 2).astype(np.int8),
        pending=np.array([[1, 9], [2, 10]]),
    )
    done = np.arange(len(known.pairs)) % 4 == 1
    changes = {"rechecked": done, "eligible": np.arange(30) % 9 != 5, "calibration": (4.0, -2.0)}
    return state_of(vectors, known, **changes)


@pytest.mark.parametrize(("budget", "least"), [(3, -180), (EVERYTHING, -180), (40, -4000)])
@pytest.mark.parametrize("seed", [4, 7, 9])
def test_lca_by_a_loop(seed: int, budget: int, least: int) -> None:
    """On groups where the greedy moves of the split end at the best of all."""
    state = many(seed)
    proposals = Lca(least=least).propose(state, budget, np.random.default_rng(0))
    pairs = map(tuple, positions(proposals).tolist())
    expected = by_hand(state, budget, least)
    assert [(pair, p.reason) for pair, p in zip(pairs, proposals, strict=True)] == expected
    np.testing.assert_allclose([p.score for p in proposals], falling(len(expected)))


def test_lca_doubts_a_wrong_link() -> None:
    """Two tight blobs joined by one answer: the pair that joined them is asked about."""
    vectors, _ = blobs(per_blob=6, n_blobs=2, spread=0.05)
    within = [(0, k) for k in range(1, 6)] + [(6, k) for k in range(7, 12)]
    labels = np.zeros(12, int)
    state = state_of(vectors, answered(labels, [*within, (3, 9)]))
    proposals = registry.create("lca").propose(state, 4, np.random.default_rng(0))
    pairs = positions(proposals)
    assert len(pairs)
    assert ((pairs[:, 0] < 6) != (pairs[:, 1] < 6)).all()
