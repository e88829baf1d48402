"""Jobs of a teaching session: embed what a robot sees, learn from the picks."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from curation.clock import now
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.teaching import scores
from curation.teaching.answers import SURE, judge_from
from curation.types import DEFAULT_CALIBRATION, FloatArray, Generation
from curation.worker.embedding import encode
from curation.worker.generations import adapted, adapter_of, space_arrays
from curation.worker.job import Steps
from curation.worker.threads import one_thread


def observe(
    root: str, spec: str, device: str, criterion: str, number: int, item: str, file: str | None
) -> Steps:
    """Vector of an item in the space of a generation; embeds and stores the item if it is new."""
    paths = Paths(Path(root))
    store = shelf.find(paths.embeddings, spec)
    if store is None or item not in store:
        yield from encode(root, spec, device, [(item, str(file), None)] if file else [])
        store = shelf.find(paths.embeddings, spec)
    if store is None or item not in store:
        return {"vector": None}
    yield {}
    vector = np.array(store.vectors()[[store.row(item)]])
    moved = adapted(GenerationStore(paths.generations(criterion)), number, vector)
    return {"vector": moved[0].tolist()}


def teach(
    root: str,
    fingerprint: str,
    criterion: str,
    encoder: str,
    parent: int,
    number: int,
    log_position: int,
    n_decisions: int,
    bins: Mapping[str, Sequence[str]],
) -> Steps:
    """Learn generation ``number`` from the picks of each bin, warm-started from ``parent``.

    Its metrics hold the ``ranks`` by which lines are drawn (see ``curation.teaching.scores``), the
    ``picks`` it was made of, and on what share of the other items it is confident.
    """
    from curation.teaching.update import Update, update

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    store = shelf.open_store(paths.store(fingerprint))
    base, ids = store.vectors(), store.ids
    if number in generations.numbers():  # a kill came between the generation and the answer
        return {"number": number, "n_items": len(base), "metrics": {"adopt": True}}
    yield {"progress": 0.0}
    place = {item: row for row, item in enumerate(ids)}
    rows = {name: scores.rows_of(place, items) for name, items in bins.items()}
    learnt = generations.read(parent).metrics if parent in generations.numbers() else {}
    last = Update(adapter_of(generations, parent), learnt.get("ranks", {}), learnt.get("picks", {}))
    steps = update(base, ids, rows, last, seed=SEED + number)
    pools = ThreadpoolController()
    while True:
        try:
            with one_thread(pools):
                step = next(steps)
        except StopIteration as stop:
            done = stop.value
            break
        yield {"progress": min(0.2 + step / 50, 0.85)}
    vectors = done.adapter.apply(base)
    arrays = yield from space_arrays(vectors, 0.9)
    metrics = {
        "adopt": True,
        "ranks": done.ranks,
        "picks": done.picks,
        "confident_share": _confident(vectors, place, bins, done.ranks),
        "calibration": _calibration(generations, parent),
    }
    made = Generation(number, parent, encoder, n_decisions, log_position, "teach", now(), metrics)
    with tempfile.TemporaryDirectory() as folder:
        done.adapter.save(Path(folder) / "adapter.safetensors")
        generations.write(made, arrays, Path(folder) / "adapter.safetensors")
    return {"number": number, "n_items": len(base), "metrics": {"adopt": True}}


def _confident(
    vectors: FloatArray,
    place: Mapping[str, int],
    bins: Mapping[str, Sequence[str]],
    found: Mapping[str, float],
) -> float:
    """Share of the items nobody picked that the robot would be sure of."""
    picked = {item for items in bins.values() for item in items}
    rest = scores.rows_of(place, [item for item in place if item not in picked])
    if not len(rest):
        return 1.0
    confidence = judge_from(vectors, place, bins, found).judge(vectors[rest])[1]
    return float((confidence >= SURE).mean())


def _calibration(generations: GenerationStore, parent: int) -> list[float]:
    stored = generations.read(parent).metrics if parent in generations.numbers() else {}
    return list(stored.get("calibration", DEFAULT_CALIBRATION))
