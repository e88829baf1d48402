"""Workspaces that were opened before, and which of them holds the images of a source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from curation import files
from curation import settings as configuration
from curation.errors import CurationError, WorkspaceError
from curation.items.sighting import Sighting, look
from curation.items.source import Reading, open_source
from curation.paths import Paths
from curation.settings import WorkspaceSettings

_LIST = "workspaces.json"
_KEPT = 200  # workspaces remembered, the last opened at the end
_SAMPLE = 24  # items of a source that are looked for


@dataclass(frozen=True, slots=True)
class Held:
    """A workspace that holds ``found`` of ``asked`` items of a source; it was made of ``source``.

    ``moved``: that is there no more, and this source lists most of the workspace's items, so that
    these are its images under another path and not copies of some.
    """

    folder: Path
    found: int
    asked: int
    source: str
    moved: bool


def remember(home: Path, folder: Path) -> None:
    """Note in ``home`` that a workspace lies in ``folder``; one that cannot be written forgets."""
    place = str(folder.expanduser().absolute())
    before = _remembered(home)
    if before[-1:] == [place]:
        return
    known = [one for one in before if one != place and not _is_gone(Path(one))]
    with suppress(WorkspaceError, OSError):
        files.write_json(home / _LIST, [*known, place][-_KEPT:])
        (home / _LIST).chmod(0o600)  # it tells where a person keeps things


def holder(home: Path, source: str | None, embeddings: str | None, reading: Reading) -> Held | None:
    """The workspace that holds most of a source's items, and half of those looked for at least.

    A sample is hashed, so that photos are found by what they are and not by where they lie.
    """
    folders = [folder for folder in _known(home) if Paths(folder).catalogue.exists()]
    asked, listed = _sample(source, embeddings, reading) if folders else (set[str](), 0)
    if not asked:
        return None
    best: Held | None = None
    for folder in folders:
        ids = _ids(Paths(folder).catalogue)
        found = len(asked & ids)
        if 2 * found >= len(asked) and (best is None or found > best.found):
            most = 2 * listed * found >= len(ids) * len(asked)
            best = _held(folder, found, len(asked), holds_most=most)
    return best


def _held(folder: Path, found: int, asked: int, *, holds_most: bool) -> Held | None:
    try:
        made = configuration.read(Paths(folder).settings, WorkspaceSettings)
    except CurationError:
        return None
    of = made.source or made.embeddings or ""
    return Held(folder, found, asked, of, moved=holds_most and not Path(of).exists())


def _known(home: Path) -> list[Path]:
    """Workspaces below ``home``, and those elsewhere that were remembered."""
    try:
        below = sorted(path for path in home.iterdir() if path.is_dir())
    except OSError:
        below = []
    return list(dict.fromkeys([*below, *(Path(one) for one in reversed(_remembered(home)))]))


def _remembered(home: Path) -> list[str]:
    try:
        found = json.loads((home / _LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _is_gone(folder: Path) -> bool:
    """Whether a workspace was deleted: something beside it is there. Its drive may be unplugged."""
    try:
        return not folder.exists() and any(folder.parent.iterdir())
    except OSError:
        return False


def _sample(source: str | None, embeddings: str | None, reading: Reading) -> tuple[set[str], int]:
    """Ids of some items of a source, and how many it lists."""
    try:
        entries = list(open_source(source, embeddings=embeddings, reading=reading).entries())
    except (CurationError, OSError):
        return set(), 0  # opening it will say why
    step = max(len(entries) // _SAMPLE, 1)
    seen = [one for entry in entries[::step][:_SAMPLE] for one in look([entry], {})]
    return {one.id for one in seen if isinstance(one, Sighting)}, len(entries)


def _ids(catalogue: Path) -> set[str]:
    """Ids of a workspace's items, those under which it knows changed files too."""
    try:
        there = set(pa.parquet.read_schema(catalogue).names)
        columns = [name for name in ("id", "aliases") if name in there]
        table = pa.parquet.read_table(catalogue, columns=columns, partitioning=None)
    except (pa.ArrowException, OSError, ValueError):
        return set()
    ids = set(_texts(table, "id"))
    if "aliases" in columns:
        ids |= {one for several in _texts(table, "aliases") for one in several or ()}
    return ids


def _texts(table: pa.Table, name: str) -> Iterable[str]:
    values: list[str] = table.column(name).to_pylist() if name in table.column_names else []
    return values
