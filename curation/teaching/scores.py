"""What the robot would do, from the picks alone: scores, their ranks, where to draw the line.

The score of an item is the mean of its five largest cosines to the picks (Ghose et al., CoRL 2022).
Their code swept the threshold over labelled test items and reported the best; here no label but the
picks is used. A pick is ranked on the belt twice: when it was new, by a space that had not learnt
it (which gets better after that), and now, left out of its own support (which training flatters).
The line is drawn at the share of the belt that promises the best F1, given a mean of both
ranks and the class prior that they imply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from curation.types import FloatArray, IndexArray

TOP = 5
LEAST_PRIOR, MOST_PRIOR = 0.01, 0.5
_FEW = 2
"""Fewer picks than these draw no line."""


def support_scores(vectors: FloatArray, support: FloatArray) -> FloatArray:
    """float32 [N]: mean of the five (or fewer) largest cosines of ``vectors`` [N, D] to
    ``support`` [P, D], both unit norm; -1 without support."""
    if not len(support):
        return np.full(len(vectors), -1.0, np.float32)
    return _mean_of_largest(vectors @ support.T)


def own_scores(support: FloatArray) -> FloatArray:
    """float32 [P]: the score of each row of ``support`` [P, D] with itself left out."""
    if len(support) < _FEW:
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
    above = len(ordered) - np.searchsorted(ordered, scores, side="left")
    return np.asarray((above + 1) / (len(ordered) + 1), np.float64)


def sober(new: npt.NDArray[np.float64], now: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weighted geometric mean of the ranks of picks when they were new and now, float64 [P].

    A few picks are soon learnt by heart, so that up to five only the first rank counts; from twenty
    on both count alike.
    """
    weight = 0.5 * np.clip((len(new) - 5) / 15, 0.0, 1.0)
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


def share_to_take(found: npt.NDArray[np.float64]) -> float:
    """Share of the belt to take: where the picks' ranks promise the best F1.

    F1 = 2 r pi / (q + pi) at share q with recall r(q) and class prior pi. 0 for fewer than two
    picks.
    """
    if len(found) < _FEW:
        return 0.0
    line = np.sort(found)
    recall = np.arange(1, len(line) + 1) / (len(line) + 1)
    return float(line[np.argmax(recall / (line + prior(found)))])


def threshold(scores: FloatArray, share: float) -> float:
    """The score that ``share`` of the belt's ``scores`` [N] reach; above 1 where nothing is."""
    if share <= 0 or not len(scores):
        return 2.0
    return float(np.quantile(scores, 1 - share))


def rows_of(position: Mapping[str, int], items: Sequence[str]) -> IndexArray:
    """Rows int64 of the items that are in a space."""
    return np.array([position[item] for item in items if item in position], np.int64)
