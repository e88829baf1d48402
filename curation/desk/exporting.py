"""What leaves the workspace as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curation.desk.base import Json
from curation.desk.training import Training
from curation.paths import slug

if TYPE_CHECKING:
    from curation.exports.data import ExportData


class Exporting(Training):
    """Exports of one criterion, as training code reads them."""

    def export(
        self,
        criterion: str,
        what: str,
        format: str = "parquet",
        out: str | Path | None = None,
        implied: bool = False,
    ) -> Json:
        """Write an export (to ``out``, or into the workspace) with a manifest beside it.

        ``what`` is pairs, negatives, triplets, groups, embeddings or adapter; ``format`` csv, jsonl
        or parquet. Raises UnknownName and ExportError.
        """
        from curation.exports.entry import export

        target = self._export_target(criterion, what, format) if out is None else Path(out)
        result = export(what, format, target, self._export_data(criterion, what), implied=implied)
        return {"path": str(result.path), "rows": result.rows, "manifest": dict(result.manifest)}

    def _export_target(self, criterion: str, what: str, format: str) -> Path:
        self.paths.exports.mkdir(exist_ok=True)
        suffix = "safetensors" if what == "adapter" else format
        return self.paths.exports / f"{slug(criterion)}-{what}.{suffix}"

    def _export_data(self, criterion: str, what: str) -> ExportData:
        from curation.exports.data import ExportData
        from curation.exports.support import chain_lengths

        lane = self._lane(criterion)
        track, shown = self._shown(criterion)
        with track.lock:
            position = track.position
            implications = track.implications
            decisions = list(implications.decisions.values())
            closure = implications.closure()
        return ExportData(
            criterion=criterion,
            log_position=position,
            root=self._source_root(),
            items={item.id: item for item in self.catalogue.items},
            closure=closure,
            decisions=decisions,
            support=chain_lengths(decisions, closure),
            names=self.log.names(criterion),
            space=shown.space,
            predicted=self.predict(criterion) if what == "groups" else None,
            adapter=lane.generations.adapter(lane.number),
            excluded=frozenset(self.log.excluded()),
        )

    def _source_root(self) -> Path:
        return self.source.root if self.source is not None else self.paths.root
