"""``curation decide``: decisions from a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import json_option, workspace_options
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--file", required=True, metavar="FILE",
                        help="columns a, b (ids or file names), verdict")  # fmt: skip
    parser.add_argument("--skip-bad", action="store_true",
                        help="record the other rows where some are wrong")  # fmt: skip
    parser.add_argument("--reviewer", default="file", metavar="NAME", help="(%(default)s)")
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options, add_criterion=True) as workspace:
        criterion = criterion_of(options, workspace)
        done = workspace.review.take_decisions(
            criterion, options.reviewer, Path(options.file), skip_bad=options.skip_bad
        )
        show(options, done, f"{done['recorded']} recorded, {done['known']} known before.")
    if not options.json:
        for one in done.get("skipped", ()):
            print(f"skipped row {one['row']}: {one['reason']}", file=sys.stderr)
        for one in done.get("notes", ()):
            print(f"note {one['path']}: {one['reason']}", file=sys.stderr)
    return 0


COMMAND = Command(
    "decide", "Record decisions from a table.", _add, _run, route="POST /api/decisions"
)
