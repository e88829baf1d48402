"""``curation strategies``: the catalogue of ways to choose pairs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import json_option, workspace_options
from curation.commands.output import catalogue_line, show

HELP = "List the ways to choose pairs, and what they need."


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    """The catalogue; with --workspace also what is absent there."""
    from curation.proposals import registry

    rows = registry.catalogue()
    if options.workspace:
        with open_named(options) as workspace:
            rows = workspace.review.strategies(criterion_of(options, workspace))
    show(options, rows, "\n".join(map(_line, rows)))
    return 0


def _line(row: dict[str, Any]) -> str:
    """What proposes which kind, and below it what for; one that was not loaded has no more."""
    line = catalogue_line(f"{row['id']:15s} {row['kind']:15s} {row['paper']}", row)
    return f"{line}\n    {row['summary']}. {row['when']}" if row["summary"] else line


COMMAND = Command("strategies", HELP, _add, _run)
