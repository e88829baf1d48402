"""How well a grouping or a space agrees with labels."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from curation import ties
from curation.types import FloatArray, IndexArray

_TILE = 4096


def ari(labels: IndexArray, groups: IndexArray) -> float:
    """Adjusted Rand index of two partitions [N] (Hubert and Arabie 1985)."""
    return float(adjusted_rand_score(labels, groups))


def nmi(labels: IndexArray, groups: IndexArray) -> float:
    """Normalised mutual information, arithmetic mean of the entropies."""
    return float(normalized_mutual_info_score(labels, groups))


def acc(labels: IndexArray, groups: IndexArray) -> float:
    """Share of items whose group is matched to their label, by the best one-to-one matching."""
    if not len(labels):
        return 0.0
    table = contingency_matrix(labels, groups)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(labels))


def knn_accuracy(vectors: FloatArray, labels: IndexArray, k: int = 5) -> float:
    """Leave-one-out accuracy of the k nearest by cosine; ``vectors`` float32 [N, D] unit norm.

    Majority of the k labels; of equally frequent labels the one with the larger summed cosine.
    """
    n = len(vectors)
    if n < 2:
        return 0.0
    k = min(k, n - 1)
    _, codes = np.unique(labels, return_inverse=True)
    right = 0
    for start in range(0, n, _TILE):
        rows = np.arange(start, min(start + _TILE, n))
        similarity = ties.products(vectors[rows], vectors)
        similarity[rows - start, rows] = -np.inf
        near = ties.few_best(similarity, k)
        cosine = np.take_along_axis(similarity, near, 1)
        votes = np.zeros((len(rows), int(codes.max()) + 1))
        np.add.at(votes, (np.arange(len(rows))[:, None], codes[near]), 1e3 + (cosine + 1))
        right += int((ties.first_best(votes) == codes[rows]).sum())
    return right / n
