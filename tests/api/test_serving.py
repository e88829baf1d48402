"""How the server begins and ends: the address once it answers, no traceback at the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from curation.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_address_is_printed_when_it_answers_and_the_end_is_clean(
    prepared_digits: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    folder = Path(shutil.copytree(prepared_digits, tmp_path / "work"))
    port = free_port("127.0.0.1", None)
    command = [sys.executable, str(ROOT / "app.py"), "--workspace", str(folder), "--no-browser"]
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CURATION_AUTH": "ann:a-secret"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in first
        answer = httpx.get(f"http://127.0.0.1:{port}/api/overview", auth=("ann", "a-secret"))
        assert answer.status_code == 200
    finally:
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err == "curation: stopped; what was written is kept, the same command goes on.\n"
    assert "a-secret" not in first + out + err
    assert (folder / "curation.lock").read_bytes() == b""  # closed, not killed
