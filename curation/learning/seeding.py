"""Where the predicted grouping starts: groups that answers formed, and clusters for the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from curation import ties
from curation.learning.beliefs import Evidence
from curation.proposals.membership import group_means
from curation.proposals.smoothing import unit
from curation.types import FloatArray, IndexArray

_GAP = 1.0
STARTS = 4
_ITERATIONS = 20
_SAMPLE_KMEANS = 4000
_MOST_UNITS = 1000
_NEAR = 0.75

Scores = npt.NDArray[np.float64]


def seed_groups(features: FloatArray, evidence: Evidence, units: IndexArray, k: int) -> IndexArray:
    """Predicted group int64 [N] of the items of at most ``k`` seed groups, -1 elsewhere.

    Seeds are units known to differ from each other. More of them than ``k`` means that answers are
    wrong or that the person wants fewer groups: the two that are least sure to differ become one.
    """
    items = evidence.items
    label = np.full(len(features), -1, np.int64)
    if not len(items):
        return label
    names, unit_of = largest_units(units[items])
    items, unit_of = items[unit_of >= 0], unit_of[unit_of >= 0]
    size = np.bincount(unit_of).astype(np.float64)
    total = np.zeros((len(names), features.shape[1]))
    np.add.at(total, unit_of, features[items])
    apart = set_apart(evidence, units, names)
    keep = cores(size, apart)
    group = _agglomerate(total[keep], size[keep], apart[np.ix_(keep, keep)], k)
    number = np.full(len(names), -1, np.int64)
    number[keep] = group
    label[items] = number[unit_of]
    return label


def largest_units(units: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Sorted numbers int64 [U] of the 1,000 largest ``units`` int64 [m], and which of them each
    entry is, -1 for a smaller one: what compares every two would be too many of more."""
    names, unit_of, size = np.unique(units, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-size, kind="stable")[:_MOST_UNITS])
    place = np.full(len(names), -1, np.int64)
    place[kept] = np.arange(len(kept))
    return names[kept], place[unit_of]


def set_apart(evidence: Evidence, units: IndexArray, names: IndexArray) -> IndexArray:
    """Number of answers [U, U] that set two of the units ``names`` apart."""
    apart = np.zeros((len(names), len(names)), np.int64)
    different = ~evidence.same & (units[evidence.i] != units[evidence.j])
    different &= np.isin(units[evidence.i], names) & np.isin(units[evidence.j], names)
    a = np.searchsorted(names, units[evidence.i[different]])
    b = np.searchsorted(names, units[evidence.j[different]])
    np.add.at(apart, (a, b), 1)
    return apart + apart.T


def cores(size: Scores, apart: IndexArray) -> IndexArray:
    """Units known to differ from each other: the best known, then each one apart from all taken.

    How well a unit is known is the number of its items and of the units it is set apart from.
    """
    linked = apart > 0
    chosen: list[int] = []
    for u in np.argsort(-(size + linked.sum(1)), kind="stable"):
        if linked[u, chosen].all():
            chosen.append(int(u))
    return np.asarray(chosen, np.int64)


def _agglomerate(total: Scores, size: Scores, apart: IndexArray, k: int) -> IndexArray:
    """Group number [U] below ``k`` of each unit, by merging two at a time.

    A merge costs what Ward's criterion (1963) gives on the directions of the units, plus the
    answers that it contradicts; the cheapest is made.
    """
    group = np.arange(len(size))
    total, size, apart = total.copy(), size.copy(), apart.copy()
    cost = np.stack([_merge_costs(u, total, size, apart) for u in range(len(size))])
    alive = len(size)
    while alive > k:
        a, b = divmod(int(ties.first_best(-cost.ravel())), len(size))
        group[group == b] = a
        total[a] += total[b]
        size[a] += size[b]
        apart[a] += apart[b]
        apart[:, a] = apart[a]
        cost[a] = np.where(np.isinf(cost[a]), np.inf, _merge_costs(a, total, size, apart))
        cost[:, a] = cost[a]
        cost[b] = cost[:, b] = np.inf
        alive -= 1
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _merge_costs(unit_: int, total: Scores, size: Scores, apart: IndexArray) -> Scores:
    """Cost [U] of merging one unit with each other one; infinite with itself."""
    direction = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
    weight = size[unit_] * size / (size[unit_] + size)
    cost = _GAP * weight * (1 - direction @ direction[unit_]) + apart[unit_]
    cost[unit_] = np.inf
    return np.asarray(cost, np.float64)


