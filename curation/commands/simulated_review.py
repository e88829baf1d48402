"""``curation simulate``: a workspace of its own for a simulated review, from a source on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from curation.errors import UnknownName
from curation.evaluation.simulate import simulate
from curation.evaluation.sorter import Sorter
from curation.evaluation.sorting import sort_for
from curation.items.source import Reading
from curation.learning import objectives
from curation.proposals.sorting.pace import Pace
from curation.workspace import Workspace, open_workspace

DECLARED = Pace()


def simulate_source(
    *,
    source: str | None,
    labels: str,
    embeddings: str | None = None,
    embeddings2: str | None = None,
    encoder: str | None = None,
    attributes: Sequence[str] = (),
    workspace: str | None = None,
    device: str = "auto",
    seconds: float | None = None,
    forms: str = "auto",
    pace: Pace = DECLARED,
    accept: float | None = None,
    reading: Reading | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Simulate the review of ``source`` with the column ``labels`` as truth; see ``simulate``, and
    ``sort_for`` where somebody of this ``pace`` sorts for so many ``seconds``, and then ``accept``s
    images unseen.

    Everything is kept in a temporary folder, or in ``workspace``, where embeddings serve again
    under a new criterion. Strategies see vectors and decisions, and of the attributes only those
    named. Raises SourceError, UnknownName, and TrainingError for an objective that needs more than
    live training has.
    """
    objectives.entry(str(options.get("objective", "human"))).require()
    with ExitStack() as stack:
        folder = workspace or stack.enter_context(tempfile.TemporaryDirectory())
        opened = stack.enter_context(
            open_workspace(
                Path(folder),
                source=source,
                embeddings=embeddings,
                embeddings2=embeddings2,
                encoder=encoder,
                device=device,
                inline=True,
                reading=reading,
            )
        )
        known = opened.items.attributes()
        for name in (labels, *attributes):
            if name not in known:
                raise UnknownName("column", name, known)
        opened.items.show_attributes(attributes)
        criterion = _new_criterion(opened)
        truth = _labels(opened, criterion, labels)
        if seconds is None:
            return simulate(opened, truth, criterion=criterion, **options)
        seed, error = int(options.get("seed", 0)), float(options.get("error_rate", 0.0))
        return sort_for(
            opened,
            truth,
            criterion=criterion,
            seconds=seconds,
            sorter=Sorter(truth, error, pace, seed),
            forms=forms,
            strategy=str(options.get("strategy", "mix")),
            objective=str(options.get("objective", "human")),
            accept=accept,
        )


def _new_criterion(workspace: Workspace) -> str:
    """A criterion without decisions."""
    name = workspace.criteria.unused("simulation")
    return str(workspace.criteria.add(name)["name"])


def _labels(workspace: Workspace, criterion: str, column: str) -> dict[str, str]:
    items = (workspace.items.get(item) for item in workspace.snapshot(criterion).space.item_ids)
    found = {item.id: item.attributes.get(column) for item in items}
    return {item: str(label) for item, label in found.items() if label is not None}
