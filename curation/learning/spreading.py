"""Names spread over the neighbour graph: few named items tell the group of all others.

A multinomial logistic regression says what each item is by itself; its answers are then smoothed
over the graph of neighbours with the named items held, the last step of Correct and Smooth (Huang
et al. 2021, ICLR, section 2.4): https://arxiv.org/abs/2010.13993
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import softmax

from curation import ties
from curation.proposals.smoothing import smooth, unit
from curation.proposals.state import rowwise
from curation.types import BoolArray, FloatArray, IndexArray, Neighbours

COMPONENTS = 128
_NEIGHBOURS = 10
_WIDTH = 0.1
"""Squared distance at which a neighbour's weight has fallen to 1/e."""
_PULL = 0.7
"""What the neighbours count beside the item itself."""
_ROUNDS = 15
_MORE_ROUNDS = 5
"""Where the smoothing goes on from the result for almost the same names."""
_BLOCK = 4096
_MOST_LEARNT = 200
"""Groups that a regression tells apart; of more the nearest mean decides."""
_SHARPNESS = 0.1
"""Difference of cosines at which one mean is e times as likely as another."""
_PENALTY = 30.0
"""Inverse strength of the regression's penalty: features are of unit norm."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Surroundings:
    """What names spread over; made once for a space.

    ``features`` float32 [N, 2 C]: C principal components beside the same averaged along the graph,
    each half of the squared length; ``smoothed`` float32 [N, C] is the second half, of unit norm.
    ``graph`` float64 [N, N]: normalised symmetric weights of neighbours.
    """

    features: FloatArray
    smoothed: FloatArray
    graph: sparse.csr_array

    @classmethod
    def of(cls, vectors: FloatArray, neighbours: Neighbours) -> Surroundings:
        """Of ``vectors`` float32 [N, D], unit norm, and their ``neighbours``."""
        plain = principal_components(vectors)
        smoothed = smooth(plain, neighbours)
        features = np.concatenate([plain, smoothed], axis=1) * np.float32(0.5**0.5)
        return cls(features, smoothed, neighbour_graph(plain, neighbours))


def principal_components(vectors: FloatArray) -> FloatArray:
    """Unit rows float32 [N, at most 128] of ``vectors`` [N, D] about their mean."""
    if len(vectors) < 2:
        return np.asarray(vectors[:, :COMPONENTS], np.float32)
    centred = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return unit(centred @ axes[:, ::-1][:, :COMPONENTS])


def neighbour_graph(components: FloatArray, neighbours: Neighbours) -> sparse.csr_array:
    """D^-1/2 W D^-1/2 float64 [N, N] with W = exp(-squared distance / 0.1) of the 10 nearest.

    Distances are those of ``components`` [N, C], unit norm: about the common mean they differ more.
    """
    near = neighbours.indices[:, :_NEIGHBOURS]
    n = len(near)
    rows, columns = np.nonzero(near >= 0)
    cosine = rowwise(components, rows, near[rows, columns]).astype(np.float64)
    weight = np.exp(-2 * np.maximum(1 - cosine, 0) / _WIDTH) + 1e-9
    graph = sparse.csr_array((weight, (rows, near[rows, columns])), shape=(n, n))
    graph = graph.maximum(graph.T).tocsr()
    degree = np.asarray(graph.sum(1)).ravel()
    scale = sparse.diags_array(1 / np.sqrt(np.where(degree > 0, degree, 1)))
    return sparse.csr_array(scale @ graph @ scale)


@dataclass(frozen=True)
class Examples:
    """``rows`` int64 [m] of items with their ``beliefs`` float64 [m, K], rows summing to 1, and
    ``weights`` float64 [m] above 0 in the regression."""

    rows: IndexArray
    beliefs: Scores
    weights: Scores

    def beside(self, more: Examples) -> Examples:
        """These and ``more``."""
        return Examples(
            np.concatenate([self.rows, more.rows]),
            np.concatenate([self.beliefs, more.beliefs]),
            np.concatenate([self.weights, more.weights]),
        )


def spread(
    around: Surroundings,
    named: Examples,
    refused: BoolArray,
    weak: Examples | None = None,
    pull: float = _PULL,
    start: Scores | None = None,
) -> tuple[Scores, Scores]:
    """Probabilities float64 [N, K] of all items, and those [m, K] of the named ones as their
    neighbours alone would have it.

    The named rows keep their beliefs; ``weak`` examples only help the regression. What is
    ``refused`` bool [N, K] is zero, but for an item refused by all. ``pull`` 0: the plain
    classifier. ``start`` [N, K] is the result for names that differ little, to go on from.
    """
    examples = named if weak is None else named.beside(weak)
    forbidden = np.flatnonzero(refused.any(1))

    def settled(scores: Scores) -> Scores:
        scores[forbidden] = np.where(refused[forbidden], 0.0, scores[forbidden])
        scores = _normal(scores)
        scores[named.rows] = named.beliefs
        return scores

    alone = classified(around.features, examples)
    found = settled(alone.copy())
    alone[forbidden] = _normal(np.where(refused[forbidden], 0.0, alone[forbidden]))
    if start is not None and pull > 0:
        found = settled(start.copy())
    for _ in range(0 if pull == 0 else _ROUNDS if start is None else _MORE_ROUNDS):
        found = around.graph @ found
        found *= pull
        found += (1 - pull) * alone
        found = settled(found)
    return found, _normal(around.graph[named.rows] @ found)


def classified(features: FloatArray, examples: Examples) -> Scores:
    """P(group) float64 [N, K] by logistic regression on the likeliest group of the examples.

    Where there are hardly more examples than groups, or very many groups, by the cosine to each
    group's mean: a regression would learn no more, at a price that grows with the groups.
    """
    from sklearn.linear_model import LogisticRegression

    k = examples.beliefs.shape[1]
    target = examples.beliefs.argmax(1)
    found = np.zeros((len(features), k))
    known = np.unique(target)
    if len(known) == 1:
        found[:, known[0]] = 1.0
        return found
    if len(known) > min(_MOST_LEARNT, len(target) / 2):
        return _by_means(features, examples, known)
    regression = LogisticRegression(C=_PENALTY, max_iter=500, tol=1e-6)
    regression.fit(features[examples.rows].astype(np.float64), target, examples.weights)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        found[rows, known] = regression.predict_proba(features[rows].astype(np.float64))
    return found


def _by_means(features: FloatArray, examples: Examples, known: IndexArray) -> Scores:
    k = examples.beliefs.shape[1]
    column = np.searchsorted(known, examples.beliefs.argmax(1))
    total = np.zeros((len(known), features.shape[1]))
    np.add.at(total, column, features[examples.rows] * examples.weights[:, None])
    means = unit(total)
    found = np.zeros((len(features), k))
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        found[rows, known] = softmax(ties.products(features[rows], means) / _SHARPNESS, axis=1)
    return found


def _normal(scores: Scores) -> Scores:
    """Rows that sum to 1; a row of zeros becomes even."""
    total = scores.sum(1, keepdims=True)
    empty = np.flatnonzero(total[:, 0] <= 0)
    total[empty] = 1
    scores = scores / total
    scores[empty] = 1 / scores.shape[1]
    return scores
