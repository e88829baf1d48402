"""``curation groups``: the groups that the answers made, and the predicted ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import (
    FOLDER_CHOICES,
    at_least,
    json_option,
    workspace_options,
)
from curation.commands.output import show

if TYPE_CHECKING:
    from curation.workspace import Workspace

Json = dict[str, Any]
REVIEWER = "curation"
"""Whose answers the command's are."""


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--k", type=_number, default=None, metavar="N|auto",
                        help="number of predicted groups; default: estimated")  # fmt: skip
    parser.add_argument("--folders", choices=(*FOLDER_CHOICES, "take-back"),
                        help="take folders' names as a start, check them, ignore them, or undo "
                        "that")  # fmt: skip
    json_option(parser)


def _number(text: str) -> int | None:
    return None if text == "auto" else at_least(1)(text)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        criterion = criterion_of(options, workspace)
        if options.folders is not None:
            return _folders(options, workspace, criterion)
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


def _folders(options: Namespace, workspace: Workspace, criterion: str) -> int:
    """Do with the folders' names what was chosen, and say what came of it."""
    if options.folders == "take-back":
        told = workspace.folders.take_back(criterion, REVIEWER)
        show(options, told, f"Taken back; {told['taken']} answers rest on folders' names.")
        return 0
    told = workspace.folders.choose(criterion, REVIEWER, options.folders)
    if options.folders == "ignore":
        show(options, told, "The folders' names are ignored, and not asked about again.")
        return 0
    lines = [f"{told['images']:6d} images in {told['folders']} classes taken as a start"]
    if left := told["done"]["left"]:
        lines.append(f"{len(left):6d} stay where answers have put them")
    if options.folders == "check":
        told = {**told, **workspace.doubts.of(criterion)}
        lines += [_doubt(workspace, one) for one in told["doubts"] if one["folder"]]
    show(options, told, "\n".join(lines))
    return 0


def _doubt(workspace: Workspace, one: Json) -> str:
    """A line about an image that may lie in the wrong folder."""
    ours, like = (one[end]["name"] if one[end] else "nothing" for end in ("group", "like"))
    return f"{one['wrong']:6.0%} {workspace.items.get(one['odd']).name}: not {ours}, like {like}"


COMMAND = Command(
    "groups", "Print the groups and the predicted grouping.", _add, _run, route="GET /api/groups"
)
