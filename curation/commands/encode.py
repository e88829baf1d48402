"""``curation encode``: the embeddings of a source, without a page."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import (
    generator_option,
    json_option,
    source_options,
    workspace_options,
)
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    source_options(parser)
    generator_option(parser)
    workspace_options(parser, criterion=False)  # the same embeddings for every criterion
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options, create=True) as workspace:
        status = workspace.status(criterion_of(options, workspace))
        overview = workspace.overview()
        unreadable, notes = overview["unreadable"], overview["notes"]
        shown = {
            "items": status["items"],
            "embedded": status["embedded"],
            "encoder": overview["encoder"],
            "unreadable": unreadable,
            "notes": notes,
        }
        show(options, shown, f"{shown['embedded']} of {shown['items']} items embedded.")
        if not options.json:
            for one in unreadable:
                print(f"skipped {one['path']}: {one['reason']}", file=sys.stderr)
            for one in notes:
                print(f"note {one['path']}: {one['reason']}", file=sys.stderr)
    return 0


COMMAND = Command("encode", "Embed a source without serving it.", _add, _run)
