"""Nearest rows, clusters and pairs within groups: nothing as large as the square of the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.smoothing import unit
from curation.proposals.state import Scores, State
from curation.spaces.neighbours import most_similar
from curation.types import FloatArray, IndexArray

_SEED = 1
_ROUNDS = 15
_SAMPLE = 10_000
_BLOCK = 64
_ROWS = 4096


def nearest_rows(queries: FloatArray, vectors: FloatArray, k: int) -> tuple[IndexArray, FloatArray]:
    """Indices and cosines [Q, k'] of the k' = min(k, N) rows most similar to each query."""
    return most_similar(queries, vectors, k)


def nearest_outside(
    state: State, anchors: IndexArray, points: FloatArray, k: int
) -> tuple[IndexArray, Scores]:
    """The item nearest to each of ``points`` [A, D] that is neither its anchor nor one of the
    anchor's ``k`` nearest, and its cosine to the point; -1 where none is found nearby."""
    found, cosine = nearest_rows(points, state.space.vectors, 2 * k + 2)
    known = state.neighbours.indices[anchors][:, :k]
    inside = (found[:, :, None] == known[:, None, :]).any(2) | (found == anchors[:, None])
    outside = ~inside & state.eligible[found]
    if not outside.size:
        return np.full(len(anchors), -1, np.int64), np.zeros(len(anchors))
    first = outside.argmax(1)
    rows = np.arange(len(anchors))
    item = np.where(outside[rows, first], found[rows, first], -1)
    return np.asarray(item, np.int64), cosine[rows, first].astype(np.float64)


def nearest_below(
    state: State, anchors: IndexArray, bound: float, k: int
) -> tuple[IndexArray, FloatArray]:
    """The k eligible items most similar to each anchor whose cosine is below ``bound``.

    Indices and cosines [A, k' <= k], best first; the cosine is -inf where there are fewer.
    """
    vectors = state.space.vectors.astype(np.float64)
    k = min(k, len(vectors))
    indices = np.empty((len(anchors), k), np.int64)
    cosines = np.empty((len(anchors), k), np.float32)
    for start in range(0, len(anchors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        cosine = vectors[anchors[rows]] @ vectors.T
        cosine[~(ties.below(cosine, bound) & state.eligible)] = -np.inf
        indices[rows] = ties.few_best(cosine, k)
        cosines[rows] = np.take_along_axis(cosine, indices[rows], 1)
    return indices, cosines


@dataclass(frozen=True)
class Clusters:
    """k-means of the space: ``labels`` int64 [N], ``centres`` float32 [K, D] of unit norm."""

    labels: IndexArray
    centres: FloatArray

    def members(self) -> list[IndexArray]:
        """Items int64 [M] of each of the K clusters, in order."""
        order = np.argsort(self.labels, kind="stable")
        return np.split(order, np.searchsorted(self.labels[order], np.arange(1, len(self.centres))))


def clusters(state: State, k: int) -> Clusters:
    """Spherical k-means with ``k`` (at most N) centres, computed once for the space.

    Centres are fitted on at most 10,000 items, drawn with a fixed seed.
    """
    k = max(1, min(k, state.n_items))
    return state.once(("clusters", k), lambda: kmeans(state.space.vectors, k))


def kmeans(vectors: FloatArray, k: int) -> Clusters:
    """Spherical k-means of ``vectors`` [N, D] from k-means++ seeds; deterministic."""
    rng = np.random.default_rng(_SEED)
    sample = vectors[np.sort(rng.permutation(len(vectors))[: max(_SAMPLE, k)])]
    centres = _seeds(sample, k, rng)
    for _ in range(_ROUNDS):
        label = _nearest_centre(sample, centres)
        total = np.zeros_like(centres)
        np.add.at(total, label, sample)
        empty = np.bincount(label, minlength=k) == 0
        total[empty] = centres[empty]
        centres = unit(total)
    return Clusters(_nearest_centre(vectors, centres), centres)


def _nearest_centre(vectors: FloatArray, centres: FloatArray) -> IndexArray:
    """Label int64 [N] of the centre that each of ``vectors`` [N, D] is most similar to."""
    label = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), _ROWS):
        rows = slice(start, start + _ROWS)
        label[rows] = ties.first_best_product(vectors[rows], centres)
    return label


def _seeds(sample: FloatArray, k: int, rng: np.random.Generator) -> FloatArray:
    """k-means++ (Arthur and Vassilvitskii 2007); ``sample`` has at least ``k`` rows."""
    chosen = [int(rng.integers(len(sample)))]
    distance = _distance(sample, sample[chosen[0]])
    # single precision leaves out the rows that a new centre is not nearer to
    margin = ties.single_error(sample.shape[1]) + ties.EQUAL
    while len(chosen) < k:
        total = distance.sum()
        share = distance / total if total > 0 else np.full(len(sample), 1 / len(sample))
        chosen.append(int(rng.choice(len(sample), p=share)))
        centre = sample[chosen[-1]]
        near = np.flatnonzero(1 - sample @ centre < distance + margin)
        distance[near] = np.minimum(distance[near], _distance(sample[near], centre))
    return sample[chosen].copy()


def _distance(vectors: FloatArray, centre: FloatArray) -> Scores:
    """1 - cosine [M] of ``vectors`` [M, D] to a ``centre`` [D]; 0 for its copies, which rounding
    tells apart."""
    distance = 1 - ties.products(vectors, centre[None])[:, 0]
    return np.where(ties.below(0, distance), distance, 0.0)


def farthest_first(
    state: State, start: IndexArray, free: IndexArray, count: int, rng: np.random.Generator
) -> tuple[IndexArray, Scores]:
    """Up to ``count`` of the ``free`` items int64 [C], each farthest from ``start`` int64 [S] and
    those before it.

    Also the largest cosine float64 [C] of each to them when it was picked (-1 for the first of all,
    which is random where ``start`` is empty). Greedy 2-approximation of k-centre (Gonzalez 1985).
    """
    pool = state.space.vectors[free].astype(np.float64)
    closest = np.full(len(free), -1.0)
    for begin in range(0, len(start), _BLOCK):
        known = state.space.vectors[start[begin : begin + _BLOCK]]
        closest = np.maximum(closest, ties.products(pool, known).max(1))
    picks: list[int] = []
    cosines: list[float] = []
    for _ in range(min(count, len(free))):
        none = not len(start) and not picks
        row = int(rng.integers(len(free))) if none else int(ties.first_best(-closest))
        picks.append(row)
        cosines.append(float(closest[row]))
        closest = np.maximum(closest, pool @ pool[row])
        closest[row] = np.inf
    return free[np.asarray(picks, np.int64)], np.asarray(cosines, np.float64)


def pairs_within(
    group: IndexArray, most: int, rng: np.random.Generator
) -> tuple[IndexArray, IndexArray]:
    """Pairs i < j of one group [N] (-1: in none): all of small groups, else ``most`` at random."""
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    left: list[IndexArray] = []
    for members in np.split(order, starts[1:]) if len(order) else []:
        n = len(members)
        pairs = (
            np.stack(np.triu_indices(n, 1))
            if n * (n - 1) // 2 <= most
            else (np.sort(_distinct(n, most, rng), axis=0))
        )
        left.append(members[pairs])
    both = np.concatenate(left, axis=1) if left else np.empty((2, 0), np.int64)
    return np.asarray(both[0], np.int64), np.asarray(both[1], np.int64)


def _distinct(n: int, count: int, rng: np.random.Generator) -> IndexArray:
    """``count`` random pairs [2, count] of different positions below n."""
    first = rng.integers(n, size=count)
    return np.stack([first, (first + rng.integers(1, n, size=count)) % n])
