"""The job that trains a generation on the decisions so far."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from curation.clock import now
from curation.decisions import closure
from curation.decisions.log import DecisionLog
from curation.decisions.store import database_to_read
from curation.learning import adoption, evaluate
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces import shelf
from curation.spaces.faiss_import import import_faiss
from curation.spaces.generations import GenerationStore
from curation.types import BoolArray, Decision, FloatArray, Generation, IndexArray
from curation.worker.generations import adapted, adapter_of, space_arrays
from curation.worker.job import Steps
from curation.worker.threads import one_thread

if TYPE_CHECKING:
    from curation.learning.trainer import TrainProgress, TrainResult


def train(
    root: str,
    fingerprint: str,
    criterion: str,
    encoder: str,
    objective: str,
    parent: int,
    number: int,
    log_position: int,
    device: str,
    rival: int | None = None,
) -> Steps:
    """Train generation ``number`` from ``parent`` on the log up to ``log_position``.

    With a ``rival`` it is a trial, measured beside that generation instead of its parent, and
    trained on the same batches.

    The same arguments give the same generation on the same device.
    """
    from curation.learning import trainer
    from curation.spaces.encoders import resolve_device

    import_faiss()  # so that its threads are limited like torch's after the first step

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    if number in generations.numbers():  # a kill came between the generation and the answer
        made = generations.read(number)
        rows = len(shelf.open_store(paths.store(fingerprint)))
        return {"number": number, "n_items": rows, "metrics": dict(made.metrics)}
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    base, ids = store.vectors(), store.ids
    decisions = decisions_at(paths, criterion, log_position)
    learnt, held_out = closure.split(decisions)
    steps = trainer.train(
        base,
        store.views(),
        closure.build(learnt).constraints(ids),
        objective=objective,
        previous=adapter_of(generations, parent),
        seed=SEED + _seed(generations, number, rival),
        device=str(resolve_device(device)),
    )
    result = yield from _training(steps, len(decisions))
    vectors = result.adapter.apply(base)
    arrays = yield from space_arrays(vectors, 0.9)
    if result.assignment is not None:
        arrays["assignment"] = result.assignment
    before = parent if rival is None else rival
    metrics = {
        **result.metrics,
        **_held_out_metrics(vectors, adapted(generations, before, base), ids, held_out),
        "calibration": _calibration(vectors, ids, decisions),
    }
    if rival is not None:
        metrics["rival"] = rival
    made = Generation(
        number, parent, encoder, len(decisions), log_position, objective, now(), metrics
    )
    with tempfile.TemporaryDirectory() as folder:
        result.adapter.save(Path(folder) / "adapter.safetensors")
        generations.write(made, arrays, Path(folder) / "adapter.safetensors")
    return {"number": number, "n_items": len(base), "metrics": metrics}


def _seed(generations: GenerationStore, number: int, rival: int | None) -> int:
    """A trial is seeded as its rival was, which may have been a trial itself."""
    while rival is not None:
        number, rival = rival, generations.read(rival).metrics.get("rival")
    return number


def _training(
    steps: Generator[TrainProgress, None, TrainResult], n_decisions: int
) -> Generator[dict[str, Any], None, TrainResult]:
    pools = ThreadpoolController()
    while True:
        try:
            with one_thread(pools):
                at = next(steps)
        except StopIteration as stop:
            result: TrainResult = stop.value
            return result
        yield {"progress": 0.85 * at.step / at.steps, "decisions": n_decisions}


def decisions_at(paths: Paths, criterion: str, upto: int) -> list[Decision]:
    """The decisions of a criterion that stood at a position of the log."""
    with database_to_read(paths.database) as database:
        return DecisionLog(database).effective(criterion, upto)


def _answered(ids: Sequence[str], decisions: Sequence[Decision]) -> tuple[IndexArray, BoolArray]:
    """Rows int64 [P, 2] and truth bool [P] of the same/different decisions on known items."""
    position = {item: row for row, item in enumerate(ids)}
    found = [
        (position[one.pair.a], position[one.pair.b], one.verdict == "same")
        for one in decisions
        if one.verdict in ("same", "different")
        and one.pair.a in position
        and one.pair.b in position
    ]
    table = np.array(found, np.int64).reshape(-1, 3)
    return table[:, :2], table[:, 2].astype(np.bool_)


def _calibration(
    vectors: FloatArray, ids: Sequence[str], decisions: Sequence[Decision]
) -> list[float]:
    pairs, same = _answered(ids, decisions)
    return list(evaluate.calibrate(evaluate.pair_similarities(vectors, pairs), same))


def _held_out_metrics(
    vectors: FloatArray, before: FloatArray, ids: Sequence[str], held_out: Sequence[Decision]
) -> dict[str, Any]:
    """AUC of the new and of the parent space on the same pairs, and whether to adopt the new."""
    pairs, same = _answered(ids, held_out)
    new, old = (evaluate.held_out_auc(space, pairs, same) for space in (vectors, before))
    drawn = [one for one in held_out if one.strategy == "random"]
    random = evaluate.held_out_auc(vectors, *_answered(ids, drawn))
    return {
        "auc": None if new is None else asdict(new),
        "auc_before": None if old is None else asdict(old),
        "auc_random": None if random is None else asdict(random),
        "adopt": not adoption.beyond_interval(new, old),
    }
