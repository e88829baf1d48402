"""Strategies for positives: published figures, and naive loops on small inputs."""

from __future__ import annotations

from collections import Counter

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
    same_scores,
    state_of,
    unit,
)

from curation.proposals import registry
from curation.proposals.base import Strategy, softmax
from curation.proposals.centroid import neighbour_means
from curation.proposals.context import context_vectors
from curation.proposals.ifnd import Ifnd, confidence, trusted_items
from curation.proposals.pool_topk import pool_scores
from curation.proposals.search import Clusters, clusters, kmeans
from curation.proposals.synthetic_pos import extrapolate, interpolate, nearest_real


def test_nn_top1_is_the_nearest_halved_where_it_is_not_mutual() -> None:
    state = state_of(blobs(per_blob=8)[0])
    cosine, near = cosines(state), [one[0] for one in nearest_lists(state, 1)]
    low = min(cosine[i, near[i]] for i in range(state.n_items))
    expected: dict[tuple[int, int], float] = {}
    for i, j in enumerate(near):
        score = (cosine[i, j] - low) / (1 - low) * (1.0 if near[j] == i else 0.5)
        pair = (min(i, j), max(i, j))
        expected[pair] = max(score, expected.get(pair, 0))
    same_scores(found("nn_top1", state), expected)


def test_nn_top1_passes_over_near_duplicates() -> None:
    state = state_of(unit(np.array([[1, 0, 0], [1, 0.01, 0], [0.8, 0.6, 0]])))
    assert (0, 1) not in found("nn_top1", state)
    assert (0, 2) in found("nn_top1", state)


def test_centroid_reaches_one_hop_past_the_neighbours() -> None:
    state = state_of(blobs(per_blob=8)[0])
    near, vectors = nearest_lists(state, 5), state.space.vectors.astype(np.float64)
    expected: dict[tuple[int, int], float] = {}
    for i in range(state.n_items):
        mean = sum(vectors[j] for j in near[i])
        mean /= np.linalg.norm(mean)
        others = [j for j in range(state.n_items) if j != i and j not in near[i]]
        j = max(others, key=lambda j: vectors[j] @ mean)
        pair = (min(i, j), max(i, j))
        expected[pair] = max(float(vectors[j] @ mean), expected.get(pair, 0))
    same_scores(found("centroid", state, per_item=EVERYTHING), expected)


def test_the_mean_of_identical_neighbours_is_their_vector() -> None:
    vectors = unit(np.concatenate([np.tile([1.0, 0, 0], (6, 1)), np.eye(3)[1:]]))
    state = state_of(vectors)
    np.testing.assert_allclose(neighbour_means(state, np.array([0]), 5)[0], vectors[0], atol=1e-6)


def test_a_synthetic_positive_of_no_strength_is_the_item() -> None:
    vectors = blobs(per_blob=8)[0]
    state, items = state_of(vectors), np.arange(24)
    still = interpolate(vectors, vectors[::-1], np.zeros(24))
    np.testing.assert_allclose(still, vectors, atol=1e-6)
    i, j, _ = nearest_real(state, items, still, vectors)
    assert [nearest_lists(state, 1)[a][0] for a in i] == j.tolist()
    np.testing.assert_allclose(extrapolate(vectors, vectors[::-1], np.ones(24)), vectors, atol=1e-6)


def test_extrapolation_parts_positives() -> None:
    """<q', k'> = 2 l (1 - l)(1 - S) + S before normalising: -0.25 at S = 0.5, l = 1.5 (CL-FT)."""
    q, k = np.array([[1.0, 0]]), np.array([[0.5, np.sqrt(0.75)]])
    stretch = np.array([1.5])
    one, other = extrapolate(q, k, stretch), extrapolate(k, q, stretch)
    length = np.linalg.norm(1.5 * q - 0.5 * k) * np.linalg.norm(1.5 * k - 0.5 * q)
    assert float((one @ other.T)[0, 0]) * length == pytest.approx(-0.25, abs=1e-5)


