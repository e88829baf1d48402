"""``curation simulate``: a workspace of its own for a simulated review, from a source on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from curation.errors import UnknownName
from curation.evaluation.simulate import simulate
from curation.items.source import Reading
from curation.learning import objectives
from curation.workspace import Workspace, open_workspace


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
    reading: Reading | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Simulate the review of ``source`` with the column ``labels`` as truth; see ``simulate``.

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
        return simulate(opened, truth, criterion=criterion, **options)


def _new_criterion(workspace: Workspace) -> str:
    """A criterion without decisions."""
    taken = {row["name"] for row in workspace.criteria.all()}
    number = next(n for n in range(1, len(taken) + 2) if f"simulation {n}" not in taken)
    return str(workspace.criteria.add(f"simulation {number}")["name"])


def _labels(workspace: Workspace, criterion: str, column: str) -> dict[str, str]:
    items = (workspace.items.get(item) for item in workspace.snapshot(criterion).space.item_ids)
    found = {item.id: item.attributes.get(column) for item in items}
    return {item: str(label) for item, label in found.items() if label is not None}
