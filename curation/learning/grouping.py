"""Predicted grouping of all items: what was decided, and what a model makes of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.learning.beliefs import (
    Evidence,
    collect,
    components,
    doubted,
    propagate,
    supported_units,
)
from curation.learning.seeding import (
    STARTS,
    constrained_kmeans,
    cores,
    largest_units,
    of_their_own,
    seed_groups,
    set_apart,
)
from curation.learning.spreading import Examples, Surroundings, spread
from curation.proposals.membership import group_means, unlike_cosine
from curation.proposals.sorting.board import SURE
from curation.spaces.neighbours import nearest
from curation.types import BoolArray, Constraints, FloatArray, IndexArray, Neighbours

_K_NEIGHBOURS = 10
_ROUNDS = 3
_STILL = 0.02
"""Beliefs that move by less are settled."""
_UNSEEDED_WEIGHT = 0.3
_PSEUDO = 20
_PSEUDO_WEIGHT = 0.06
_ENOUGH = 30
_SAMPLE = 1000
_MOST = 15
_MOST_NAMED = 1000
_ASKED_ENOUGH = 20
_MOST_UNMET = 2
_SMALLEST = 4
"""Images of a group on average, at the least."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grouping:
    """``labels`` int64 [N] in 0..n_groups-1 and ``probabilities`` float32 [N, n_groups].

    ``clusters`` int64 [N] of the space alone, finer than the groups, and how ``typical`` float32
    [N] an item is of its own, where they were made. ``rivals``: see there. ``piles`` int64 [N] with
    ``side_by_side`` int64 [P, 2]: see ``learning.piles``.
    """

    labels: IndexArray
    probabilities: FloatArray
    n_groups: int
    clusters: IndexArray | None = None
    typical: FloatArray | None = None
    rivals: tuple[tuple[int, float], ...] = ()
    piles: IndexArray | None = None
    side_by_side: IndexArray | None = None

    @cached_property
    def chance(self) -> FloatArray:
        """Probability float32 [N] of the label."""
        rows = np.arange(len(self.labels))
        return np.asarray(self.probabilities[rows, self.labels], np.float32)

    @property
    def sure(self) -> BoolArray:
        """Whether each item counts as sure of its group, bool [N]."""
        return np.asarray(self.chance >= SURE)


class Settled(Protocol):
    """What a grouping is remembered by."""

    @property
    def labels(self) -> IndexArray: ...

    @property
    def sure(self) -> BoolArray: ...


def settled(then: Settled, now: Settled) -> int:
    """Images that are in another group now, or sure of theirs and were not.

    Groups are numbered anew each time: each was the one that most of its images were in.
    """
    n = min(len(then.labels), len(now.labels))
    if not n:
        return 0
    before, after = then.labels[:n], now.labels[:n]
    width = int(before.max()) + 1
    shared = np.bincount(after * width + before, minlength=(int(after.max()) + 1) * width)
    came_from = shared.reshape(-1, width).argmax(1)
    moved = came_from[after] != before
    return int(np.count_nonzero(moved | (now.sure[:n] & ~then.sure[:n])))


def rivals(grouping: Grouping) -> list[tuple[int, float]]:
    """Of each group the one that most of its unsure items would be in else, and the share of its
    items that these are."""
    k = grouping.n_groups
    if k < 2:
        return [(0, 0.0)] * k
    unsure = np.flatnonzero(grouping.chance < SURE)
    labels = grouping.labels[unsure]
    others = np.array(grouping.probabilities[unsure])
    others[np.arange(len(unsure)), labels] = -1
    between = np.bincount(labels * k + others.argmax(1), minlength=k * k).reshape(k, k)
    size = np.maximum(np.bincount(grouping.labels, minlength=k), 1)
    best = between.argmax(1)
    share = between[np.arange(k), best] / size
    return list(zip(best.tolist(), share.tolist(), strict=True))


