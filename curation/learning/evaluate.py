"""How well cosine tells held-out `same` from `different`, and what a cosine means as a chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from curation import ties
from curation.types import DEFAULT_CALIBRATION, BoolArray, FloatArray, IndexArray

# Standard deviations of the prior around the default; a dozen answers outweigh it.
_SLOPE_SD, _OFFSET_SD = 8.0, 4.0
_MIN_SLOPE = 0.1


@dataclass(frozen=True, slots=True)
class AUC:
    """Area under the ROC curve of ``n`` pairs, with the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    n: int


def pair_similarities(vectors: FloatArray, pairs: IndexArray) -> FloatArray:
    """Cosine float32 [P] of ``pairs`` int64 [P, 2] of rows of ``vectors`` float32 [N, D]."""
    left, right = np.asarray(vectors[pairs[:, 0]]), np.asarray(vectors[pairs[:, 1]])
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray(np.einsum("pd,pd->p", left, right) / np.maximum(norms, 1e-12), np.float32)


def held_out_auc(
    vectors: FloatArray, pairs: IndexArray, same: BoolArray, seed: int = 0, n_boot: int = 1000
) -> AUC | None:
    """AUC of cosine on ``pairs`` int64 [P, 2] with truth ``same`` bool [P]; None without both.

    The interval resamples `same` and `different` pairs apart, so every resample has both.
    """
    positive = pair_similarities(vectors, pairs[same])
    negative = pair_similarities(vectors, pairs[~same])
    p, m = len(positive), len(negative)
    if p == 0 or m == 0:
        return None
    rng = np.random.default_rng(seed)
    above = ties.below(negative, positive[:, None])
    wins = (above + 1.0 - ties.below(positive[:, None], negative)) / 2
    weight_p = rng.multinomial(p, np.full(p, 1 / p), n_boot)
    weight_m = rng.multinomial(m, np.full(m, 1 / m), n_boot)
    resampled = np.einsum("bm,bm->b", weight_p @ wins, weight_m) / (p * m)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return AUC(float(wins.mean()), float(low), float(high), p + m)


def calibrate(similarities: FloatArray, same: BoolArray) -> tuple[float, float]:
    """(a, b) such that ``sigmoid(a s + b)`` is the chance that a pair of cosine ``s`` is `same`.

    Logistic regression (Platt 1999) with a Gaussian prior around a default that is returned as it
    is without answers: few or one-sided answers bend it, they do not break it. ``a`` is positive.
    """
    prior = np.array(DEFAULT_CALIBRATION)
    precision = np.array([_SLOPE_SD, _OFFSET_SD]) ** -2.0
    features = np.column_stack([similarities, np.ones(len(similarities))]).astype(np.float64)
    target = np.asarray(same, np.float64)

    def objective(x: FloatArray) -> float:
        logits = features @ x
        fit = np.logaddexp(0.0, logits) - target * logits
        return float(fit.sum() + 0.5 * (precision * (x - prior) ** 2).sum())

    def gradient(x: FloatArray) -> FloatArray:
        slope = features.T @ (expit(features @ x) - target) + precision * (x - prior)
        return np.asarray(slope)

    bounds = [(_MIN_SLOPE, None), (None, None)]
    found = minimize(objective, prior, jac=gradient, bounds=bounds, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])
