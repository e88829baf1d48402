"""Sorting images into groups: name one, sweep a grid, join two piles."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from curation.criterion import Criterion
from curation.criterion.snapshot import Snapshot
from curation.criterion.sorted_groups import SortedGroup, board, groups_of, sorted_groups
from curation.decisions import sorting as answers
from curation.decisions.names import GroupName
from curation.decisions.sorting import SortStep
from curation.errors import DecisionError, UnknownName
from curation.learning.grouping import Grouping
from curation.proposals.sorting.board import Board
from curation.proposals.sorting.choosing import draw
from curation.proposals.sorting.questions import FORMS, Form
from curation.types import Decision, IndexArray, Pair
from curation.workspace import views
from curation.workspace.accepted import Accepted
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.recording import recorded
from curation.workspace.sort_views import group_row, proposals, question_row

UNASKED = 0.0
"""Chance of what was answered without being asked by this server: nothing was foretold."""
Told = Callable[[Sequence[SortedGroup]], tuple[list[Decision], list[GroupName]]]
"""What a step says of the groups as they are when it is written."""
NOTHING_LEFT = "Every image that could be asked about is in a group, or on another screen."
NO_GROUP = "Name a few images first: a grid shows what a group is supposed to hold."


class Sorting:
    """Questions whose answers put images into groups, each recorded as one batch of pairs."""

    def __init__(self, context: Context, predicted: PredictedGroups, accepted: Accepted) -> None:
        self._context = context
        self._predicted = predicted
        self._accepted = accepted
        self._drawing = threading.Lock()

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
        made = self._predicted.latest(criterion, shown)
        pace = owner.answering.timing.pace(reviewer)
        without = _rows(shown, {*have, *self._accepted.images(criterion)})
        with self._drawing:  # whoever asks next sees what is on this screen
            owner.asking.queue.withdraw(
                reviewer,
                tab,
                lambda asked: asked.strategy in FORMS and not held & {asked.pair.a, asked.pair.b},
            )
            groups = self.groups(owner)
            only = None if group is None else place(groups, group)
            told = self.board(owner, shown, groups, None if made is None else made.value)
            asked = draw(told, pace, form, only, without)[:n]
            for proposal in proposals(asked, told, groups, shown):
                owner.asking.queue.claim(proposal, reviewer, tab)
        message = "" if asked else NO_GROUP if form == "sweep" and not groups else NOTHING_LEFT

        def painted(row: int) -> Json:
            return views.item(self._context.item(shown.space.item_ids[row]))

        return {
            "questions": [question_row(one, told, groups, painted) for one in asked],
            "groups": [group_row(one) for one in groups],
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
        pending = owner.asking.queue.pending()
        free[_rows(shown, {end for pair in pending for end in (pair.a, pair.b)})] = False
        units = owner.answering.units(shown.position)
        told = board(groups, shown.position, units, grouping, shown.space.vectors, free)
        for pair in pending:  # two piles that are on a screen are not asked about on another one
            ends = [told.group[row] for row in _rows(shown, (pair.a, pair.b))]
            if len(ends) == 2 and min(ends) >= 0:
                told.apart[ends[0], ends[1]] = told.apart[ends[1], ends[0]] = True
        return told

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
        self._context.item(item)

        def told(groups: Sequence[SortedGroup]) -> tuple[list[Decision], list[GroupName]]:
            into = _called(groups, new) if group is None else find(groups, group)
            supposed = None if guess is None else end_of(find(groups, guess), item)
            chances = self._chances(owner, {item: supposed} if supposed else {}, "name")
            if into is None:
                others = [end for one in groups if (end := end_of(one, item))]
                given = GroupName(criterion, item, _new_name(new), reviewer, step.batch_id)
                return step.decisions(answers.named(item, None, None, others), chances), [given]
            end = end_of(into, item)
            if end is None:  # it is alone in there
                return [], []
            return step.decisions(answers.named(item, end, supposed, ()), chances), []

        return self._record(owner, step, tab, told)

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

        def told(groups: Sequence[SortedGroup]) -> tuple[list[Decision], list[GroupName]]:
            swept = find(groups, group)
            into = {item: find(groups, other) for item, other in wrong.items() if other}
            here = _ends(dict.fromkeys(members, swept))
            away = _ends(dict.fromkeys(wrong, swept))
            decided = answers.swept(here, away, _ends(into))
            return step.decisions(decided, self._chances(owner, here | away, "sweep")), []

        return self._record(owner, step, tab, told)

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
        """Whether two groups are one, or two piles of which an item that is in no group stands for
        its own. Raises DecisionError and UnknownName."""
        owner = self._context.owner(criterion)
        for item in (one, other):
            self._context.item(item)
        step = self._step(owner, reviewer, "merge", batch_id, milliseconds)

        def told(groups: Sequence[SortedGroup]) -> tuple[list[Decision], list[GroupName]]:
            inside = groups_of(groups)
            ends = inside.get(one, one), inside.get(other, other)
            if ends[0] == ends[1]:
                raise DecisionError("Expected two groups, got one twice: they are one already.")
            return step.decisions([(*ends, "same" if same else "different")], {}), []

        return self._record(owner, step, tab, told)

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

    def _record(self, owner: Criterion, step: SortStep, tab: str, told: Told) -> Json:
        """Write a step that was not written before, whole or not at all."""
        with owner.changes.writing:
            decisions = self._context.log.batch(owner.name, step.batch_id)
            names: list[GroupName] = []
            if decisions:
                _check_again(step, decisions[0])
            else:
                decisions, names = told(self.groups(owner))
            answered, void = owner.decide(decisions, names)
        owner.asking.queue.heartbeat(step.reviewer, tab)
        groups = [group_row(one) for one in self.groups(owner)]
        return {**recorded(owner, step.reviewer, answered, void), "groups": groups}

    def _chances(self, owner: Criterion, ends: Mapping[str, str], form: Form) -> dict[Pair, float]:
        """Chance, before the answer, of each item -> an item of the group that it was supposed to
        be in: as it was asked, 0 where it was not."""
        pairs = {item: Pair.of(item, end) for item, end in ends.items()}
        asked = {pair: owner.asking.queue.find(pair) for pair in pairs.values()}
        found = {p: one.score for p, one in asked.items() if one and one.strategy == form}
        return {pair: found.get(pair, UNASKED) for pair in pairs.values()}


def find(groups: Sequence[SortedGroup], item: str) -> SortedGroup:
    """The group that an item is in; UnknownName where it is in none."""
    return groups[place(groups, item)]


def place(groups: Sequence[SortedGroup], item: str) -> int:
    """The place among the groups of the one that an item is in; UnknownName where it is in none."""
    for number, group in enumerate(groups):
        if item in group.members:
            return number
    then = "It may have been taken back meanwhile; ask for the next question and answer that."
    raise UnknownName("group", item, then=then)


def end_of(group: SortedGroup, item: str) -> str | None:
    """What stands for a group in a pair with an item; None where the item is alone in it."""
    if group.anchor != item:
        return group.anchor
    return next((member for member in group.members if member != item), None)


def _ends(groups: Mapping[str, SortedGroup]) -> dict[str, str]:
    return {item: end for item, group in groups.items() if (end := end_of(group, item))}


def _check_again(step: SortStep, first: Decision) -> None:
    """DecisionError where a batch id is another step's."""
    if (first.reviewer, first.strategy) != (step.reviewer, step.form):
        raise DecisionError(
            f"Batch id {step.batch_id!r} is taken by a {first.strategy!r} of {first.reviewer!r}, "
            f"got a {step.form!r} of {step.reviewer!r}; give every step an id of its own."
        )


def _called(groups: Sequence[SortedGroup], name: str) -> SortedGroup | None:
    """The group of this name, written in whatever case and with whatever spaces."""
    wanted = " ".join(name.split()).casefold()
    same = [one for one in groups if " ".join(one.name.split()).casefold() == wanted]
    return same[0] if same and wanted else None


def _new_name(name: str) -> str:
    if not name.strip():
        raise DecisionError("Expected a group or the name of a new one, got neither; choose one.")
    return " ".join(name.split())


def _rows(shown: Snapshot, items: Collection[str]) -> IndexArray:
    rows = [shown.position[item] for item in items if item in shown.position]
    return np.array(sorted(rows), np.int64)
