"""Where a set is written: a folder that holds one set, drawn by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from curation.errors import SourceError

MANIFEST = "metadata.csv"
_RECIPE = "recipe.json"


def check_place(folder: Path) -> None:
    """Raises SourceError where ``folder`` is, or lies below, something that is no folder."""
    there = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
    if not there.is_dir():
        raise SourceError(
            f"Expected a folder, or room to make one, at {folder}; got {there}, which is no "
            "folder. Name another place, or move that away."
        )


@contextlib.contextmanager
def claimed(folder: Path, recipe: dict[str, int]) -> Iterator[None]:
    """Hold ``folder`` while a set is drawn into it; it is made if it is not there.

    A file names the ``recipe`` of the set, and a lock on it keeps other processes out; the system
    frees it when this one dies. Raises SourceError if another process draws here, or the folder
    holds another set or somebody's manifest, OSError if it cannot be written.
    """
    check_place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _RECIPE).open("a+", encoding="utf-8") as file:
        _lock(file, folder)
        _agree(file, folder, recipe)
        yield


def _lock(file: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceError(
            f"Another process is drawing into {folder}. Wait until it has ended, or choose "
            "another folder."
        ) from error


def _agree(file: TextIO, folder: Path, recipe: dict[str, int]) -> None:
    """Write the recipe into a new set; of an older one, make sure that it is the same."""
    file.seek(0)
    known, wanted = file.read().strip(), json.dumps(recipe)
    if known == wanted:
        return
    if known:
        raise SourceError(
            f"{folder} holds a set drawn otherwise (expected {wanted}, got {known}). Choose "
            "another folder, or give the same seed and size."
        )
    if (folder / MANIFEST).exists():
        raise SourceError(
            f"{folder} holds a {MANIFEST} that was not drawn here, and it would be overwritten. "
            "Choose another folder."
        )
    file.write(wanted)
    file.flush()
    os.fsync(file.fileno())
