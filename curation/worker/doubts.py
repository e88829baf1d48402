"""The job that tells which answers about a generation are doubtful."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from curation.decisions import closure
from curation.paths import Paths
from curation.settings import NEIGHBOURS, SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.spaces.neighbours import nearest_steps
from curation.worker.generations import reported, space
from curation.worker.job import Steps
from curation.worker.training import decisions_at


def doubts(
    root: str,
    fingerprint: str,
    criterion: str,
    number: int,
    n_items: int,
    log_position: int,
    n_groups: int | None,
    named: int,
) -> Steps:
    """The ``doubts`` (see ``learning.doubts.Doubt``) of the answers up to ``log_position`` about
    the first ``n_items`` of generation ``number``, by their grouping into at least ``named``.

    The groups are those of the generation; what fits them is judged in the frozen embedding, for a
    trained space has learnt the very answers that are doubted.
    """
    from curation.learning.doubts import doubt_steps
    from curation.learning.grouping import predict_steps
    from curation.learning.spreading import Surroundings

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    decisions = decisions_at(paths, criterion, log_position)
    constraints = closure.build(decisions).constraints(store.ids[:n_items])
    around = Surroundings.of(*space(generations, number, n_items))
    base = store.vectors()[:n_items]
    steps = predict_steps(around, constraints, n_groups, SEED, base, named)
    labels = (yield from reported(steps)).labels
    near = generations.neighbours(0, n_items)
    if near is None:  # items came after it was projected
        near = yield from reported(nearest_steps(base, NEIGHBOURS))
    untaught = Surroundings.of(base, near)
    found = yield from reported(doubt_steps(untaught, constraints, labels, SEED))
    return {"number": number, "n_items": n_items, "doubts": [asdict(one) for one in found]}
