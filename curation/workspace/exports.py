"""What leaves the workspace as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curation.paths import slug
from curation.workspace.accepted import Accepted
from curation.workspace.context import Context, Json
from curation.workspace.items import Items
from curation.workspace.predicted import PredictedGroups

if TYPE_CHECKING:
    from curation.exports.data import ExportData


class Exports:
    """Exports of one criterion, as training code reads them."""

    def __init__(
        self, context: Context, items: Items, predicted: PredictedGroups, accepted: Accepted
    ) -> None:
        self._context = context
        self._accepted = accepted
        self._items = items
        self._predicted = predicted

    def write(
        self,
        criterion: str,
        what: str,
        format: str = "parquet",
        out: str | Path | None = None,
        implied: bool = False,
        links: bool = False,
    ) -> Json:
        """Write an export (to ``out``, or into the workspace) with a manifest beside it.

        ``what`` is pairs, negatives, triplets, groups, embeddings or adapter; ``format`` csv, jsonl
        or parquet, or one of another tool (see ``curation.exports.format_names``), whose folders of
        images are zipped in the workspace. ``links``: they hold links to the images, not copies.
        Raises UnknownName and ExportError.
        """
        from curation.exports.entry import export

        target = self._target(criterion, what, format) if out is None else Path(out)
        data = self.data(criterion, what)
        result = export(what, format, target, data, implied=implied, links=links)
        return {"path": str(result.path), "rows": result.rows, "manifest": dict(result.manifest)}

    def _target(self, criterion: str, what: str, format: str) -> Path:
        from curation.exports.entry import suffix_of

        self._context.paths.exports.mkdir(exist_ok=True)
        suffix = suffix_of(what, format, packed=True)
        return self._context.paths.exports / f"{slug(criterion)}-{what}.{suffix}"

    def data(self, criterion: str, what: str) -> ExportData:
        """What exports are made of (not JSON); with the predicted groups where ``what`` is groups.

        Raises CurationError while no item is embedded.
        """
        from curation.exports.data import ExportData
        from curation.exports.support import chain_lengths

        owner, shown = self._context.shown(criterion)
        with owner.changes.lock:
            position = owner.answering.position
            implications = owner.answering.implications
            decisions = list(implications.decisions.values())
            closure = implications.closure()
        return ExportData(
            criterion=criterion,
            log_position=position,
            root=self._items.root,
            items={item.id: item for item in self._context.catalogue.items},
            closure=closure,
            decisions=decisions,
            support=chain_lengths(decisions, closure),
            names=self._context.log.names(criterion),
            space=shown.space,
            predicted=self._predicted.grouping(criterion) if what == "groups" else None,
            accepted={
                id: (one.anchor, one.probability)
                for id, one in self._accepted.images(criterion).items()
            },
            claims=self._accepted.claims(criterion),
            adapter=owner.generations.adapter(owner.retraining.number),
            excluded=frozenset(self._context.log.excluded()),
        )
