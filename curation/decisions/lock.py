"""One server per workspace: a lock of the operating system, freed by it when the holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from types import TracebackType

from curation.clock import now
from curation.errors import WorkspaceBusy, WorkspaceError

FILE_NAME = "curation.lock"


class WorkspaceLock:
    """Exclusive lock on a workspace folder.

    The lock is on ``curation.lock`` in the folder; its text says who holds it. Nothing has to be
    cleaned up after a kill. The lock is not inherited by programs started from here.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._file: int | None = None

    def acquire(self, url: str = "") -> None:
        """Take the lock; ``url`` is where this server can be reached.

        Raises WorkspaceBusy naming the holder, WorkspaceError where the folder cannot be written.
        """
        if self._file is not None:
            return
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = _busy(self.path.parent, os.pread(file, 4096, 0))
            os.close(file)
            raise WorkspaceBusy(message) from error
        except OSError as error:
            os.close(file)
            raise self._unusable(error) from error
        self._file = file
        self.describe(url)

    def describe(self, url: str) -> None:
        """Write who holds the lock, with ``url`` once it is known."""
        if self._file is None:
            raise WorkspaceError(f"{self.path} is not held here; call acquire() first.")
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "time": now(),
            "url": url,
        }
        self._write(json.dumps(holder).encode())

    def release(self) -> None:
        """Free the lock; harmless where it is not held."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            os.ftruncate(file, 0)
        finally:
            os.close(file)

    def __enter__(self) -> WorkspaceLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise self._unusable(error) from error

    def _write(self, content: bytes) -> None:
        if self._file is None:
            return
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, content, 0)
        except OSError as error:
            self.release()
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> WorkspaceError:
        return WorkspaceError(
            f"Expected a workspace folder that can be written, got {self.path.parent} "
            f"({error.strerror}); change its permissions, free some space, or give another folder "
            "with --workspace."
        )


def check_free(folder: Path) -> None:
    """WorkspaceBusy, naming the holder, where another process holds the workspace."""
    if (folder / FILE_NAME).exists():
        with WorkspaceLock(folder):
            return


def _busy(folder: Path, content: bytes) -> str:
    try:
        holder = json.loads(content)
        who = f"process {holder['pid']} on {holder['host']} since {holder['time']}"
        where = f" at {holder['url']}" if holder["url"] else ""
    except (ValueError, KeyError, TypeError):
        who, where = "another process (just starting or stopping)", ""
    return (
        f"The workspace {folder} is in use by {who}{where}; use that one, stop it, or give "
        "another folder with --workspace."
    )
