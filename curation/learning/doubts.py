"""Doubtful answers: how likely each one is wrong, by the others and by a model without it.

The model is the classifier behind the predicted grouping, trained without the item that it judges
(cross-validation, as in confident learning: Northcutt et al. 2021, https://arxiv.org/abs/1911.00068),
so that an answer is no evidence for itself. It enters as the prior of the beliefs that weigh all
answers, and the chance is read off each answer's own edge.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.learning.beliefs import Evidence, collect, wrong
from curation.learning.spreading import Examples, Surroundings, spread
from curation.types import BoolArray, Constraints, IndexArray

FOLDS = 5
FEWEST = 5
"""Answered items of a group from which the model can tell it without one of them."""
LIKELY = 0.5
"""Chance of being wrong from which an answer is called doubtful."""
MOST = 500
"""Doubtful answers that are told, the worst ones."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Doubt:
    """The answer ``same`` or not to rows ``i`` and ``j`` is wrong with chance ``wrong``.

    ``odd`` is the one of the two that fits its group less, ``like`` a row of the group that the
    model, without the answers about it, finds likeliest for it; -1 where that is its own.
    """

    i: int
    j: int
    same: bool
    wrong: float
    odd: int
    like: int


def doubt_steps(
    around: Surroundings, constraints: Constraints, labels: IndexArray, seed: int
) -> Generator[float, None, list[Doubt]]:
    """The answers that are more likely wrong than right, worst first, at most 500.

    ``labels`` int64 [N] is the predicted group of every item. Answers that contradict others are
    left out: these are told as contradictions. Yields the share done after each short step;
    deterministic given ``seed``.
    """
    evidence = _undisputed(constraints)
    items = evidence.items
    if not len(items):
        return []
    groups, own = np.unique(labels[items], return_inverse=True)
    own = np.asarray(own, np.int64)
    if len(groups) < 2:
        return []
    prior, judged = yield from _out_of_fold(_among(around, items), own, len(groups), seed)
    chance = wrong(evidence, items, prior)
    a, b = np.searchsorted(items, evidence.i), np.searchsorted(items, evidence.j)
    fits = np.where(judged, prior[np.arange(len(items)), own], 1.0)
    odd = np.where(ties.below(fits[b], fits[a]), b, a)
    likeliest = ties.first_best(prior)
    best_of = _surest(prior, own, len(groups))
    found = np.flatnonzero((chance > LIKELY) & judged[odd])
    found = found[ties.best_first(chance[found])][:MOST]
    told = []
    for edge in found.tolist():
        item, guess = int(odd[edge]), int(likeliest[odd[edge]])
        told.append(
            Doubt(
                int(evidence.i[edge]),
                int(evidence.j[edge]),
                bool(evidence.same[edge]),
                float(chance[edge]),
                int(items[item]),
                -1 if guess == own[item] else int(items[best_of[guess]]),
            )
        )
    return told


def _undisputed(constraints: Constraints) -> Evidence:
    """What answers say, without those that contradict others and what only follows from them."""
    found = collect(constraints)
    n = len(constraints.group)
    asked = constraints.pairs[:, 0] * n + constraints.pairs[:, 1]
    low, high = np.minimum(found.i, found.j), np.maximum(found.i, found.j)
    relation = constraints.relation(found.i, found.j)
    agrees = np.where(found.same, relation > 0, relation < 0)
    return found.where(np.isin(low * n + high, asked) & agrees)


def _among(around: Surroundings, items: IndexArray) -> Surroundings:
    graph = around.graph[items][:, items].tocsr()
    return Surroundings(around.features[items], around.smoothed[items], graph)


def _out_of_fold(
    around: Surroundings, own: IndexArray, k: int, seed: int
) -> Generator[float, None, tuple[Scores, BoolArray]]:
    """Probabilities float64 [m, K], each row by a model that has not seen its item's group; and
    which rows bool [m] it can judge, the others are even."""
    size = np.bincount(own, minlength=k)
    judged = size[own] >= FEWEST
    prior = np.full((len(own), k), 1 / k)
    fold = _folds(own, seed)
    refused = np.zeros((len(own), k), np.bool_)
    for number in range(FOLDS):
        yield number / FOLDS
        rest, held = np.flatnonzero(fold != number), np.flatnonzero((fold == number) & judged)
        if not (len(held) and len(rest)):
            continue
        named = Examples(rest, np.eye(k)[own[rest]], np.ones(len(rest)))
        prior[held] = spread(around, named, refused)[0][held]
    return prior, judged


def _folds(own: IndexArray, seed: int) -> IndexArray:
    """A fold int64 [m] for each item, every group spread over all folds."""
    order = np.random.default_rng(seed).permutation(len(own))
    order = order[np.argsort(own[order], kind="stable")]
    fold = np.empty(len(own), np.int64)
    fold[order] = np.arange(len(own)) % FOLDS
    return fold


def _surest(prior: Scores, own: IndexArray, k: int) -> IndexArray:
    """Of each group [K] the item that fits it best."""
    fits = prior[np.arange(len(own)), own]
    best = np.zeros(k, np.int64)
    for group in range(k):
        members = np.flatnonzero(own == group)
        best[group] = members[ties.first_best(fits[members])]
    return best
