"""Sorting images into groups: name one, sweep a grid, join two piles."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from curation.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.criterion.sorted_groups import SortedGroup, board, sorted_groups
from curation.decisions import sorting as answers
from curation.decisions.names import GroupName
from curation.decisions.sorting import SortStep
from curation.errors import DecisionError, UnknownName
from curation.learning.grouping import Grouping
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.choosing import draw
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import FORMS, Form, Merge, Naming, Question, Sweep
from curation.types import Decision, IndexArray, Pair, Proposal
from curation.workspace import views
from curation.workspace.accepted import Accepted
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.recording import recorded

GUESSES = 12
"""Groups offered for an image by key."""
NOTHING_LEFT = "Every image that could be asked about is in a group, or on another screen."
NO_GROUP = "Name a few images first: a grid shows what a group is supposed to hold."


class Sorting:
    """Questions whose answers put images into groups, each recorded as one batch of pairs."""

    def __init__(self, context: Context, predicted: PredictedGroups, accepted: Accepted) -> None:
        self._context = context
        self._predicted = predicted
        self._accepted = accepted

    # --- out -------------------------------------------------------------------------------

    def next(
        self,
        criterion: str,
        reviewer: str,
        tab: str = "",
        *,
        form: Form | None = None,
        group: str | None = None,
        have: Collection[str] = (),
        n: int = 5,
    ) -> Json:
        """Up to ``n`` questions with the groups that answers can name; their images are this
        tab's until answered.

        ``form`` None: the product chooses; ``group`` (any item in it) keeps grids to one group;
        ``have`` are items that the tab has or put off. No question, and a ``message``, where
        nothing is left to ask. Raises UnknownName, and CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        held = set(have)
        owner.asking.queue.withdraw(
            reviewer,
            tab,
            lambda asked: asked.strategy in FORMS and not held & {asked.pair.a, asked.pair.b},
        )
        groups = self.groups(owner)
        made = self._predicted.latest(criterion, shown)
        told = self.board(owner, shown, groups, None if made is None else made.value)
        only = None if group is None else self.place(groups, group)
        without = _rows(shown, {*have, *self._accepted.images(criterion)})
        asked = draw(told, Pace(), form, only, without)[:n]
        for question in asked:
            for proposal in proposals_of(question, told, groups, shown):
                owner.asking.queue.claim(proposal, reviewer, tab)
        message = "" if asked else NO_GROUP if form == "sweep" and not groups else NOTHING_LEFT
        return {
            "questions": [self.question(one, told, groups, shown) for one in asked],
            "groups": [self.group(one) for one in groups],
            "message": message,
        }

    def groups(self, owner: Criterion) -> list[SortedGroup]:
        """The groups that images are sorted into now, largest first."""
        names = self._context.log.names(owner.name)
        known = [name for name in names if self._context.catalogue.get(name) is not None]
        return sorted_groups(owner.answering.groups(), {item: names[item] for item in known})

    def board(
        self,
        owner: Criterion,
        shown: Snapshot,
        groups: Sequence[SortedGroup],
        grouping: Grouping | None,
    ) -> Board:
        """What the forms look at: the images, the groups, and which may be asked about now."""
        free = shown.eligible.copy()
        away = {end for pair in owner.asking.queue.pending() for end in (pair.a, pair.b)}
        free[_rows(shown, away)] = False
        units = owner.answering.units(shown.position)
        return board(groups, shown.position, units, grouping, shown.space.vectors, free)

    def group(self, group: SortedGroup) -> Json:
        return {"id": group.anchor, "name": group.name, "size": len(group.members)}

    def question(
        self, question: Question, told: Board, groups: Sequence[SortedGroup], shown: Snapshot
    ) -> Json:
        """A question as the page shows it."""
        ids = shown.space.item_ids

        def item(row: int) -> Json:
            return views.item(self._context.item(ids[row]))

        if isinstance(question, Naming):
            return {
                "form": "name",
                "item": item(question.item),
                "guesses": [
                    {
                        "group": groups[column].anchor,
                        "chance": round(float(told.chances[question.item, column]), 4),
                    }
                    for column in question.guesses[:GUESSES]
                ],
            }
        if isinstance(question, Sweep):
            return {
                "form": "sweep",
                "group": groups[question.group].anchor,
                "supposed": question.supposed,
                "tiles": [
                    {**item(row), "other": _second(told, groups, row, question.group)}
                    for row in question.items
                ],
            }
        return {
            "form": "merge",
            "one": groups[question.one].anchor,
            "other": groups[question.other].anchor,
            "of_one": [item(row) for row in question.of_one],
            "of_other": [item(row) for row in question.of_other],
        }

    # --- in --------------------------------------------------------------------------------

    def name(
        self,
        criterion: str,
        reviewer: str,
        item: str,
        *,
        group: str | None = None,
        new: str = "",
        guess: str | None = None,
        batch_id: str | None = None,
        milliseconds: int | None = None,
        tab: str = "",
    ) -> Json:
        """The item is in the group that has ``group`` in it, or in a new one called ``new``.

        ``guess`` is the group that it was supposed to be in. A name that a group has already,
        written in whatever case, means that group. Raises DecisionError and UnknownName.
        """
        owner = self._context.owner(criterion)
        step = self._step(owner, reviewer, "name", batch_id, milliseconds)
        with owner.changes.writing:
            groups = self.groups(owner)
            self._context.item(item)
            called: list[GroupName] = []
            anchor = None if group is None else self._anchor(groups, group)
            if anchor is None:
                anchor = _called(groups, new)
            if anchor is None:
                called = [GroupName(criterion, item, _new_name(new), reviewer, step.batch_id)]
            others = [one.anchor for one in groups]
            supposed = None if guess is None else self._anchor(groups, guess)
            told = answers.named(item, anchor, supposed, others)
            return self._record(owner, step, step.decisions(told), called, tab)

    def sweep(
        self,
        criterion: str,
        reviewer: str,
        group: str,
        members: Sequence[str],
        wrong: Mapping[str, str | None],
        *,
        batch_id: str | None = None,
        milliseconds: int | None = None,
        tab: str = "",
    ) -> Json:
        """Of a grid, ``members`` are in the group and ``wrong`` are not (item -> the group that it
        is in, None where nobody said).

        Raises DecisionError where an item is in both, and UnknownName.
        """
        owner = self._context.owner(criterion)
        both = sorted(set(members) & set(wrong))
        if both:
            raise DecisionError(
                f"Expected an item among the members or among the wrong ones, got {len(both)} in "
                f"both, first {both[0]}; send each once."
            )
        for item in (*members, *wrong):
            self._context.item(item)
        step = self._step(owner, reviewer, "sweep", batch_id, milliseconds)
        with owner.changes.writing:
            groups = self.groups(owner)
            anchor = self._anchor(groups, group)
            to = {
                item: None if other is None else self._anchor(groups, other)
                for item, other in wrong.items()
                if item != anchor
            }
            told = answers.swept(anchor, [item for item in members if item != anchor], to)
            return self._record(owner, step, step.decisions(told), [], tab)

    def merge(
        self,
        criterion: str,
        reviewer: str,
        one: str,
        other: str,
        same: bool,
        *,
        batch_id: str | None = None,
        milliseconds: int | None = None,
        tab: str = "",
    ) -> Json:
        """Whether two groups are one. Raises DecisionError and UnknownName."""
        owner = self._context.owner(criterion)
        step = self._step(owner, reviewer, "merge", batch_id, milliseconds)
        with owner.changes.writing:
            groups = self.groups(owner)
            ends = self._anchor(groups, one), self._anchor(groups, other)
            if ends[0] == ends[1]:
                raise DecisionError("Expected two groups, got one twice: they are one already.")
            told = step.decisions([(*ends, "same" if same else "different")])
            return self._record(owner, step, told, [], tab)

    def skip(self, criterion: str, reviewer: str, pairs: Sequence[tuple[str, str]]) -> Json:
        """Put a question off: its images are open again."""
        owner = self._context.owner(criterion)
        owner.asking.put_off(reviewer, [Pair.of(*pair) for pair in pairs])
        return {"counts": owner.asking.counts()}

    def _step(
        self,
        owner: Criterion,
        reviewer: str,
        form: Form,
        batch_id: str | None,
        milliseconds: int | None,
    ) -> SortStep:
        shown = owner.showing.snapshot
        number = shown.generation.number if shown else 0
        batch = batch_id or uuid.uuid4().hex
        return SortStep(owner.name, reviewer or "reviewer", batch, form, number, milliseconds)

    def _record(
        self,
        owner: Criterion,
        step: SortStep,
        decisions: Sequence[Decision],
        names: Sequence[GroupName],
        tab: str,
    ) -> Json:
        answered, void = owner.decide(decisions, names)
        owner.asking.queue.heartbeat(step.reviewer, tab)
        groups = [self.group(one) for one in self.groups(owner)]
        return {**recorded(owner, step.reviewer, answered, void), "groups": groups}

    @staticmethod
    def place(groups: Sequence[SortedGroup], item: str) -> int:
        for place, group in enumerate(groups):
            if item in group.members:
                return place
        raise UnknownName("group", item, [group.anchor for group in groups])

    def _anchor(self, groups: Sequence[SortedGroup], item: str) -> str:
        return groups[self.place(groups, item)].anchor