def constrained_kmeans(
    features: FloatArray,
    seeds: IndexArray,
    k: int,
    rng: np.random.Generator,
    starts: int = STARTS,
) -> FloatArray:
    """Centres float32 [k, D]: of the seed groups first, the others found among all items.

    Seeded k-means (Basu 2002, Constrained-KMeans): seeds never change group. Where centres have to
    be found, the best of so many k-means++ ``starts``, on at most 4,000 items.
    """
    if len(features) > _SAMPLE_KMEANS:
        rest = rng.permutation(np.flatnonzero(seeds < 0))[:_SAMPLE_KMEANS]
        rows = np.sort(np.concatenate([np.flatnonzero(seeds >= 0), rest]))
        features, seeds = features[rows], seeds[rows]
    n_seeded = int(seeds.max()) + 1 if len(seeds) else 0
    runs = [_kmeans(features, seeds, k, rng) for _ in range(starts if n_seeded < k else 1)]
    return runs[ties.first_best(np.array([run[0] for run in runs]))][1]


def of_their_own(centres: FloatArray, n_seeded: int, named: int) -> FloatArray:
    """The centres [K, D] of the ``n_seeded`` seed groups, which come first, and of the others
    those that lie as far from all that are kept as three in four seed groups from each other.

    A centre that is nearer is a part of a group that is known. All where less than two groups are
    ``named``: then it takes the centres to find any.
    """
    if n_seeded < 2 or named < 2 or n_seeded == len(centres):
        return centres
    known = ties.products(centres[:n_seeded], centres[:n_seeded])
    np.fill_diagonal(known, -1.0)
    near = float(np.quantile(known.max(1), _NEAR))
    kept, others = list(range(n_seeded)), np.arange(n_seeded, len(centres))
    closest = ties.products(centres[others], centres[:n_seeded]).max(1)
    while len(others):
        farthest = int(ties.first_best(-closest))
        if ties.below(near, closest[farthest]):
            break
        kept.append(int(others[farthest]))
        others, closest = np.delete(others, farthest), np.delete(closest, farthest)
        closest = np.maximum(closest, ties.products(centres[others], centres[kept[-1:]])[:, 0])
    return centres[kept]


def _kmeans(
    features: FloatArray, seeds: IndexArray, k: int, rng: np.random.Generator
) -> tuple[float, FloatArray]:
    """Mean cosine to the own centre, and the centres, from one start."""
    current = _start(features, seeds, k, rng)
    fixed, rows = seeds >= 0, features.astype(np.float64)
    for _ in range(_ITERATIONS):
        assigned = np.where(fixed, seeds, ties.first_best(ties.products(rows, current)))
        onehot = sparse.csr_array(
            (np.ones(len(features), np.float32), (assigned, np.arange(len(features)))),
            shape=(k, len(features)),
        )
        moved = onehot @ features
        empty = np.bincount(assigned, minlength=k) == 0
        moved[empty] = current[empty]
        moved = unit(moved)
        if np.allclose(moved, current, atol=1e-4):
            break
        current = moved
    similarity = ties.products(rows, current)
    own = np.where(fixed, seeds, ties.first_best(similarity))
    return float(similarity[np.arange(len(own)), own].mean()), current


def _start(features: FloatArray, seeds: IndexArray, k: int, rng: np.random.Generator) -> FloatArray:
    """Means of the seed groups, then items drawn by squared distance (k-means++)."""
    centres, rows = list(unit(group_means(features, seeds))), features.astype(np.float64)
    closest = np.full(len(features), -1.0)
    for centre in centres:
        closest = np.maximum(closest, rows @ centre)
    while len(centres) < k:
        gap = np.where(ties.below(closest, 1), 1 - closest, 0.0) ** 2
        gap = gap if gap.sum() > 0 else np.ones(len(gap))
        centre = features[int(rng.choice(len(features), p=gap / gap.sum()))]
        centres.append(centre)
        closest = np.maximum(closest, rows @ centre)
    return np.stack(centres)
