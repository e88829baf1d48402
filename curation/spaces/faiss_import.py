"""Importing faiss so that its matrix products use what the CPU can do.

The OpenBLAS inside faiss's wheel is older than today's CPUs, and takes kernels of 2004 (SSE3) for
one it does not know: exact search is then four times slower. It reads a variable when it is loaded.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

_VARIABLE = "OPENBLAS_CORETYPE"


def import_faiss() -> Any:
    """The module faiss; a choice of kernels that the user made in the environment is kept."""
    core = None if "faiss" in sys.modules or _VARIABLE in os.environ else _core()
    if core is None:
        import faiss

        return faiss
    os.environ[_VARIABLE] = core
    try:
        import faiss

        return faiss
    finally:
        # child processes and newer copies of OpenBLAS choose better for themselves
        del os.environ[_VARIABLE]


def _core() -> str | None:
    """The newest kernels that every OpenBLAS of the last years has and this CPU can run."""
    try:
        numpy_core = importlib.import_module("numpy._core._multiarray_umath")
    except ImportError:
        return None
    features: dict[str, bool] = getattr(numpy_core, "__cpu_features__", {})
    if features.get("AVX512_SKX"):
        return "SkylakeX"
    if features.get("AVX2") and features.get("FMA3"):
        return "Haswell"
    return None
