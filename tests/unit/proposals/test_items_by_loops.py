"""Strategies that pick items: whole draws by naive loops with the same random numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import asked, falling, groups_of, length_one
from scenes import (
    EVERYTHING,
    answered,
    blobs,
    cosines,
    found,
    same_scores,
    some_answers,
    state_of,
)
from sklearn.ensemble import RandomForestClassifier

from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.probcover import ProbCover
from curation.proposals.search import clusters
from curation.types import IndexArray

VECTORS, LABELS = blobs(per_blob=14, spread=0.5)


def scene(what: str) -> State:
    """42 items: nothing answered, two groups known, or many answers of unequal strength, four
    without a verdict on the groups, five pairs on somebody's screen and items excluded."""
    if what == "nothing":
        return state_of(VECTORS)
    if what == "two groups":
        return state_of(VECTORS, answered(LABELS, [(0, 1), (14, 15), (0, 14)]))
    rng, known = np.random.default_rng(5), some_answers(LABELS, 30)
    unsure = rng.permutation(42)[:8].reshape(4, 2)
    known = replace(
        known,
        strength=rng.uniform(0.05, 1, 42).astype(np.float32),
        pairs=np.concatenate([known.pairs, np.sort(unsure, 1)]),
        verdicts=np.append(known.verdicts, [2, 2, 3, 3]).astype(np.int8),
        pending=np.sort(rng.permutation(42)[:10].reshape(5, 2), 1),
    )
    return state_of(VECTORS, known, eligible=(np.arange(42) % 6 != 4) | (known.group >= 0))


APART = ("two groups", "many")
ALL = ("nothing", *APART)
BUDGETS = (3, EVERYTHING)


def unplaced(state: State) -> list[int]:
    """Eligible items in none of the groups told apart."""
    cores, group = groups_of(state).cores, state.constraints.group
    return [i for i in range(state.n_items) if state.eligible[i] and group[i] not in cores]


def farthest(
    state: State,
    known: list[int] | IndexArray,
    free: list[int],
    count: int,
    rng: np.random.Generator,
) -> list[tuple[int, float]]:
    """(item, largest cosine to those known and picked before) of the farthest, one by one; the
    first of all is random."""
    cosine, known, free = cosines(state), list(known), list(free)
    picks: list[tuple[int, float]] = []
    while free and len(picks) < count:
        if known:
            like = {i: max(cosine[i, s] for s in known) for i in free}
            best = min(free, key=lambda i: like[i])
        else:
            best = free[rng.integers(len(free))]
            like = {best: -1.0}
        picks.append((best, like[best]))
        known.append(best)
        free.remove(best)
    return picks


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("budget", BUDGETS)
def test_kcenter_by_a_loop(what: str, budget: int) -> None:
    """Half the distance to the nearest answered item, or item picked before."""
    state, rng = scene(what), np.random.default_rng(0)
    group = state.constraints.group
    named = [i for i in range(42) if state.eligible[i] and group[i] >= 0]
    free = [i for i in range(42) if state.eligible[i] and group[i] < 0]
    picks = farthest(state, named, free, 2 * budget, rng)
    scores = [np.sqrt(2 - 2 * like) / 2 for _, like in picks]
    same_scores(
        found("kcenter", state, budget), asked(state, [i for i, _ in picks], scores, budget)
    )


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("budget", BUDGETS)
def test_minmax_by_a_loop(what: str, budget: int) -> None:
    """1 - the largest exp(-d^2 / 2 sigma^2) to a placed item, or an item picked before."""
    state, rng = scene(what), np.random.default_rng(0)
    rng.permutation(42)  # the sample of pairs: all of them
    pairs = np.triu_indices(42, 1)
    sigma = np.percentile(np.sqrt(2 - 2 * cosines(state)[pairs]), 20)
    placed = np.flatnonzero(np.isin(state.constraints.group, groups_of(state).cores))
    picks = farthest(state, placed, unplaced(state), 2 * budget, rng)
    scores = [1 - np.exp(-(2 - 2 * like) / (2 * sigma**2)) for _, like in picks]
    same_scores(found("minmax", state, budget), asked(state, [i for i, _ in picks], scores, budget))


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("budget", BUDGETS)
def test_consolidate_by_a_loop(what: str, budget: int) -> None:
    """Random items, each against the group of the nearest mean."""
    state = scene(what)
    items = np.random.default_rng(0).permutation(unplaced(state))[: 2 * budget].tolist()
    group = state.constraints.group
    means = length_one([VECTORS[group == core].mean(0) for core in groups_of(state).cores])
    nearness = {i: means @ VECTORS[i] for i in items}
    got = found("consolidate", state, budget)
    same_scores(got, asked(state, items, falling(len(items)), budget, nearness))


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("pool", [9, 2000])
def test_npu_by_a_loop(what: str, pool: int) -> None:
    """Bits over the expected number of questions, of shares of common leaves of a forest."""
    state, rng, groups = scene(what), np.random.default_rng(0), groups_of(scene(what))
    items = rng.permutation(unplaced(state))[:pool].tolist()
    placed = [i for i in range(42) if state.constraints.group[i] in groups.cores]
    core = np.array([groups.cores.index(state.constraints.group[i]) for i in placed])
    forest = RandomForestClassifier(50, random_state=int(rng.integers(2**31)))
    leaf = forest.fit(VECTORS[placed], core).apply(VECTORS)
    p: dict[int, np.ndarray] = {}
    worth: dict[int, float] = {}
    for i in items:
        common = np.array([np.mean(leaf[i] == leaf[m]) for m in placed])
        p[i] = np.array([common[core == g].mean() for g in range(len(groups.cores))])
        p[i] = np.where(groups.chance[i] > 0, p[i], 0)
        p[i] /= p[i].sum() or 1
        bits = -sum(x * np.log2(x) for x in p[i] if x > 0)
        questions = sum(rank * x for rank, x in enumerate(sorted(p[i], reverse=True), 1))
        worth[i] = bits / questions if questions else 0.0
    items.sort(key=lambda i: -worth[i])
    scores = [worth[i] / max(worth.values()) for i in items]
    got = found("npu", state, pool=pool)
    same_scores(got, asked(state, items, scores, EVERYTHING, p))


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("budget", [3, 8])
def test_badge_by_a_loop(what: str, budget: int) -> None:
    """k-means++ on the gradients (p - onehot(argmax p)) h, the first the longest."""
    state, rng, items = scene(what), np.random.default_rng(0), unplaced(scene(what))
    chance, gradients = groups_of(state).chance, []
    for i in items:
        likeliest = np.eye(chance.shape[1])[chance[i].argmax()]
        gradients.append(np.outer(chance[i] - likeliest, VECTORS[i]).ravel())
    picks = [int(np.argmax([np.linalg.norm(g) for g in gradients]))]
    while len(picks) < min(2 * budget, len(items)):
        squared = [min(((g - gradients[k]) ** 2).sum() for k in picks) for g in gradients]
        picks.append(int(rng.choice(len(items), p=squared / np.sum(squared))))
    picked = [items[k] for k in picks]
    got = found("badge", state, budget)
    same_scores(got, asked(state, picked, falling(len(picked)), budget))


