"""``curation demo``: the page on images that the app brings itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation import settings as configuration
from curation.commands import opening
from curation.commands.access import access_of
from curation.commands.command import Command, Serve
from curation.commands.options import (
    generator_option,
    serving_options,
    source_options,
    workspace_options,
)
from curation.errors import SourceError, WorkspaceError
from curation.paths import Paths
from curation.settings import WorkspaceSettings

HELP = "Open the demo: images of everyday objects, with three criteria to pick from."


def _add(parser: ArgumentParser) -> None:
    source_options(parser, own=True)
    generator_option(parser)
    workspace_options(parser)
    serving_options(parser)


def _run(options: Namespace, serve: Serve) -> int:
    if given := options.source or options.embeddings:
        raise SourceError(f"The demo brings its own images; open {given} without the word demo.")
    options.access = access_of(options)
    kept = "demo-digits" if options.digits else "demo"
    options.workspace = options.workspace or opening.HOME / kept
    images = Path(options.workspace) / ("images" if options.digits else "objects")
    _refuse_another(options.workspace, images)
    if options.digits:
        from curation.demo.digits import digits_source

        options.source = digits_source(images)
        return serve(options)
    from curation.demo import packed

    options.source = packed.objects_source(images)
    options.offered = packed.CRITERIA
    return serve(options)


def _refuse_another(workspace: str | Path, images: Path) -> None:
    """Raises WorkspaceError where the workspace holds other images than the demo's ``images``."""
    file = Paths(Path(workspace).expanduser()).settings
    made = configuration.read(file, WorkspaceSettings)
    before = made.embeddings or made.source
    if before and Path(before).exists() and Path(before).parent != images.expanduser().resolve():
        raise WorkspaceError(
            f"The workspace {workspace} was made of {before}; the demo brings its own images. "
            "Leave --workspace out, or name a new folder with it."
        )


COMMAND = Command("demo", HELP, _add, _run)
