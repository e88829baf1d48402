"""Folders named by class: taken as a start, checked for errors, or ignored, as the person chose."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from curation import files, ties
from curation import settings as configuration
from curation.criterion import Criterion
from curation.criterion.sorted_groups import SortedGroup
from curation.decisions.folders import adoption_plan, kept_plan, moved_plan, new_names
from curation.decisions.names import GroupName, step_of
from curation.decisions.regroup import Gesture
from curation.decisions.strategies import CHECKED, FOLDERS
from curation.errors import CurationError, DecisionError, UnknownName
from curation.items.labels import class_names
from curation.types import Item
from curation.workspace.context import Context, Json
from curation.workspace.items import Items
from curation.workspace.recording import recorded
from curation.workspace.sort_views import group_row
from curation.workspace.sorting import Sorting, end_of, find
from curation.workspace.wording import in_words

Choice = Literal["use", "check", "ignore"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
FOLDER = "folder"
EXAMPLES = 6
"""Class names that the question shows."""


class Folders:
    """What the names of the folders are taken for; the choice is asked for once a workspace."""

    def __init__(self, context: Context, items: Items, sorting: Sorting) -> None:
        self._context = context
        self._items = items
        self._sorting = sorting
        self._lock = threading.Lock()
        self._wanted: str | None = None
        self._known: tuple[tuple[Item, ...], dict[str, str]] = ((), {})

    # --- the choice ------------------------------------------------------------------------

    def offer(self, criterion: str) -> Json:
        """What the folders are called, and whether to ask what to do with that.

        ``asks`` where they name classes, nothing was chosen and nothing was answered yet;
        ``wanted`` was chosen beforehand and is to be done now. ``taken`` answers of a criterion
        rest on a folder's name alone. Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        classes = self._classes()
        names = sorted(set(classes.values()))
        choice = self._chosen()
        there = (
            bool(names) and choice is None and self._context.engine.intake.arrival.stage == "ready"
        )
        return {
            "asks": there and self._wanted is None and self._is_new(),
            "wanted": self._wanted if there and owner.showing.snapshot is not None else None,
            "choice": choice,
            "names": names[:EXAMPLES],
            "folders": len(names),
            "images": len(classes),
            "taken": sum(one.strategy == FOLDERS for one in owner.answering.decisions()),
        }

    def choose(self, criterion: str, reviewer: str, choice: str) -> Json:
        """Keep the choice, and take the names as a start unless they are to be ignored.

        Chosen again, only images that came since are taken. What ``offer`` says then, with what
        ``adopt`` did. Raises UnknownName, CurationError where the folders name no classes or while
        no item is embedded, DecisionError where names are to be ignored that are taken.
        """
        _check(choice)
        taken = self.offer(criterion)["taken"]
        if choice == "ignore" and taken:
            raise DecisionError(
                f"Expected folders' names that nothing rests on, got {taken} answers by them; take "
                "them back in Groups instead of ignoring them."
            )
        done = None if choice == "ignore" else self.adopt(criterion, reviewer)
        self._keep(choice)
        return {**self.offer(criterion), "done": done}

    def want(self, choice: str) -> None:
        """Have the choice made without a question, by whoever looks first (not kept); ignored at
        once, and not where something was chosen. Raises UnknownName."""
        _check(choice)
        if self._chosen() is not None:
            return
        if choice == "ignore":
            self._keep(choice)
        else:
            self._wanted = choice

    def _keep(self, choice: str) -> None:
        files.write_json(self._context.paths.folders, {"choice": choice})
        self._wanted = None

    def _chosen(self) -> str | None:
        path = self._context.paths.folders
        chosen = configuration.read_json(path).get("choice") if path.exists() else None
        return chosen if chosen in CHOICES else None

    def _is_new(self) -> bool:
        log = self._context.log
        rows = log.criteria()
        return not any(log.position(row.name) or log.names(row.name) for row in rows)

    def _classes(self) -> dict[str, str]:
        """Item -> class, see ``class_names``."""
        items = self._context.catalogue.items
        with self._lock:
            known, classes = self._known
            if known is not items:
                folders = {one.id: str(one.attributes.get(FOLDER) or "") for one in items
                           if one.present}  # fmt: skip
                classes = class_names(folders)
                self._known = (items, classes)
            return classes

    # --- names as a start ------------------------------------------------------------------

    def adopt(self, criterion: str, reviewer: str, attribute: str = FOLDER) -> Json:
        """Take an attribute's values as a starting grouping: same within, different across, each
        group with its name; one step. Where folders name classes these are their values.

        ``left`` are the items that answers place elsewhere: these stay where they are. Raises
        UnknownName for an attribute that is none, CurationError where it has fewer than two values.
        """
        owner, shown = self._context.shown(criterion)
        if attribute not in self._items.attributes():
            raise UnknownName("attribute", attribute, self._items.attributes())
        values = self._values(attribute)
        by_value: dict[str, list[str]] = defaultdict(list)
        for row in np.flatnonzero(shown.eligible).tolist():
            item = shown.space.item_ids[row]
            if item in values:
                by_value[values[item]].append(item)
        if len(by_value) < 2:
            raise CurationError(
                f"A starting grouping needs at least two values of {attribute!r}, "
                f"got {len(by_value)}."
            )
        vectors, position = shown.space.vectors, shown.position
        by_value = defaultdict(list, {
            name: _typical_first(members, vectors[[position[item] for item in members]])
            for name, members in by_value.items()
        })  # fmt: skip
        gesture = self._gesture(owner, reviewer, FOLDERS, step_of(FOLDERS, uuid.uuid4().hex))
        with owner.changes.writing:
            known = owner.answering.implications
            made = adoption_plan(known, by_value, gesture)
            missing = new_names(known, self._context.log.names(criterion), made.heads)
            names = [
                GroupName(criterion, head, name, reviewer, gesture.batch_id)
                for head, name in missing.items()
            ]
            answered, void = owner.decide(made.plan, names)
        told = recorded(owner, reviewer, answered, void)
        return {**told, "left": sorted(made.left)}

    def _values(self, attribute: str) -> Mapping[str, str]:
        if attribute == FOLDER and (classes := self._classes()):
            return classes
        found = {one.id: one.attributes.get(attribute) for one in self._context.catalogue.items}
        return {item: str(value) for item, value in found.items() if value not in (None, "")}

    def take_back(self, criterion: str, reviewer: str) -> Json:
        """Take back, in one step, every answer and name that came from a folder's name alone; what
        somebody looked at since stays, and so does the name of a group that this holds together.
        What ``offer`` says then; UnknownName."""
        self._context.owner(criterion).withdraw(reviewer, FOLDERS)
        return self.offer(criterion)

    # --- checking --------------------------------------------------------------------------

    def answer(
        self,
        criterion: str,
        reviewer: str,
        item: str,
        *,
        group: str | None = None,
        other: str | None = None,
        batch_id: str | None = None,
    ) -> Json:
        """An item that was looked at again is right where it is, or in the ``group`` of another
        item: one step. What stands about it and the ``other`` item was doubted; an item that is
        kept confirms it. Raises UnknownName, and DecisionError where nothing has put the item
        anywhere."""
        owner = self._context.owner(criterion)
        for one in (item, other):
            if one is not None:
                self._context.item(one)
        gesture = self._gesture(owner, reviewer, CHECKED, batch_id)
        with owner.changes.writing, in_words(self._context):
            plan = self._context.log.batch(criterion, gesture.batch_id)
            names: list[GroupName] = []
            if not plan:
                groups = self._sorting.groups(owner)
                own = next((one for one in groups if item in one.members), None)
                into = own if group is None else find(groups, group)
                end = None if into is None else end_of(into, item)
                if into is None or end is None:
                    raise DecisionError(
                        "Expected an image in a group with others, or the group that it belongs "
                        "to, got neither; name it instead."
                    )
                known = owner.answering.implications
                if into == own:
                    plan = kept_plan(known, item, end, other, gesture)
                else:
                    out_of = None if own is None else end_of(own, item)
                    plan = moved_plan(known, item, end, out_of, gesture)
                    names = self._renamed(gesture, own, item, out_of)
            answered, void = owner.decide(plan, names)
        told = [group_row(one) for one in self._sorting.groups(owner)]
        return {**recorded(owner, reviewer, answered, void), "groups": told}

    def _renamed(
        self, gesture: Gesture, own: SortedGroup | None, item: str, rest: str | None
    ) -> list[GroupName]:
        """A name that hangs on an item which leaves its group stays with the ``rest`` of it."""
        names = self._context.log.names(gesture.criterion)
        if own is None or rest is None or item not in names:
            return []
        whose = gesture.reviewer, gesture.batch_id
        return [
            GroupName(gesture.criterion, item, "", *whose),
            GroupName(gesture.criterion, rest, own.name, *whose),
        ]

    @staticmethod
    def _gesture(
        owner: Criterion, reviewer: str, strategy: str, batch_id: str | None = None
    ) -> Gesture:
        shown = owner.showing.snapshot
        number = shown.generation.number if shown else 0
        return Gesture(owner.name, reviewer, batch_id or uuid.uuid4().hex, number, strategy)


def _typical_first(members: Sequence[str], vectors: np.ndarray) -> list[str]:
    """The members with the one nearest to their mean first: it stands for them, and is seldom one
    that lies in the wrong folder."""
    best = int(ties.first_best(ties.products(vectors, vectors.mean(0)[None])[:, 0]))
    return [members[best], *members[:best], *members[best + 1 :]]


def _check(choice: str) -> None:
    if choice not in CHOICES:
        raise UnknownName("choice", choice, CHOICES)
