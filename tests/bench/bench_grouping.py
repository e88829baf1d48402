"""What the predicted grouping and the colour "moved" cost beside the review.

    python tests/bench/bench_grouping.py [--items 100000] [--dim 256] [--answers 100] [--out F]

A workspace of ``--items`` vectors with its real worker processes, opened in this process. Once
its queues are drawn and ``--answers`` verdicts are given, somebody asks for the grouping, again
every fifth of a second until it is there, and then for how far items moved; meanwhile another asks
for the status and for cards. Milliseconds, by what is being made meanwhile (``nothing`` at first):

``status``, ``cards``   p50 and p95 of the answers to the one who reviews.
``longest``             the slowest answer to the one who asks for what is being made.
``seconds``             from the first request to the result.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common
from bench_retrain import NEVER, answer, wait
from common import CRITERION, clustered_vectors

from curation.workspace import Workspace, open_workspace

IDLE_SECONDS = 10.0
PAUSE_SECONDS = 0.1


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of a call, and its answer."""
    start = time.perf_counter()
    answered = call()
    return (time.perf_counter() - start) * 1000, answered


def reviewing(workspace: Workspace, over: Callable[[], bool]) -> dict[str, Any]:
    """How fast status and cards are answered until it is over."""
    status, cards = [], []
    while not over():
        status.append(timed(lambda: workspace.status(CRITERION, "bench"))[0])
        cards.append(timed(lambda: workspace.review.cards(CRITERION, "bench", "bench", n=5))[0])
        time.sleep(PAUSE_SECONDS)
    told = {"status": common.spread(status), "cards": common.spread(cards)}
    return {f"{what} {name}": row[name] for what, row in told.items() for name in ("p50", "p95")}


def beside(workspace: Workspace, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The review beside something that is asked for until it is there."""
    took: list[float] = []

    def asking() -> None:
        while True:
            milliseconds, answered = timed(ask)
            took.append(milliseconds)
            if not answered["pending"]:
                return
            time.sleep(2 * PAUSE_SECONDS)

    thread = threading.Thread(target=asking)
    start = time.perf_counter()
    thread.start()
    row = reviewing(workspace, lambda: not thread.is_alive())
    row["longest"] = round(max(took), 1)
    row["seconds"] = round(time.perf_counter() - start, 1)
    return row


def measure(workspace: Workspace, answers: int) -> dict[str, dict[str, Any]]:
    asking = workspace.engine.criteria[CRITERION].asking
    wait(lambda: workspace.status(CRITERION)["map_ready"] and bool(asking._pools), 3600)
    workspace.criteria.configure(
        CRITERION, {"every_decisions": NEVER, "idle_seconds": float(NEVER)}
    )
    answer(workspace, answers)
    end = time.perf_counter() + IDLE_SECONDS
    return {
        "nothing": reviewing(workspace, lambda: time.perf_counter() > end),
        "groups": beside(workspace, lambda: workspace.predicted.groups(CRITERION)),
        "moved": beside(workspace, lambda: workspace.map.colours(CRITERION, "moved")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        vectors = clustered_vectors(Path(name) / "vectors.npz", options.items, options.dim)
        with open_workspace(Path(name) / "work", embeddings=vectors) as workspace:
            rows = measure(workspace, options.answers)
    result = {"items": options.items, "dim": options.dim, "answers": options.answers, "rows": rows}
    common.report(result, rows, options.out)


if __name__ == "__main__":
    main()
