"""The job that predicts a group for every item of a generation."""

from __future__ import annotations

from pathlib import Path

from curation.decisions import closure
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.worker.generations import reported, space
from curation.worker.job import Steps
from curation.worker.training import decisions_at


def group(
    root: str,
    fingerprint: str,
    criterion: str,
    number: int,
    n_items: int,
    log_position: int,
    n_groups: int | None,
) -> Steps:
    """Grouping of the first ``n_items`` of generation ``number`` by the log up to
    ``log_position``, as its ``predicted_labels`` and ``predicted_probabilities``."""
    from curation.learning.grouping import predict_steps

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    vectors, near = space(generations, number, n_items)
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    decisions = decisions_at(paths, criterion, log_position)
    constraints = closure.build(decisions).constraints(store.ids[:n_items])
    base = store.vectors()[:n_items]
    steps = predict_steps(vectors, constraints, n_groups, SEED, neighbours=near, base=base)
    grouping = yield from reported(steps)
    labels, probabilities = grouping.labels, grouping.probabilities
    generations.extend(
        number, {"predicted_labels": labels, "predicted_probabilities": probabilities}
    )
    return {"number": number, "n_items": n_items, "n_groups": grouping.n_groups}
