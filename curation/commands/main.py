"""The table of commands; ``serve`` is handed in by ``app``, so that nothing here needs the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from curation import __version__
from curation.commands import (
    criteria,
    decide,
    demo,
    distill,
    doctor,
    draw,
    encode,
    export,
    groups,
    objectives,
    propose,
    serve,
    simulate,
    strategies,
    teach,
    train,
)
from curation.commands.command import Command, Serve
from curation.errors import CurationError, WorkspaceBusy

COMMANDS: dict[str, Command] = {
    module.COMMAND.name: module.COMMAND
    for module in (
        serve, demo, encode, propose, decide, train, groups, criteria, export, simulate, teach,
        distill, draw, strategies, objectives, doctor,
    )
}  # fmt: skip


def main(arguments: Sequence[str], serve: Serve) -> int:
    """Run a command; a source in place of a command is served. Returns the exit status."""
    given = list(arguments)
    if not given or given[0] not in (*COMMANDS, "-h", "--help", "--version"):
        given = ["serve", *given]
    options = build_parser().parse_args(given)
    try:
        return COMMANDS[options.command].run(options, serve)
    except WorkspaceBusy as error:
        print(f"curation: {error}{_over_http(options.command)}", file=sys.stderr)
        return 2
    except CurationError as error:
        print(f"curation: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        print(f"curation: {error.strerror or error}{where}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(str(stop) or "curation: stopped; what was written is kept.", file=sys.stderr)
        return 130


def _over_http(command: str) -> str:
    """How a running server does the same, where it does."""
    route = COMMANDS[command].route
    if not route:
        return ""
    return f" Over HTTP a running server does the same: {route}, see /api/openapi.json."


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="curation",
        description="Review pairs of your images; the embedding space learns while you work.",
        epilog="curation PATH is short for curation serve PATH; curation alone opens the demo. "
        "curation COMMAND --help tells a command's options.",
    )
    parser.add_argument("--version", action="version", version=f"curation {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for one in COMMANDS.values():
        told = f"{one.help} {one.more}".rstrip()
        one.add(commands.add_parser(one.name, help=one.help, description=told))
    return parser
