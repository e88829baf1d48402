"""``curation teach``: a whole teaching session with an oracle teacher, over HTTP."""

from __future__ import annotations

import argparse
import json
from typing import Any

from curation.commands.command import Command, Serve
from curation.commands.options import at_least, labelled_options, reading_of

HELP = "Let a teacher who knows the labels pick; print a curve."


def _add(parser: argparse.ArgumentParser) -> None:
    labelled_options(parser)
    parser.add_argument(
        "--category", metavar="NAME", help="value of that column to pick; default each in turn"
    )
    parser.add_argument("--picks", type=at_least(1), default=40, metavar="N", help="(%(default)s)")


def _run(options: argparse.Namespace, _: Serve) -> int:
    from curation.commands.simulated_sessions import simulate_sessions

    sessions = simulate_sessions(
        source=options.source,
        embeddings=options.embeddings,
        encoder=options.encoder,
        workspace=options.workspace,
        device=options.device,
        reading=reading_of(options),
        labels=options.labels,
        categories=[options.category] if options.category else [],
        n_picks=options.picks,
        seed=options.seed,
    )
    if options.json:
        told = sessions[0] if options.category else {"sessions": sessions, "curve": _mean(sessions)}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for session in sessions:
        last = session["curve"][-1]
        print(f"{session['category']}: {last['picks']} picks, F1 {last['f1']:.3f}")
    return 0


def _mean(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over the sessions that have a row of as many picks as the first."""
    rows = []
    for first in sessions[0]["curve"]:
        same = [row for one in sessions for row in one["curve"] if row["picks"] == first["picks"]]
        names = [name for name, value in first.items() if isinstance(value, (int, float))]
        rows.append({name: sum(row[name] for row in same) / len(same) for name in names})
    return rows


COMMAND = Command("teach", HELP, _add, _run)
