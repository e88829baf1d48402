"""Exact ties are broken by a rule: two kernels of a library choose alike."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import threadpoolctl  # type: ignore[import-untyped]

SCRIPT = Path(__file__).with_name("kernels.py")
# Nehalem has no FMA and no AVX, so it runs on every x86-64, and differs from the kernels of all
# that do; numpy, torch and faiss are kept from the newer instructions of theirs as well.
OTHER = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "FAISS_OPT_LEVEL": "generic",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
}


def choices_of(**changes: Any) -> Any:
    """The choices of a process with these variables of its environment."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", SCRIPT],
        env={**os.environ, **changes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(
    all(one.get("architecture") == "Nehalem" for one in threadpoolctl.threadpool_info()),
    reason="there is one kernel here",
)
def test_two_kernels_choose_alike_among_equals() -> None:
    here = json.loads(json.dumps(runpy.run_path(str(SCRIPT))["choices"]()))
    there = choices_of(**OTHER)
    assert here.keys() == there.keys()
    assert [key for key in here if here[key] != there[key]] == []
