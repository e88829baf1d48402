"""How long new answers take to become a new space, against the bare cost of the parts.

    python tests/bench/bench_retrain.py [--items 10000] [--answers 300] [--runs 5] [--out F]

A workspace of ``--items`` vectors [512] with its real worker process, opened in this process.
After ``--answers`` verdicts (as the clusters say), every round gives ten more, asks for training
and waits; then, once the map is drawn too, it runs the bare parts one after the other on the same
data in this process: steps on one thread (measured faster than two, and far so on a busy machine),
the rest on as many as the worker may use. Seconds, medians over the rounds:

``trained``   trigger to the generation being adopted: space and neighbours are the shown ones.
``queue``     trigger to pairs drawn from the new space waiting in the queue: what is judged.
``counted``   trigger to all counted queues being drawn from the new space, too.
``steps``     bare: the same training steps, started from the same adapter.
``apply``     bare: one embedding of all items by the new adapter.
``knn``       bare: one exact all-k-nearest-neighbours search of faiss, k=50.
``ratio``     median over the rounds of queue / (steps + apply + knn), each round by itself.

The first round is reported apart (``first``): there the worker also imports its libraries.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss  # noqa: F401  so that its threads are set like torch's
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common
from common import CRITERION, clustered_vectors, truth

from curation.decisions import closure
from curation.learning import trainer
from curation.learning.adapter import Adapter
from curation.settings import NEIGHBOURS, SEED
from curation.spaces.neighbours import nearest
from curation.worker.threads import limit_threads
from curation.workspace import Workspace, open_workspace

NEVER = 10**9


def wait(check: Callable[[], bool], seconds: float = 600) -> float:
    """Seconds until ``check`` holds."""
    start = time.perf_counter()
    while not check():
        if time.perf_counter() - start > seconds:
            raise SystemExit("The workspace did not get there; see the messages above.")
        time.sleep(0.005)
    return time.perf_counter() - start


def answer(workspace: Workspace, count: int) -> None:
    done = 0
    while done < count:
        cards = workspace.review.cards(CRITERION, "bench", "bench", n=10)["cards"][: count - done]
        given = [
            {"a": c["a"]["id"], "b": c["b"]["id"], "verdict": truth(c["a"]["name"], c["b"]["name"])}
            for c in cards
        ]
        if not given:
            raise SystemExit("No pair is left to be answered; use more items.")
        workspace.review.decide(CRITERION, "bench", given)
        done += len(given)


def ours(workspace: Workspace) -> dict[str, float]:
    """One retraining as the product does it."""
    owner = workspace.engine.criteria[CRITERION]
    start = time.perf_counter()
    number = workspace.training.train(CRITERION)["generation"]
    wait(lambda: number in (owner.showing.snapshot.generation.number, owner.retraining.offer))
    if owner.retraining.offer == number:
        workspace.training.accept_offer(CRITERION, accept=True)
    trained = time.perf_counter() - start

    def drawn() -> bool:
        with owner.changes.lock:  # held until what was drawn is in the queue
            return number in {proposal.generation for proposal in owner.asking._drawn}

    wait(drawn)
    queue = time.perf_counter() - start
    wait(lambda: number in {proposal.generation for proposal in owner.asking._pools})
    return {"trained": trained, "queue": queue, "counted": time.perf_counter() - start}


def bare(workspace: Workspace, parent: int, number: int) -> dict[str, float]:
    """The parts of the retraining that made ``number``, one after the other."""
    owner = workspace.engine.criteria[CRITERION]
    store = workspace.engine.embeddings.store
    base, ids = np.asarray(store.vectors()), store.ids
    file = owner.generations.adapter(parent)
    previous = None if file is None else Adapter.load(file)
    learnt, _ = closure.split(owner.answering.decisions())
    constraints = closure.build(learnt).constraints(ids)
    times = {}
    limit_threads(1)
    start = time.perf_counter()
    steps = trainer.train(
        base,
        store.views(),
        constraints,
        objective=owner.settings.objective,
        previous=previous,
        seed=SEED + number,
        device="cpu",
    )
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            adapter = stop.value.adapter
            break
    times["steps"] = time.perf_counter() - start
    worker = workspace.engine.backend.accelerator
    limit_threads(worker._threads or len(os.sched_getaffinity(0)))
    start = time.perf_counter()
    vectors = adapter.apply(base)
    times["apply"] = time.perf_counter() - start
    start = time.perf_counter()
    nearest(vectors, NEIGHBOURS)
    times["knn"] = time.perf_counter() - start
    return times


def rounds(workspace: Workspace, runs: int) -> list[dict[str, float]]:
    found = []
    owner = workspace.engine.criteria[CRITERION]
    for _ in range(runs + 1):
        answer(workspace, 10)
        parent = owner.retraining.number
        times = ours(workspace)
        wait(lambda: owner.showing.snapshot.layout_of == owner.retraining.number)
        times |= bare(workspace, parent, owner.retraining.number)
        times["ratio"] = times["queue"] / (times["steps"] + times["apply"] + times["knn"])
        found.append(times)
        sys.stderr.write(f"{ {name: round(value, 2) for name, value in times.items()} }\n")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        vectors = clustered_vectors(Path(name) / "vectors.npz", options.items, options.dim)
        with open_workspace(Path(name) / "work", embeddings=vectors) as workspace:
            status: dict[str, Any] = {}

            def ready() -> bool:
                status.update(workspace.status(CRITERION))
                return status["embedded"] == options.items and status["map_ready"]

            wait(ready)
            never = {"every_decisions": NEVER, "idle_seconds": float(NEVER)}
            workspace.criteria.configure(CRITERION, never)
            answer(workspace, options.answers)
            found = rounds(workspace, options.runs)
    warm = found[1:]
    median = {what: round(float(np.median([one[what] for one in warm])), 3) for what in warm[0]}
    first = {what: round(value, 3) for what, value in found[0].items()}
    result = {
        "items": options.items,
        "dim": options.dim,
        "answers": options.answers,
        "cores": len(os.sched_getaffinity(0)),
        "first": first,
        "median": median,
        "rounds": [{what: round(value, 3) for what, value in one.items()} for one in warm],
    }
    common.report(result, {"first": first, "median": median}, options.out)


if __name__ == "__main__":
    main()
