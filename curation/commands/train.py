"""``curation train``: one generation, now."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import json_option, workspace_options
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--objective", metavar="ID", help="default: the criterion's own")
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        criterion = criterion_of(options, workspace)
        number = workspace.training.train_now(criterion, options.objective)
        made = next(
            row for row in workspace.training.generations(criterion) if row["number"] == number
        )
        show(options, made, f"Generation {number}: {made['decisions']} decisions.")
    return 0


COMMAND = Command(
    "train", "Train a generation on all decisions so far.", _add, _run, route="POST /api/train"
)
