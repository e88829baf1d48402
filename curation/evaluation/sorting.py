"""Sorting for a number of seconds with a person who knows the labels, measured on the way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from curation.evaluation.metrics import ari
from curation.evaluation.simulate import Simulated
from curation.evaluation.sorter import Sorted, Sorter
from curation.types import IndexArray

MARKS = (30, 60, 120, 300, 600, 1200, 2400)
"""Seconds at which a row is measured, besides the last."""


class Sortable(Simulated, Sorted, Protocol):
    """The calls of a workspace that such a simulation makes."""


def sort_for(
    workspace: Sortable,
    labels: Mapping[str, str],
    *,
    criterion: str,
    seconds: float,
    sorter: Sorter,
    form: str | None = None,
    strategy: str = "mix",
    train_every: int = 0,
    objective: str = "human",
) -> dict[str, Any]:
    """Sort by ``labels`` (item id -> label) for so many ``seconds`` of the ``sorter``'s time.

    ``form`` None: the product chooses; pairs: those of the ``strategy``. Training is synchronous,
    after every ``train_every`` questions (0: never). Returns the settings and ``curve``: rows at
    30, 60, 120, 300, 600, ... seconds and at the end, each as things stood when that time was up.
    """
    ids = workspace.snapshot(criterion).space.item_ids
    codes = np.unique([labels[item] for item in ids], return_inverse=True)[1].astype(np.int64)
    started = time.perf_counter()

    def row(at: float) -> dict[str, Any]:
        found = workspace.predicted.grouping(criterion, None).labels
        return {
            "seconds": at,
            "answers": dict(sorter.answers),
            "seen": len(sorter.seen),
            **agreement(codes, found, ids, sorter.seen),
            "computed": time.perf_counter() - started,
        }

    marks = [mark for mark in MARKS if mark < seconds] + [seconds]
    curve = []
    asked = 0
    while marks:
        question = sorter.ask(workspace, criterion, form, strategy)
        if question is None:
            break
        after = sorter.seconds + sorter.seconds_for(question)
        while marks and after > marks[0]:
            curve.append(row(marks.pop(0)))
        if not marks:
            break
        sorter.answer(workspace, criterion, question)
        asked += 1
        if train_every and asked % train_every == 0:
            workspace.training.train_now(criterion, objective)
    curve += [row(mark) for mark in marks]
    return {"n_items": len(ids), "n_labels": int(codes.max()) + 1, "curve": curve}


def agreement(
    codes: IndexArray, found: IndexArray, ids: Sequence[str], seen: set[str]
) -> dict[str, float | None]:
    """Adjusted Rand index of all items, and of those that no question showed."""
    unseen = np.array([item not in seen for item in ids], np.bool_)
    rest = ari(codes[unseen], found[unseen]) if unseen.sum() > 1 else None
    return {"ari": ari(codes, found), "ari_unseen": rest}
