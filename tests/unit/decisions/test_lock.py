"""One holder at a time, named to the others; freed by a kill."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from curation.decisions.lock import FILE_NAME, WorkspaceLock
from curation.errors import WorkspaceBusy, WorkspaceError

HOLDER = """
    import sys, time
    from pathlib import Path
    from curation.decisions.lock import WorkspaceLock

    WorkspaceLock(Path(sys.argv[1])).acquire("http://127.0.0.1:7860")
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_is_named_and_its_kill_frees_the_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path)]
    lock = WorkspaceLock(tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceBusy) as caught:
            lock.acquire()
        process.send_signal(signal.SIGKILL)
    assert f"process {process.pid} on" in str(caught.value)
    assert "http://127.0.0.1:7860" in str(caught.value)
    lock.acquire()
    lock.release()


def test_held_once_released_and_taken_again(tmp_path: Path) -> None:
    first, second = WorkspaceLock(tmp_path), WorkspaceLock(tmp_path)
    with first:
        first.acquire()
        first.describe("http://here")
        holder = json.loads((tmp_path / FILE_NAME).read_text())
        assert (holder["pid"], holder["url"]) == (os.getpid(), "http://here")
        with pytest.raises(WorkspaceBusy, match=f"process {os.getpid()}"):
            second.acquire()
    with second, pytest.raises(WorkspaceBusy):
        first.acquire()
    first.release()
    with pytest.raises(WorkspaceError, match="acquire"):
        first.describe("http://here")


def test_unreadable_holder(tmp_path: Path) -> None:
    with WorkspaceLock(tmp_path):
        (tmp_path / FILE_NAME).write_text("{")
        with pytest.raises(WorkspaceBusy, match="another process"):
            WorkspaceLock(tmp_path).acquire()


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(WorkspaceError, match=r"can be written.*--workspace"):
            WorkspaceLock(folder).acquire()


def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(WorkspaceError, match="permissions"):
        WorkspaceLock(tmp_path).acquire()
