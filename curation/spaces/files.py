"""Named errors for a disk that does not take what is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from curation.errors import WorkspaceError
from curation.items.atomic import write_atomic


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a WorkspaceError about ``path``."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            f"Expected to write {path}, got: {error}; free disk space or make the folder "
            "writable and start again: what was stored before is still there."
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` whole or not at all; WorkspaceError if the disk does not."""

    def write(file: BinaryIO) -> None:
        file.write(data)

    with disk_errors(path):
        write_atomic(path, write)
