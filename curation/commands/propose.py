"""``curation propose``: the pairs that review would ask next; nothing is leased."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import at_least, json_option, workspace_options
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--strategy", default="mix", metavar="ID",
                        help="chooses the pairs (%(default)s)")  # fmt: skip
    parser.add_argument("--budget", type=at_least(1), default=20, metavar="N",
                        help="pairs to print (%(default)s)")  # fmt: skip
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        rows = workspace.review.propose(
            criterion_of(options, workspace), options.strategy, options.budget
        )
        named = [
            {**row, **{f"file_{end}": workspace.items.get(row[end]).name for end in ("a", "b")}}
            for row in rows
        ]
        lines = [
            f"{r['score']:.3f} {r['kind']:15s} {r['file_a']} {r['file_b']} {r['a']} {r['b']} "
            f"{r['reason']}"
            for r in named
        ]
        show(options, named, "\n".join(lines) or "Nothing left to ask.")
    return 0


COMMAND = Command(
    "propose", "Print the pairs whose answer teaches most.", _add, _run, route="POST /api/proposals"
)
