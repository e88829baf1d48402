"""Whole strategies against naive loops, with the same draws where they draw."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import (
    EVERYTHING,
    answered,
    blobs,
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
from curation.proposals.explore import cover
from curation.proposals.idc_value import greedy
from curation.proposals.lca import human_weights, joins_of, local_groups, partition_score, split_of
from curation.proposals.search import clusters
from curation.proposals.sepp_band import SeppBand
from curation.proposals.typiclust import TypiClust, typicality

SMALL = blobs(per_blob=8)[0]
"""24 items: 20 neighbours of each, of 23, are known."""


def best_of_two(pairs):
    """Unordered pair -> its largest score, of (i, j, score) in either order."""
    best: dict[tuple[int, int], float] = {}
    for i, j, score in pairs:
        pair = (int(min(i, j)), int(max(i, j)))
        best[pair] = max(float(score), best.get(pair, 0.0))
    return best


@pytest.mark.parametrize("acceptance", [(0, 0), (40, 40), (10, 40)])
def test_sepp_band_by_a_loop(acceptance):
    state = state_of(blobs(per_blob=8, spread=0.08)[0], acceptance={"sepp_band": acceptance})
    cosine = cosines(state)
    sims = sorted(cosine[i, j] for i in range(24) for j in range(i))
    place = (1 - 1e-4) * (len(sims) - 1)
    low = int(place)
    lo = sims[low] + (place - low) * (sims[min(low + 1, len(sims) - 1)] - sims[low])
    accepted, all_ = acceptance
    rate = (accepted + 9) / (all_ + 10)
    lo += max(0.99 - lo, 0) * max(0.9 - rate, 0) / 0.9
    assert SeppBand().lower_bound(state, np.random.default_rng(0)) == pytest.approx(lo, abs=1e-5)

    class Band(SeppBand):
        def lower_bound(self, *_):
            return 0.9

    expected = {
        (i, j): 1 - abs(2 * (cosine[i, j] - 0.9) / 0.09 - 1)
        for i in range(24)
        for j in range(i + 1, 24)
        if 0.9 <= cosine[i, j] <= 0.99 and any(j in near[i] or i in near[j] for near in
           [nearest_lists(state, 20)])
    }  # fmt: skip
    proposals = Band(per_item=99).propose(state, EVERYTHING, np.random.default_rng(0))
    got = {tuple(p): one.score for p, one in zip(positions(proposals), proposals, strict=True)}
    assert expected
    same_scores(got, expected)


def test_knn_k_by_a_loop():
    state = state_of(SMALL)
    cosine, near = cosines(state), nearest_lists(state, 5)
    expected = best_of_two(
        (i, j, max(cosine[i, j], 0) * len({*near[i]} & {*near[j]}) / len({*near[i]} | {*near[j]}))
        for i in range(24)
        for j in near[i]
    )
    same_scores(found("knn_k", state, k=5, per_item=EVERYTHING), expected)


@pytest.mark.parametrize("n_views", [0, 3])
def test_fnc_max_by_a_loop(n_views):
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


def test_occ_boundary_by_a_loop():
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


def test_cover_by_a_loop():
    rng = np.random.default_rng(0)
    mass, worth = rng.random(24), rng.uniform(1, 3, 24)
    placed, eligible = np.arange(24) % 11 == 0, np.arange(24) % 7 != 1
    kernel = np.exp((SMALL @ SMALL.T - 1) / 0.25)
    pool = [i for i in range(24) if eligible[i]]
    covered = {x: max(kernel[x, p] for p in np.flatnonzero(placed)) for x in pool}
    expected: list[int] = []
    while len(expected) < 6:
        free = [i for i in pool if not placed[i] and i not in expected]
        gain = {
            i: worth[i] * sum(mass[x] * max(kernel[i, x] - covered[x], 0) for x in pool)
            for i in free
        }
        best = max(free, key=lambda i: gain[i])
        expected.append(best)
        covered = {x: max(covered[x], kernel[best, x]) for x in pool}
    got = cover(SMALL, eligible, placed, mass, worth, 6, np.random.default_rng(0))
    assert got.tolist() == expected


def test_idc_picks_by_a_loop():
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


def test_typiclust_by_a_loop():
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


def nearest_outside_by_a_loop(state, anchor, point, k):
    inside = {anchor, *nearest_lists(state, k)[anchor]}
    return max(
        (j for j in range(state.n_items) if j not in inside),
        key=lambda j: state.space.vectors[j] @ point,
    )


def test_mochi_gap_by_a_loop():
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


def test_synco_by_a_loop():
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


def test_synthetic_pos_by_a_loop():
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


def test_what_lca_gains_by_scoring_both_groupings():
    vectors, labels = blobs(per_blob=6, n_blobs=3)
    within = [(g + a, g + a + 1) for g in (0, 6, 12) for a in range(5)]
    state = state_of(vectors, answered(labels, [*within, (0, 6)]))
    human, parts = human_weights(state), local_groups(state)
    a, b = state.calibration
    sure = np.log(0.97 / 0.03)
    weight = 100 * np.clip((a * cosines(state) + b) / sure, -1, 1)
    for (i, j), verdict in zip(state.constraints.pairs, state.constraints.verdicts, strict=True):
        weight[i, j] = weight[j, i] = 100 if verdict == 0 else -100

    def score(items, groups):
        return partition_score(weight[np.ix_(items, items)], np.array(groups))

    for part in parts:
        gain, i, j = split_of(state, human, part)
        sides = [int(item in set(i.tolist())) for item in part]
        assert set(part.tolist()) == {*i.tolist(), *j.tolist()}
        assert gain == pytest.approx(score(part, sides) - score(part, [0] * len(part)), abs=1e-2)
    for gain, i, j in joins_of(state, human, parts):
        items = np.unique(np.concatenate([i, j]))
        sides = [int(item in set(i.tolist())) for item in items]
        assert gain == pytest.approx(score(items, [0] * len(items)) - score(items, sides), abs=1e-2)


def test_random_pairs_are_equally_likely():
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
