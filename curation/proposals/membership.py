"""Which group each item most likely belongs to, learnt from the groups that decisions made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from curation import ties
from curation.types import VERDICTS, BoolArray, Constraints, FloatArray, IndexArray

_PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
_SHARPNESS = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
_MAX_CORES = 300
_REFUSALS = 6
_RARELY = 0.2
_TINY = 1e-300

Scores = npt.NDArray[np.float64]
_F = TypeVar("_F", np.float32, np.float64)


@dataclass(frozen=True)
class Classifier:
    """A ridge classifier: ``probabilities`` float64 [N, K] of all items, and ``left_out`` [m, K]
    of the m training items, each as predicted by the others (exact leave-one-out)."""

    probabilities: Scores
    left_out: Scores


def classify(
    features: FloatArray, rows: IndexArray, targets: Scores, weights: Scores
) -> Classifier:
    """Ridge regression on soft ``targets`` [m, K] of ``rows`` [m], weighted by ``weights`` [m].

    Penalty and softmax sharpness are chosen by leave-one-out, which is closed-form for a kernel
    ridge: y_i - f_-i = alpha_i / (G^-1)_ii (Rasmussen and Williams 2006, eq. 5.12).
    """
    prior = weights @ targets / weights.sum()
    training = features[rows].astype(np.float64)
    kernel = training @ training.T
    fits = [_ridge(kernel, targets - prior, targets, weights, p) for p in _PENALTIES]
    _, alpha, left_out = fits[_least([fit[0] for fit in fits])]
    scores = ties.products(features, (training.T @ alpha).T) + prior
    tried = [_surprise(softmax(s * left_out), targets, weights) for s in _SHARPNESS]
    sharp = _SHARPNESS[_least(tried)]
    return Classifier(softmax(sharp * scores), softmax(sharp * left_out))


def _least(errors: Sequence[float]) -> int:
    return int(ties.first_best(-np.array(errors)))


def _ridge(
    kernel: Scores, centred: Scores, targets: Scores, weights: Scores, penalty: float
) -> tuple[float, Scores, Scores]:
    inverse = np.linalg.inv(kernel + np.diag(penalty / weights))
    alpha = inverse @ centred
    left_out = targets - alpha / np.diag(inverse)[:, None]
    error = float(weights @ ((left_out - targets) ** 2).sum(1))
    return error, alpha, left_out


def _surprise(predicted: Scores, targets: Scores, weights: Scores) -> float:
    return float(-weights @ (targets * np.log(predicted + 1e-6)).sum(1))


def softmax(logits: Scores) -> Scores:
    """Over the last axis of float64 [.., K], in its shape; zeros where all are -inf."""
    most = logits.max(-1, keepdims=True)
    weight = np.exp(logits - np.where(np.isfinite(most), most, 0.0))
    return np.asarray(weight / np.maximum(weight.sum(-1, keepdims=True), 1.0), np.float64)


@dataclass(frozen=True)
class Membership:
    """The C core groups of N items, and how likely each item is in each.

    ``cores`` int64 [C] index into the must-link groups; ``representative`` int64 [C] the item that
    stands for each, eligible; ``apart`` [G] the groups that cannot link with each group.
    """

    features: FloatArray
    constraints: Constraints
    apart: Sequence[set[int]]
    cores: IndexArray
    representative: IndexArray

    @cached_property
    def probabilities(self) -> Scores:
        """P(core) [N, C]: certain for members, zero where a cannot-link excludes, else the model's;
        learnt when first asked for."""
        if not len(self.cores):
            return np.zeros((len(self.features), 0))
        group = self.constraints.group
        core_of = _core_of(self.constraints, self.cores)
        rows = np.flatnonzero(core_of >= 0)
        targets = np.eye(len(self.cores))[core_of[rows]]
        weights = np.maximum(self.constraints.strength[rows].astype(np.float64), 0.1)
        found = classify(self.features, rows, targets, weights).probabilities
        found[rows] = targets
        for i in np.flatnonzero((group >= 0) & (core_of < 0)):
            found[i, np.isin(self.cores, list(self.apart[group[i]]))] = 0.0
        return found

    @property
    def preference(self) -> Scores:
        """log P(core) [N, C]: of what answers leave over, small probabilities differ, too."""
        return np.asarray(np.log(np.maximum(self.probabilities, _TINY)), np.float64)

    @property
    def uncertainty(self) -> Scores:
        """1 - the largest probability [N]; 1 without cores."""
        if not len(self.cores):
            return np.ones(len(self.features))
        return np.asarray(1 - self.probabilities.max(1), np.float64)


@dataclass(frozen=True)
class Unlike:
    """Groups that a space tells apart where no answer does.

    ``means`` float32 [G, D] of the members' vectors: two groups differ if their members' mean
    cosine is below ``cosine``.
    """

    means: FloatArray
    cosine: float

    @classmethod
    def of(cls, vectors: FloatArray, constraints: Constraints, cosine: float) -> Unlike:
        """Of the must-link groups of ``vectors`` float32 [N, D], unit norm."""
        return cls(group_means(vectors, constraints.group), cosine)

    def to(self, group: int) -> BoolArray:
        """Whether each group differs from ``group``, [G]."""
        return ties.below(ties.products(self.means, self.means[group][None])[:, 0], self.cosine)


def unlike_cosine(vectors: FloatArray, constraints: Constraints) -> float:
    """The highest cosine up to which answered pairs are `same` less than half as often as all.

    ``vectors`` float32 [N, D], unit norm. Both shares are means of a Beta(1, 4) prior and of the
    answers, and the first is below a fifth; -inf where there is no such cosine, as where the
    meaning has nothing to do with the embedding or little is answered.
    """
    verdicts = np.asarray(VERDICTS)[constraints.verdicts]
    told = (verdicts == "same") | (verdicts == "different")
    i, j = constraints.pairs[told].T
    cosine = np.einsum("pd,pd->p", vectors[i], vectors[j])
    order = ties.best_first(-cosine)
    same = np.cumsum((verdicts[told] == "same")[order])
    share = (1 + same) / (5 + np.arange(1, len(order) + 1))
    low = np.flatnonzero(share < np.minimum(_RARELY, share[-1:] / 2))
    return float(cosine[order[low[-1]]]) if len(low) else -np.inf


def group_means(vectors: npt.NDArray[_F], group: IndexArray) -> npt.NDArray[_F]:
    """Means [G, D] of ``vectors`` [N, D], in their precision, by ``group`` [N] (-1: in none).

    Zero for an empty one. The product of two of unit vectors is their members' mean cosine.
    """
    rows = np.flatnonzero(group >= 0)
    ones, shape = np.ones(len(rows), vectors.dtype), (int(group.max(initial=-1)) + 1, len(rows))
    member = sparse.csr_array((ones, (group[rows], np.arange(len(rows)))), shape=shape)
    size = np.maximum(member.sum(1), 1).astype(vectors.dtype)
    return np.asarray(member @ vectors[rows] / size[:, None], vectors.dtype)


def fit_membership(
    features: FloatArray,
    constraints: Constraints,
    eligible: BoolArray,
    unlike: Unlike | None = None,
) -> Membership:
    """The core groups, to be learnt from their members; ``features`` float32 [N, D] unit norm.

    A group that many cores refused is one, too. Only groups with an ``eligible`` [N] member
    are: nobody could be asked against another. With ``unlike``, groups that it tells apart are
    taken to differ, too.
    """
    apart = _neighbours_apart(constraints)
    group = np.where(eligible, constraints.group, -1)
    asked = np.bincount(group[group >= 0], minlength=len(apart)) > 0
    cores = core_groups(constraints, apart, asked, unlike)
    cores = np.concatenate([cores, _often_refused(cores, apart, asked)])
    strength = constraints.strength
    leads = [_representative(features, strength, np.flatnonzero(group == g)) for g in cores]
    return Membership(features, constraints, apart, cores, np.array(leads, np.int64))


def _core_of(constraints: Constraints, cores: IndexArray) -> IndexArray:
    """Index into ``cores`` of every item, -1 where it is in none."""
    number = np.full(constraints.n_groups + 1, -1, np.int64)
    number[cores] = np.arange(len(cores))
    return number[constraints.group]


def _often_refused(cores: IndexArray, apart: list[set[int]], asked: BoolArray) -> IndexArray:
    """Groups refused by so many cores that asking the remaining ones costs more than it tells."""
    taken = set(cores.tolist())
    refused = [len(others & taken) for others in apart]
    often = [g for g, count in enumerate(refused) if count >= _REFUSALS and asked[g]]
    names = [g for g in often if g not in taken]
    return np.asarray(names[: _MAX_CORES - len(cores)], np.int64)


def _neighbours_apart(constraints: Constraints) -> list[set[int]]:
    """For each must-link group the groups that cannot link with it."""
    apart: list[set[int]] = [set() for _ in range(constraints.n_groups)]
    for g, h in constraints.cannot_link.tolist():
        apart[g].add(h)
        apart[h].add(g)
    return apart


def core_groups(
    constraints: Constraints,
    apart: list[set[int]],
    asked: BoolArray,
    unlike: Unlike | None = None,
) -> IndexArray:
    """Groups that differ from each other: the best known, then each one apart from all taken.

    Of the ``asked`` [G], none of them empty. How well a group is known is the number of its items
    and of the groups it is set apart from.
    """
    sizes = np.bincount(constraints.group[constraints.group >= 0], minlength=len(apart))
    known = sizes + np.array([len(others) for others in apart], np.int64)
    cores: list[int] = []
    distinct = asked.copy()
    for g in np.argsort(-known, kind="stable").tolist():
        if not distinct[g] or len(cores) == _MAX_CORES:
            continue
        cores.append(g)
        differs = np.zeros(len(apart), np.bool_) if unlike is None else unlike.to(g)
        differs[list(apart[g])] = True
        distinct &= differs
    return np.asarray(cores, np.int64)


def _representative(features: FloatArray, strength: FloatArray, members: IndexArray) -> int:
    """The best supported of the ``members``, of those the one nearest to their mean."""
    support = np.round(strength[members], 3)
    members = members[support == support.max()]
    near = ties.products(features[members], features[members].mean(0)[None])[:, 0]
    return int(members[ties.first_best(near)])
