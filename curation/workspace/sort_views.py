"""What a sort question shows, and the pairs that its answer decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.criterion.sorted_groups import SortedGroup
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.questions import Merge, Naming, Piles, Question, Sweep
from curation.types import Pair, Proposal
from curation.workspace.context import Json

GUESSES = 12
"""Groups offered for an image by key."""
Painted = Callable[[int], Json]
"""The image in a row of the space."""


def group_row(group: SortedGroup) -> Json:
    """A group as an answer tells it."""
    return {"id": group.anchor, "name": group.name, "size": len(group.members)}


def question_row(
    question: Question, told: Board, groups: Sequence[SortedGroup], item: Painted
) -> Json:
    """A question as the page paints it."""
    if isinstance(question, Naming):
        guesses = [
            {
                "group": groups[column].anchor,
                "chance": round(float(told.chances[question.item, column]), 4),
            }
            for column in question.guesses[:GUESSES]
        ]
        return {"form": "name", "item": item(question.item), "guesses": guesses}
    if isinstance(question, Sweep):
        tiles = [
            {**item(row), "other": _second(told, groups, row, question.group)}
            for row in question.items
        ]
        return {
            "form": "sweep",
            "group": groups[question.group].anchor,
            "supposed": question.supposed,
            "tiles": tiles,
        }
    one, other = _ends(question, groups, item)
    return {
        "form": "merge",
        "one": one,
        "other": other,
        "of_one": [item(row) for row in question.of_one],
        "of_other": [item(row) for row in question.of_other],
    }


def _ends(question: Merge | Piles, groups: Sequence[SortedGroup], item: Painted) -> tuple[str, str]:
    """The items that stand for two piles."""
    if isinstance(question, Merge):
        return groups[question.one].anchor, groups[question.other].anchor
    return str(item(question.one)["id"]), str(item(question.other)["id"])


def _second(told: Board, groups: Sequence[SortedGroup], row: int, group: int) -> str | None:
    """The group that an image is likeliest in, if not in this one; None where none is likely."""
    chances = np.where(told.refused[row], 0.0, told.chances[row])
    chances[group] = 0.0
    best = int(chances.argmax())
    return groups[best].anchor if chances[best] > 0 else None


def proposals(
    questions: Sequence[Question], told: Board, groups: Sequence[SortedGroup], shown: Snapshot
) -> Iterator[Proposal]:
    """The pairs that the answers decide, for whoever else would ask about their images meanwhile.

    An image to be named before there is any group stands in a pair with the next such.
    """
    ids, number = shown.space.item_ids, shown.generation.number

    def asked(item: str, other: str, form: str, chance: float) -> Proposal:
        chance = min(max(chance, 0.0), 1.0)
        return Proposal(Pair.of(item, other), "uncertain", form, chance, "", number, 1)

    open_ones: list[str] = []
    for question in questions:
        if isinstance(question, Merge):
            ends = groups[question.one].anchor, groups[question.other].anchor
            yield asked(*ends, question.form, 0.5)
        elif isinstance(question, Piles):
            yield asked(ids[question.one], ids[question.other], question.form, 0.5)
        elif isinstance(question, Sweep):
            anchor, column = groups[question.group].anchor, question.group
            for row in question.items:
                yield asked(ids[row], anchor, question.form, float(told.chances[row, column]))
        elif question.guesses:
            best, row = question.guesses[0], question.item
            yield asked(ids[row], groups[best].anchor, "name", float(told.chances[row, best]))
        else:
            open_ones.append(ids[question.item])
    for one, other in zip(open_ones, open_ones[1:] + open_ones[:1], strict=True):
        if one != other:
            yield asked(one, other, "name", 0.0)
