"""Sorting for a number of seconds with a person who knows the labels, measured on the way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from curation.evaluation.accepting import Claimable, accept_unseen
from curation.evaluation.metrics import ari
from curation.evaluation.simulate import TRAIN_EVERY, Simulated, labels_of
from curation.evaluation.sorter import Sorter
from curation.learning.grouping import Grouping, settled
from curation.types import IndexArray

MARKS = (30, *range(60, 601, 60), 1200, 2400)
"""Seconds at which a row is measured, besides the last."""


class _Progress(Protocol):
    def of(self, criterion: str, reviewer: str) -> Mapping[str, Any]: ...


class _PredictedGroups(Protocol):
    def grouping(self, criterion: str, n_groups: int | None = None) -> Grouping: ...


class Sortable(Simulated, Claimable, Protocol):
    """The calls of a workspace that such a simulation makes."""

    @property
    def predicted(self) -> _PredictedGroups: ...

    @property
    def progress(self) -> _Progress: ...


def sort_for(
    workspace: Sortable,
    labels: Mapping[str, str],
    *,
    criterion: str,
    seconds: float,
    sorter: Sorter,
    forms: str = "auto",
    strategy: str = "mix",
    objective: str = "human",
    accept: float | None = None,
) -> dict[str, Any]:
    """Sort by ``labels`` (item id -> label) for so many ``seconds`` of the ``sorter``'s time.

    ``forms`` auto: the product chooses; pairs: those of the ``strategy``, with synchronous training
    after every 25. Returns the settings and ``curve``: rows at 30 s, at each minute up to the tenth
    and at the end, as things stood when that time was up. ``accept`` is a share of pairs: what a
    claim of it accepts after that is told as ``accepted`` (see ``accept_unseen``). Raises
    CurationError where an item has no label.
    """
    ids = workspace.snapshot(criterion).space.item_ids
    names, coded = np.unique(labels_of(ids, labels), return_inverse=True)
    codes = coded.astype(np.int64)
    started = time.perf_counter()
    before: Grouping | None = None

    def row(at: float) -> dict[str, Any]:
        nonlocal before
        then, grouping = before, workspace.predicted.grouping(criterion, None)
        told = workspace.progress.of(criterion, sorter.name)
        before = grouping
        return {
            "seconds": at,
            "interactions": sum(sorter.answers.values()),
            "answers": dict(sorter.answers),
            "images_seen": len(sorter.seen),
            **agreement(codes, grouping.labels, ids, sorter.seen),
            "sure": told["sure"],
            "settled": None if then is None else settled(then, grouping),
            "next_minute": told["next_minute"],
            "guesses": told["agreement"],
            "computed": time.perf_counter() - started,
        }

    marks = [mark for mark in MARKS if mark < seconds] + [seconds]
    curve = []
    while marks:
        question = sorter.ask(workspace, criterion, forms, strategy)
        if question is None:
            break
        after = sorter.seconds + sorter.seconds_for(question)
        while marks and after > marks[0]:
            curve.append(row(marks.pop(0)))
        if not marks:
            break
        sorter.answer(workspace, criterion, question)
        if forms == "pairs" and sum(sorter.answers.values()) % TRAIN_EVERY == 0:
            workspace.training.train_now(criterion, objective)
    curve += [row(mark) for mark in marks]
    return {
        "n_items": len(ids),
        "n_labels": len(names),
        "strategy": strategy if forms == "pairs" else forms,
        "objective": objective if forms == "pairs" else "none",
        "seed": sorter.seed,
        "error_rate": sorter.error_rate,
        "reviewer": asdict(sorter.pace),
        "curve": curve,
        "accepted": accept and accept_unseen(workspace, criterion, sorter, accept),
    }


def agreement(
    codes: IndexArray, found: IndexArray, ids: Sequence[str], seen: set[str]
) -> dict[str, float | None]:
    """Adjusted Rand index of all items, and of those that no question showed."""
    unseen = np.array([item not in seen for item in ids], np.bool_)
    rest = ari(codes[unseen], found[unseen]) if unseen.sum() > 1 else None
    return {"ari": ari(codes, found), "ari_unseen": rest}
