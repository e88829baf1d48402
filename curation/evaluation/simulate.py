"""The whole loop with an oracle reviewer: proposals, answers, training, grouping, measured."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from curation.errors import CurationError
from curation.evaluation.metrics import acc, ari, knn_accuracy, nmi
from curation.evaluation.oracle import Oracle, Reviewed
from curation.types import Closure, FloatArray, IndexArray, Space

TRAIN_EVERY = 25
UNSEEN_SHARE = 0.2


class _Number(Protocol):
    @property
    def labels(self) -> IndexArray: ...


class _View(Protocol):
    @property
    def space(self) -> Space: ...

    @property
    def closure(self) -> Closure: ...


class _Items(Protocol):
    def hold(self, items: Collection[str]) -> None: ...


class _Training(Protocol):
    def train_now(self, criterion: str, objective: str | None = None) -> int: ...


class _PredictedGroups(Protocol):
    def grouping(self, criterion: str, n_groups: int | None = None) -> _Number: ...


class Simulated(Reviewed, Protocol):
    """The calls of a workspace that a simulation makes."""

    @property
    def items(self) -> _Items: ...

    @property
    def training(self) -> _Training: ...

    @property
    def predicted(self) -> _PredictedGroups: ...

    def snapshot(self, criterion: str) -> _View: ...


def simulate(
    workspace: Simulated,
    labels: Mapping[str, str],
    *,
    criterion: str,
    n_answers: int,
    strategy: str = "mix",
    otherwise: str | None = None,
    objective: str = "human",
    error_rate: float = 0.0,
    skip_rate: float = 0.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Answer ``n_answers`` pairs from ``labels`` (item id -> label) and measure on the way.

    Training is synchronous, every 25 answers; a fifth of the items, drawn by ``seed``, is never
    proposed. Where the strategy has nothing to ask, ``otherwise`` names another one that is asked
    (None: the simulation ends early). Returns the settings and ``curve``, one row at 0, 25, 50,
    100, 200, 400, ... answers and at the end; ``same_precision`` is None while no pair is known to
    be the same. Raises CurationError where an item has no label.
    """
    measure = Measure(workspace, labels, criterion, seed)
    workspace.items.hold(measure.unseen_ids)
    oracle = Oracle(labels, error_rate, skip_rate, seed)
    points = measuring_points(n_answers)
    curve = [measure.row(oracle)]
    while oracle.answers < n_answers:
        if not oracle.answer_next(workspace, criterion, strategy, otherwise):
            break
        if oracle.answers % TRAIN_EVERY == 0:
            workspace.training.train_now(criterion, objective)
        if oracle.answers in points:
            curve.append(measure.row(oracle))
    if curve[-1]["answers"] != oracle.answers:
        curve.append(measure.row(oracle))
    return {
        "n_items": len(measure.ids),
        "n_labels": measure.n_labels,
        "strategy": strategy,
        "objective": objective,
        "seed": seed,
        "curve": curve,
    }


def labels_of(ids: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """The labels of items; CurationError where one has none."""
    missing = [item for item in ids if item not in labels]
    if missing:
        raise CurationError(
            f"Expected a label for each of {len(ids)} items, got none for "
            f"{len(missing)}, first {missing[0]}; complete the label column."
        )
    return [labels[item] for item in ids]


def measuring_points(n_answers: int) -> set[int]:
    """25, 50, 100, 200, ... and ``n_answers``."""
    points = {n_answers}
    point = TRAIN_EVERY
    while point < n_answers:
        points.add(point)
        point *= 2
    return points


class Measure:
    """Figures of one run; the labels stay in here."""

    def __init__(
        self, workspace: Simulated, labels: Mapping[str, str], criterion: str, seed: int
    ) -> None:
        self.workspace, self.criterion, self.labels, self.seed = workspace, criterion, labels, seed
        self.ids: Sequence[str] = workspace.snapshot(criterion).space.item_ids
        names, codes = np.unique(labels_of(self.ids, labels), return_inverse=True)
        self.n_labels = len(names)
        self.codes = codes.astype(np.int64)
        rng = np.random.default_rng([seed, 0])
        self.unseen = np.sort(rng.permutation(len(self.ids))[: int(UNSEEN_SHARE * len(self.ids))])
        self.unseen_ids = {self.ids[row] for row in self.unseen}
        self._started = time.perf_counter()

    def row(self, oracle: Oracle) -> dict[str, Any]:
        """One row of the curve, of the workspace as it is now."""
        shown = self.workspace.snapshot(self.criterion)
        if shown.space.item_ids != self.ids:
            raise CurationError(
                "The items changed during the simulation; run it on a still source."
            )
        given = self.workspace.predicted.grouping(self.criterion, self.n_labels).labels
        estimated = self.workspace.predicted.grouping(self.criterion, None).labels
        return {
            "answers": oracle.answers,
            "interactions": oracle.interactions,
            "filled": oracle.filled,
            "generation": shown.space.generation,
            "ari": ari(self.codes, given),
            "nmi": nmi(self.codes, given),
            "acc": acc(self.codes, given),
            "ari_estimated_k": ari(self.codes, estimated),
            "ari_unseen": ari(self.codes[self.unseen], given[self.unseen]),
            "knn5": self._knn(shown.space.vectors),
            **pair_counts(shown.closure, self.labels),
            "conflicts": len(shown.closure.conflicts),
            "seconds": time.perf_counter() - self._started,
        }

    def _knn(self, vectors: FloatArray) -> float:
        return knn_accuracy(vectors, self.codes, 5)


def pair_counts(closure: Closure, labels: Mapping[str, str]) -> dict[str, Any]:
    """Implied pairs (answered ones not counted), and the true share of all pairs held same."""
    groups = closure.groups
    same = sum(len(group) * (len(group) - 1) // 2 for group in groups)
    apart = sum(len(groups[g]) * len(groups[h]) for g, h in closure.cannot_link)
    disputed = {conflict.pair for conflict in closure.conflicts}
    stands = [verdict for pair, verdict in closure.explicit.items() if pair not in disputed]
    right = sum(_equal_pairs([labels[item] for item in group]) for group in groups)
    return {
        "implied_same": same - stands.count("same"),
        "implied_different": apart - stands.count("different"),
        "same_precision": right / same if same else None,
    }


def _equal_pairs(names: Sequence[str]) -> int:
    counts = np.unique(names, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())
