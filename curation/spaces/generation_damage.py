"""Damage to a criterion's generations that an opening finds.

Arrays are made again from the adapter; a generation whose description or adapter is damaged is put
aside, and another one is used until training makes a new one from the log.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curation import files
from curation.errors import WorkspaceError
from curation.spaces.generations import PER_ITEM, GenerationStore
from curation.types import Generation


def mend_generations(store: GenerationStore, n_items: int) -> list[str]:
    """Put aside what is damaged and choose another generation where the one in use is; what was
    found. ``n_items`` are embedded; arrays for more of them belong to items that were lost.

    Raises WorkspaceError where the disk does not let it.
    """
    if not store.folder.is_dir():
        return []
    notes = []
    folders = [one for one in store.folder.iterdir() if one.is_dir() and one.name.isdigit()]
    for folder in sorted(folders, key=lambda one: int(one.name)):
        reason = _unusable(store, int(folder.name))
        if reason:
            aside = files.put_aside(folder)
            notes.append(
                f"Generation {folder.name} cannot be used: {reason} It is put aside as "
                f"{aside.relative_to(store.folder.parent)}; no answer is lost, training makes a "
                "new one of them."
            )
        else:
            notes += _mend_arrays(folder, n_items)
    return notes + _mend_choice(store)


def recorded(store: GenerationStore) -> Generation | None:
    """The generation that was made of the longest log, as far as descriptions can be read."""
    found = []
    for number in store.numbers():
        try:
            found.append(store.read(number))
        except WorkspaceError:
            continue
    return max(found, key=lambda one: one.log_position, default=None)


def _unusable(store: GenerationStore, number: int) -> str:
    try:
        store.read(number)
        adapter = store.adapter(number)
        return "" if adapter is None else _unreadable(adapter)
    except WorkspaceError as error:
        return str(error)


def _unreadable(adapter: Path) -> str:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(adapter, framework="numpy"):
            return ""
    except (OSError, SafetensorError) as error:
        return f"{adapter.name} is damaged ({error})."


def _mend_arrays(folder: Path, n_items: int) -> list[str]:
    notes = []
    for path in sorted(folder.glob("*.npy")):
        name, _, rows = path.stem.rpartition("-")
        per_item = name in PER_ITEM and rows.isdigit()
        if not _is_whole(path, int(rows) if per_item else None):
            aside = files.put_aside(path)
            notes.append(f"{path} is damaged and is made again; it was put aside as {aside.name}.")
        elif per_item and int(rows) > n_items:
            path.unlink()  # sound, but its rows are of items in an order that is lost
    return notes


def _is_whole(path: Path, rows: int | None) -> bool:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return rows is None or array.shape[:1] == (rows,)


def _mend_choice(store: GenerationStore) -> list[str]:
    """Use the newest generation made to be used, where the choice is damaged or is gone."""
    path = store.folder / "current.json"
    if not path.exists():
        return []
    try:
        chosen = store.current()
        if chosen is not None and chosen.number in store.numbers():
            return []
        reason = f"names generation {chosen and chosen.number}, which is not there"
    except WorkspaceError as error:
        reason = f"is damaged ({error.__cause__ or error})"
    aside = files.put_aside(path)
    used = [one for one in store.numbers() if store.read(one).metrics.get("rival") is None]
    if used:
        store.set_current(max(used))
    now = f"generation {max(used)} is used" if used else "a first one is made"
    return [f"{path} {reason}; {now}. What was there is in {aside.name}."]
