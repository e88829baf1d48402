"""``curation export``: files for training code."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from curation.commands.command import Command, Serve
from curation.commands.opening import criterion_of, open_named
from curation.commands.options import json_option, workspace_options
from curation.commands.output import show


def _add(parser: ArgumentParser) -> None:
    workspace_options(parser)
    parser.add_argument("--what", default="pairs", metavar="WHAT",
                        help="pairs, negatives, triplets, groups, embeddings or adapter "
                        "(%(default)s)")  # fmt: skip
    parser.add_argument("--format", default="parquet", metavar="FORMAT",
                        help="csv, jsonl, parquet; npz of embeddings; coco, labelstudio, "
                        "fiftyone, folders, imagefolder of groups; webdataset of pairs "
                        "(%(default)s)")  # fmt: skip
    parser.add_argument("--out", required=True, metavar="PATH", help="file or folder to write")
    parser.add_argument("--implied", action="store_true", help="add pairs that follow from others")
    parser.add_argument("--link", action="store_true",
                        help="folders of images hold links to them, no copies")  # fmt: skip
    json_option(parser)


def _run(options: Namespace, _: Serve) -> int:
    with open_named(options) as workspace:
        done = workspace.exports.write(
            criterion_of(options, workspace),
            options.what,
            options.format,
            out=options.out,
            implied=options.implied,
            links=options.link,
        )
        left_out = _left_out(done["manifest"].get("counts", {}))
        show(options, done, f"{done['rows']} rows in {done['path']}{left_out}")
    return 0


def _left_out(counts: Mapping[str, int]) -> str:
    """What an export has to tell of the rows that it lacks, "" where it lacks none."""
    start = "left_out_"
    told = [
        f"{count:,} {kind.removeprefix(start).replace('_', ' ')}"
        for kind, count in counts.items()
        if kind.startswith(start)
    ]
    return f"; left out: {', '.join(told)} (see its manifest)" if told else ""


COMMAND = Command("export", "Write files for training code.", _add, _run, route="POST /api/export")
