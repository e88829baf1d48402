"""Answers that training never agrees with (DBPM, Lan 2024, ICLR).

https://openreview.net/forum?id=K2c04ulKXn
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy
from curation.types import BoolArray

_CLOSE = 1e-9


@dataclass(eq=False)
class DbpmAudit(Strategy):
    """m = mean_t(l_t (t + 1) / T) of a pair's loss over generations; asked again where
    m >= mu + 3 sd (it never aligns) or m <= mu - 2 sd (too easy: a near-duplicate or shortcut).

    The loss is -log P(answer) by the calibrated similarity of each generation. In the
    paper every pair has all losses; of a younger one the weighted mean of those it has stands for
    the others (ours). A pair is audited once.
    """

    id = "dbpm_audit"
    kind = "audit"
    family = "conflicts and audits"
    asks = "answered before: still so?"
    summary = "Answers that the space resists, or takes far too easily (DBPM)"
    when = "After a long session, to find slips of the hand."
    paper = "DBPM, Lan 2024"
    needs = ("losses",)
    faulty: float = 3.0
    noisy: float = 2.0

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        losses = state.losses
        assert losses is not None  # the need says so
        mean = weighted_means(losses.astype(np.float64))
        deviation = deviations(mean)
        flagged = flags(deviation, self.noisy, self.faulty)
        if state.rechecked is not None:
            flagged &= ~state.rechecked
        i, j = state.constraints.pairs[flagged].T
        found = np.flatnonzero(flagged)
        found = found[state.may_audit(i, j)]
        far = np.abs(deviation[found])
        best = found[ties.best_first(far)[:budget]]
        i, j = state.constraints.pairs[best].T
        score = np.clip(1 - 1 / (1 + np.abs(deviation[best])), 0, 1)
        reasons = [
            f"{'resists' if deviation[p] > 0 else 'takes too easily'}: {deviation[p]:+.1f} sd"
            for p in best
        ]
        return Candidates(i, j, score, reasons)


def weighted_means(losses: Scores) -> Scores:
    """m [P] = mean_t(l_t (t + 1) / T) of losses [P, T], oldest first: later ones weigh more.

    A missing loss (NaN) counts as the weighted mean of the known ones: equal losses have equal m,
    however many are known. NaN where none is.
    """
    weight = (np.arange(losses.shape[1]) + 1) / max(losses.shape[1], 1)
    known = np.isfinite(losses)
    total, share = np.where(known, losses * weight, 0.0).sum(1), known @ weight
    return np.where(share > 0, weight.mean() * total / np.where(share > 0, share, 1.0), np.nan)


def deviations(means: Scores) -> Scores:
    """(m - mu) / sd over the known pairs [P]; 0 where all are equal or a pair is unknown."""
    known = np.isfinite(means)
    if not known.any():
        return np.zeros(len(means))
    mu, sd = float(means[known].mean()), float(means[known].std())
    out = (means - mu) / sd if sd > _CLOSE else np.zeros(len(means))
    return np.where(known, out, 0.0)


def flags(deviation: Scores, noisy: float, faulty: float) -> BoolArray:
    """True [P] at or beyond either bound."""
    return (deviation >= faulty - _CLOSE) | (deviation <= -noisy + _CLOSE)
