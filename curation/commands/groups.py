"""``curation groups``: the groups that the answers made, and the predicted ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import at_least, json_option, workspace_options
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--k", type=_number, default=None, metavar="N|auto",
                        help="number of predicted groups; default: estimated")  # fmt: skip
    json_option(parser)


def _number(text: str) -> int | None:
    return None if text == "auto" else at_least(1)(text)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        criterion = criterion_of(options, workspace)
        shown = {
            **workspace.groups.all(criterion),
            "predicted": workspace.predicted.groups(criterion, options.k),
        }
        lines = [f"{group['size']:6d} {group['name'] or group['id']}" for group in shown["groups"]]
        predicted = shown["predicted"]
        lines.append(f"{predicted['k']} predicted groups{' (estimated)' * predicted['estimated']}:")
        lines += [f"{group['size']:6d} {group['name']}" for group in predicted["groups"]]
        show(options, shown, "\n".join(lines))
    return 0


COMMAND = Command(
    "groups", "Print the groups and the predicted grouping.", _add, _run, route="GET /api/groups"
)
