"""``curation serve``: the page in the browser; without a source, the demo."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands import demo
from curation.commands.access import access_of
from curation.commands.command import Command, Serve
from curation.commands.opening import workspace_folder
from curation.commands.options import (
    generator_option,
    serving_options,
    source_options,
    workspace_options,
)
from curation.paths import Paths


def _add(parser: ArgumentParser) -> None:
    source_options(parser)
    generator_option(parser)
    workspace_options(parser)
    serving_options(parser)


def _run(options: Namespace, serve: Serve) -> int:
    options.access = access_of(options)
    named = options.source or options.embeddings or _known(options.workspace)
    if options.digits or not named:
        return demo.COMMAND.run(options, serve)
    options.workspace = workspace_folder(options)
    return serve(options)


def _known(workspace: str | None) -> bool:
    """Whether a workspace was named that was opened before."""
    return workspace is not None and Paths(Path(workspace).expanduser()).settings.exists()


COMMAND = Command("serve", "Open the page in the browser.", _add, _run)
