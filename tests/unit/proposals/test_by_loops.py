"""Whole strategies against naive loops, with the same draws where they draw."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scenes import (
    EVERYTHING,
    answered,
    best_of_two,
    blobs,
    capped,
    cosines,
    found,
    nearest_lists,
    positions,
    same_scores,
    some_answers,
    state_of,
    unit,
)

from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.idc_value import greedy
from curation.proposals.search import clusters
from curation.proposals.typiclust import TypiClust, typicality
from curation.types import FloatArray

SMALL = blobs(per_blob=8)[0]
"""24 items: 20 neighbours of each, of 23, are known."""


@pytest.mark.parametrize(
    ("acceptance", "quantile"),
    [((0, 0), 0.9999), ((0, 0), 0.9), ((40, 40), 0.9999), ((38, 40), 0.9999), ((10, 40), 0.7)],
)
def test_sepp_band_by_a_loop(
    monkeypatch: pytest.MonkeyPatch, acceptance: tuple[int, int], quantile: float
) -> None:
    monkeypatch.setattr("curation.proposals.sepp_band._QUANTILE", quantile)
    vectors, labels = blobs(per_blob=16, spread=0.2)
    vectors[20] = vectors[17]  # a near-duplicate
    cosine = cosines(state_of(vectors))
    closest = sorted(combinations(range(48), 2), key=lambda pair: -cosine[pair])
    known = answered(labels, [*closest[1:5], (20, 40)])
    state = state_of(vectors, known, acceptance={"sepp_band": acceptance})
    near = nearest_lists(state, 20)
    sims = sorted(cosine[i, j] for i in range(48) for j in range(i))
    low = int(quantile * (len(sims) - 1))
    lo = sims[low] + (quantile * (len(sims) - 1) - low) * (sims[low + 1] - sims[low])
    open_ = {
        (i, j): cosine[i, j]
        for i in range(48)
        for j in range(i + 1, 48)
        if (j in near[i] or i in near[j]) and cosine[i, j] <= 0.99 and still_open(state, i, j)
    }
    rate = (acceptance[0] + 10) / (acceptance[1] + 10)
    if rate < 0.9:
        lo += (0.99 - lo) * (0.9 - rate) / 0.9
    else:
        wanted = int(np.ceil((rate - 0.9) / 0.1 * 48 / 10))
        lo = min(lo, sorted(open_.values(), reverse=True)[wanted - 1])
    score = {pair: 1 - abs(2 * (c - lo) / (0.99 - lo) - 1) for pair, c in open_.items() if c >= lo}
    same_scores(found("sepp_band", state), capped(score, 5))


def still_open(state: State, i: int, j: int) -> bool:
    known = state.constraints
    g, h = sorted((known.group[i], known.group[j]))
    implied = g >= 0 and (g == h or [g, h] in known.cannot_link.tolist())
    return not implied and [i, j] not in known.pairs.tolist()


@pytest.mark.parametrize("k", [2, 50])
def test_hcl_by_a_loop(k: int) -> None:
    """Every anchor draws by Gumbel keys; what all draw first is asked before what they draw next"""
    vectors, labels = blobs(per_blob=8)
    eligible = np.arange(24) % 5 != 0
    state = state_of(vectors, some_answers(labels, 20), eligible=eligible)
    cosine, rng = cosines(state), np.random.default_rng(0)
    rng.permutation(24)  # of the pairs that the bound is the quantile of: here all
    bound = np.quantile([cosine[i, j] for i in range(24) for j in range(i)], 0.99)
    anchors = rng.permutation(np.flatnonzero(eligible))
    noise = rng.gumbel(size=(len(anchors), 24))
    drawn = []
    for row, i in enumerate(anchors):
        fine = [j for j in range(24) if j != i and eligible[j] and cosine[i, j] < bound]
        keys = {j: 1.0 * cosine[i, j] / 0.5 + noise[row, j] for j in fine}
        ranked = sorted(fine, key=lambda j: -keys[j])[:k]
        drawn += [(turn, row, *sorted((i, j))) for turn, j in enumerate(ranked)]
    pairs = list(dict.fromkeys((i, j) for _, _, i, j in sorted(drawn) if still_open(state, i, j)))
    order = capped({pair: -place for place, pair in enumerate(pairs)}, 2)
    weight = {pair: np.exp(cosine[pair] / 0.5) for pair in list(order)[:12]}
    expected = {pair: one / max(weight.values()) for pair, one in weight.items()}
    same_scores(found("hcl", state, budget=12, k=k), expected)


def test_knn_k_by_a_loop() -> None:
    state = state_of(SMALL)
    cosine, near = cosines(state), nearest_lists(state, 5)
    expected = best_of_two(
        (i, j, max(cosine[i, j], 0) * len({*near[i]} & {*near[j]}) / len({*near[i]} | {*near[j]}))
        for i in range(24)
        for j in near[i]
    )
    same_scores(found("knn_k", state, k=5, per_item=EVERYTHING), expected)


@pytest.mark.parametrize("n_views", [0, 3])
def test_fnc_max_by_a_loop(n_views: int) -> None:
    rng = np.random.default_rng(2)
    seen = unit(SMALL[:, None] + rng.normal(0, 0.2, (24, n_views, 8))).astype(np.float16)
    seen /= np.maximum(np.linalg.norm(seen, axis=2, keepdims=True), 1e-6).astype(np.float16)
    state = state_of(SMALL, views=seen)
    of = [seen[i].astype(np.float32) if n_views else SMALL[i : i + 1] for i in range(24)]
    score = np.array([[max(v @ SMALL[m] for v in of[i]) for m in range(24)] for i in range(24)])
    np.fill_diagonal(score, -1)
    threshold = np.quantile(score, 0.8)
    expected = best_of_two(
        (i, m, min(max(score[i, m], 0), 1))
        for i in range(24)
        for m in sorted(range(24), key=lambda m: -score[i, m])[:4]
        if score[i, m] > threshold
    )
    same_scores(found("fnc_max", state, k=4, quantile=0.8, per_item=EVERYTHING), expected)


def test_occ_boundary_by_a_loop() -> None:
    vectors, labels = blobs(per_blob=7)
    state = state_of(vectors, some_answers(labels, 6), calibration=(8.0, -3.0))
    cosine, near = cosines(state), nearest_lists(state, 20)
    mean = [np.mean([cosine[i, j] for j in near[i]]) for i in range(21)]
    density = [sum(other <= own for other in mean) / 21 for own in mean]
    got = found("occ_boundary", state)
    assert len(got) > 5
    for (i, j), score in got.items():
        q = 1 / (1 + np.exp(-(8 * cosine[i, j] - 3)))
        bits = -(q * np.log2(q) + (1 - q) * np.log2(1 - q))
        like = max(
            max(cosine[i, a] + cosine[j, b], cosine[i, b] + cosine[j, a]) / 2
            for a, b in state.constraints.pairs
        )
        expected = bits * (density[i] + density[j]) / 2 * min(max(1 - like, 0), 1)
        assert score == pytest.approx(expected, abs=1e-5)


def test_idc_picks_by_a_loop() -> None:
    value = np.random.default_rng(0).normal(size=24)
    cosine = SMALL.astype(np.float64) @ SMALL.T.astype(np.float64)
    expected: list[int] = []
    for _ in range(8):
        worth = {
            i: value[i] + min([np.log(1 - cosine[i, j]) for j in expected], default=0.0)
            for i in range(24)
            if i not in expected
        }
        expected.append(max(worth, key=lambda i: worth[i]))
    assert greedy(value, SMALL, 8)[0].tolist() == expected


def test_typiclust_by_a_loop() -> None:
    vectors, labels = blobs(per_blob=30)
    state = state_of(vectors, some_answers(labels, 4))
    named = np.flatnonzero(state.constraints.group >= 0).tolist()
    wanted = 10 * int(np.ceil((len(named) + 12) / 10))
    made = clusters(state, wanted)
    members = made.members()
    seen = [sum(made.labels[i] == g for i in named) for g in range(len(members))]
    taken, expected = set(named), []
    for _ in range(12):
        order = [(len(m) <= 5, seen[g], -len(m), g) for g, m in enumerate(members)]
        g = min(order)[-1]
        seen[g] += 1
        worth = dict(zip(members[g].tolist(), typicality(vectors[members[g]], 20), strict=True))
        free = [i for i in worth if i not in taken]
        if free:
            expected.append(max(free, key=lambda i: worth[i]))
            taken.add(expected[-1])
    got = TypiClust().pick(state, 12, np.random.default_rng(0)).items
    assert got.tolist() == expected


def nearest_outside_by_a_loop(state: State, anchor: int, point: FloatArray, k: int) -> int:
    inside = {anchor, *nearest_lists(state, k)[anchor]}
    return max(
        (j for j in range(state.n_items) if j not in inside),
        key=lambda j: state.space.vectors[j] @ point,
    )


def test_mochi_gap_by_a_loop() -> None:
    state = state_of(SMALL)
    near, labels = nearest_lists(state, 10), clusters(state, 2).labels
    rng = np.random.default_rng(0)
    anchors = rng.permutation(24)
    drawn, keys = rng.integers(10, size=24), rng.random((24, 10))
    a, b = rng.uniform(0, 1, 24), rng.uniform(0, 0.5, 24)
    pairs = []
    for row, anchor in enumerate(anchors):
        n = near[anchor][drawn[row]]
        across = [c for c in range(10) if labels[near[anchor][c]] != labels[n]]
        if across:
            other = near[anchor][max(across, key=lambda c: keys[row, c])]
            point = unit((a[row] * SMALL[n] + (1 - a[row]) * SMALL[other])[None])[0]
        else:
            point = unit((b[row] * SMALL[anchor] + (1 - b[row]) * SMALL[n])[None])[0]
        j = nearest_outside_by_a_loop(state, anchor, point, 10)
        pairs.append((anchor, j, max(SMALL[anchor] @ point, 0)))
    same_scores(found("mochi_gap", state, per_item=EVERYTHING), best_of_two(pairs))


def test_synco_by_a_loop() -> None:
    state = state_of(SMALL)
    near, rng = nearest_lists(state, 10), np.random.default_rng(0)
    anchors = rng.permutation(24)
    first, second = rng.integers(10, size=24), rng.integers(10, size=24)
    a, g, kind = rng.uniform(0, 0.5, 24), rng.uniform(0, 1, 24), rng.integers(3, size=24)
    pairs = []
    for row, anchor in enumerate(anchors):
        q, n, m = SMALL[[anchor, near[anchor][first[row]], near[anchor][second[row]]]]
        points = (a[row] * q + (1 - a[row]) * n, g[row] * n + (1 - g[row]) * m, n + 0.01 * q)
        point = unit(points[kind[row]][None])[0]
        j = nearest_outside_by_a_loop(state, anchor, point, 10)
        pairs.append((anchor, j, max(q @ point, 0)))
    same_scores(found("synco", state, per_item=EVERYTHING), best_of_two(pairs))


def test_synthetic_pos_by_a_loop() -> None:
    state, rng = state_of(SMALL), np.random.default_rng(0)
    anchors = rng.permutation(24)
    w, others = rng.uniform(0, 0.3, 12), rng.integers(24, size=12)
    stretch = rng.beta(2, 2, 12) + 1
    pairs = []
    for row, anchor in enumerate(anchors):
        if row < 12:
            point = (1 - w[row]) * SMALL[anchor] + w[row] * SMALL[others[row]]
        else:
            away = SMALL[nearest_lists(state, 1)[anchor][0]]
            point = stretch[row - 12] * SMALL[anchor] + (1 - stretch[row - 12]) * away
        point = unit(point[None])[0]
        j = max((j for j in range(24) if j != anchor), key=lambda j: SMALL[j] @ point)
        pairs.append((anchor, j, max(SMALL[j] @ point, 0)))
    same_scores(found("synthetic_pos", state, per_item=EVERYTHING), best_of_two(pairs))


@pytest.mark.parametrize("per_blob", [3, 5, 12])
def test_idc_value_by_a_loop(per_blob: int) -> None:
    """Of 9 items each has 8 neighbours, of 15 it has 14; of 36 the nearest 20 count."""
    vectors, labels = blobs(per_blob=per_blob)
    b, n = per_blob, 3 * per_blob
    known = [(0, 1), (b, b + 1), (0, b), (0, 2 * b), (b, 2 * b)]
    state = state_of(vectors, answered(labels, known))
    cosine, group = cosines(state), state.constraints.group
    membership = state.membership
    means = [unit(vectors[group == g].mean(0)[None])[0] for g in membership.cores]
    value = {}
    for i in np.flatnonzero(group < 0).tolist():
        one, two = sorted((float(vectors[i] @ mean) for mean in means), reverse=True)[:2]
        squared = sorted(2 - 2 * cosine[i, j] for j in range(n) if j != i)[:20]
        value[i] = np.log(max(1 - one + two, 1e-12)) - np.log(np.mean(squared))
    picks: list[int] = []
    placed = np.flatnonzero(np.isin(group, membership.cores)).tolist()
    while len(picks) < min(10, len(value)):
        worth = {
            i: value[i] + min(np.log(1 - cosine[i, j]) for j in placed + picks)
            for i in value
            if i not in picks
        }
        picks.append(max(worth, key=lambda i: worth[i]))
    expected = {}
    for place, i in enumerate(picks[:5]):
        other = membership.representative[membership.probabilities[i].argmax()]
        expected[(min(i, other), max(i, other))] = 1 - place / len(picks)
    same_scores(found("idc_value", state, budget=5), expected)


@pytest.mark.parametrize("recheck", [False, True])
def test_dbpm_audit_by_a_loop(recheck: bool) -> None:
    """Pairs have up to six losses, the latest; one resists, two are too easy, one on a screen."""
    vectors, labels = blobs()
    known = some_answers(labels, 60)
    known = replace(known, pending=known.pairs[2:3])
    rng, n = np.random.default_rng(0), len(known.pairs)
    losses = rng.normal(3, 0.1, (n, 6)).astype(np.float32)
    losses[np.arange(6) < rng.integers(6, size=n)[:, None]] = np.nan
    losses[5] = np.nan
    losses[:3] *= np.array([[3], [0.01], [0.01]], np.float32)
    done = np.zeros(n, bool)
    done[0] = recheck
    means = {}
    for p in range(n):
        told = [t for t in range(6) if np.isfinite(losses[p, t])]
        if told:
            mean = sum((t + 1) * losses[p, t] for t in told) / sum(t + 1 for t in told)
            means[p] = mean * sum((t + 1) / 6 for t in range(6)) / 6
    mu, sd = np.mean(list(means.values())), np.std(list(means.values()))
    z = {p: (m - mu) / sd for p, m in means.items()}
    flagged = {p: one for p, one in z.items() if one <= -2 or one >= 3}
    assert flagged.keys() == {0, 1, 2}
    expected = {
        tuple(known.pairs[p].tolist()): 1 - 1 / (1 + abs(one))
        for p, one in flagged.items()
        if p != 2 and not done[p]
    }
    state = state_of(vectors, known, losses=losses, rechecked=done)
    got = found("dbpm_audit", state)
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("budget", [2, 20])
def test_random_finds_the_last_open_pairs(budget: int) -> None:
    """300 items, one group but for the last three, which are apart from it: three open pairs."""
    state = state_of(blobs(per_blob=100)[0])
    group = np.where(np.arange(300) < 297, 0, np.arange(300) - 296)
    apart = np.array([[0, 1], [0, 2], [0, 3]])
    known = replace(state.constraints, group=group, cannot_link=apart)
    state = replace(state, constraints=known)
    drawn = [
        {tuple(pair) for pair in positions(registry.create("random").propose(
            state, budget, np.random.default_rng(seed))).tolist()}
        for seed in range(8)
    ]  # fmt: skip
    assert {len(pairs) for pairs in drawn} == {min(budget, 3)}
    assert set.union(*drawn) == {(297, 298), (297, 299), (298, 299)}


def test_random_pairs_are_equally_likely() -> None:
    """3 of the 15 pairs of 6 items, 2,000 times: each 400 times, give or take five deviations."""
    state = state_of(SMALL[:6])
    random, rng = registry.create("random"), np.random.default_rng(0)
    counts = np.zeros((6, 6), int)
    for _ in range(2000):
        i, j = positions(random.propose(state, 3, rng)).T
        counts[i, j] += 1
    drawn = counts[np.triu_indices(6, 1)]
    assert drawn.sum() == 6000
    assert np.abs(drawn - 400).max() < 5 * np.sqrt(2000 * 0.2 * 0.8)
