"""Kill -9 of the server at random moments while reviewers answer over HTTP.

    python tests/bench/kill_server.py [--kills 50] [--decisions 500] [--seed 0]

Two reviewers ask for pairs and answer them one by one; an answer that was not acknowledged is sent
again under the same id until it is. After every kill the server is started again on the same
workspace. At the end the log must hold every acknowledged decision once, as it was given, and
nothing else. Prints the figures as JSON; exit status 1 where one is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CRITERION = "belongs together"
START_SECONDS = 240.0
REVIEWERS = ("ann", "bob")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """``app.py`` on a workspace, started as often as it is killed."""

    arguments: list[str]
    workspace: Path
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until pairs can be asked for."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py"), *self.arguments, *self._options()],
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1", "GRADIO_ANALYTICS_ENABLED": "False"},
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.log.read_text()}")
            try:
                if self.get("status", criterion=CRITERION)["embedded"]:
                    self.starts += 1
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")

    def _options(self) -> list[str]:
        where = ["--workspace", str(self.workspace), "--port", str(self.port)]
        return [*where, "--device", "cpu", "--no-browser"]

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def get(self, path: str, **query: Any) -> Any:
        address = f"{self.url}/api/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@dataclass
class Reviewer(threading.Thread):
    """Answers ``count`` pairs by the first letters of the items' names, retrying what fails."""

    server: Server
    reviewer: str
    count: int
    acknowledged: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    sent_again: int = 0
    duplicates: int = 0
    error: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            while len(self.acknowledged) < self.count:
                for card in self._retried(self._ask)["cards"]:
                    self._answer(card)
                    if len(self.acknowledged) == self.count:
                        return
        except BaseException as error:  # told by the main thread
            self.error = error

    def _ask(self) -> Any:
        return self.server.post("proposals", criterion=CRITERION, reviewer=self.reviewer, n=3)

    def _answer(self, card: dict[str, Any]) -> None:
        a, b = card["a"], card["b"]
        same = a["name"].partition("/")[0] == b["name"].partition("/")[0]
        one = {
            "id": uuid.uuid4().hex,
            "a": a["id"],
            "b": b["id"],
            "verdict": "same" if same else "different",
            "kind": card["kind"],
            "strategy": card["strategy"],
        }
        body = {"criterion": CRITERION, "reviewer": self.reviewer, "decisions": [one]}
        done = self._retried(lambda: self.server.post("decisions", **body))
        self.duplicates += done["receipts"][0]["duplicate"]
        self.acknowledged[one["id"]] = (one["a"], one["b"], one["verdict"])

    def _retried(self, call: Any) -> Any:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return call()
            except urllib.error.HTTPError as error:
                raise RuntimeError(error.read().decode()) from error
            except (OSError, ValueError):  # no connection, or an answer that breaks off
                if time.monotonic() > end:
                    raise
                self.sent_again += 1
                time.sleep(0.05)
            except Exception as error:
                if type(error).__module__ != "http.client":
                    raise
                self.sent_again += 1


def run(kills: int, decisions: int, seed: int, folder: Path, source: list[str]) -> dict[str, Any]:
    """The figures of one run; ``source`` are arguments of ``app.py``."""
    draw = random.Random(seed)
    server = Server(source, folder / "work", folder / "server.log")
    server.start()
    share = decisions // len(REVIEWERS)
    reviewers = [Reviewer(server, name, share) for name in REVIEWERS]
    moments = sorted(draw.sample(range(1, share * len(REVIEWERS) - 1), kills))
    started = time.monotonic()
    for reviewer in reviewers:
        reviewer.start()
    try:
        for moment in moments:
            while sum(len(r.acknowledged) for r in reviewers) < moment:
                broken = next((r.error for r in reviewers if r.error is not None), None)
                if broken is not None:
                    raise broken
                time.sleep(0.001)
            time.sleep(draw.uniform(0, 0.05))
            server.kill()
            server.start()
        for reviewer in reviewers:
            reviewer.join()
            if reviewer.error is not None:
                raise reviewer.error
    finally:
        server.kill()
    figures = compare(folder / "work", reviewers)
    return {
        "kills": kills,
        "starts": server.starts,
        **figures,
        "sent_again": sum(reviewer.sent_again for reviewer in reviewers),
        "acknowledged_on_repeat": sum(reviewer.duplicates for reviewer in reviewers),
        "seconds": round(time.monotonic() - started, 1),
    }


def compare(workspace: Path, reviewers: list[Reviewer]) -> dict[str, int]:
    """What the log holds against what was acknowledged."""
    from curation.workspace import open_workspace

    with open_workspace(workspace, inline=True, device="cpu") as reopened:
        rows = [(d.id, (d.pair.a, d.pair.b, d.verdict)) for d in reopened.log.read(CRITERION)]
    given = {id: told for one in reviewers for id, told in one.acknowledged.items()}
    kept = dict(rows)
    as_given = {id: (*sorted(told[:2]), told[2]) for id, told in given.items()}
    return {
        "acknowledged": len(given),
        "in_log": len(rows),
        "lost": sum(id not in kept for id in given),
        "changed": sum(id in kept and kept[id] != told for id, told in as_given.items()),
        "doubled": len(rows) - len(kept),
        "never_acknowledged": sum(id not in given for id in kept),
    }


def wrong(figures: dict[str, Any]) -> bool:
    bad = ("lost", "changed", "doubled", "never_acknowledged")
    return any(figures[name] for name in bad) or figures["starts"] != figures["kills"] + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        file = digits(Path(base))
        figures = run(
            options.kills, options.decisions, options.seed, Path(base), ["--embeddings", str(file)]
        )
    print(json.dumps(figures))
    return int(wrong(figures))


def digits(folder: Path) -> Path:
    """Vectors of scikit-learn's digits by name ``<label>/<number>``."""
    from sklearn.datasets import load_digits

    data = load_digits()
    names = np.array([f"{label}/{row:04d}" for row, label in enumerate(data.target)])
    file = folder / "digits.npz"
    np.savez(file, F=data.data.astype(np.float32), files=names)
    return file


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