def test_pseudo_cluster_takes_far_pairs_of_one_cluster() -> None:
    state = state_of(blobs(per_blob=8)[0])
    labels, cosine = clusters(state, 2).labels, cosines(state)
    expected = {
        (i, j): 1 - cosine[i, j]
        for i in range(24)
        for j in range(i + 1, 24)
        if labels[i] == labels[j]
    }
    same_scores(found("pseudo_cluster", state, k=2, per_item=EVERYTHING), {
        pair: min(max(score, 0), 1) for pair, score in expected.items()
    })  # fmt: skip


def test_kmeans_finds_blobs_and_empty_parts_do_no_harm() -> None:
    vectors, labels = blobs(spread=0.1)
    got = kmeans(vectors, 3).labels
    assert len({(int(a), int(b)) for a, b in zip(labels, got, strict=True)}) == 3
    assert len(kmeans(np.tile(vectors[:1], (4, 1)), 3).labels) == 4


def test_kmeans_starts_where_exact_distances_say() -> None:
    """k-means++ by loops over all rows in double precision, among copies, too."""
    rng = np.random.default_rng(0)
    vectors = np.tile(unit(rng.normal(size=(40, 24))), (3, 1))[rng.permutation(120)]
    rows, drawn = vectors.astype(np.float64), np.random.default_rng(1)
    drawn.permutation(120)
    chosen, distance = [int(drawn.integers(120))], np.full(120, np.inf)
    while len(chosen) < 40:
        gap = 1 - rows @ rows[chosen[-1]]
        distance = np.minimum(distance, np.where(gap > 1e-6, gap, 0))
        chosen.append(int(drawn.choice(120, p=distance / distance.sum())))
    labels = kmeans(vectors, 40).labels
    first = {vectors[row].tobytes(): number for number, row in enumerate(chosen)}
    assert labels.tolist() == [first[row.tobytes()] for row in vectors]


# --- by attribute ----------------------------------------------------------------------------


def dated(*minutes: int) -> list[str]:
    return [f"2024-03-01T{m // 60:02d}:{m % 60:02d}:00" for m in minutes]


def test_the_same_key_at_another_time_unlike_ones_first() -> None:
    vectors = blobs(per_blob=2)[0]
    attributes = {"shelf": ["a", "a", "a", "b", None, "b"], "capture_time": dated(0, 0, 9, 0, 0, 5)}
    state = state_of(vectors, attributes=attributes, key="shelf")
    cosine = cosines(state)
    expected = {
        (i, j): np.exp(-gap * 60 / (30 * 86400)) * min(max(1 - cosine[i, j], 0), 1)
        for i, j, gap in ((0, 2, 9), (1, 2, 9), (3, 5, 5))
    }
    same_scores(found("attr_same_key", state), expected)


def test_one_image_a_key_gives_nothing() -> None:
    vectors = blobs(per_blob=2)[0]
    assert found("attr_same_key", state_of(vectors, attributes={"id": list("abcdef")})) == {}
    strategy = registry.create("attr_same_key")
    assert isinstance(strategy, Strategy)
    assert "needs an attribute" in strategy.absent(state_of(vectors))


