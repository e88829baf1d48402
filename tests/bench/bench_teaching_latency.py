"""Pick to changed answer, and answers while a session's update runs, over HTTP.

    python tests/bench/bench_teaching_latency.py [--items 1500] [--rounds 20] [--images] [--out F]

A workspace of ``--items`` vectors [512] (or, with ``--images``, of as many drawn images and the
encoder that comes with the package), with its real worker process, served from this process. In
every round a robot asks about items while nothing runs, reports three picks, and asks on until it
is answered by the new generation; then the bare parts of that update are run in this process.
Milliseconds, medians and 95th percentiles over the rounds, the first (in which the worker imports
its libraries) left out:

``changed``   third pick sent to the first answer of the new generation received.
``bare``      the parts of the update, one after the other: training steps on one thread,
              embedding of all items, neighbours, and the verdict on every item.
``ratio``     changed / bare, each round by itself.
``idle``      one question about an item of the belt while nothing runs.
``busy``      the same while the update runs; with ``--images`` about an image never seen before.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss  # noqa: F401  so that its threads are set like torch's
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import common

from curation.commands.simulated_sessions import served
from curation.criterion import Criterion
from curation.engine import Engine
from curation.learning.adapter import Adapter
from curation.settings import NEIGHBOURS
from curation.spaces.neighbours import nearest
from curation.teaching.answers import judge_from
from curation.teaching.robot import RobotClient
from curation.teaching.scores import rows_of
from curation.teaching.update import Update, update
from curation.worker.threads import limit_threads
from curation.workspace import Workspace, open_workspace

GROUP = "c00"
IDLE = 10
PICKS = 3


def wait(check: Callable[[], Any], seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise SystemExit("The workspace did not get there; see the messages above.")
        time.sleep(0.01)


def picture(number: int) -> bytes:
    """The bytes of an image of one of twenty colours, no two alike."""
    rng = np.random.default_rng(number)
    colour = np.random.default_rng(number % 20).integers(30, 220, 3)
    spots = rng.integers(0, 36, (64, 64, 3))
    data = io.BytesIO()
    Image.fromarray((colour + spots).astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


def source(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if not options.images:
        return {"embeddings": common.clustered_vectors(folder / "vectors.npz", options.items)}
    for number in range(options.items):
        file = folder / "images" / f"c{number % 20:02d}" / f"{number:06d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture(number))
    return {"source": str(folder / "images"), "encoder": "builtin"}


class Asking:
    """A robot that asks about one thing after another, and how long each answer took."""

    def __init__(self, robot: RobotClient, items: list[str], images: bool) -> None:
        self.robot, self.items, self.images = robot, items, images
        self.asked = 0

    def __call__(self) -> tuple[float, int]:
        """Milliseconds, and the generation that answered."""
        self.asked += 1
        start = time.perf_counter()
        if self.images:
            answer = self.robot.observe(picture(10**6 + self.asked))
        else:
            answer = self.robot.observe(item=self.items[self.asked % len(self.items)])
        return 1000 * (time.perf_counter() - start), answer["generation"]


def one_round(
    robot: RobotClient,
    ask: Asking,
    picks: list[str],
    engine: Engine,
    owner: Criterion,
    pause: float,
) -> dict[str, Any]:
    extending = engine.projecting._computing
    wait(lambda: owner.retraining.run is None and owner.name not in extending)
    idle = [ask()[0] for _ in range(IDLE)]
    wait(lambda: owner.name not in extending)
    for item in picks:
        robot.observe(item=item)
    before, busy = owner.retraining.number, []
    for item in picks[:-1]:
        robot.pick(item)
    start = time.perf_counter()
    robot.pick(picks[-1])
    while True:
        took, generation = ask()
        if generation > before:
            break
        busy.append(took)
        time.sleep(pause)
    return {"changed": 1000 * (time.perf_counter() - start), "idle": idle, "busy": busy}


def bare(workspace: Workspace, name: str, parent: int) -> dict[str, float]:
    """Milliseconds of the parts of the update that made the generation in use."""
    owner = workspace.engine.criteria[name]
    made = owner.showing.snapshot.generation
    store = workspace.engine.embeddings.store
    base, ids = np.asarray(store.vectors()), store.ids
    file = owner.generations.adapter(parent)
    learnt = owner.generations.read(parent).metrics
    adapter = None if file is None else Adapter.load(file)
    last = Update(adapter, learnt.get("ranks", {}), learnt.get("picks", {}))
    place = {item: row for row, item in enumerate(ids)}
    taught = made.metrics["picks"]
    bins = {name: rows_of(place, items) for name, items in taught.items()}
    times, clock = {}, time.perf_counter
    limit_threads(1)
    start = clock()
    steps = update(base, ids, bins, last)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            done = stop.value
            break
    times["steps"] = clock() - start
    worker = workspace.engine.backend.accelerator
    limit_threads(worker._threads or len(os.sched_getaffinity(0)))
    start = clock()
    vectors = done.adapter.apply(base)
    times["apply"] = clock() - start
    start = clock()
    nearest(vectors, NEIGHBOURS)
    times["knn"] = clock() - start
    start = clock()
    judge_from(vectors, place, taught, done.ranks).judge(vectors)
    times["judge"] = clock() - start
    return {part: 1000 * seconds for part, seconds in times.items()}


def measure(workspace: Workspace, url: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    name = "latency"
    session = workspace.teach.sessions.open(name, "bench", "pick", GROUP)["session"]
    wait(lambda: workspace.teach.robot.answers(session)["answers"])
    wanted = [one.id for one in workspace.catalogue.items if one.name.startswith(GROUP)]
    others = [one.id for one in workspace.catalogue.items if not one.name.startswith(GROUP)]
    robot = RobotClient(url, session=session)
    ask = Asking(robot, others[:200], options.images)
    owner = workspace.engine.criteria[name]
    workspace.criteria.configure(name, {"every_decisions": PICKS, "idle_seconds": 86400.0})
    robot.observe(item=wanted[-1])
    robot.pick(wanted[-1])  # the first pick of all is no decision yet
    found = []
    for number in range(options.rounds + 1):
        parent = owner.retraining.number
        picks = wanted[number * PICKS : (number + 1) * PICKS]
        times = one_round(robot, ask, picks, workspace.engine, owner, options.pause)
        wait(lambda: owner.retraining.run is None)
        parts = bare(workspace, name, parent)
        times |= {"parts": parts, "bare": sum(parts.values())}
        times["ratio"] = times["changed"] / times["bare"]
        sys.stderr.write(f"{times['changed']:.0f} ms, {times['ratio']:.2f} x\n")
        found.append(times)
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--images", action="store_true")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between questions")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if (options.rounds + 1) * PICKS + 1 > options.items // 20:
        raise SystemExit(f"{options.items} items have too few of a group for these rounds.")
    with tempfile.TemporaryDirectory() as base:
        given = source(Path(base), options)
        with open_workspace(Path(base) / "work", **given) as workspace:

            def ready() -> bool:
                status = workspace.status(common.CRITERION)
                return status["embedded"] == options.items and status["map_ready"]

            wait(ready)
            with served(workspace) as url:
                found = measure(workspace, url, options)
    rows: dict[str, Any] = {
        name: common.spread([one[name] for one in found]) for name in ("changed", "bare", "ratio")
    }
    for name in ("idle", "busy"):
        rows[name] = common.spread([took for one in found for took in one[name]])
    rows["busy / idle"] = {
        part: round(rows["busy"][part] / rows["idle"][part], 2) for part in ("p50", "p95")
    }
    parts = {
        part: common.spread([one["parts"][part] for one in found]) for part in found[0]["parts"]
    }
    result = {"items": options.items, "images": options.images, **rows, "parts": parts}
    common.report(result, {**rows, **parts}, options.out)


if __name__ == "__main__":
    main()
