import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("chosen", ["", "Haswell"])
def test_the_environment_is_left_as_it_was(chosen: str) -> None:
    code = """
import os, sys
before = os.environ.get("OPENBLAS_CORETYPE")
from curation.spaces import faiss_import
assert "faiss" not in sys.modules
faiss = faiss_import.import_faiss()
assert os.environ.get("OPENBLAS_CORETYPE") == before
assert faiss_import.import_faiss() is faiss
assert hasattr(faiss, "knn")
"""
    choose = f"import os; os.environ['OPENBLAS_CORETYPE'] = {chosen!r}\n" if chosen else ""
    run = [sys.executable, "-W", "ignore", "-c", choose + code]
    subprocess.run(run, check=True, cwd=ROOT)