def predict_groups(
    vectors: FloatArray,
    constraints: Constraints,
    n_groups: int | None,
    seed: int,
    neighbours: Neighbours | None = None,
    base: FloatArray | None = None,
    named: int = 0,
) -> Grouping:
    """Group all N items into ``n_groups`` groups (None: estimated, but not fewer than ``named``).

    ``vectors`` float32 [N, D] unit norm; ``neighbours`` of the vectors, computed when absent;
    ``base`` float32 [N, D0] the frozen embedding, which helps to estimate the number of groups.
    Items joined by `same` answers stay together unless the other answers and the model together
    find an answer more likely wrong than right; what was set apart from a group never is in it.
    Deterministic given ``seed``.
    """
    around = Surroundings.of(vectors, neighbours or nearest(vectors, _K_NEIGHBOURS))
    steps = predict_steps(around, constraints, n_groups, seed, base, named)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            grouping: Grouping = stop.value
            return grouping


def predict_steps(
    around: Surroundings,
    constraints: Constraints,
    n_groups: int | None,
    seed: int,
    base: FloatArray | None = None,
    named: int = 0,
) -> Generator[float, None, Grouping]:
    """As ``predict_groups`` of the space of ``around``, in short steps; yields the share that is
    done after each."""
    features = around.smoothed
    n = len(features)
    if n == 0:
        return Grouping(np.empty(0, np.int64), np.empty((0, 0), np.float32), 0)
    yield 0.1
    rng = np.random.default_rng(seed)
    evidence = collect(constraints)
    units = supported_units(evidence, features)
    yield 0.2
    k = n_groups
    if k is None:
        found = known_apart(evidence, units, base, constraints)
        k = estimate_n_groups(features, found, named, rng)
    k = max(1, min(k, n))
    yield 0.3
    seeds = seed_groups(features, evidence, units, k)
    # Centres beside many named groups are few among many: one start finds them as well.
    centres = constrained_kmeans(features, seeds, k, rng, 1 if named > 1 else STARTS)
    if n_groups is None:
        centres = of_their_own(centres, int(seeds.max(initial=-1)) + 1, named)
        k = len(centres)
    yield 0.5
    refused = _refused(evidence, units, seeds, k)
    probabilities = yield from _refine(around, features, evidence, seeds, centres, refused)
    labels = _together(probabilities, evidence)
    return Grouping(labels, probabilities.astype(np.float32), k)


def _refused(evidence: Evidence, units: IndexArray, seeds: IndexArray, k: int) -> BoolArray:
    """True [N, k] where an item's unit was set apart from a seed group: for ever."""
    refused = np.zeros((len(units), k), np.bool_)
    apart = evidence.where(~evidence.same & (units[evidence.i] != units[evidence.j]))
    for one, other in ((apart.i, apart.j), (apart.j, apart.i)):
        told = (seeds[other] >= 0) & (seeds[one] < 0)
        of_unit = np.zeros((int(units.max(initial=-1)) + 1, k), np.bool_)
        of_unit[units[one[told]], seeds[other[told]]] = True
        refused |= of_unit[units]
    return refused


def _refine(
    around: Surroundings,
    features: FloatArray,
    evidence: Evidence,
    seeds: IndexArray,
    centres: FloatArray,
    refused: BoolArray,
) -> Generator[float, None, Scores]:
    """Probabilities [N, K]: what is known spreads, and the answers correct it, in turns."""
    k = len(centres)
    if k == 1:
        return np.ones((len(features), 1))
    similarity = ties.products(features, centres)
    items = evidence.items
    weak = _typical(similarity, seeds, items)
    seeded = seeds[items] >= 0
    belief = np.full((len(items), k), 1 / k)
    belief[seeded] = np.eye(k)[seeds[items][seeded]]
    probabilities = None
    for round_ in range(_ROUNDS):
        yield 0.5 + 0.5 * round_ / _ROUNDS
        sure = (belief.max(1) - 1 / k) / (1 - 1 / k) * np.where(seeded, 1.0, _UNSEEDED_WEIGHT)
        named = Examples(items, belief, np.maximum(sure, 1e-3))
        probabilities, by_neighbours = spread(around, named, refused, weak, start=probabilities)
        before, belief = belief, propagate(evidence, items, by_neighbours)
        if not len(items) or np.abs(belief - before).max() < _STILL:
            break
    assert probabilities is not None
    probabilities[items] = belief
    return probabilities


