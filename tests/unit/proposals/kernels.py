"""What every strategy chooses from a state full of exact ties, printed: run under several kernels.

Each image comes three times, groups have two members, and half of the vectors are symmetric about
the other half's middle, so that means, centres and cuts tie wherever a strategy looks.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes import answered, full_state, unit

from curation.criterion.sorted_groups import SortedGroup, board
from curation.learning.grouping import Grouping, predict_groups
from curation.learning.replay import Sampling, TrainingData
from curation.proposals import registry
from curation.proposals.base import State
from curation.proposals.cobras import representative
from curation.proposals.search import clusters
from curation.proposals.sorting.choosing import draw
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import FORMS, Form
from curation.types import Constraints, FloatArray

SEEDS, BUDGETS = (0, 1), (4, 30)


def copies(seed: int) -> tuple[FloatArray, np.ndarray]:
    """Vectors [108, 24] and their labels: 36 rows three times over, of which 12 are mirrored."""
    rng = np.random.default_rng(seed)
    labels = np.arange(36) % 4
    rows = np.eye(24)[labels] + rng.normal(0, 0.25, (36, 24))
    rows[24:] = rows[:12] * np.where(np.arange(24) < 4, 1, -1)
    order = rng.permutation(108)
    return unit(np.tile(rows, (3, 1)))[order], np.tile(labels, 3)[order]


def scene(seed: int) -> State:
    """Six groups of two, some of them set apart, and views and losses in which values repeat."""
    vectors, labels = copies(seed)
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(np.flatnonzero(labels == label))[:4] for label in range(4)]
    same = [(a, b) for a, b, c, d in rows] + [(c, d) for a, b, c, d in rows[:2]]
    other = [(rows[0][0], rows[1][0]), (rows[1][0], rows[2][0]), (rows[0][0], rows[2][0]),
             (rows[2][0], rows[3][0]), (rows[0][2], rows[1][2])]  # fmt: skip
    state = full_state(vectors, labels, constraints=answered(labels, [*same, *other]))
    losses = np.tile(np.array([[1, 2, 0.5]], np.float32), (len(state.constraints.pairs), 1))
    losses[:2] = 40.0
    return replace(state, losses=losses)


def choices() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for seed in SEEDS:
        for what in ("answered", "nothing"):
            state = scene(seed)
            if what == "nothing":
                state = replace(state, constraints=Constraints.none(108), losses=None)
            found |= {f"{seed} {what} {key}": value for key, value in chosen(state).items()}
    return found


def chosen(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {
        "neighbours": state.neighbours.indices.tolist(),
        "clusters": [clusters(state, k).labels.tolist() for k in (2, 7, 50)],
        "leads": state.membership.representative.tolist(),
        "parts": [representative(state, np.arange(k, k + 9)) for k in range(0, 90, 9)],
    }
    for name in registry.names():
        for budget in BUDGETS:
            proposals = registry.create(name).propose(state, budget, np.random.default_rng(0))
            found[f"{name} {budget}"] = [(p.pair.a[-3:], p.pair.b[-3:]) for p in proposals]
    vectors, known = state.space.vectors, state.constraints
    for k in (None, 3, 6):
        grouping = predict_groups(vectors, known, k, 0, base=vectors)
        found[f"groups {k}"] = grouping.labels.tolist()
        found |= {f"{form} {k}": sort_questions(state, grouping, form) for form in FORMS}
    replayed = TrainingData(vectors, None, known, lambda rows: rows, sampling=Sampling(), seed=0)
    relations = replayed.batch().relations
    found["suspected"] = np.flatnonzero(relations.suspected.numpy()).tolist()
    return found


def sort_questions(state: State, grouping: Grouping, form: Form) -> list[str]:
    """Questions about the groups that have two items or more."""
    ids, unit_of = state.space.item_ids, state.constraints.group
    members = [np.flatnonzero(unit_of == unit) for unit in range(state.constraints.n_groups)]
    groups = [
        SortedGroup(ids[rows[0]], tuple(ids[row] for row in rows), "")
        for rows in members
        if len(rows) > 1
    ]
    position = {item: row for row, item in enumerate(ids)}
    units = unit_of, state.constraints.cannot_link
    told = board(groups, position, units, grouping, state.space.vectors, state.eligible)
    return [repr(question) for question in draw(told, Pace(), form)]


if __name__ == "__main__":
    print(json.dumps(choices()))
