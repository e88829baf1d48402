"""``curation criteria``: what belongs together, how it is worded, and deleted ones back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import json_option, workspace_options
from curation.commands.output import show
from curation.workspace import Workspace


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--reviewer", default="api", metavar="NAME", help="(%(default)s)")
    parser.add_argument("--rename", metavar="NAME", help="call the criterion so from now on")
    parser.add_argument("--question", metavar="TEXT", help="what it asks on the screen")
    put = parser.add_mutually_exclusive_group()
    put.add_argument("--delete", action="store_true", help="take it out of sight, nothing is lost")
    put.add_argument("--restore", action="store_true", help="bring a deleted one back as it was")
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        _change(options, workspace)
        rows = {"criteria": workspace.criteria.all(), "deleted": workspace.criteria.deleted()}
        lines = [_line(workspace, row["name"], row["title"]) for row in rows["criteria"]]
        lines += [f"{_line(workspace, row['name'], row['title'])}, deleted"
                  for row in rows["deleted"]]  # fmt: skip
        show(options, rows, "\n".join(lines))
    return 0


def _change(options: Namespace, workspace: Workspace) -> None:
    criteria, reviewer = workspace.criteria, options.reviewer
    changes = options.rename is not None or options.question is not None
    if not (changes or options.delete or options.restore):
        return
    name = criterion_of(options, workspace)
    if options.restore:
        criteria.bring_back(name, reviewer)
    if changes:
        criteria.word(name, reviewer, options.rename, options.question)
    if options.delete:
        criteria.delete(name, reviewer)


def _line(workspace: Workspace, name: str, title: str) -> str:
    answers = len(workspace.log.effective(name))
    return f"{answers:6d} answers  {title}"


COMMAND = Command(
    "criteria",
    'List the meanings of "belongs together"; rename, reword, delete one or bring it back.',
    _add,
    _run,
)
