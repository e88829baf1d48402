"""The predicted grouping of all items, as the decisions and the current space suggest it."""

from __future__ import annotations

import numpy as np

from curation.learning.grouping import Grouping, predict_groups
from curation.settings import SEED
from curation.types import IndexArray
from curation.workspace import views
from curation.workspace.context import Context, Json

SHOWN_ITEMS = 60
"""Items listed of a group."""


class PredictedGroups:
    """Groups that nobody has confirmed; the last grouping of each criterion is kept."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[str, tuple[tuple[int | None, ...], Grouping]] = {}

    def grouping(self, criterion: str, n_groups: int | None = None) -> Grouping:
        """Predicted group of every item in the current space (not JSON), see ``Grouping``.

        ``n_groups`` None: as many as the criterion's settings say, else as the space suggests.
        Raises CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        k = n_groups or owner.settings.n_groups
        key = (shown.generation.number, shown.n_items, owner.answering.position, k)
        kept = self._kept.get(criterion)
        if kept is not None and kept[0] == key:
            return kept[1]
        constraints = owner.answering.constraints(shown.space.item_ids)
        grouping = predict_groups(shown.space.vectors, constraints, k, SEED, base=shown.base)
        self._kept[criterion] = (key, grouping)
        return grouping

    def groups(self, criterion: str, k: int | None = None) -> Json:
        """The predicted groups, largest first, each with the item it is surest of as cover.

        Raises CurationError while no item is embedded.
        """
        owner, shown = self._context.shown(criterion)
        grouping = self.grouping(criterion, k)
        estimated = not (k or owner.settings.n_groups)
        names = self.names(criterion, grouping)
        groups = []
        for label in range(grouping.n_groups):
            rows = np.flatnonzero((grouping.labels == label) & shown.eligible)
            if not len(rows):
                continue
            rows = rows[np.argsort(-grouping.probabilities[rows, label], kind="stable")]
            ids = [shown.space.item_ids[row] for row in rows[:SHOWN_ITEMS]]
            groups.append(
                {
                    "label": label,
                    "name": names[label],
                    "cover": ids[0],
                    "size": len(rows),
                    "items": [views.item(self._context.item(item)) for item in ids],
                }
            )
        groups.sort(key=lambda group: -int(group["size"]))
        return {"k": grouping.n_groups, "estimated": estimated, "groups": groups}

    def names(self, criterion: str, grouping: Grouping) -> list[str]:
        """A name for every label of a predicted grouping of the current space.

        The one that the person gave to a must-link group in it; else "group 1" for the largest,
        and so on.

        Raises UnknownName, and CurationError while no item is embedded.
        """
        _, shown = self._context.shown(criterion)
        given = {
            int(grouping.labels[row]): name
            for item, name in self._context.log.names(criterion).items()
            if (row := shown.position.get(item)) is not None
        }
        counts = np.bincount(grouping.labels[shown.eligible], minlength=grouping.n_groups)
        order = np.argsort(-counts, kind="stable").tolist()
        plain = {label: f"group {number}" for number, label in enumerate(order, 1)}
        return [given.get(label, plain[label]) for label in range(grouping.n_groups)]

    def of_rows(self, criterion: str, rows: IndexArray) -> list[str]:
        """Name of the predicted group of each row int64 [n] of the current space.

        Raises UnknownName, and CurationError while no item is embedded.
        """
        grouping = self.grouping(criterion)
        called = self.names(criterion, grouping)
        return [called[label] for label in grouping.labels[rows]]
