"""Kill -9 of the server and of its worker, as a power cut or the system short of memory does."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from waiting import until

from curation.teaching.robot import RobotClient

ROOT = Path(__file__).resolve().parents[2]
CRITERION = "belongs together"


def load_bench(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


bench = load_bench("kill_server")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    file = bench.digits(tmp_path)
    made = bench.Server(["--embeddings", str(file)], tmp_path / "work", tmp_path / "server.log")
    made.start()
    yield made
    made.kill()


def worker_pid(server: Any) -> int | None:
    children = psutil.Process(server.process.pid).children()
    found = [child for child in children if child.cmdline()[-1:] == ["accelerator"]]
    return found[0].pid if found else None


def answer(server: Any, count: int) -> int:
    """Answer pairs of digits; the number recorded."""
    reviewer = bench.Reviewer(server, "ann", count)
    reviewer.run()
    assert reviewer.error is None
    return len(reviewer.acknowledged)


@pytest.mark.timeout(600)
def test_no_acknowledged_decision_is_lost_or_doubled(digits: Path, tmp_path: Path) -> None:
    figures = bench.run(5, 60, 1, tmp_path, ["--embeddings", str(digits)])
    assert figures["acknowledged"] == figures["in_log"] == 60
    assert figures["starts"] == 6
    assert not bench.wrong(figures), figures


@pytest.mark.timeout(600)
def test_no_acknowledged_grid_is_lost_doubled_or_halved(tmp_path: Path) -> None:
    # The twelve sweeps alone take up to 288 images, so the 150 of `digits` could run out.
    source = ["--embeddings", str(bench.digits(tmp_path))]
    figures = bench.run(4, 24, 2, tmp_path, source, bench.Sorter)
    assert figures["acknowledged"] == 24
    assert figures["starts"] == 5
    assert 2 < figures["names"] <= 10
    assert not bench.wrong(figures), figures


@pytest.mark.timeout(600)
def test_review_goes_on_while_a_killed_worker_comes_back(server: Any) -> None:
    def status() -> Any:
        return server.get("status", criterion=CRITERION, reviewer="ann")

    answer(server, 10)
    until(lambda: status()["training"], "training has started")
    pid = worker_pid(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    down = until(lambda: (s := status())["worker"]["state"] != "ok" and s, "the status says so")
    assert "Review goes on" in down["worker"]["message"]
    assert down["training"] is not None
    assert answer(server, 3) == 3
    done = until(lambda: (s := status())["generation"] >= 1 and s, "training has resumed")
    assert done["worker"]["state"] == "ok"
    assert done["decisions"] == 13
    assert worker_pid(server) != pid


@pytest.mark.timeout(600)
def test_a_killed_server_takes_its_workers_along_and_trains_after_a_restart(server: Any) -> None:
    answer(server, 10)
    until(lambda: server.get("status", criterion=CRITERION)["training"], "training has started")
    children = psutil.Process(server.process.pid).children()
    assert children
    server.kill()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert len(gone) == len(children)
    server.start()
    made = until(
        lambda: server.get("generations", criterion=CRITERION)[0]["number"] >= 1, "a generation"
    )
    assert made
    assert server.get("decisions", criterion=CRITERION)["total"] == 10


@pytest.mark.timeout(600)
def test_no_acknowledged_pick_is_lost_or_doubled(server: Any) -> None:
    """The robot's client sends what got no answer again, with the same key."""
    opened = {"name": "kills", "mode": "pick", "category": "three", "teacher": "ann"}
    session = server.post("teach/sessions", **opened)["session"]
    robot = RobotClient(server.url, session=session, name="ann", attempts=60)
    answers = until(lambda: robot.answers()["answers"], "the session's space")
    items = sorted(answers)[:40]
    acknowledged: list[str] = []
    failed: list[Exception] = []

    def pick_all() -> None:
        try:
            for item in items:
                robot.observe(item=item)
                acknowledged.append(robot.pick(item)["id"])
        except Exception as error:
            failed.append(error)

    picking = threading.Thread(target=pick_all)
    picking.start()
    for count in (5, 15, 25, 35):
        until(lambda: len(acknowledged) >= count or failed, f"{count} picks")  # noqa: B023
        server.kill()
        server.start()
    picking.join()
    assert failed == []
    state = robot.state()
    assert len(set(acknowledged)) == len(items) == state["picks"]
    assert server.get("decisions", criterion="kills")["total"] == len(items) - 1
    groups = server.get("groups", criterion="kills")["groups"]
    assert [group["size"] for group in groups] == [len(items)]
    until(lambda: robot.state()["learnt"] == len(items), "the session has learnt all picks")
