"""CPU threads of the numeric libraries in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


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


@contextmanager
def one_thread(pools: ThreadpoolController) -> Iterator[None]:
    """A training step's matrices are small: waiting for other threads costs more than they do."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with pools.limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)
