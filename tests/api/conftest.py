"""The real server in a process of its own, as a person starts it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from serving import wait_until_up

from curation.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
Serve = Callable[..., httpx.Client]


@contextmanager
def served(folder: Path, login: tuple[str, str] | None) -> Iterator[httpx.Client]:
    """A client of ``app.py`` on a workspace's folder, logged in where a login is asked for."""
    port = free_port("127.0.0.1", None)
    command = [sys.executable, str(ROOT / "app.py"), "--workspace", str(folder), "--no-browser"]
    command += ["--port", str(port), *(["--auth", ":".join(login)] if login else [])]
    with (folder.parent / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        try:
            assert wait_until_up("127.0.0.1", port), Path(log.name).read_text("utf-8")
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", auth=login, timeout=60
            ) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def serve(prepared_digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start the server on a workspace of digits; all are stopped at the end."""
    with ExitStack() as stack:

        def start(login: tuple[str, str] | None = None) -> httpx.Client:
            folder = tmp_path_factory.mktemp("served") / "work"
            shutil.copytree(prepared_digits, folder)
            return stack.enter_context(served(folder, login))

        yield start
