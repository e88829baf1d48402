"""Every objective that the live loop can train, under the default strategy and the same answers.

    python tests/bench/compare_objectives.py SET ... --out runs

A SET is as in scoreboard.py, and so are ``--items``, ``--answers``, ``--seeds`` and ``--jobs``;
runs that are kept under ``--out`` are not repeated. With ``--errors`` the five best are run again
with wrong answers. Prints, best first, the mean over the seeds of the adjusted Rand index on all
items and on those never proposed (``unseen``), and of the accuracy of five neighbours, on each set.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import scoreboard
from scoreboard import BEST, Run, Set

from curation.learning import objectives

FIGURES = ("ari", "ari_unseen", "knn5")


def main() -> None:
    options = scoreboard.shared_options(__doc__, "objective", [0.1]).parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sets = [scoreboard.cut(text, options.items, options.out) for text in options.sets]
    board = measured(sets, options.only or live(), options, 0.0)
    for error in options.errors:
        best = [row["objective"] for row in board if not row["error"]][:BEST]
        board += measured(sets, best, options, error)
    (options.out / "objectives.json").write_text(json.dumps(board, indent=1))
    print(table(sets, board))


def live() -> list[str]:
    """Objectives that need nothing which plain images lack."""
    return [name for name in objectives.names() if not objectives.entry(name).absent()]


def measured(
    sets: Sequence[Set], names: Sequence[str], options: argparse.Namespace, error: float
) -> list[dict[str, Any]]:
    """One row an objective, best first; runs what is missing."""
    scoreboard.play([run for name in names for run in runs(name, sets, options, error)], options)
    rows = [row(name, sets, options, error) for name in names]
    return sorted(rows, key=lambda one: -float(np.mean(one["ari"])))


def runs(
    name: str, sets: Sequence[Set], options: argparse.Namespace, error: float
) -> Iterator[Run]:
    for seed in range(options.seeds):
        for data in sets:
            yield Run(data, "mix", seed, error, options.answers, name)


def row(
    name: str, sets: Sequence[Set], options: argparse.Namespace, error: float
) -> dict[str, Any]:
    """Means over the seeds of the last point of each curve, a list over the sets a figure."""
    found: dict[str, Any] = {"objective": name, "error": error}
    for figure in FIGURES:
        found[figure] = []
        for data in sets:
            ends = [
                json.loads(run.file(options.out).read_text())["curve"][-1][figure]
                for run in runs(name, [data], options, error)
            ]
            found[figure].append(round(float(np.mean(ends)), 4))
    return found


def table(sets: Sequence[Set], board: Sequence[dict[str, Any]]) -> str:
    """Markdown: ARI, in brackets that of unseen items and the accuracy of five neighbours."""
    lines = ["| objective | " + " | ".join(data.name for data in sets) + " | mean |"]
    lines.append("|---" * (len(sets) + 2) + "|")
    for one in board:
        wrong = f", {one['error']:.0%} wrong" if one["error"] else ""
        cells = [
            f"{ari:.3f} ({unseen:.3f}, {knn:.3f})"
            for ari, unseen, knn in zip(*(one[figure] for figure in FIGURES), strict=True)
        ]
        mean = float(np.mean(one["ari"]))
        lines.append(f"| `{one['objective']}`{wrong} | " + " | ".join(cells) + f" | {mean:.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
