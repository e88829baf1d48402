"""The predicted grouping of all items, as the decisions and the current space suggest it."""

from __future__ import annotations

import numpy as np

from curation import ties
from curation.criterion.snapshot import Snapshot
from curation.engine.derived import GroupingAsked
from curation.engine.on_demand import Made
from curation.errors import Overtaken
from curation.learning.grouping import Grouping
from curation.types import IndexArray
from curation.workspace import views
from curation.workspace.context import Context, Json

SHOWN_ITEMS = 60
"""Items listed of a group."""


class PredictedGroups:
    """Groups that nobody has confirmed: made by the worker, told as they come."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def grouping(self, criterion: str, n_groups: int | None = None) -> Grouping:
        """Predicted group of every item in the current space (not JSON), see ``Grouping``, by all
        answers so far; may take minutes.

        ``n_groups`` None: as many as the criterion's settings say, else as the space suggests.
        Raises UnknownName, and CurationError while no item is embedded.
        """
        groupings = self._context.engine.derived.groupings
        while True:
            _, shown = self._context.shown(criterion)
            try:
                return groupings.wait(self.asked(criterion, shown, n_groups))
            except Overtaken:
                if self._context.shown(criterion)[1] is shown:
                    raise

    def latest(self, criterion: str, shown: Snapshot) -> Made[GroupingAsked, Grouping] | None:
        """The newest grouping of the items shown (not JSON), None before the first; a newer one is
        ordered where it is not of this space and all answers."""
        return self._context.engine.derived.groupings.latest(self.asked(criterion, shown))

    def next_minute(self, criterion: str, shown: Snapshot) -> float | None:
        """Images that another minute of answering is expected to settle (see ``Settling``)."""
        series = self.asked(criterion, shown).series
        return self._context.engine.derived.settling.next_minute(series)

    def asked(self, criterion: str, shown: Snapshot, n_groups: int | None = None) -> GroupingAsked:
        """What a grouping of the items shown by all answers so far is of (not JSON)."""
        owner = self._context.owner(criterion)
        named = len(set(self._context.log.names(criterion).values()))
        return GroupingAsked(
            criterion,
            shown.generation.number,
            shown.n_items,
            owner.answering.position,
            n_groups or owner.settings.n_groups,
            named,
        )

    def groups(self, criterion: str, k: int | None = None) -> Json:
        """The predicted groups, largest first, each with the item it is surest of as cover.

        ``pending`` where they are still being computed: until then they are those of an earlier
        state, of ``generation``, or none at all (then ``generation`` is None, and so is a ``k``
        that nobody gave). Raises UnknownName, and CurationError while no item is embedded.
        """
        _, shown = self._context.shown(criterion)
        asked = self.asked(criterion, shown, k)
        made = self._context.engine.derived.groupings.latest(asked)
        told: Json = {
            "k": asked.n_groups,
            "estimated": asked.n_groups is None,
            "groups": [],
            "pending": made is None or made.asked != asked,
            "generation": None,
        }
        if made is None:
            return told
        groups = self._groups(criterion, shown, made.value)
        return {
            **told, "k": made.value.n_groups, "groups": groups, "generation": made.asked.number,
        }  # fmt: skip

    def _groups(self, criterion: str, shown: Snapshot, grouping: Grouping) -> list[Json]:
        """The groups of a grouping of the items shown that have an eligible item."""
        names = self.names(criterion, shown, grouping)
        rows = np.flatnonzero(shown.eligible[: len(grouping.labels)])
        labels = grouping.labels[rows]
        sure = ties.steps_down(grouping.probabilities[rows, labels])
        order = np.lexsort((sure, labels))
        found, starts = np.unique(labels[order], return_index=True)
        groups = []
        for label, members in zip(found.tolist(), np.split(rows[order], starts[1:]), strict=True):
            ids = [shown.space.item_ids[row] for row in members[:SHOWN_ITEMS]]
            groups.append(
                {
                    "label": label,
                    "name": names[label],
                    "cover": ids[0],
                    "size": len(members),
                    "items": [views.item(self._context.item(item)) for item in ids],
                }
            )
        return sorted(groups, key=lambda group: -int(group["size"]))

    def names(self, criterion: str, shown: Snapshot, grouping: Grouping) -> list[str]:
        """A name for every label of a predicted grouping of a space.

        The one that the person gave to a must-link group in it; else "group 1" for the largest,
        and so on.
        """
        given = {
            int(grouping.labels[row]): name
            for item, name in self._context.log.names(criterion).items()
            if (row := shown.position.get(item)) is not None
        }
        counts = np.bincount(grouping.labels[shown.eligible], minlength=grouping.n_groups)
        order = np.argsort(-counts, kind="stable").tolist()
        plain = {label: f"group {number}" for number, label in enumerate(order, 1)}
        return [given.get(label, plain[label]) for label in range(grouping.n_groups)]

    def of_rows(
        self, criterion: str, shown: Snapshot, grouping: Grouping, rows: IndexArray
    ) -> list[str]:
        """Name of the predicted group of each row int64 [n] of a space."""
        called = self.names(criterion, shown, grouping)
        return [called[label] for label in grouping.labels[rows]]
