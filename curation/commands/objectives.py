"""``curation objectives``: the catalogue of training losses."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from curation.commands.command import Command, Serve
from curation.commands.options import json_option, workspace_options
from curation.commands.output import catalogue_line, show

HELP = "List what a space can be trained on; settings are fixed."


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser, criterion=False)
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    from curation.learning import objectives

    rows = objectives.described()
    show(options, rows, "\n".join(map(_line, rows)))
    for name, reason in objectives.broken().items():
        print(f"curation: objective {name!r} cannot be used: {reason}", file=sys.stderr)
    return 0


def _line(row: dict[str, Any]) -> str:
    ignores = "" if "answers" in row["needs"] else ", ignores answers"
    return catalogue_line(
        f"{row['id']:23s} {row['summary']}{ignores} [{row['paper']}; {row['source']}]", row
    )


COMMAND = Command("objectives", HELP, _add, _run)
