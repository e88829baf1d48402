"""Predicted grouping of all items: what was decided, and what a model makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.learning.beliefs import (
    Evidence,
    collect,
    components,
    doubted,
    propagate,
    supported_units,
)
from curation.proposals.membership import Classifier, classify
from curation.proposals.smoothing import smooth, unit
from curation.spaces.neighbours import nearest
from curation.types import Constraints, FloatArray, IndexArray, Neighbours

_K_NEIGHBOURS = 10
_ROUNDS = 3
_PSEUDO = 20
_PSEUDO_WEIGHT = 0.1
_ENOUGH = 30
_SAMPLE = 1000
_MOST = 15

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grouping:
    """``labels`` int64 [N] in 0..n_groups-1 and ``probabilities`` float32 [N, n_groups]."""

    labels: IndexArray
    probabilities: FloatArray
    n_groups: int


def predict_groups(
    vectors: FloatArray,
    constraints: Constraints,
    n_groups: int | None,
    seed: int,
    neighbours: Neighbours | None = None,
) -> Grouping:
    """Group all N items into ``n_groups`` groups (None: estimated).

    ``vectors`` float32 [N, D] unit norm; ``neighbours`` of the vectors, computed when absent.
    Items joined by `same` answers stay together unless the other answers and the model together
    find an answer more likely wrong than right. Deterministic given ``seed``.
    """
    n = len(vectors)
    if n == 0:
        return Grouping(np.empty(0, np.int64), np.empty((0, 0), np.float32), 0)
    near = neighbours or nearest(vectors, _K_NEIGHBOURS)
    features = smooth(vectors, near)
    rng = np.random.default_rng(seed)
    evidence = collect(constraints)
    units = supported_units(evidence, features)
    k = estimate_n_groups(features, evidence, units, rng) if n_groups is None else n_groups
    k = max(1, min(k, n))
    seeds = seed_groups(features, evidence, units, k)
    centres = constrained_kmeans(features, seeds, k, rng)
    probabilities = _refine(features, evidence, seeds, centres)
    labels = _together(probabilities, evidence)
    return Grouping(labels, probabilities.astype(np.float32), k)


def seed_groups(features: FloatArray, evidence: Evidence, units: IndexArray, k: int) -> IndexArray:
    """Predicted group int64 [N] of the items of at most ``k`` seed groups, -1 elsewhere.

    Seeds are the joined items; while there are more than ``k``, the two most similar that are not
    set apart become one (average linkage); then the largest stay.
    """
    items = evidence.items
    label = np.full(len(features), -1, np.int64)
    if not len(items):
        return label
    names, unit_of = np.unique(units[items], return_inverse=True)
    size = np.bincount(unit_of).astype(np.float64)
    total = np.zeros((len(names), features.shape[1]))
    np.add.at(total, unit_of, features[items])
    apart = _apart(evidence, units, names)
    keep = _cores(size, apart)
    group = _agglomerate(total[keep], size[keep], apart[np.ix_(keep, keep)], k)
    number = np.full(len(names), -1, np.int64)
    number[keep] = group
    label[items] = number[unit_of]
    return label


def _apart(evidence: Evidence, units: IndexArray, names: IndexArray) -> npt.NDArray[np.bool_]:
    """True [U, U] where an answer sets two of the units ``names`` apart."""
    apart = np.zeros((len(names), len(names)), bool)
    different = ~evidence.same & (units[evidence.i] != units[evidence.j])
    a = np.searchsorted(names, units[evidence.i[different]])
    b = np.searchsorted(names, units[evidence.j[different]])
    apart[a, b] = apart[b, a] = True
    return apart


def _cores(size: Scores, apart: npt.NDArray[np.bool_]) -> IndexArray:
    """Units known to differ from each other: the largest, then each one apart from all taken."""
    chosen: list[int] = []
    for u in np.argsort(-size, kind="stable"):
        if apart[u, chosen].all():
            chosen.append(int(u))
    return np.asarray(chosen, np.int64)


def _agglomerate(total: Scores, size: Scores, apart: npt.NDArray[np.bool_], k: int) -> IndexArray:
    """Group number [U] below ``k`` of each unit, -1 for those of no group that stays."""
    group = np.arange(len(size))
    total, size, apart = total.copy(), size.copy(), apart.copy()
    alive = np.ones(len(size), bool)
    mean = total / size[:, None]
    link = mean @ mean.T
    link[apart] = -np.inf
    np.fill_diagonal(link, -np.inf)
    while alive.sum() > k:
        a, b = np.unravel_index(int(link.argmax()), link.shape)
        if link[a, b] == -np.inf:
            break
        group[group == b] = a
        total[a] += total[b]
        size[a] += size[b]
        apart[a] |= apart[b]
        apart[:, a] = apart[a]
        alive[b] = False
        link[b] = link[:, b] = -np.inf
        row = (total[a] / size[a]) @ (total / size[:, None]).T
        row[~alive | apart[a]] = -np.inf
        row[a] = -np.inf
        link[a] = link[:, a] = row
    stay = np.flatnonzero(alive)
    stay = stay[np.argsort(-size[stay], kind="stable")][:k]
    number = np.full(len(size), -1, np.int64)
    number[stay] = np.arange(len(stay))
    return np.asarray(number[group], np.int64)


def constrained_kmeans(
    features: FloatArray, seeds: IndexArray, k: int, rng: np.random.Generator
) -> FloatArray:
    """Centres float32 [k, D]: of the seed groups first, the others found among all items.

    Seeded k-means (Basu 2002, Constrained-KMeans): seeds never change group.
    """
    n_seeded = int(seeds.max()) + 1 if len(seeds) else 0
    centres = [features[seeds == g].mean(0) for g in range(n_seeded)]
    closest = np.full(len(features), -1.0, np.float32)
    for centre in centres:
        closest = np.maximum(closest, features @ unit(centre[None])[0])
    while len(centres) < k:
        gap = np.maximum(1 - closest, 0).astype(np.float64) ** 2
        gap = gap if gap.sum() > 0 else np.ones(len(gap))
        pick = int(rng.choice(len(features), p=gap / gap.sum()))
        centres.append(features[pick])
        closest = np.maximum(closest, features @ features[pick])
    current = unit(np.stack(centres))
    fixed = seeds >= 0
    for _ in range(20):
        assigned = np.where(fixed, seeds, (features @ current.T).argmax(1))
        moved = np.zeros_like(current)
        np.add.at(moved, assigned, features)
        empty = np.bincount(assigned, minlength=k) == 0
        moved[empty] = current[empty]
        moved = unit(moved)
        if np.allclose(moved, current, atol=1e-4):
            break
        current = moved
    return current


def _refine(
    features: FloatArray, evidence: Evidence, seeds: IndexArray, centres: FloatArray
) -> Scores:
    """Probabilities [N, K]: a classifier and the answers correct each other, in turns."""
    k = len(centres)
    similarity = features @ centres.T
    if k == 1:
        return np.ones((len(features), 1))
    items = evidence.items
    n_seeded = int(seeds.max()) + 1
    pseudo = _typical(similarity, seeds, range(k) if n_seeded < k else range(0))
    if not len(items) and not len(pseudo):
        return np.asarray(similarity, np.float64)
    rows = np.concatenate([items, pseudo]).astype(np.int64)
    given = np.eye(k)[similarity[pseudo].argmax(1)]
    seeded = seeds[items] >= 0
    belief = np.full((len(items), k), 1 / k)
    belief[seeded] = np.eye(k)[seeds[items][seeded]]
    found: Classifier | None = None
    for _ in range(_ROUNDS):
        sure = (belief.max(1) - 1 / k) / (1 - 1 / k)
        weights = np.concatenate([np.maximum(sure, 1e-3), np.full(len(pseudo), _PSEUDO_WEIGHT)])
        found = classify(features, rows, np.concatenate([belief, given]), weights)
        belief = propagate(evidence, items, found.left_out[: len(items)])
    assert found is not None
    probabilities = found.probabilities
    probabilities[items] = belief
    return probabilities


def _typical(similarity: FloatArray, seeds: IndexArray, groups: range) -> IndexArray:
    """The items nearest to each centre that no answer names, to stand for it."""
    nearest_centre = similarity.argmax(1)
    chosen = [np.flatnonzero((nearest_centre == g) & (seeds < 0)) for g in groups]
    best = [
        c[np.argsort(-similarity[c, g], kind="stable")[:_PSEUDO]]
        for g, c in zip(groups, chosen, strict=True)
    ]
    return np.concatenate([np.empty(0, np.int64), *best])


def _together(probabilities: Scores, evidence: Evidence) -> IndexArray:
    """Most probable label [N]; items joined by answers that stand take a common one."""
    labels = probabilities.argmax(1).astype(np.int64)
    items = evidence.items
    if not len(items):
        return np.asarray(labels, np.int64)
    belief = probabilities[items]
    standing = evidence.where(evidence.same & ~doubted(evidence, items, belief))
    part = components(len(labels), standing)[items]
    _, part = np.unique(part, return_inverse=True)
    total = np.zeros((part.max() + 1, belief.shape[1]))
    np.add.at(total, part, np.log(belief + 1e-6))
    labels[items] = total.argmax(1)[part]
    return np.asarray(labels, np.int64)


def estimate_n_groups(
    features: FloatArray, evidence: Evidence, units: IndexArray, rng: np.random.Generator
) -> int:
    """Number of groups: those found apart, and how many more their sizes let expect.

    Chao's lower bound for unseen classes (Chao 1984): f1 groups of one item, f2 of two, add
    f1 (f1 - 1) / (2 (f2 + 1)). With few answers, not below what the silhouette of k-means finds.
    """
    sizes = _core_sizes(evidence, units)
    once, twice = int((sizes == 1).sum()), int((sizes == 2).sum())
    found = len(sizes) + once * (once - 1) // (2 * (twice + 1))
    if sizes.sum() >= _ENOUGH:
        return max(2, found)
    return max(found, _silhouette_choice(features, rng))


def _core_sizes(evidence: Evidence, units: IndexArray) -> IndexArray:
    items = evidence.items
    if not len(items):
        return np.empty(0, np.int64)
    names, unit_of = np.unique(units[items], return_inverse=True)
    size = np.bincount(unit_of).astype(np.float64)
    chosen = _cores(size, _apart(evidence, units, names))
    return np.asarray(size[chosen], np.int64)


def _silhouette_choice(features: FloatArray, rng: np.random.Generator) -> int:
    """K from 2 to 15 of the largest simplified silhouette (Hruschka 2004) on up to 1,000 items."""
    sample = features[rng.permutation(len(features))[:_SAMPLE]]
    most = min(_MOST, len(sample) - 1)
    if most < 2:
        return 1
    nobody = np.full(len(sample), -1, np.int64)
    values = []
    for k in range(2, most + 1):
        centres = constrained_kmeans(sample, nobody, k, rng)
        gap = np.sort(1 - sample @ centres.T, axis=1)
        values.append(float(np.mean((gap[:, 1] - gap[:, 0]) / np.maximum(gap[:, 1], 1e-6))))
    return 2 + int(np.argmax(values))
