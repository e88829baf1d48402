"""Answers that are probably wrong, as the others and the model without them see it."""

from __future__ import annotations

from collections.abc import Mapping

from curation.criterion import Criterion
from curation.criterion.sorted_groups import SortedGroup
from curation.decisions.strategies import CHECKED, FOLDERS
from curation.engine.derived import GroupingAsked
from curation.learning.doubts import MOST, Doubt
from curation.types import Decision, Pair
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.predicted import PredictedGroups
from curation.workspace.sort_views import group_row
from curation.workspace.sorting import Sorting

EVERY = 10
"""Answers after which all are judged anew: each time costs as much as a few groupings."""


class Doubts:
    """Doubtful answers, found by the worker and told as they come."""

    def __init__(self, context: Context, predicted: PredictedGroups, sorting: Sorting) -> None:
        self._context = context
        self._predicted = predicted
        self._sorting = sorting
        self._asked: dict[str, GroupingAsked] = {}

    def of(self, criterion: str) -> Json:
        """Answers that stand and are more likely wrong than right, worst first.

        ``pending`` while they are being looked for: until then the earlier ones are told. What
        somebody has looked at again, and what contradicts other answers, is not among them. Raises
        UnknownName, and CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        asked = self._now(criterion)
        made = self._context.engine.derived.doubts.latest(asked)
        if made is None:
            return {"pending": True, "more": False, "doubts": []}
        groups = self._sorting.groups(owner)
        inside = {item: group for group in groups for item in group.members}
        ids = shown.space.item_ids
        told = [self._row(owner, doubt, ids, inside) for doubt in made.value]
        found = [one for one in told if one is not None]
        cut = len(made.value) == MOST
        return {"pending": made.asked != asked, "more": cut, "doubts": found}

    def _now(self, criterion: str) -> GroupingAsked:
        """What to look for doubts in: all answers, or all but the last few."""
        _, shown = self._context.shown(criterion)
        now, before = self._predicted.asked(criterion, shown), self._asked.get(criterion)
        same_space = before is not None and (before.number, before.n_items) == (
            now.number,
            now.n_items,
        )
        if before is not None and same_space and now.log_position - before.log_position < EVERY:
            return before
        self._asked[criterion] = now
        return now

    def _row(
        self,
        owner: Criterion,
        doubt: Doubt,
        ids: tuple[str, ...],
        inside: Mapping[str, SortedGroup],
    ) -> Json | None:
        """A doubt as the page tells it; None where the answer does not stand any more, or where
        the image has found its way since."""
        decision = _standing(owner, Pair.of(ids[doubt.i], ids[doubt.j]), same=doubt.same)
        if decision is None:
            return None
        odd = ids[doubt.odd]
        group = inside.get(odd)
        like = inside.get(ids[doubt.like]) if doubt.like >= 0 else None
        return {
            "decision": views.decision_row(decision, {decision.id}, set(), self._context.item),
            "wrong": round(doubt.wrong, 4),
            "odd": odd,
            "group": None if group is None else group_row(group),
            "like": None if like is None or like == group else group_row(like),
            "folder": decision.strategy == FOLDERS,
        }


def _standing(owner: Criterion, pair: Pair, *, same: bool) -> Decision | None:
    """The newest answer to a pair, if it says so still and nobody has confirmed it."""
    answers = owner.answering.answers(pair)
    verdict = "same" if same else "different"
    if not answers or {one.verdict for one in answers} != {verdict}:
        return None
    confirmed = len(answers) > 1 or any(one.strategy == CHECKED for one in answers)
    return None if confirmed else answers[-1]
