"""What the robot would do, from the picks alone: scores, their ranks, where to draw the line.

The score of an item is the mean of its five largest cosines to the picks (Ghose et al., CoRL 2022).
Their code swept the threshold over labelled test items and reported the best; here no label but the
picks is used, and the scores of the unlabelled belt.

A pick is ranked on the belt twice: when it was new, by a space that had not learnt it (which gets
better after that), and now, left out of its own support (which training flatters). A mean of both
ranks gives the class prior. From there a mixture of two normal distributions is fitted to the
belt's scores, and the line is drawn where it promises the best F1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.types import FloatArray, IndexArray

TOP = 5
LEAST_PRIOR, MOST_PRIOR = 0.01, 0.5
FEW = 2
"""Fewer picks than these draw no line."""
NOTHING = (2.0, 0.05)
"""A line that no score reaches."""
_ROUNDS, _ROWS, _TINY = 20, 4096, 1e-6


def support_scores(vectors: FloatArray, support: FloatArray) -> FloatArray:
    """float32 [N]: mean of the five (or fewer) largest cosines of ``vectors`` [N, D] to
    ``support`` [P, D], both unit norm; -1 without support."""
    if not len(support):
        return np.full(len(vectors), -1.0, np.float32)
    return _mean_of_largest(vectors @ support.T)


def own_scores(support: FloatArray) -> FloatArray:
    """float32 [P]: the score of each row of ``support`` [P, D] with itself left out."""
    if len(support) < FEW:
        return np.full(len(support), -1.0, np.float32)
    cosines = support @ support.T
    others = cosines[~np.eye(len(support), dtype=np.bool_)].reshape(len(support), -1)
    return _mean_of_largest(others)


def _mean_of_largest(cosines: FloatArray) -> FloatArray:
    k = min(TOP, cosines.shape[1])
    largest = np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k:]
    return np.asarray(largest.mean(1), np.float32)


def ranks(scores: FloatArray, belt: FloatArray) -> npt.NDArray[np.float64]:
    """float64 [P] in (0, 1]: share of ``belt`` [N] that scores at least as high as each score."""
    ordered = np.sort(belt)
    above = len(ordered) - np.searchsorted(ordered, scores - ties.EQUAL, side="left")
    return np.asarray((above + 1) / (len(ordered) + 1), np.float64)


def sober(
    new: npt.NDArray[np.float64], now: npt.NDArray[np.float64], weight: float = 0.25
) -> npt.NDArray[np.float64]:
    """Geometric mean of the ranks of picks when they were new and now, float64 [P]; ``weight`` of
    the latter: a rank that was learnt by heart is weak evidence."""
    return np.asarray(new ** (1 - weight) * now**weight, np.float64)


def prior(found: npt.NDArray[np.float64]) -> float:
    """Class prior from the ranks of picks: the smallest share of the belt per recall.

    A share q of the belt holds a share r(q) of the class, so the class is at most q / r(q) of the
    belt (Blanchard et al. 2010, sec. 3); only lines that at least half of the picks pass count.
    """
    if not len(found):
        return MOST_PRIOR
    line = np.sort(found)
    recall = np.arange(1, len(line) + 1) / len(line)
    half = recall >= 0.5
    return float(np.clip((line[half] / recall[half]).min(), LEAST_PRIOR, MOST_PRIOR))


def draw_line(belt: FloatArray, prior: float) -> tuple[float, float]:
    """The score from which items are taken, and how many scores beside it make a logit.

    The ``belt``'s scores [N] are a mixture of two normal distributions of one variance, the class
    above the rest. EM (Dempster et al. 1977) starts from the split at the class ``prior``, which
    keeps the weight of the whole belt as pseudo-counts. The line promises the best F1 given the
    chances p that come out, ``2 sum p / (k + sum p)`` with the sum of the dividend over the k
    highest (Lipton et al. 2014). Nothing is taken from an empty belt: a line above 1.
    """
    if not len(belt):
        return NOTHING
    ordered = np.sort(belt)[:: -max(1, len(belt) // _ROWS)].astype(np.float64)
    chance = (np.arange(len(ordered)) < max(prior * len(ordered), 1)).astype(np.float64)
    for _ in range(_ROUNDS):
        chance, width = _expectation(ordered, chance, prior)
    promised = np.cumsum(chance) / (np.arange(1, len(ordered) + 1) + chance.sum())
    last = int(ties.first_best(promised))
    return float(ordered[last : last + 2].mean()), width


def _expectation(
    x: npt.NDArray[np.float64], chance: npt.NDArray[np.float64], prior: float
) -> tuple[npt.NDArray[np.float64], float]:
    """One round of EM: chances float64 [N] of the class, and the scores that make a logit."""
    high, low = np.average(x, weights=chance + _TINY), np.average(x, weights=1 - chance + _TINY)
    spread = chance * (x - high) ** 2 + (1 - chance) * (x - low) ** 2
    width = max(float(spread.mean()), _TINY) / max(high - low, _TINY)
    weight = (chance.mean() + prior) / 2
    logit = (x - (high + low) / 2) / width + np.log(weight / (1 - weight))
    return 1 / (1 + np.exp(-np.clip(logit, -50, 50))), width


def rows_of(position: Mapping[str, int], items: Sequence[str]) -> IndexArray:
    """Rows int64 of the items that are in a space."""
    return np.array([position[item] for item in items if item in position], np.int64)
