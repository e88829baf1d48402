"""The predicted grouping: follows answers, tolerates wrong ones, works without any."""

from __future__ import annotations

import numpy as np
import pytest

from curation.decisions.closure import build
from curation.evaluation.metrics import ari
from curation.learning.beliefs import Evidence, collect, propagate, supported_units
from curation.learning.grouping import known_apart, predict_groups, unmet
from curation.learning.seeding import of_their_own
from curation.proposals.membership import classify
from curation.types import Constraints, Decision, FloatArray, IndexArray, Pair, Verdict

Answer = tuple[int, int, Verdict]


def blobs(
    per_blob: int = 40, n_blobs: int = 4, dim: int = 8, spread: float = 0.3, seed: int = 0
) -> tuple[FloatArray, IndexArray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_blobs), per_blob)
    vectors = np.eye(dim)[labels] + rng.normal(0, spread, (len(labels), dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), labels


def decided(n_items: int, answers: list[Answer]) -> Constraints:
    """Constraints that (i, j, verdict) answers make, in order."""
    ids = [f"{row:032x}" for row in range(n_items)]
    decisions = [
        Decision(str(seq), Pair.of(ids[i], ids[j]), verdict, "c", "r", seq=seq + 1)
        for seq, (i, j, verdict) in enumerate(answers)
    ]
    return build(decisions).constraints(ids)


def test_clear_blobs_need_no_answers() -> None:
    vectors, labels = blobs(spread=0.15)
    found = predict_groups(vectors, Constraints.none(len(labels)), 4, seed=0)
    assert ari(labels, found.labels) > 0.95
    assert found.probabilities.shape == (len(labels), 4)
    assert found.n_groups == 4


@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_probabilities_are_of_the_number_of_groups_asked_for(k: int) -> None:
    vectors, labels = blobs()
    constraints = decided(len(labels), [(0, 1, "same"), (0, 50, "different")])
    found = predict_groups(vectors, constraints, k, seed=0)
    assert found.probabilities.shape == (len(labels), k)
    assert found.labels.min() >= 0
    assert found.labels.max() < k
    np.testing.assert_allclose(found.probabilities.sum(1), 1, atol=1e-4)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("k", [None, 2])
def test_few_items_are_grouped(n: int, k: int | None) -> None:
    vectors = np.eye(4, dtype=np.float32)[:n]
    found = predict_groups(vectors, Constraints.none(n), k, seed=0)
    assert len(found.labels) == n


def test_identical_items_are_grouped() -> None:
    vectors = np.tile(np.array([[0.6, 0.8]], np.float32), (9, 1))
    assert len(predict_groups(vectors, Constraints.none(9), None, seed=0).labels) == 9


def test_the_same_seed_gives_the_same_groups() -> None:
    vectors, labels = blobs(spread=0.6)
    constraints = decided(len(labels), [(0, 1, "same"), (0, 50, "different")])
    first, second = (predict_groups(vectors, constraints, 4, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.labels, second.labels)


def test_answers_decide_where_the_vectors_do_not() -> None:
    """Two overlapping blobs of equal direction: only what was answered separates a third."""
    vectors, labels = blobs(n_blobs=4)
    meaning = labels // 2  # the person joins blobs 0 and 1, and 2 and 3
    first = np.flatnonzero(np.arange(len(labels)) % 40 < 4)
    answers: list[Answer] = [
        (int(i), int(j), "same" if meaning[i] == meaning[j] else "different")
        for position, i in enumerate(first)
        for j in first[:position]
    ]
    found = predict_groups(vectors, decided(len(labels), answers), 2, seed=0)
    assert ari(meaning, found.labels) > 0.95


def test_joined_items_stay_together_and_set_apart_items_apart() -> None:
    vectors, labels = blobs(spread=0.8, seed=2)
    rng = np.random.default_rng(0)
    answers: list[Answer] = []
    for i, j in rng.permutation(len(labels))[:80].reshape(-1, 2):
        same = labels[i] == labels[j]
        answers.append((int(i), int(j), "same" if same else "different"))
    constraints = decided(len(labels), answers)
    found = predict_groups(vectors, constraints, 4, seed=0).labels
    joined = [(i, j) for i, j, verdict in answers if verdict == "same"]
    assert np.mean([found[i] == found[j] for i, j in joined]) == 1.0


def test_one_wrong_same_does_not_join_two_groups() -> None:
    vectors, labels = blobs()
    answers: list[Answer] = []
    for blob in range(4):
        first = blob * 40
        answers += [(first, first + member, "same") for member in range(1, 8)]
    answers.insert(0, (3, 43, "same"))
    answers += [(0, 40, "different"), (5, 45, "different"), (0, 80, "different"),
                (40, 80, "different"), (0, 120, "different"), (80, 120, "different")]  # fmt: skip
    constraints = decided(len(labels), answers)
    assert constraints.group[0] == constraints.group[40]
    found = predict_groups(vectors, constraints, 4, seed=0).labels
    assert ari(labels, found) > 0.9


def test_the_number_of_groups_is_estimated_from_answers() -> None:
    vectors, labels = blobs(n_blobs=6, spread=0.4)
    answers: list[Answer] = [(b * 40, b * 40 + m, "same") for b in range(6) for m in range(1, 7)]
    answers += [(a * 40, b * 40, "different") for a in range(6) for b in range(a)]
    found = predict_groups(vectors, decided(len(labels), answers), None, seed=0)
    assert found.n_groups == 6


def test_groups_that_the_embedding_sets_apart_are_counted() -> None:
    vectors, labels = blobs(n_blobs=6, spread=0.2)
    answers: list[Answer] = [(b * 40, b * 40 + m, "same") for b in range(6) for m in range(1, 7)]
    answers += [(b * 40 + 10 + m, (b + 1) % 6 * 40 + 20 + m, "different")
                for b in range(6) for m in range(4)]  # fmt: skip
    constraints = decided(len(labels), answers)
    evidence = collect(constraints)
    units = supported_units(evidence, vectors)
    assert (known_apart(evidence, units, None, constraints) == 7).sum() == 1
    assert (known_apart(evidence, units, vectors, constraints) == 7).sum() == 6


def test_the_number_of_groups_is_estimated_without_answers() -> None:
    vectors, _ = blobs(n_blobs=5, spread=0.1)
    assert predict_groups(vectors, Constraints.none(len(vectors)), None, seed=0).n_groups == 5


# --- beliefs -------------------------------------------------------------------------------


def brute_belief(prior: np.ndarray, edges: list[tuple[int, int, bool]], error: float) -> np.ndarray:
    """Exact marginals by summing over all assignments."""
    m, k = prior.shape
    marginal = np.zeros((m, k))
    for code in range(k**m):
        z = [(code // k**item) % k for item in range(m)]
        p = np.prod([prior[item, z[item]] for item in range(m)])
        for i, j, same in edges:
            p *= 1 - error if (z[i] == z[j]) == same else error
        for item in range(m):
            marginal[item, z[item]] += p
    belief: np.ndarray = marginal / marginal.sum(1, keepdims=True)
    return belief


def test_beliefs_are_exact_on_a_tree() -> None:
    rng = np.random.default_rng(0)
    prior = rng.dirichlet(np.ones(3) * 2, size=5)
    edges = [(0, 1, True), (1, 2, False), (1, 3, True), (3, 4, False)]
    evidence = Evidence(
        np.array([e[0] for e in edges]),
        np.array([e[1] for e in edges]),
        np.array([e[2] for e in edges]),
        np.full(4, 0.05),
    )
    found = propagate(evidence, np.arange(5), prior)
    softened = 0.99 * prior + 0.01 / 3
    np.testing.assert_allclose(found, brute_belief(softened, edges, 0.05), atol=1e-3)


def test_implications_without_their_answers_count_as_answers() -> None:
    """The item that linked 0 and 1 is gone: the group is known, no answer between them is."""
    constraints = Constraints(
        group=np.array([0, 0, 1, -1]),
        strength=np.ones(4, np.float32),
        cannot_link=np.array([[0, 1]]),
        pairs=np.empty((0, 2), np.int64),
        verdicts=np.empty(0, np.int8),
        pending=np.empty((0, 2), np.int64),
    )
    evidence = collect(constraints)
    edges = set(zip(evidence.i.tolist(), evidence.j.tolist(), evidence.same.tolist(), strict=True))
    assert edges == {(0, 1, True), (0, 2, False)}


def test_a_disputed_answer_speaks_against_what_is_implied() -> None:
    constraints = decided(4, [(0, 1, "same"), (1, 2, "same"), (0, 2, "different")])
    evidence = collect(constraints)
    disputed = (evidence.i == 0) & (evidence.j == 2)
    assert not evidence.same[disputed].any()
    assert evidence.error[disputed] == pytest.approx(0.25)


def test_leave_one_out_is_what_refitting_without_the_row_gives() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(12, 5)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    targets = np.eye(2)[rng.integers(0, 2, 12)]
    prior, penalty = targets.mean(0), 0.3
    from curation.proposals.membership import _ridge

    kernel = (features @ features.T).astype(np.float64)
    _, _, left_out = _ridge(kernel, targets - prior, targets, np.ones(12), penalty)
    for row in range(12):
        rest = np.arange(12) != row
        alpha = np.linalg.solve(
            kernel[np.ix_(rest, rest)] + penalty * np.eye(11), (targets - prior)[rest]
        )
        np.testing.assert_allclose(left_out[row] - prior, kernel[row, rest] @ alpha, atol=1e-6)


def test_a_classifier_separates_what_it_was_shown() -> None:
    vectors, labels = blobs(spread=0.2)
    rows = np.arange(0, len(labels), 5)
    found = classify(vectors, rows, np.eye(4)[labels[rows]], np.ones(len(rows)))
    assert (found.probabilities.argmax(1) == labels).mean() > 0.98
    assert found.left_out.shape == (len(rows), 4)


@pytest.mark.parametrize(
    ("sizes", "met", "more"),
    [
        ([1] * 19, 19, 0),  # too few to say
        ([1] * 40, 40, 80),  # each is new: at most twice as many more
        ([2] * 10 + [1] * 10, 20, 4),  # 10 * 9 / (2 * 11)
        ([5] * 10, 10, 0),
        ([5] * 10 + [1], 11, 0),
        ([3] * 10 + [1, 1, 1], 10, 0),  # what was set apart without a name is none
    ],
)
def test_groups_that_no_name_reached(sizes: list[int], met: int, more: int) -> None:
    assert unmet(np.array(sizes), met) == more


def test_a_centre_beside_a_named_group_is_a_part_of_it() -> None:
    corners = np.eye(6, dtype=np.float32)
    beside = corners[0] + 0.3 * corners[1]
    centres = np.stack([*corners[:3], beside / np.linalg.norm(beside), corners[4], corners[5]])
    assert of_their_own(centres, 3, named=3).tolist() == centres[[0, 1, 2, 4, 5]].tolist()
    assert len(of_their_own(centres, 3, named=0)) == 6
    assert len(of_their_own(centres, 6, named=6)) == 6


def test_two_centres_beside_each_other_count_once() -> None:
    corners = np.eye(5, dtype=np.float32)
    other = corners[4] + 0.1 * corners[3]
    centres = np.stack([*corners[:3], corners[4], other / np.linalg.norm(other)])
    assert len(of_their_own(centres, 3, named=3)) == 4


def test_many_small_groups_are_grouped_before_all_have_a_name() -> None:
    vectors, labels = blobs(per_blob=8, n_blobs=40, dim=40, spread=0.05)
    answers: list[Answer] = [(8 * a, 8 * b, "different") for a in range(24) for b in range(a)]
    found = predict_groups(vectors, decided(len(labels), answers), None, seed=0, named=24)
    assert found.n_groups >= 36
    assert ari(labels, found.labels) > 0.85
