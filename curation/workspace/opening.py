"""Opening a workspace in four steps: settle, build, restore, start.

The order is the point: nothing runs in the background before all that was there is back. Started
earlier, the schedule would train a session's criterion as ordinary pair review.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from curation import settings as configuration
from curation.decisions.lock import WorkspaceLock
from curation.decisions.log import DecisionLog
from curation.engine import Engine
from curation.engine.intake import Watch
from curation.errors import WorkspaceError
from curation.items.catalogue import Catalogue
from curation.items.source import Reading, Source
from curation.paths import Paths
from curation.settings import DEFAULT_CRITERION, WorkspaceSettings
from curation.workspace.context import Context
from curation.workspace.items import HiddenItems
from curation.workspace.mending import mend, open_log
from curation.workspace.settling import reopened, settled
from curation.workspace.workspace import Workspace


def open_workspace(
    path: str | Path,
    source: str | Path | None = None,
    *,
    encoder: str | None = None,
    embeddings: str | Path | None = None,
    embeddings2: str | Path | None = None,
    generator: str | None = None,
    criterion: str | None = None,
    device: str = "auto",
    inline: bool = False,
    url: str = "",
    offered: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    watch: Watch | None = None,
) -> Workspace:
    """Open or create the workspace at ``path`` and take in what is new in ``source``.

    ``source`` is a folder or a manifest, ``embeddings`` a file of vectors, ``embeddings2`` one of
    another modality (captions, say) that strategies may compare with, ``generator`` a plug-in that
    makes further images of each ("none": no more); all are remembered for the next time.
    ``criterion`` is added where it is new. ``inline`` runs jobs in this thread instead of worker
    processes. ``url`` is told to whoever finds the folder in use. ``offered`` are the criteria
    (name: question) that a new workspace begins with. ``reading`` says how to read a table where
    that cannot be told from it; it is remembered too. ``watch`` is told how far items have come in.
    Raises SourceError, EncoderError,
    UnknownName, WorkspaceError (WorkspaceBusy, SchemaError).
    """
    paths = _made(path)
    lock = WorkspaceLock(paths.root)
    lock.acquire(url)
    try:
        settings = settled(paths, source, encoder, embeddings, embeddings2, generator, reading)
        notes = mend(paths, settings)
        opened, trouble = reopened(paths, settings, given=source or embeddings)
        workspace = _build(paths, settings, lock, device=device, inline=inline)
    except BaseException:
        lock.release()
        raise
    try:
        workspace.engine.seen.read_second(must=embeddings2 is not None)
        _restore(workspace, criterion, offered or {DEFAULT_CRITERION: ""})
        configuration.write(paths.settings, settings)
        if watch is not None:
            workspace.engine.intake.watched_by(watch)
        _start(workspace, opened, " ".join([*notes, trouble]).strip())
    except BaseException:
        workspace.close()
        raise
    return workspace


def _made(path: str | Path) -> Paths:
    """The folder's files, the folder made where it is new."""
    paths = Paths(Path(path).expanduser().absolute())
    try:
        paths.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"Expected a folder that can be written at {paths.root}, got {error.strerror}; "
            "name another one with --workspace."
        ) from error
    return paths


def _build(
    paths: Paths, settings: WorkspaceSettings, lock: WorkspaceLock, *, device: str, inline: bool
) -> Workspace:
    catalogue = Catalogue.load(paths.catalogue)
    database = open_log(paths)
    log = DecisionLog(database)
    hidden = HiddenItems(log)
    engine = Engine(paths, settings, catalogue, log, device, inline=inline, hidden=hidden.all)
    context = Context(paths, settings, catalogue, log, engine)
    return Workspace(context, hidden, database, lock)


def _restore(workspace: Workspace, criterion: str | None, offered: Mapping[str, str]) -> None:
    workspace.engine.embeddings.reopen()
    workspace.criteria.restore(offered)
    workspace.catalogue.add_folder(workspace.paths.observed)
    workspace.teach.sessions.restore()
    if criterion is not None and workspace.criteria.find(criterion.strip()) is None:
        workspace.criteria.add(criterion)
    workspace.engine.projecting.show_known()


def _start(workspace: Workspace, source: Source | None, message: str) -> None:
    workspace.engine.start()
    workspace.engine.intake.say(message)
    if source is not None:
        workspace.items.take_in(source)
