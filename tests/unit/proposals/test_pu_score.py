"""P(same) learnt from accepted pairs: the published risks, and a whole draw by a loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from naive import kept
from scenes import answered, blobs, cosines, found, nearest_lists, same_scores, state_of
from scipy.optimize import minimize

from curation.proposals.base import State
from curation.proposals.pu_score import estimated_share, risks

SPREAD = blobs(per_blob=8, spread=0.5)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def features_of(state: State) -> Callable[[int, int], list[float]]:
    """Pair -> cosine, 1 / rank of the nearer view, mutual, share of common ones of ten, one."""
    cosine, near = cosines(state), nearest_lists(state, 20)

    def features(i: int, j: int) -> list[float]:
        ranks = [near[a].index(b) + 1 for a, b in ((i, j), (j, i)) if b in near[a]]
        common = len({*near[i][:10]} & {*near[j][:10]}) / 10
        return [cosine[i, j], 1 / min(ranks) if ranks else 0, len(ranks) == 2, common, 1]

    return features


def loss(rows: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean logistic loss of rows as positives, and its gradient."""
    margins = rows @ weights
    return np.log1p(np.exp(-margins)).mean(), -(sigmoid(-margins)[:, None] * rows).mean(0)


def least(parts: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Weights of least ridge risk; ``parts`` of it: (share, rows as positives)."""

    def risk(w: np.ndarray) -> tuple[float, np.ndarray]:
        found = [(share, *loss(rows, w)) for share, rows in parts]
        value = sum(share * one for share, one, _ in found) + 0.01 * w @ w
        return value, sum(share * slope for share, _, slope in found) + 0.02 * w

    best = minimize(risk, np.zeros(5), jac=True, method="BFGS", options={"gtol": 1e-9})
    return np.asarray(best.x)


def least_non_negative(accepted: np.ndarray, unknown: np.ndarray, prior: float) -> np.ndarray:
    """Weights of least prior R+ + max(0, rest), by halving: the rest counts in part, so that at
    the best weights it is 0 (fully where it stays above 0 and not at all where below)."""
    low, high = 0.0, 1.0
    for _ in range(40):
        part = (low + high) / 2
        parts = [(prior, accepted), (part, -unknown), (-part * prior, -accepted)]
        w = least(parts)
        rest = loss(-unknown, w)[0] - prior * loss(-accepted, w)[0]
        low, high = (part, high) if rest > 0 else (low, part)
    return w


def by_hand(state: State) -> list[tuple[int, int, float]]:
    """P(same) of every candidate, in plain steps."""
    features, known = features_of(state), state.constraints
    near = nearest_lists(state, 20)
    told = list(zip(known.pairs.tolist(), known.verdicts, strict=True))
    accepted = np.array([features(*pair) for pair, verdict in told if verdict == 0])
    rejected = np.array([features(*pair) for pair, verdict in told if verdict == 1])
    pairs = sorted({(min(i, j), max(i, j)) for i in range(state.n_items) for j in near[i]})
    pairs = list(kept(state, [(*pair, 0) for pair in pairs]))
    unknown = np.array([features(*pair) for pair in pairs])
    if len(rejected) >= 20:
        share = len(accepted) / (len(accepted) + len(rejected))
        weights = least([(share, accepted), (1 - share, -rejected)])
    else:
        first = least([(0.5, accepted), (0.5, -unknown)])
        prior = sigmoid(unknown @ first).mean() / sigmoid(accepted @ first).mean()
        weights = least_non_negative(accepted, unknown, prior)
    return [
        (*pair, float(sigmoid(row @ weights))) for pair, row in zip(pairs, unknown, strict=True)
    ]


def told(accepted: int, rejected: int) -> State:
    """A state with so many answers of each sort, and two that say nothing.

    One answer alone joins a group, so that many pairs stay open.
    """
    vectors, labels = SPREAD
    rng = np.random.default_rng(3)
    same = [(i, j) for i in range(24) for j in range(i) if labels[i] == labels[j]]
    apart = [(i, j) for i in range(24) for j in range(i) if labels[i] != labels[j]]
    chosen = [same[k] for k in rng.permutation(len(same))[:accepted]]
    chosen += [apart[k] for k in rng.permutation(len(apart))[: rejected + 2]]
    known = answered(labels, chosen)
    verdicts, group = known.verdicts.copy(), np.full(24, -1)
    verdicts[-2:] = 2, 3
    group[known.pairs[0]] = 0
    nothing = known.cannot_link[:0]
    return state_of(vectors, replace(known, verdicts=verdicts, group=group, cannot_link=nothing))


@pytest.mark.parametrize(("accepted", "rejected"), [(1, 0), (9, 0), (9, 19), (9, 20), (20, 40)])
def test_pu_score_by_a_loop(accepted: int, rejected: int) -> None:
    state = told(accepted, rejected)
    scored = by_hand(state)
    same_scores(found("pu_score", state, per_item=3), kept(state, scored, per_item=3), 1e-3)


def test_pu_risks() -> None:
    """pi 0.5, R+ 0.2, Ru 0.3, R- 0.9: unbiased -0.05, non-negative 0.10."""
    assert risks(0.5, 0.2, 0.3, 0.9) == pytest.approx((-0.05, 0.10), abs=1e-5)
    assert max(risks(0.0, 0.2, 0.3, 0.9)) == pytest.approx(0.3)
    rng = np.random.default_rng(0)
    for prior, positive, unlabelled, negative in rng.random((100, 4)):
        whole = prior * positive + max(0, unlabelled - prior * negative)
        assert max(risks(prior, positive, unlabelled, negative)) == pytest.approx(whole)


def test_the_share_of_positives_is_found() -> None:
    """Half of the unlabelled score as accepted pairs do, half like nothing: about a half."""
    accepted = np.full((10, 1), 4.0)
    unknown = np.concatenate([np.full((50, 1), 4.0), np.full((50, 1), -40.0)])
    assert estimated_share(accepted, unknown, np.ones(1)) == pytest.approx(0.5, abs=1e-5)


def test_pu_finds_more_of_what_is_accepted() -> None:
    vectors, labels = blobs(per_blob=30, spread=0.3)
    near = [(row, int(state_of(vectors).neighbours.indices[row, 0])) for row in range(0, 90, 9)]
    accepted = sorted(
        {(min(pair), max(pair)) for pair in near if labels[pair[0]] == labels[pair[1]]}
    )
    ends = np.array(list(found("pu_score", state_of(vectors, answered(labels, accepted))))[:20])
    assert (labels[ends[:, 0]] == labels[ends[:, 1]]).mean() > 0.8


def test_pu_follows_rejections_once_there_are_enough() -> None:
    vectors, labels = blobs(per_blob=30, spread=0.45)
    rng = np.random.default_rng(1)
    pairs = {(min(p), max(p)) for p in rng.integers(90, size=(120, 2)).tolist() if p[0] != p[1]}
    state = state_of(vectors, answered(labels, sorted(pairs)))
    ends = np.array(list(found("pu_score", state))[:20])
    assert (labels[ends[:, 0]] == labels[ends[:, 1]]).mean() > 0.6
