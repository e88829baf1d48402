"""``curation simulate``: the learning curve of a reviewer who knows the labels."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from curation.commands.command import Command, Serve
from curation.commands.options import at_least, labelled_options, reading_of
from curation.errors import CurationError
from curation.proposals.sorting.pace import Pace

Columns = Sequence[tuple[str, str, str]]
FORMS = ("auto", "pairs", "name", "sweep")
HELP = "Let one who knows the labels answer pairs; print what that buys, as a table."
COLUMNS = (
    ("answers", "answers", "d"),
    ("asked", "interactions", "d"),
    ("ARI", "ari", ".3f"),
    ("unseen", "ari_unseen", ".3f"),
    ("free-k", "ari_estimated_k", ".3f"),
    ("NMI", "nmi", ".3f"),
    ("ACC", "acc", ".3f"),
    ("5-NN", "knn5", ".3f"),
    ("same", "implied_same", ",d"),
    ("different", "implied_different", ",d"),
    ("right", "same_precision", ".3f"),
    ("conflicts", "conflicts", "d"),
    ("seconds", "seconds", ".1f"),
)
"""Heading, name in the curve and format of each column of the table."""
SORTED = (
    ("seconds", "seconds", ".0f"),
    ("asked", "interactions", "d"),
    ("images seen", "images_seen", "d"),
    ("ARI", "ari", ".3f"),
    ("unseen", "ari_unseen", ".3f"),
    ("sure", "sure", "d"),
    ("settled", "settled", "d"),
    ("next minute", "next_minute", "d"),
    ("computed", "computed", ".1f"),
)
"""The same of what a person sorts in some seconds."""
SORTED_LEGEND = """\
seconds: of the person's time; asked: questions answered in it; images seen: those they showed;
ARI: the predicted groups against the labels; unseen: ARI of the images that no question showed;
sure: images decided or sure of their group; settled: images that changed group or became sure since
the row above; next minute: images that 60 s more are expected to settle; computed: seconds that the
computer needed"""
DECLARED = ", ".join(f"{name}={seconds:g}" for name, seconds in asdict(Pace()).items())
LEGEND = """\
asked: questions it took, skipped ones counted too;
ARI, NMI, ACC: the predicted groups against the labels; unseen: ARI of the items never asked about;
free-k: ARI where the number of groups is estimated, too; 5-NN: accuracy of the five nearest;
same, different: pairs that follow from the answers; right: share of the pairs held same that are"""


def _add(parser: argparse.ArgumentParser) -> None:
    labelled_options(parser)
    parser.add_argument("--answers", type=at_least(1), default=200, metavar="N",
                        help="pairs to answer (%(default)s)")  # fmt: skip
    parser.add_argument("--strategy", default="mix", metavar="ID",
                        help="chooses the pairs (%(default)s)")  # fmt: skip
    parser.add_argument("--seconds", type=at_least(1), metavar="T",
                        help="sort for so many seconds of a person instead")  # fmt: skip
    parser.add_argument("--forms", choices=FORMS, default="auto",
                        help="what is asked in that time (%(default)s)")  # fmt: skip
    parser.add_argument("--reviewer", default="", metavar="MODEL", type=_pace,
                        help="seconds that person needs, as known=2,tile=0.3; "
                        f"else {DECLARED}")  # fmt: skip
    parser.add_argument("--accept", metavar="SHARE", type=float,
                        help="claim then that so many of the pairs are true, as .99, audit it and "
                        "accept unseen what holds")  # fmt: skip
    parser.add_argument("--objective", default="human", metavar="ID",
                        help="trains the space (%(default)s)")  # fmt: skip
    parser.add_argument("--error-rate", type=float, default=0.0, metavar="SHARE",
                        help="of the answers, given wrong (%(default)s)")  # fmt: skip
    parser.add_argument("--skip-rate", type=float, default=0.0, metavar="SHARE",
                        help="of the pairs shown, skipped (%(default)s)")  # fmt: skip
    parser.add_argument("--attributes", default="", metavar="A,B",
                        help="columns strategies may see; default: none")  # fmt: skip


def _run(options: argparse.Namespace, _: Serve) -> int:
    from curation.commands.simulated_review import simulate_source

    if options.seconds and options.skip_rate:
        raise CurationError("A person who sorts skips nothing: leave out --skip-rate.")
    if options.accept is not None and not options.seconds:
        raise CurationError("Images are accepted unseen after sorting: give --seconds, too.")
    result = simulate_source(
        source=options.source,
        embeddings=options.embeddings,
        embeddings2=options.embeddings2,
        encoder=options.encoder,
        labels=options.labels,
        n_answers=options.answers,
        strategy=options.strategy,
        seconds=options.seconds,
        forms=options.forms,
        pace=options.reviewer,
        accept=options.accept,
        objective=options.objective,
        error_rate=options.error_rate,
        skip_rate=options.skip_rate,
        attributes=[name for name in options.attributes.split(",") if name],
        seed=options.seed,
        device=options.device,
        reading=reading_of(options),
        workspace=options.workspace,
    )
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
        return 0
    print(
        f"{result['n_items']:,} items with {result['n_labels']:,} values of {options.labels}; "
        f"strategy {result['strategy']}, objective {result['objective']}, seed {result['seed']}"
    )
    if options.seconds:
        print(*_table(result["curve"], SORTED), SORTED_LEGEND, sep="\n")
        if result["accepted"]:
            print(_accepted(result["accepted"]))
    else:
        print(*_table(result["curve"], COLUMNS), LEGEND, sep="\n")
    return 0


def _accepted(told: Mapping[str, Any]) -> str:
    """What was accepted unseen, in sentences."""
    audit = f"{told['audited']} more images were looked at in {told['audit_seconds']:.0f} s."
    if not told["auto"]:
        return f"Nothing was accepted unseen. {told['message']} {audit}"
    return (
        f"{told['auto']:,} images were accepted unseen, {told['right']:.1%} of them right. {audit} "
        f"Of the pairs decided or accepted {told['pairs_true']:.1%} are true; they are "
        f"{told['pairs_found']:.1%} of all true pairs."
    )


def _pace(text: str) -> Pace:
    try:
        return Pace.of(text)
    except CurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _table(curve: list[dict[str, Any]], columns: Columns) -> Iterator[str]:
    """Lines of right-aligned columns, the headings first."""
    rows = [[heading for heading, _, _ in columns], *(_cells(row, columns) for row in curve)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _cells(row: Mapping[str, Any], columns: Columns) -> list[str]:
    return ["-" if row[name] is None else format(row[name], form) for _, name, form in columns]


COMMAND = Command("simulate", HELP, _add, _run)
