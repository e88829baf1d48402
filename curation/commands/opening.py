"""The workspace and the criterion that a command's options name."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import Namespace
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.options import reading_of
from curation.commands.progress import Progress
from curation.errors import CurationError, UnknownName, WorkspaceError
from curation.paths import Paths, slug

if TYPE_CHECKING:
    from curation.workspace import Workspace

HOME = Path(os.environ.get("CURATION_HOME") or Path.home() / ".curation")


def workspace_folder(options: Namespace) -> Path:
    """The folder named, or one below ``~/.curation`` that belongs to the source."""
    if options.workspace:
        return Path(options.workspace).expanduser()
    named = getattr(options, "source", None) or getattr(options, "embeddings", None)
    if named is None:
        raise CurationError("Name the workspace with --workspace.")
    source = Path(named).expanduser().absolute()
    digest = hashlib.blake2b(str(source).encode("utf-8", "surrogateescape"), digest_size=4)
    own = HOME / f"{slug(source.name)}-{digest.hexdigest()}"
    return own if Paths(own).settings.exists() else _known_by_its_images(options, own)


def _known_by_its_images(options: Namespace, own: Path) -> Path:
    """The workspace of images that were moved since; ``own``, and a word on it, where another one
    holds them too."""
    from curation.workspace.finding import holder

    embeddings = getattr(options, "embeddings", None)
    held = holder(HOME, getattr(options, "source", None), embeddings, reading_of(options))
    if held is None:
        return own
    holds = f"holds {held.found} of {held.asked} images looked at"
    if held.moved:
        print(
            f"The workspace {held.folder} {holds}; it was made of {held.source}, which is there no "
            "more, and goes on with these.",
            file=sys.stderr,
        )
        return held.folder
    print(
        f"The workspace {held.folder} {holds}; it was made of {held.source}. To go on with its "
        f"answers: --workspace {held.folder}",
        file=sys.stderr,
    )
    return own


def note_workspace(folder: Path) -> None:
    """Remember a workspace, so that its images are known again wherever they are opened."""
    from curation.workspace.finding import remember

    if folder.parent != HOME:
        remember(HOME, folder)


def begin(workspace: Workspace, options: Namespace) -> None:
    """Remember a workspace that is served, and have done what is not to be asked on its page."""
    note_workspace(workspace.paths.root)
    if options.folders is not None:
        workspace.folders.want(options.folders)


def open_named(
    options: Namespace, *, create: bool = False, add_criterion: bool = False
) -> AbstractContextManager[Workspace]:
    """The workspace, made or given the criterion named only where a command asks for it.

    Raises WorkspaceError where there is none, CurationError where none is named.
    """
    from curation.workspace import open_workspace

    folder = workspace_folder(options)
    progress = Progress(quiet=options.quiet)
    if not create and not Paths(folder).settings.exists():
        raise WorkspaceError(
            f"No workspace at {folder}; check --workspace, or make one: "
            f"curation encode SOURCE --workspace {folder}"
        )
    try:
        workspace = open_workspace(
            folder,
            source=getattr(options, "source", None),
            encoder=getattr(options, "encoder", None),
            embeddings=getattr(options, "embeddings", None),
            embeddings2=getattr(options, "embeddings2", None),
            generator=getattr(options, "generator", None),
            criterion=options.criterion if add_criterion else None,
            device=options.device,
            inline=True,
            reading=reading_of(options),
            watch=progress,
        )
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(progress.stopped()) from stop
    finally:
        progress.close()
    note_workspace(folder)
    return workspace


def criterion_of(options: Namespace, workspace: Workspace) -> str:
    """The criterion named, else the only or oldest one. Raises UnknownName."""
    rows = workspace.criteria.all()
    if options.criterion is None:
        return str(rows[0]["name"])
    called = str(options.criterion).strip()
    name = workspace.criteria.find(called)
    if name is None:
        raise UnknownName("criterion", called, [str(row["title"]) for row in rows])
    return name
