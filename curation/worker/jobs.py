"""What the worker can do: encode, project, train, lay out, embed a query.

Each job is a generator (see ``process``). Arguments and results are plain values: files carry the
arrays. Every job may be run again after a kill: what is already on disk is kept or rewritten whole.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from curation.worker.embedding import captions, encode, generate, query, take_vectors, views
from curation.worker.generations import map_layout, project
from curation.worker.process import Job
from curation.worker.teaching import observe, teach
from curation.worker.training import train

JOBS: dict[str, Callable[..., Job]] = {
    "encode": encode,
    "take_vectors": take_vectors,
    "views": views,
    "generate": generate,
    "captions": captions,
    "project": project,
    "train": train,
    "map": map_layout,
    "query": query,
    "observe": observe,
    "teach": teach,
}


def limit_threads(count: int) -> None:
    """CPU threads of whatever numeric library this process has loaded, BLAS included."""
    ThreadpoolController().limit(limits=count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    if "faiss" in sys.modules:
        sys.modules["faiss"].omp_set_num_threads(count)
    if "numba" in sys.modules:
        sys.modules["numba"].set_num_threads(
            min(count, sys.modules["numba"].config.NUMBA_NUM_THREADS)
        )
