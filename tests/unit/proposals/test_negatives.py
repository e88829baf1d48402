"""Strategies for hard negatives: published figures, and naive loops on small inputs."""

from __future__ import annotations

import numpy as np
import pytest
from naive import contrastive_loss
from scenes import answered, blobs, positions, state_of, unit

from curation.proposals import registry
from curation.proposals.adco_bank import ascent, shares
from curation.proposals.base import State
from curation.proposals.hcl import importance
from curation.proposals.mochi_gap import mix_negatives, mix_query, two_sides
from curation.proposals.search import nearest_below, nearest_outside
from curation.proposals.synco import interpolated, shifted
from curation.proposals.unremix import combined, weights
from curation.types import Proposal

NAMES = ("hcl", "unremix", "mochi_gap", "synco", "adco_bank")
E1 = np.array([[1.0, 0.0]])
NEAR = np.array([[0.6, 0.8]])


def propose(name: str, state: State, budget: int = 20, seed: int = 0) -> list[Proposal]:
    return registry.create(name).propose(state, budget, np.random.default_rng(seed))


@pytest.mark.parametrize("name", ["hcl", "unremix", "adco_bank"])
def test_hard_negatives_stay_below_the_false_negative_bound(name: str) -> None:
    vectors, _ = blobs(per_blob=40)
    state = state_of(vectors)
    pairs = positions(propose(name, state))
    low, high = np.triu_indices(120, 1)
    bound = np.quantile(state.similarity(low, high), 0.99)
    assert len(pairs)
    assert (state.similarity(*pairs.T) < bound + 1e-6).all()


@pytest.mark.parametrize("name", NAMES)
def test_hard_negatives_are_nearer_than_random_pairs(name: str) -> None:
    vectors, _ = blobs(per_blob=40)
    state = state_of(vectors)
    pairs = positions(propose(name, state))
    low, high = np.triu_indices(120, 1)
    assert state.similarity(*pairs.T).mean() > state.similarity(low, high).mean()


def test_importance_grows_with_beta_and_is_even_without() -> None:
    """R = mean-weighted sum of methods 5.1: 1.659993 at beta 1 for cosines 0 and -1."""
    s = np.array([0.0, -1.0])
    weight = importance(s, 1.0, 1.0)
    r = (weight * np.exp(s)).sum() / weight.mean()
    assert r == pytest.approx(1.659993, abs=1e-5)
    np.testing.assert_allclose(importance(s, 0.0, 1.0), 1.0)


def test_hcl_scores_are_weights_over_the_largest() -> None:
    vectors, _ = blobs(per_blob=10)
    state = state_of(vectors)
    found = propose("hcl", state, budget=1000)
    cosine = state.similarity(*positions(found).T)
    ratio = np.array([p.score for p in found]) / importance(cosine, 1.0, 0.5)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_unremix_weights() -> None:
    """By cosine alone it ranks by cosine; identical negatives weigh one; weights sum to M."""
    vectors = blobs(per_blob=4)[0]
    cosine = (vectors[1:] @ vectors[0]).astype(np.float64)
    alone = combined(cosine, vectors[1:], 0.2, (0, 1, 0))
    assert np.argsort(alone).tolist() == np.argsort(cosine).tolist()
    alike = combined(np.full(5, 0.3), np.tile(vectors[:1], (5, 1)), 0.2)
    np.testing.assert_allclose(weights(alike), 1.0)
    assert weights(combined(cosine, vectors[1:], 0.2)).sum() == pytest.approx(11)


def test_mochi_mixes() -> None:
    one, other = NEAR, np.array([[0.8, -0.6]])
    assert mix_negatives(one, other, np.array([0.5]))[0, 0] == pytest.approx(0.989949, abs=1e-5)
    assert mix_query(E1, one, np.array([0.25]))[0, 0] == pytest.approx(0.759257, abs=1e-5)
    rng = np.random.default_rng(0)
    q, n = (unit(rng.normal(size=(50, 6))) for _ in range(2))
    before = np.einsum("ad,ad->a", q, n)
    after = np.einsum("ad,ad->a", q, mix_query(q, n, rng.uniform(0, 0.5, 50)))
    assert (after >= before - 1e-6).all()


