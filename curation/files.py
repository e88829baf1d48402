"""Files that are there whole or not at all: the one place that writes, renames and syncs.

A file is filled under a temporary name in the folder where it will lie, synced, renamed, and the
folder is synced: after a power cut there is the old content or the new one. What a kill leaves
behind has a name that ``sweep`` knows.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from curation.errors import StorageFull, WorkspaceError

Fill = Callable[[BinaryIO], object]
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where nothing more fits: disk, quota, largest file."""
_ASIDE = ".damaged-"
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
_OLDER = (
    re.compile(r"\.\d+\.tmp"),
    re.compile(r"\.[0-9a-f]{16}\.(data|manifest)\.tmp"),
    re.compile(r"\.(workspace|criteria|visitors)\.json\.\w{8}"),
)
"""What earlier versions called theirs: a generation, an export, settings."""


def put(path: Path, fill: Fill, *, durable: bool = True) -> None:
    """Let ``fill`` write a temporary file beside ``path``, then put it in place in one step.

    ``durable`` waits until the bytes are on the disk; caches that can be made again go without.
    Makes the parent folder. Raises OSError; then ``path`` is as it was before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary(path.parent)
    try:
        fill_new(draft, fill, durable=durable)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def write(path: Path, fill: Fill, *, durable: bool = True) -> None:
    """As ``put``; raises StorageFull or WorkspaceError instead of OSError."""
    with disk_errors(path):
        put(path, fill, durable=durable)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` whole or not at all; raises StorageFull, WorkspaceError."""
    write(path, lambda file: file.write(data))


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole or not at all; raises StorageFull, WorkspaceError."""
    write_bytes(path, json.dumps(value, indent=2, ensure_ascii=False).encode())


def write_at(path: Path, offset: int, data: bytes, *, truncate: bool = False) -> None:
    """Write ``data`` into a growing file at ``offset`` and sync it.

    ``truncate`` cuts off what a torn write left behind it. Raises StorageFull, WorkspaceError.
    """
    with disk_errors(path):
        new = not path.exists()
        with path.open("w+b" if new else "r+b") as file:
            file.seek(offset)
            file.write(data)
            if truncate:
                file.truncate()
            _sync(file)
        if new:
            sync_folder(path.parent)


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder to fill; at the end it is put at ``target``, which must not exist.

    Removed where anything fails. Raises StorageFull, WorkspaceError.
    """
    draft = temporary(target.parent)
    try:
        with disk_errors(target):
            draft.mkdir(parents=True)
            yield draft
            sync_folder(draft)
            draft.rename(target)
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def sweep(folder: Path) -> list[Path]:
    """Remove, below ``folder``, what a kill left of something half written; what was removed.

    Nobody else may be writing there. Links are not followed.
    """
    removed = []
    for where, folders, names in os.walk(folder):
        for name in filter(_is_left, names):
            removed.append(Path(where, name))
            with contextlib.suppress(OSError):
                removed[-1].unlink()
        for name in list(filter(_is_left, folders)):
            removed.append(Path(where, name))
            folders.remove(name)
            shutil.rmtree(removed[-1], ignore_errors=True)
    return removed


def _is_left(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in (_TEMPORARY, *_OLDER))


def is_aside(path: Path) -> bool:
    """Whether something was put aside."""
    return _ASIDE in path.name


def put_aside(path: Path) -> Path:
    """Rename something damaged to ``NAME.damaged-<n>``, so that it can be made again.

    Returns the new path; raises WorkspaceError.
    """
    names = (path.with_name(f"{path.name}{_ASIDE}{n}") for n in itertools.count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    with disk_errors(path):
        path.rename(aside)
        sync_folder(path.parent)
    return aside


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into StorageFull or WorkspaceError about ``path``."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


def storage_error(path: Path, error: OSError) -> WorkspaceError:
    """What is said where the disk did not take ``path``."""
    if error.errno in FULL:
        return StorageFull(
            f"{path} could not be written: no room is left ({error.strerror}). What was stored "
            "before is still there; free some disk space, then do it again."
        )
    return WorkspaceError(
        f"{path} could not be written ({error}). What was stored before is still there; make the "
        "folder writable, then do it again."
    )


def temporary(folder: Path) -> Path:
    """A new name in ``folder`` for something that is not whole yet."""
    return folder / f".{uuid.uuid4().hex}.tmp"


def fill_new(path: Path, fill: Fill, *, durable: bool = True) -> None:
    """Create ``path``, let ``fill`` write it, and sync it; raises OSError."""
    with new_file(path, durable=durable) as file:
        fill(file)


@contextlib.contextmanager
def new_file(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """``path``, created to be written and synced at the end; raises OSError."""
    with path.open("xb") as file:
        yield file
        if durable:
            _sync(file)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; not every file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
