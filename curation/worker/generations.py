"""Jobs that derive arrays of a generation from its vectors: space, neighbours, map."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from curation.clock import now
from curation.errors import Overtaken, TrainingError
from curation.paths import Paths
from curation.settings import NEIGHBOURS, SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.spaces.neighbours import nearest_steps
from curation.types import FloatArray, Generation, IndexArray, Neighbours
from curation.worker.job import Steps

if TYPE_CHECKING:
    from curation.learning.adapter import Adapter

MOVED = 10
"""Nearest neighbours of an item that are looked at before and after the training."""

Result = TypeVar("Result")


def project(root: str, fingerprint: str, criterion: str, number: int, encoder: str) -> Steps:
    """Space and neighbours of one generation for all items embedded so far."""
    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    if number not in generations.numbers():
        generations.write(Generation(number, None, encoder, 0, 0, "none", now()), {})
    base = shelf.open_store(paths.store(fingerprint)).vectors()
    yield {"progress": 0.0}
    vectors = adapted(generations, number, base)
    arrays = yield from space_arrays(vectors, 0.5)
    generations.extend(number, arrays)
    generations.prune(number, len(base))
    return {"number": number, "n_items": len(base)}


def map_layout(root: str, criterion: str, number: int, n_items: int) -> Steps:
    """Two-dimensional layout of a generation, started from the nearest ancestor's layout."""
    from curation.spaces.layout import layout

    generations = GenerationStore(Paths(Path(root)).generations(criterion))
    vectors, near = space(generations, number, n_items)
    yield {"progress": 0.0}
    points = layout(vectors, near, _start(generations, number), seed=SEED)
    generations.extend(number, {"layout": points})
    return {"number": number, "n_items": n_items}


def moved(root: str, fingerprint: str, criterion: str, number: int, n_items: int) -> Steps:
    """Share of each item's nearest neighbours that training exchanged, as ``moved`` of a
    generation."""
    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    _, now_near = space(generations, number, n_items)
    yield {"progress": 0.0}
    before = generations.neighbours(0, n_items)
    if before is None:  # items came after it was projected
        steps = nearest_steps(shelf.open_store(paths.store(fingerprint)).vectors()[:n_items], MOVED)
        before = yield from reported(steps)
    share = _exchanged(before.indices, now_near.indices, min(MOVED, n_items - 1))
    generations.extend(number, {"moved": share})
    return {"number": number, "n_items": n_items}


def _exchanged(before: IndexArray, after: IndexArray, k: int) -> FloatArray:
    """Share float32 [N] of the first ``k`` of ``before`` [N, ...] not among those of ``after``."""
    if k < 1:
        return np.zeros(len(before), np.float32)
    kept = (before[:, :k, None] == after[:, None, :k]).any(2).mean(1)
    return np.asarray(1 - kept, np.float32)


def space(generations: GenerationStore, number: int, n_items: int) -> tuple[FloatArray, Neighbours]:
    """The vectors float32 [N, D] of a generation for ``n_items`` items, and their neighbours.

    Raises Overtaken where those of more items, or another generation, have taken their place, and
    TrainingError where they are simply gone.
    """
    vectors = generations.array(number, "vectors", n_items)
    near = generations.neighbours(number, n_items)
    if vectors is not None and near is not None:
        return vectors, near
    current, newest = generations.current(), generations.newest(number, "vectors")
    elsewhere = current is not None and current.number != number
    grown = newest is not None and len(newest) > n_items
    kind = Overtaken if elsewhere or grown else TrainingError
    raise kind(f"Generation {number} has no space for {n_items} items; ask for what is shown now.")


def reported(
    steps: Generator[float, None, Result], start: float = 0.0
) -> Generator[dict[str, Any], None, Result]:
    """Steps that yield the share done, as the steps of a job; of its rest after ``start``."""
    while True:
        try:
            share = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield {"progress": start + (1 - start) * share}


def _start(generations: GenerationStore, number: int) -> FloatArray | None:
    """The largest layout of the generation itself or of its nearest ancestor that has one."""
    at: int | None = number
    known = generations.numbers()
    while at is not None and at in known:  # one that was damaged may have been put aside
        points = generations.newest(at, "layout")
        if points is not None:
            return points
        at = generations.read(at).parent
    return None


def adapter_of(generations: GenerationStore, number: int) -> Adapter | None:
    """The adapter of a generation; None for generation 0, even before it is on disk."""
    from curation.learning.adapter import Adapter

    file = generations.adapter(number) if number else None
    return None if file is None else Adapter.load(file)


def adapted(generations: GenerationStore, number: int, base: FloatArray) -> FloatArray:
    """Embeddings float32 [N, D] in the space of a generation."""
    adapter = adapter_of(generations, number)
    return np.asarray(base) if adapter is None else adapter.apply(base)


def space_arrays(
    vectors: FloatArray, start: float
) -> Generator[dict[str, Any], None, dict[str, npt.NDArray[Any]]]:
    """What a generation stores of its space [N, D]: the vectors and their neighbours, in steps of a
    job that has come to ``start``."""
    near = yield from reported(nearest_steps(vectors, NEIGHBOURS), start)
    return {
        "vectors": vectors,
        "neighbours": near.indices,
        "similarities": near.similarities,
    }
