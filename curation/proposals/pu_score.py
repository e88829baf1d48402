"""P(same) of candidate pairs, learnt from accepted ones only (PU learning, Kiryo 2017, NeurIPS).

https://arxiv.org/abs/1703.00593
https://doi.org/10.1145/1401890.1401920
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import VERDICTS, IndexArray

_SAME, _DIFFERENT = VERDICTS.index("same"), VERDICTS.index("different")
_MOST = 20_000


@dataclass(eq=False)
class PuScore(Strategy):
    """A logistic model of pairs under the non-negative PU risk.

    Features: cosine, reciprocal rank, mutual neighbours, common neighbours. Accepted pairs are
    positive, the other candidates unlabelled; from 20 rejections on these are the negatives of a
    plain logistic model instead. The share of true pairs is Elkan and Noto's: of the score that
    accepted pairs get, what the candidates get on average. People accept what looks alike, which
    the model takes for the truth: hard positives come late.
    """

    id = "pu_score"
    kind = "positive"
    family = "positives by people"
    asks = "probably the same, as you have answered so far"
    summary = "Probably same, as a model of the pairs you accepted says (PU learning)"
    when = "While you mostly accept, to find more pairs of the kind you accept."
    paper = "nnPU, Kiryo 2017; Elkan and Noto 2008"
    needs = ("same",)
    k: int = 20
    enough: int = 20
    ridge: float = 1e-2
    per_item: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        i, j, _ = state.neighbour_pairs(self.k)
        fine = np.flatnonzero(state.may_ask(i, j))
        i, j = i[fine], j[fine]
        pairs, verdicts = state.constraints.pairs, state.constraints.verdicts
        accepted, rejected = pairs[verdicts == _SAME], pairs[verdicts == _DIFFERENT]
        if not len(i) or not len(accepted):
            return Candidates.none()
        known = [pair_features(state, p[:, 0], p[:, 1]) for p in (accepted, rejected)]
        unknown = pair_features(state, i, j)
        sample = unknown[np.sort(rng.permutation(len(unknown))[:_MOST])]
        model = self._fit(known[0], known[1], sample)
        score = _sigmoid(unknown @ model)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"{score[p]:.0%} likely same" for p in best]
        return Candidates(i[best], j[best], score[best], reasons)

    def _fit(self, accepted: Scores, rejected: Scores, unknown: Scores) -> Scores:
        if len(rejected) >= self.enough:
            share = len(accepted) / (len(accepted) + len(rejected))
            return self._logistic(accepted, rejected, share)
        share = estimated_share(accepted, unknown, self._logistic(accepted, unknown, 0.5))
        return self._non_negative(accepted, unknown, share)

    def _logistic(self, positive: Scores, negative: Scores, share: float) -> Scores:
        """Weights [F] of least loss; the positives count as ``share`` of all."""

        def risk(weights: Scores) -> float:
            p, n = positive @ weights, negative @ weights
            own = share * _loss(p) + (1 - share) * _loss(-n)
            return own + self.ridge * float(weights @ weights)

        start = np.zeros(positive.shape[1])
        return np.asarray(minimize(risk, start, method="L-BFGS-B").x, np.float64)

    def _non_negative(self, positive: Scores, unlabelled: Scores, prior: float) -> Scores:
        """Weights [F] of least non-negative risk: the least bound that both of ``risks`` keep.

        The larger of the two has its least value on an edge, where a descent would stop short.
        """

        def room(x: Scores) -> Scores:
            p, u = positive @ x[:-1], unlabelled @ x[:-1]
            return np.asarray(x[-1] - np.array(risks(prior, _loss(p), _loss(-u), _loss(-p))))

        found = minimize(
            lambda x: x[-1] + self.ridge * float(x[:-1] @ x[:-1]),
            np.append(np.zeros(positive.shape[1]), 1.0),
            method="SLSQP",
            constraints={"type": "ineq", "fun": room},
            options={"ftol": 1e-9},
        )
        return np.asarray(found.x[:-1], np.float64)


def risks(prior: float, positive: float, unlabelled: float, negative: float) -> tuple[float, float]:
    """Unbiased PU risk, and the positives' part of it; the non-negative risk is the larger one.

    Kiryo 2017, eqs. 2 and 6. ``positive`` and ``negative``: mean loss of the positives as
    positive, and as negative; ``unlabelled``: mean loss of the unlabelled as negative.
    """
    own = prior * positive
    return own + unlabelled - prior * negative, own


def estimated_share(accepted: Scores, unknown: Scores, model: Scores) -> float:
    """Share of positives among the unlabelled, of features [m, F] (Elkan and Noto 2008, eq. 4)."""
    reach = float(_sigmoid(accepted @ model).mean())
    return float(np.clip(_sigmoid(unknown @ model).mean() / max(reach, 1e-6), 0.05, 0.95))


def pair_features(state: State, i: IndexArray, j: IndexArray) -> Scores:
    """float64 [P, 5]: cosine, 1 / rank of the nearer view, mutual, share of common ones, one."""
    near = state.neighbours.indices
    out = np.ones((len(i), 5))
    out[:, 0] = state.similarity(i, j)
    for start in range(0, len(i), 8192):
        rows = slice(start, start + 8192)
        a, b = near[i[rows]], near[j[rows]]
        first, second = a == j[rows, None], b == i[rows, None]
        ranks = [np.where(hit.any(1), hit.argmax(1) + 1, np.inf) for hit in (first, second)]
        out[rows, 1] = 1 / np.minimum(*ranks)
        out[rows, 2] = first.any(1) & second.any(1)
        some = a[:, :10]
        common = (some[:, :, None] == b[:, None, :10]) & (some >= 0)[:, :, None]
        out[rows, 3] = common.any(2).mean(1)
    return out


def _loss(margin: Scores) -> float:
    """Mean logistic loss."""
    return float(np.logaddexp(0, -margin).mean())


def _sigmoid(x: Scores) -> Scores:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -50, 50))), np.float64)
