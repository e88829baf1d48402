"""What an opening makes of damaged files, while it holds the workspace: put aside and made again
what follows from the log and the images, refused with a way out what does not."""

from __future__ import annotations

from pathlib import Path

from curation import files
from curation.decisions.soundness import check_log, n_entries
from curation.decisions.store import Database, open_database
from curation.errors import SchemaError, SourceError, WorkspaceError
from curation.items.records import read_records
from curation.paths import Paths
from curation.settings import WorkspaceSettings, read_json
from curation.spaces import shelf
from curation.spaces.generation_damage import mend_generations, recorded
from curation.spaces.generations import GenerationStore
from curation.spaces.store_damage import mend_store
from curation.workspace.settling import source_of


def mend(paths: Paths, settings: WorkspaceSettings) -> list[str]:
    """Remove what a kill left half written, and put damaged files aside that can be made again;
    what was found of the latter, in sentences. The workspace's lock must be held.

    Raises WorkspaceError where something that only a person has is damaged.
    """
    files.sweep(paths.root)
    spec = "vectors" if settings.embeddings else settings.encoder
    notes = _mend_visitors(paths.visitors) + _mend_catalogue(paths, settings)
    for folder in _stores(paths.embeddings):
        notes += mend_store(folder, spec)
    store = shelf.find(paths.embeddings, spec)
    for generations in _generations(paths):
        notes += mend_generations(generations, 0 if store is None else len(store))
    return notes


def open_log(paths: Paths) -> Database:
    """The workspace's database, with a log that can be read and has the answers it had.

    Raises WorkspaceError where it is damaged, or is gone or empty although answers were trained on.
    """
    if not paths.database.exists() or not paths.database.stat().st_size:
        _check_answers(paths, 0)
    database = open_database(paths.database)
    try:
        check_log(database)
        _check_answers(paths, n_entries(database))
    except BaseException:
        database.dispose()
        raise
    return database


def _check_answers(paths: Paths, entries: int) -> None:
    if entries:
        return
    for generations in _generations(paths):
        made = recorded(generations)
        if made is not None and made.log_position > 0:
            raise WorkspaceError(
                f"{paths.database} holds no answers, but generation {made.number} in "
                f"{generations.folder} was made of {made.n_decisions}. Restore curation.db from a "
                "backup (with curation.db-wal, where there is one). To begin again without these "
                f"answers, move the folder {paths.root / 'generations'} away."
            )


def _stores(embeddings: Path) -> list[Path]:
    """Every folder with embeddings: those of the items, of captions, and of generated images."""
    marks = ("ids.txt", "store.json", shelf.CARD)
    found = {path.parent for mark in marks for path in embeddings.rglob(mark)}
    return sorted(one for one in found if not _within_aside(one, embeddings))


def _within_aside(folder: Path, top: Path) -> bool:
    return any(files.is_aside(Path(part)) for part in folder.relative_to(top).parts)


def _generations(paths: Paths) -> list[GenerationStore]:
    parent = paths.generations("any").parent
    if not parent.is_dir():
        return []
    return [GenerationStore(one) for one in sorted(parent.iterdir()) if one.is_dir()]


def _mend_visitors(path: Path) -> list[str]:
    try:
        if path.exists():
            read_json(path)
    except WorkspaceError:
        aside = files.put_aside(path)
        return [f"{path} was damaged and is begun anew; it was put aside as {aside.name}."]
    return []


def _mend_catalogue(paths: Paths, settings: WorkspaceSettings) -> list[str]:
    """Put a damaged list of items aside where its source can be scanned anew."""
    path = paths.catalogue
    try:
        read_records(path)
    except SchemaError:
        raise
    except WorkspaceError as error:
        try:
            source_of(paths, settings)
        except SourceError as absent:
            raise WorkspaceError(f"{error} The source cannot be scanned now: {absent}") from error
        aside = files.put_aside(path)
        return [
            f"The list of items was damaged; the source is scanned anew. It was put aside as "
            f"{aside.name}."
        ]
    return []