def test_mochi_looks_across_clusters_where_it_can() -> None:
    near = np.array([[1, 2, 3], [4, 5, 6]])
    labels = np.array([0, 0, 1, 0, 2, 2, 2])
    first, second = two_sides(near, labels, np.random.default_rng(0))
    assert labels[first[0]] != labels[second[0]]
    assert {first[1], second[1]} <= {4, 5, 6}


def test_synco_types() -> None:
    zero = np.array([0.0])
    np.testing.assert_allclose(interpolated(E1, NEAR, zero), NEAR, atol=1e-6)
    assert shifted(E1, NEAR, 0.01)[0, 0] == pytest.approx(0.606343, abs=1e-5)
    away = interpolated(NEAR, E1, np.array([1.25]))  # type 2: q + 1.25 (n - q)
    assert away[0, 0] == pytest.approx(0.447214, abs=1e-5)


def test_the_nearest_item_outside_of_the_neighbours_by_a_loop() -> None:
    vectors = blobs(per_blob=10)[0]
    eligible = np.arange(30) % 7 != 0
    state = state_of(vectors, eligible=eligible)
    anchors, points = np.arange(30), unit(np.random.default_rng(0).normal(size=(30, 8)))
    item, cosine = nearest_outside(state, anchors, points, 12)
    for a in anchors:
        inside = set(state.neighbours.indices[a, :12].tolist())
        fine = [j for j in range(30) if j != a and j not in inside and eligible[j]]
        best = max(fine, key=lambda j: vectors[j] @ points[a])
        assert item[a] == best
        assert cosine[a] == pytest.approx(float(vectors[best] @ points[a]), abs=1e-5)


def test_the_nearest_below_a_bound_by_a_loop() -> None:
    vectors = blobs(per_blob=10)[0]
    eligible = np.arange(30) % 7 != 0
    state = state_of(vectors, eligible=eligible)
    cosine = vectors @ vectors.T
    found, near = nearest_below(state, np.arange(30), 0.4, 6)
    for a in range(30):
        fine = [j for j in range(30) if eligible[j] and cosine[a, j] < 0.4]
        expected = sorted(fine, key=lambda j: -cosine[a, j])[:6]
        assert sorted(found[a][np.isfinite(near[a])]) == sorted(expected)


def test_a_step_of_the_adversaries_raises_the_loss() -> None:
    rng = np.random.default_rng(0)
    query, positive, bank = (unit(rng.normal(size=(n, 5))).astype(np.float64) for n in (9, 9, 4))
    bank *= 1.7
    steepest = ascent(bank, query, positive, 0.5)
    before = contrastive_loss(bank, query, positive, 0.5)
    assert contrastive_loss(bank + 0.01 * steepest, query, positive, 0.5) > before
    for k, d in ((0, 0), (3, 4)):
        moved = bank.copy()
        moved[k, d] += 1e-6
        slope = (contrastive_loss(moved, query, positive, 0.5) - before) / 1e-6
        assert steepest[k, d] == pytest.approx(slope, abs=1e-4)


def test_adversaries_share_a_softmax_with_the_positive() -> None:
    got = shares(np.array([[0.0, 1], [-1, 0]]), E1, E1, 1.0)
    np.testing.assert_allclose(got, np.exp([[0, -1]]) / (np.e + 1 + np.exp(-1)), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_pairs_known_to_be_the_same_are_no_negatives(name: str) -> None:
    vectors, labels = blobs(per_blob=12)
    state = state_of(vectors, answered(labels, [(0, k) for k in range(1, 12)]))
    pairs = positions(propose(name, state, budget=60))
    assert not (pairs < 12).all(axis=1).any()