def radius_of_pure_balls(
    state: State, labels: IndexArray, purity: float
) -> tuple[float, list[set[int]]]:
    """The largest distance within which so many balls hold one label only, by trying all."""
    near, like = state.neighbours.indices, state.neighbours.similarities.astype(np.float64)
    distance = np.sqrt(np.maximum(2 - 2 * like, 0))

    def pure(i: int, radius: float) -> bool:
        inside = near[i][distance[i] < radius]
        return all(labels[inside] == labels[i])

    tried = sorted({*distance.ravel().tolist(), distance.max() + 1e-6}, reverse=True)
    for radius in tried:
        if sum(pure(i, radius) for i in range(42)) >= purity * 42:
            balls = [{i, *near[i][distance[i] < radius].tolist()} for i in range(42)]
            return radius, balls
    raise AssertionError("no ball is empty")


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("purity", [0.95, 0.5])
def test_probcover_by_a_loop(what: str, budget: int, purity: float) -> None:
    """Greedily the item whose ball holds most of what no ball of an answered item holds."""
    state = scene(what)
    radius, balls = radius_of_pure_balls(state, clusters(state, 4).labels, purity)
    named = set(np.flatnonzero(state.eligible & (state.constraints.group >= 0)).tolist())
    covered = set().union(*(balls[i] for i in named))
    items: list[int] = []
    free = [i for i in range(42) if state.eligible[i] and i not in named]
    while free and len(items) < 2 * budget:
        best = max(free, key=lambda i: len(balls[i] - covered))
        if not balls[best] - covered:
            break
        items.append(best)
        free.remove(best)
        covered |= balls[best]
    strategy = registry.create("probcover")
    assert isinstance(strategy, ProbCover)
    strategy.purity = purity
    found_ = strategy.propose(state, budget, np.random.default_rng(0))
    assert {one.reason for one in found_} == {f"stands for what lies within {radius:.2f}"}
    got = found("probcover", state, budget, purity=purity)
    same_scores(got, asked(state, items, falling(len(items)), budget))
