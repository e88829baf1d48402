"""The job that predicts a group for every item of a generation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from curation.decisions import closure
from curation.errors import TrainingError
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.worker.generations import reported
from curation.worker.job import Steps
from curation.worker.training import decisions_at

if TYPE_CHECKING:
    from curation.learning.spreading import Surroundings


def group(
    root: str,
    fingerprint: str,
    criterion: str,
    number: int,
    n_items: int,
    log_position: int,
    n_groups: int | None,
    named: int,
) -> Steps:
    """Grouping of the first ``n_items`` of generation ``number`` by the log up to
    ``log_position``, in at least ``named`` groups: its ``predicted_labels`` and
    ``predicted_probabilities``."""
    from curation.learning.grouping import predict_steps

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    decisions = decisions_at(paths, criterion, log_position)
    constraints = closure.build(decisions).constraints(store.ids[:n_items])
    base = store.vectors()[:n_items]
    around = _surroundings(generations.folder, number, n_items)
    steps = predict_steps(around, constraints, n_groups, SEED, base, named)
    grouping = yield from reported(steps)
    labels, probabilities = grouping.labels, grouping.probabilities
    generations.extend(
        number, {"predicted_labels": labels, "predicted_probabilities": probabilities}
    )
    return {"number": number, "n_items": n_items, "n_groups": grouping.n_groups}


@lru_cache(maxsize=2)
def _surroundings(folder: Path, number: int, n_items: int) -> Surroundings:
    """What answers spread over in a generation: the same for every grouping of it."""
    from curation.learning.spreading import Surroundings

    generations = GenerationStore(folder)
    vectors = generations.array(number, "vectors", n_items)
    near = generations.neighbours(number, n_items)
    if vectors is None or near is None:
        raise TrainingError(f"Generation {number} has no space for {n_items} items to group.")
    return Surroundings.of(vectors, near)
