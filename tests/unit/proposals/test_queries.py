"""Strategies that pick items, and those that re-ask: published figures and naive loops."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import answered, blobs, found, positions, same_scores, some_answers, state_of
from scipy import sparse

from curation.proposals import registry
from curation.proposals.badge import residual
from curation.proposals.base import State
from curation.proposals.dbpm_audit import DbpmAudit, deviations, flags, weighted_means
from curation.proposals.idc_value import greedy, hardness, log_gap, representativeness
from curation.proposals.minmax import kernel
from curation.proposals.npu import bits_a_question
from curation.proposals.probcover import covering, greedy_cover, pure_radius
from curation.proposals.search import farthest_first
from curation.proposals.typiclust import typicality
from curation.types import Constraints, FloatArray, IndexArray

ITEM_STRATEGIES = (
    "consolidate", "npu", "minmax", "idc_value", "typiclust", "probcover", "kcenter", "badge",
)  # fmt: skip
QUERIES = (*ITEM_STRATEGIES, "explore", "cobras")


def line(*points: float) -> tuple[np.ndarray, IndexArray, np.ndarray]:
    """Points on a line with distances as on an arc, and neighbour lists of them all."""
    x = np.asarray(points, np.float64)[:, None]
    distance = np.abs(x - x.T)
    near = np.argsort(distance + np.diag([np.inf] * len(x)), axis=1, kind="stable")[:, :-1]
    return x, near, np.take_along_axis(distance, near, 1)


def ask(name: str, state: State, budget: int = 8, seed: int = 0) -> IndexArray:
    return positions(registry.create(name).propose(state, budget, np.random.default_rng(seed)))


def three_groups(
    spread: float = 0.2, per_blob: int = 30
) -> tuple[FloatArray, IndexArray, Constraints]:
    vectors, labels = blobs(per_blob=per_blob, spread=spread)
    b = per_blob
    known = [(0, 1), (b, b + 1), (2 * b, 2 * b + 1), (0, b), (0, 2 * b), (b, 2 * b)]
    return vectors, labels, answered(labels, known)


@pytest.mark.parametrize("name", ITEM_STRATEGIES)
def test_items_are_asked_against_their_likeliest_group(name: str) -> None:
    vectors, labels, known = three_groups(spread=0.1)
    pairs = ask(name, state_of(vectors, known))
    placed = np.isin(pairs, np.flatnonzero(known.group >= 0))
    assert len(pairs) >= 5
    assert (placed.sum(1) == 1).all()
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean() >= 0.7


@pytest.mark.parametrize("name", QUERIES)
def test_nothing_implied_is_asked(name: str) -> None:
    vectors, labels = blobs()
    state = state_of(vectors, some_answers(labels, 60))
    pairs = ask(name, state, 20)
    assert not state.constraints.closed(*pairs.T).any()


def run(
    name: str, vectors: FloatArray, labels: IndexArray, turns: int, budget: int = 5
) -> Constraints:
    asked: list[tuple[int, int]] = [(0, 1), (0, len(labels) - 1)]
    for turn in range(turns):
        state = state_of(vectors, answered(labels, asked))
        asked += [tuple(pair) for pair in ask(name, state, budget, turn).tolist()]
    return answered(labels, asked)


@pytest.mark.parametrize("name", [*QUERIES, "random"])
def test_all_groups_are_named_after_some_answers(name: str) -> None:
    vectors, labels = blobs(n_blobs=4, spread=0.2)
    known = run(name, vectors, labels, 12)
    assert len(set(labels[known.group >= 0])) == 4


def test_npu_divides_by_the_expected_questions_sorted() -> None:
    p = np.array([[0.2, 0.3, 0.5], [0.5, 0.3, 0.2], [0, 1, 0]])
    got = bits_a_question(p)
    np.testing.assert_allclose(got, [0.873809, 0.873809, 0.0], atol=1e-5)
    assert got[0] * 1.7 == pytest.approx(1.485475, abs=1e-5)


def test_typicality_is_of_squared_distances() -> None:
    """On 0, 1, 2, 10 with two neighbours: 0.4, 1.0, 0.4, 0.0138; 1 is the most typical.

    Mean squared distances are (1 + 4) / 2, (1 + 1) / 2, (1 + 4) / 2 and (64 + 81) / 2.
    """
    x = line(0, 1, 2, 10)[0]
    got = typicality(x, 2)
    np.testing.assert_allclose(got, [0.4, 1.0, 0.4, 1 / 72.5], atol=1.1e-5)
    assert got.argmax() == 1


def test_probcover_covers_with_two_balls() -> None:
    _, near, distance = line(0, 0.1, 0.2, 5, 5.1)
    ball = covering(near, distance, 0.15)
    picks = greedy_cover(ball, np.ones(5, bool), np.empty(0, int), 5)
    assert picks[0] == 1
    assert picks.tolist()[1:] in ([3], [4])
    covered = (ball[picks].sum(0) > 0).sum()
    assert covered == 5


def test_probcover_by_a_loop() -> None:
    rng = np.random.default_rng(4)
    dense = (rng.random((20, 20)) < 0.2) | np.eye(20, dtype=bool)
    eligible = rng.random(20) < 0.8
    covered, expected = dense[3].copy(), []
    for _ in range(5):
        gains = [(dense[x] & ~covered).sum() if eligible[x] else -1 for x in range(20)]
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        expected.append(best)
        covered |= dense[best]
    graph = sparse.csr_array(dense.astype(np.int32))
    assert greedy_cover(graph, eligible, np.array([3]), 5).tolist() == expected


def test_the_pure_radius_is_the_largest_with_enough_pure_balls() -> None:
    _, near, distance = line(0, 1, 2, 10, 11)
    labels = np.array([0, 0, 0, 1, 1])
    radius = pure_radius(near, distance, labels, 1.0)
    assert radius == 8
    for delta, pure in ((radius, 5), (radius + 0.01, 3)):
        balls = [labels[near[x][distance[x] < delta]] for x in range(5)]
        assert sum(set(ball) <= {labels[x]} for x, ball in enumerate(balls)) == pure


def arc(*degrees: float) -> State:
    angle = np.radians(degrees)
    return state_of(np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32))


def test_kcenter_goes_far_first() -> None:
    state = arc(0, 1, 10)
    free = np.array([1, 2])
    items, _ = farthest_first(state, np.array([0]), free, 2, np.random.default_rng(0))
    assert items.tolist() == [2, 1]


def test_the_kernel_of_minmax_falls_with_distance() -> None:
    got = kernel(np.array([1.0, 0.5, -1.0]), 1.0)
    np.testing.assert_allclose(got, np.exp([0, -0.5, -2]), atol=1e-12)


def test_badge_gradients() -> None:
    p, h = np.array([[0.7, 0.2, 0.1]]), np.array([[1.0, 2.0]])
    g = np.einsum("nc,nd->ncd", residual(p, p.argmax(1)), h)[0].ravel()
    np.testing.assert_allclose(g, [-0.3, -0.6, 0.2, 0.4, 0.1, 0.2], atol=1e-9)
    assert np.linalg.norm(g) == pytest.approx(0.836660, abs=1e-5)


def test_idc_hardness_and_diversity() -> None:
    centres = np.eye(2)
    z = np.array([[0.8, 0.6], [np.sqrt(0.5), np.sqrt(0.5)]])
    np.testing.assert_allclose(hardness(z @ centres), [-0.223144, 0.0], atol=1e-5)
    vectors = blobs(per_blob=6)[0]
    vectors[4] = vectors[0]
    value = np.random.default_rng(0).normal(size=18)
    value[0] = 5
    rows, worth = greedy(value, vectors, 18)
    assert rows[0] == 0
    assert 4 not in rows
    assert (np.diff(worth) <= 1e-9).all()
    assert 0 not in greedy(value, vectors, 18, near=log_gap(vectors @ vectors[4]))[0]


@pytest.mark.parametrize("per_blob", [2, 10])
def test_idc_representativeness_is_minus_the_log_of_squared_distance(per_blob: int) -> None:
    vectors = blobs(per_blob=per_blob)[0].astype(np.float64)
    state = state_of(vectors.astype(np.float32))
    near = state.neighbours
    got = representativeness(near.similarities, near.indices >= 0, 20)
    for i in range(len(vectors)):
        others = [j for j in range(len(vectors)) if j != i]
        squared = sorted(((vectors[i] - vectors[j]) ** 2).sum() for j in others)
        assert got[i] == pytest.approx(-np.log(np.mean(squared[:20])), abs=1e-4)


# --- audits ----------------------------------------------------------------------------------


def test_dbpm_weighs_later_losses_more() -> None:
    assert weighted_means(np.array([[1.0, 2.0]]))[0] == pytest.approx(1.25)
    assert np.isnan(weighted_means(np.array([[np.nan, np.nan]]))[0])


def test_dbpm_does_not_mind_how_old_a_pair_is() -> None:
    """95 pairs with ten losses and five with the last one alone, all alike: none is flagged."""
    losses = np.full((100, 10), 0.3)
    losses[95:, :9] = np.nan
    np.testing.assert_allclose(weighted_means(losses), 0.3 * 0.55)
    assert not flags(deviations(weighted_means(losses)), 2.0, 3.0).any()


def test_dbpm_flags_what_never_aligns() -> None:
    """Means 1 x 9 and 5: mu 1.4, sd 1.2, bounds -1.0 and 5.0; only the tenth is flagged."""
    means = np.array([1.0] * 9 + [5.0])
    z = deviations(means)
    assert z[-1] == pytest.approx(3.0)
    assert flags(z, 2.0, 3.0).tolist() == [False] * 9 + [True]


def test_a_density_can_exceed_one_so_scores_are_no_densities() -> None:
    """sd 0.02 at -2 sd has density 2.70; how far beyond the bounds tells 1 - 1 / (1 + sds)."""
    vectors, labels = blobs()
    known = some_answers(labels, 40)
    losses = np.full((len(known.pairs), 2), 1.0, np.float32)
    losses += np.random.default_rng(0).normal(0, 0.02, losses.shape).astype(np.float32)
    losses[0], losses[1] = 1.3, 0.85
    mean = losses @ [0.25, 0.5]
    sds = (mean - mean.mean()) / mean.std()
    assert 0.02 < mean.std() < 1 / np.sqrt(2 * np.pi)
    expected = {tuple(known.pairs[p].tolist()): 1 - 1 / (1 + abs(sds[p])) for p in (0, 1)}
    same_scores(found("dbpm_audit", state_of(vectors, known, losses=losses), 2), expected)


def test_a_pair_is_audited_once() -> None:
    vectors, labels = blobs()
    known = some_answers(labels, 40)
    losses = np.ones((len(known.pairs), 2), np.float32)
    losses[0] = 30.0
    done = np.zeros(len(known.pairs), bool)
    done[0] = True
    for rechecked, count in ((None, 1), (done, 0)):
        state = state_of(vectors, known, losses=losses, rechecked=rechecked)
        assert len(DbpmAudit().propose(state, 5, np.random.default_rng(0))) == count
