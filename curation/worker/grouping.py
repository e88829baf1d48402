"""The job that predicts a group for every item of a generation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curation.decisions import closure
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.types import FloatArray, IndexArray
from curation.worker.generations import reported, space
from curation.worker.job import Steps
from curation.worker.training import decisions_at

if TYPE_CHECKING:
    from curation.learning.spreading import Surroundings

CLUSTERS = 30
CLUSTERS_A_GROUP = 1.5


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
    ``predicted_probabilities``, with ``clusters`` of the space and how ``typical`` items are."""
    from curation.learning.grouping import predict_steps, rivals

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    decisions = decisions_at(paths, criterion, log_position)
    constraints = closure.build(decisions).constraints(store.ids[:n_items])
    base = store.vectors()[:n_items]
    space(generations, number, n_items)
    made_of = generations.folder, number, generations.read(number).created, n_items
    around = _surroundings(*made_of)
    steps = predict_steps(around, constraints, n_groups, SEED, base, named)
    grouping = yield from reported(steps)
    clusters, typical = _clusters(*made_of, _clusters_for(named))
    pile, beside = _piles(*made_of)
    generations.extend(
        number,
        {
            "predicted_labels": grouping.labels,
            "predicted_probabilities": grouping.probabilities,
            "clusters": clusters,
            "typical": typical,
            "piles": pile,
            "side_by_side": beside,
        },
    )
    return {
        "number": number,
        "n_items": n_items,
        "n_groups": grouping.n_groups,
        "rivals": rivals(grouping),
    }


@lru_cache(maxsize=2)
def _surroundings(
    folder: Path,
    number: int,
    created: str,  # noqa: ARG001
    n_items: int,
) -> Surroundings:
    """What answers spread over in a generation: the same for every grouping of it.

    ``created`` tells it from another one of that number in a folder that was made anew.
    """
    from curation.learning.spreading import Surroundings

    return Surroundings.of(*space(GenerationStore(folder), number, n_items))


def _clusters_for(named: int) -> int:
    """Clusters to look for groups in: more than there are groups, and seldom another number."""
    few = CLUSTERS
    while few < CLUSTERS_A_GROUP * named:
        few *= 2
    return few


@lru_cache(maxsize=2)
def _clusters(
    folder: Path, number: int, created: str, n_items: int, k: int
) -> tuple[IndexArray, FloatArray]:
    """Cluster int64 [N] of every item of a generation, and its cosine float32 [N] to the centre."""
    from curation.proposals.search import kmeans

    features = _surroundings(folder, number, created, n_items).smoothed
    found = kmeans(features, min(k, n_items))
    typical = np.einsum("nd,nd->n", features, found.centres[found.labels])
    return found.labels, typical


@lru_cache(maxsize=2)
def _piles(folder: Path, number: int, created: str, n_items: int) -> tuple[IndexArray, IndexArray]:
    """Small piles of a generation and those that lie side by side: see ``learning.piles``."""
    from curation.learning.piles import piles, side_by_side

    _, near = space(GenerationStore(folder), number, n_items)
    features = _surroundings(folder, number, created, n_items).smoothed
    pile = piles(near)
    return pile, side_by_side(features, pile, near)
