"""Jobs that derive arrays of a generation from its vectors: space, neighbours, map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from curation.clock import now
from curation.errors import TrainingError
from curation.paths import Paths
from curation.settings import NEIGHBOURS, SEED
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.spaces.neighbours import nearest
from curation.types import FloatArray, Generation
from curation.worker.process import Job

if TYPE_CHECKING:
    from curation.learning.adapter import Adapter


def project(root: str, fingerprint: str, criterion: str, number: int, encoder: str) -> Job:
    """Space and neighbours of one generation for all items embedded so far."""
    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    if number not in generations.numbers():
        generations.write(Generation(number, None, encoder, 0, 0, "none", now()), {})
    base = shelf.open_store(paths.store(fingerprint)).vectors()
    yield {"progress": 0.0}
    vectors = adapted(generations, number, base)
    yield {"progress": 0.5}
    generations.extend(number, space_arrays(vectors))
    generations.prune(number, len(base))
    return {"number": number, "n_items": len(base)}


def map_layout(root: str, criterion: str, number: int, n_items: int) -> Job:
    """Two-dimensional layout of a generation, started from the nearest ancestor's layout."""
    from curation.spaces.layout import layout

    generations = GenerationStore(Paths(Path(root)).generations(criterion))
    vectors = generations.array(number, "vectors", n_items)
    near = generations.neighbours(number, n_items)
    if vectors is None or near is None:
        raise TrainingError(f"Generation {number} has no space for {n_items} items to lay out.")
    yield {"progress": 0.0}
    points = layout(vectors, near, _start(generations, number), seed=SEED)
    generations.extend(number, {"layout": points})
    return {"number": number, "n_items": n_items}


def _start(generations: GenerationStore, number: int) -> FloatArray | None:
    """The largest layout of the generation itself or of its nearest ancestor that has one."""
    at: int | None = number
    while at is not None:
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


def space_arrays(vectors: FloatArray) -> dict[str, npt.NDArray[Any]]:
    """What a generation stores of its space [N, D]: the vectors and their neighbours."""
    near = nearest(vectors, NEIGHBOURS)
    return {
        "vectors": vectors,
        "neighbours": near.indices,
        "similarities": near.similarities,
    }
