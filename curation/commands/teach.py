"""``curation teach``: a whole teaching session with an oracle teacher, over HTTP."""

from __future__ import annotations

import argparse
import json
from typing import Any

from curation.commands.options import at_least

HELP = "Let a teacher who knows the labels pick; print a curve."


def add_teach(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--labels", required=True, metavar="COLUMN", help="label column of the source"
    )
    parser.add_argument(
        "--category", metavar="NAME", help="value of that column to pick; default each in turn"
    )
    parser.add_argument("--picks", type=at_least(1), default=40, metavar="N", help="(%(default)s)")
    parser.add_argument("--seed", type=at_least(0), default=0, metavar="S", help="(%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run_teach(options: argparse.Namespace, _: object = None) -> int:
    """Run the command; returns the exit status."""
    from curation.commands.simulated_session import teach_source

    lessons = teach_source(
        source=options.source,
        embeddings=options.embeddings,
        encoder=options.encoder,
        workspace=options.workspace,
        device=options.device,
        labels=options.labels,
        categories=[options.category] if options.category else [],
        n_picks=options.picks,
        seed=options.seed,
    )
    if options.json:
        told = lessons[0] if options.category else {"sessions": lessons, "curve": _mean(lessons)}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for lesson in lessons:
        last = lesson["curve"][-1]
        print(f"{lesson['category']}: {last['picks']} picks, F1 {last['f1']:.3f}")
    return 0


def _mean(lessons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the lessons that have a row of as many picks as the first."""
    rows = []
    for first in lessons[0]["curve"]:
        same = [row for one in lessons for row in one["curve"] if row["picks"] == first["picks"]]
        names = [name for name, value in first.items() if isinstance(value, (int, float))]
        rows.append({name: sum(row[name] for row in same) / len(same) for name in names})
    return rows
