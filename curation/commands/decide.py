"""``curation decide``: decisions from a file."""

from __future__ import annotations

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
    parser.add_argument("--reviewer", default="file", metavar="NAME", help="(%(default)s)")
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options, add_criterion=True) as workspace:
        criterion = criterion_of(options, workspace)
        done = workspace.review.take_decisions(criterion, options.reviewer, Path(options.file))
        show(options, done, f"{done['recorded']} recorded, {done['known']} known before.")
    return 0


COMMAND = Command("decide", "Record decisions from a CSV, JSONL or Parquet file.", _add, _run)