def test_a_key_is_found_where_values_repeat_but_none_covers_most() -> None:
    vectors = blobs()[0]
    columns = {"split": ["train"] * 90, "product": [f"p{row // 3}" for row in range(90)]}
    pairs = found("attr_same_key", state_of(vectors, attributes=columns))
    assert pairs
    assert all(i // 3 == j // 3 for i, j in pairs)


def test_geo_time_prefers_one_place_at_another_time() -> None:
    vectors = blobs(per_blob=2)[0]
    degree = 6_371_000 * np.pi / 180
    attributes = {
        "lat": [0.0, 10 / degree, 0.0, 5.0, 5.0, None],
        "lon": [0, 0, 0, 0, 0, 0],
        "capture_time": dated(0, 30, 0, 0, 60, 0),
    }
    got = found("geo_time", state_of(vectors, attributes=attributes))
    later = 1 - np.exp(-3.0), 1 - np.exp(-6.0)
    expected = {
        (0, 1): np.exp(-10 / 30) * later[0], (1, 2): np.exp(-10 / 30) * later[0], (3, 4): later[1],
    }  # fmt: skip
    same_scores({pair: score for pair, score in got.items() if score > 1e-9}, expected)


def test_a_sequence_joins_the_next_images() -> None:
    vectors = blobs(per_blob=2)[0]
    attributes = {
        "sequence_id": ["s", "s", "t", "s", "t", "u"],
        "capture_time": dated(2, 1, 0, 0, 9, 0),
    }
    state = state_of(vectors, attributes=attributes)
    cosine = cosines(state)
    expected = {(1, 3): cosine[1, 3], (0, 1): cosine[0, 1], (0, 3): cosine[0, 3] / 2,
                (2, 4): cosine[2, 4]}  # fmt: skip
    same_scores(found("sequence", state), {p: min(max(s, 0), 1) for p, s in expected.items()})


def test_bursts_are_runs_without_a_gap_of_one_camera() -> None:
    vectors = blobs(per_blob=2)[0]
    times = [f"2024-03-01T00:00:{s:02d}" for s in (0, 20, 40, 50)] + dated(30, 31)
    columns = {"capture_time": times, "camera": ["a", "a", "a", "b", "a", "a"]}
    pairs = found("sequence", state_of(vectors, attributes=columns))
    assert pairs.keys() == {(0, 1), (1, 2), (0, 2), (4, 5)}


def test_the_context_distribution() -> None:
    got = softmax(-np.array([0, 0.05, 0.1]) / 0.05)
    np.testing.assert_allclose(got, [0.665241, 0.244728, 0.090031], atol=1e-5)
    other_camera = softmax(-np.array([0, np.sqrt(2)]) / 0.05)
    assert other_camera[1] / other_camera[0] < 1e-12


def test_context_by_a_loop() -> None:
    """Ranks of P_c P_e; the first fifth of the anchors, 5 of 24, have other cameras only."""
    minutes = np.random.default_rng(1).permutation(1440)[:24].tolist()
    camera = list("aab" * 8)
    attributes = {"capture_time": dated(*minutes), "camera": camera}
    state = state_of(blobs(per_blob=8)[0], attributes=attributes)
    context, cosine = context_vectors(state), cosines(state)
    assert np.isfinite(context).all()
    anchors = np.random.default_rng(0).permutation(24)
    ranks = []
    for some, far in ((anchors[:5], True), (anchors[5:], False)):
        pairs = []
        for i in some:
            fine = [j for j in range(24) if j != i and not (far and camera[i] == camera[j])]
            apart = [
                np.sqrt(((context[i] - context[j]) ** 2).sum() + 2 * (camera[i] != camera[j]))
                for j in fine
            ]
            joint = np.exp(-np.array(apart) / 0.05) * np.exp(cosine[i, fine] / 0.5)
            pairs += [(joint[k] / joint.sum(), i, fine[k]) for k in np.argsort(joint)[-3:]]
        ranks += [(i, j, (n + 1) / len(pairs)) for n, (_, i, j) in enumerate(sorted(pairs))]
    same_scores(found("context", state), capped(best_of_two(ranks), 3))


@pytest.mark.parametrize("budget", [20, 100])
def test_about_a_fifth_of_what_is_shown_is_across_cameras(budget: int) -> None:
    rng = np.random.default_rng(0)
    camera = [f"c{number}" for number in rng.integers(3, size=300)]
    attributes = {"capture_time": dated(*rng.permutation(1440)[:300].tolist()), "camera": camera}
    state = state_of(blobs(per_blob=100)[0], attributes=attributes)
    got = found("context", state, budget=budget)
    across = sum(camera[i] != camera[j] for i, j in got)
    assert 0.1 <= across / budget <= 0.3
    assert max(Counter(got.values()).values()) <= 2  # a rank of either sort of anchors


def test_some_anchors_look_at_other_cameras() -> None:
    vectors = blobs(per_blob=4)[0]
    attributes = {"capture_time": dated(*range(12)), "camera": ["a", "b"] * 6}
    pairs = found("context", state_of(vectors, attributes=attributes), across=1.0)
    assert pairs
    assert all((i + j) % 2 for i, j in pairs)


def test_text_agree_is_what_words_say_less_what_is_seen() -> None:
    vectors = blobs(per_blob=4)[0]
    words = np.random.default_rng(3).normal(size=(12, 4))
    words[5] = 0
    second = unit(np.where(np.any(words, axis=1, keepdims=True), words, 1e-30))
    second[5] = 0
    state = state_of(vectors, second=second)
    cosine, told = cosines(state), second.astype(np.float64) @ second.T.astype(np.float64)
    described = [i for i in range(12) if i != 5]
    expected = {}
    for i in described:
        near = sorted((j for j in described if j != i), key=lambda j: -told[i, j])[:3]
        for j in near:
            if told[i, j] - cosine[i, j] > 0:
                score = min(told[i, j] - cosine[i, j], 1.0)
                expected[(min(i, j), max(i, j))] = score
    same_scores(found("text_agree", state, k=3, per_item=EVERYTHING), expected)


# --- by people -------------------------------------------------------------------------------


def test_pool_topk_is_the_mean_of_the_five_best() -> None:
    vectors, labels = blobs(per_blob=10)
    pool = [(0, k) for k in range(1, 8)]
    state = state_of(vectors, answered(labels, pool))
    cosine, members = cosines(state), range(8)
    expected = {}
    for j in range(8, 30):
        ranked = sorted(members, key=lambda h: -cosine[j, h])
        score = float(np.mean([cosine[j, h] for h in ranked[:5]]))
        expected[(ranked[0], j)] = min(max(score, 0), 1)
    same_scores(found("pool_topk", state, per_item=EVERYTHING), expected)


def test_a_pool_smaller_than_five_counts_whole() -> None:
    vectors, _ = blobs(per_blob=10)
    mean, nearest = pool_scores(vectors, np.array([0, 1]), 5)
    np.testing.assert_allclose(mean, (vectors @ vectors[[0, 1]].T).mean(1), atol=1e-6)
    assert set(nearest) == {0, 1}


# --- false negatives by cluster --------------------------------------------------------------


def test_cluster_confidence_is_a_softmax_share() -> None:
    vectors = blobs(per_blob=4)[0]
    made = Clusters(np.array([0, 1] * 6), vectors[:2])
    logits = vectors.astype(np.float64) @ vectors[:2].T.astype(np.float64) / 0.1
    expected = [np.exp(row[own]) / np.exp(row).sum() for row, own in
                zip(logits, made.labels, strict=True)]  # fmt: skip
    np.testing.assert_allclose(confidence(vectors, made, 0.1), expected, atol=1e-5)


def test_the_trusted_share_grows_with_acceptance() -> None:
    kappa = np.array([0.9, 0.1, 0.5, 0.7])
    trusted = [trusted_items(kappa, share) for share in (0.0, 0.5, 1.0)]
    assert [t.tolist() for t in trusted] == [[False] * 4, [True, False, False, True], [True] * 4]
    vectors = blobs()[0]
    shares = [
        Ifnd().trusted_share(state_of(vectors, acceptance={"ifnd": (accepted, 40)}))
        for accepted in (0, 20, 40)
    ]
    assert shares == sorted(shares)
    assert shares[2] > 0.8


def test_ifnd_takes_the_least_confidence_of_two() -> None:
    vectors, _ = blobs(per_blob=10)
    state = state_of(vectors, acceptance={"ifnd": (1000, 1000)})
    made = clusters(state, 3)
    kappa = confidence(vectors, made, 0.1)
    expected = {
        (i, j): float(min(kappa[i], kappa[j]))
        for i in range(30)
        for j in range(i + 1, 30)
        if made.labels[i] == made.labels[j]
    }
    same_scores(found("ifnd", state, per_item=EVERYTHING), expected)