def _called(groups: Sequence[SortedGroup], name: str) -> str | None:
    """Anchor of the group of this name, written in whatever case and with whatever spaces."""
    wanted = " ".join(name.split()).casefold()
    same = [one.anchor for one in groups if " ".join(one.name.split()).casefold() == wanted]
    return same[0] if same and wanted else None


def _new_name(name: str) -> str:
    if not name.strip():
        raise DecisionError("Expected a group or the name of a new one, got neither; choose one.")
    return " ".join(name.split())


def _rows(shown: Snapshot, items: Collection[str]) -> IndexArray:
    rows = [shown.position[item] for item in items if item in shown.position]
    return np.array(sorted(rows), np.int64)


def _second(told: Board, groups: Sequence[SortedGroup], row: int, group: int) -> str | None:
    """The group that an image is likeliest in, if not in this one; None where none is likely."""
    chances = np.where(told.refused[row], 0.0, told.chances[row])
    chances[group] = 0.0
    best = int(chances.argmax())
    return groups[best].anchor if chances[best] > 0 else None


def proposals_of(
    question: Question, told: Board, groups: Sequence[SortedGroup], shown: Snapshot
) -> list[Proposal]:
    """The pairs that an answer decides, for whoever else would ask about them meanwhile."""
    ids, number = shown.space.item_ids, shown.generation.number

    def asked(item: str, anchor: str, chance: float) -> Proposal:
        pair = Pair.of(item, anchor)
        return Proposal(pair, "uncertain", question.form, chance, "", number, 1)

    if isinstance(question, Merge):
        return [asked(groups[question.one].anchor, groups[question.other].anchor, 0.5)]
    if isinstance(question, Naming):
        if not question.guesses:
            return []
        best = question.guesses[0]
        chance = float(told.chances[question.item, best])
        return [asked(ids[question.item], groups[best].anchor, min(max(chance, 0.0), 1.0))]
    column = question.group
    return [
        asked(ids[row], groups[column].anchor, float(np.clip(told.chances[row, column], 0, 1)))
        for row in question.items
        if ids[row] != groups[column].anchor
    ]