def _typical(similarity: Scores, seeds: IndexArray, asked: IndexArray) -> Examples:
    """The 20 items nearest to each centre that no answer names: weak examples of its group."""
    nearest_centre = ties.first_best(similarity)
    own = nearest_centre.copy()
    own[asked] = -1
    rows = []
    for g in range(similarity.shape[1]):
        members = np.flatnonzero(own == g)
        rows.append(members[ties.best_first(similarity[members, g])[:_PSEUDO]])
    typical = np.concatenate(rows).astype(np.int64)
    given = np.eye(similarity.shape[1])[nearest_centre[typical]]
    return Examples(typical, given, np.full(len(typical), _trust(similarity, seeds)))


def _trust(similarity: Scores, seeds: IndexArray) -> float:
    """Weight of a weak example beside an answered one: the odds that a centre is right, damped.

    Where the vectors form the groups by themselves, the clusters say more than few answers.
    """
    known = np.flatnonzero(seeds >= 0)
    right = int((ties.first_best(similarity[known]) == seeds[known]).sum())
    odds = (right + 1) / (len(known) - right + 1)
    return float(np.clip(_PSEUDO_WEIGHT * odds, 0.03, 1.0))


def _together(probabilities: Scores, evidence: Evidence) -> IndexArray:
    """Most probable label [N]; items joined by answers that stand take a common one."""
    labels = ties.first_best(probabilities)
    items = evidence.items
    if not len(items):
        return labels
    belief = probabilities[items]
    standing = evidence.where(evidence.same & ~doubted(evidence, items, belief))
    part = components(len(labels), standing)[items]
    _, part = np.unique(part, return_inverse=True)
    total = np.zeros((part.max() + 1, belief.shape[1]))
    np.add.at(total, part, np.log(belief + 1e-6))
    labels[items] = ties.first_best(total)[part]
    return labels


def estimate_n_groups(
    features: FloatArray, sizes: IndexArray, named: int, rng: np.random.Generator
) -> int:
    """Number of groups: how many are known to differ, of ``sizes`` [G] items.

    With few answers, not below what the silhouette of k-means finds. Where groups are ``named``, a
    single image that was set apart from them is none.
    """
    if named > 1:
        found = max(min(named, _MOST_NAMED), int((sizes > 1).sum()))
        return found + min(unmet(sizes, found), len(features) // _SMALLEST)
    if sizes.sum() >= _ENOUGH:
        return max(2, len(sizes))
    return max(len(sizes), _silhouette_choice(features, rng))


def unmet(sizes: IndexArray, met: int) -> int:
    """Groups beside the ``met`` ones that no answer met yet, at most twice as many as these.

    By how many of them hold one image that was asked about, and how many hold two; ``sizes`` [G]
    are those of the groups. Chao's lower bound (1984): https://www.jstor.org/stable/4615964
    """
    several = sizes[sizes > 1]
    once, twice = met - len(several), int((several == 2).sum())
    if several.sum() + once < _ASKED_ENOUGH:
        return 0
    return min(once * (once - 1) // (2 * (twice + 1)), _MOST_UNMET * met)


def known_apart(
    evidence: Evidence, units: IndexArray, base: FloatArray | None, constraints: Constraints
) -> IndexArray:
    """Sizes of the groups that differ from each other, by answers or, where answers bear it out,
    by the frozen embedding ``base`` [N, D0] (see ``unlike_cosine``)."""
    items = evidence.items
    if not len(items):
        return np.empty(0, np.int64)
    names, unit_of = largest_units(units[items])
    items, unit_of = items[unit_of >= 0], unit_of[unit_of >= 0]
    size = np.bincount(unit_of).astype(np.float64)
    apart = set_apart(evidence, units, names)
    if base is not None:
        means = group_means(base[items].astype(np.float64), unit_of)
        apart += ties.below(ties.products(means, means), unlike_cosine(base, constraints))
        np.fill_diagonal(apart, 0)
    return np.asarray(size[cores(size, apart)], np.int64)


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
        gap = np.sort(1 - ties.products(sample, centres), axis=1)
        values.append(float(np.mean((gap[:, 1] - gap[:, 0]) / np.maximum(gap[:, 1], 1e-6))))
    return 2 + int(ties.first_best(np.array(values)))
