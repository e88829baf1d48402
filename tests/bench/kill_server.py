"""Kill -9 of the server at random moments while reviewers answer over HTTP.

    python tests/bench/kill_server.py [--kills 50] [--decisions 500] [--seed 0] [--sort]

Two reviewers ask for pairs and answer them one by one; an answer that was not acknowledged is sent
again under the same id until it is. With ``--sort`` they name images and sweep grids instead, and
``--decisions`` counts these steps, each of which is in the log whole or not at all. After every
kill the server is started again on the same workspace. At the end the log must hold every
acknowledged decision once, as it was given, and nothing else. Prints the figures as JSON; exit
status 1 where one is wrong.
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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from curation.types import Decision

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

    @property
    def done(self) -> int:
        return len(self.acknowledged)

    def compare(self, rows: Sequence[Decision]) -> dict[str, int]:
        """What a log holds of it against what was acknowledged."""
        kept = {one.id: (one.pair.a, one.pair.b, one.verdict) for one in rows}
        as_given = {id: (*sorted(told[:2]), told[2]) for id, told in self.acknowledged.items()}
        return {
            "acknowledged": len(as_given),
            "in_log": len(rows),
            "lost": sum(id not in kept for id in as_given),
            "changed": sum(id in kept and kept[id] != told for id, told in as_given.items()),
            "doubled": len(rows) - len(kept),
            "never_acknowledged": sum(id not in as_given for id in kept),
        }

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


@dataclass
class Sorter(Reviewer):
    """Names images and sweeps grids by the first letters of the items' names, ``count`` steps."""

    steps: dict[str, int] = field(default_factory=dict)
    """Batch id -> entries that it was acknowledged as."""
    groups: dict[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return id(self)

    @property
    def done(self) -> int:
        return len(self.steps)

    def run(self) -> None:
        try:
            while len(self.steps) < self.count:
                form = "sweep" if len(self.steps) % 2 and len(self.groups) > 2 else "name"
                asked = self._retried(lambda: self._next(form))  # noqa: B023
                self.groups = {one["name"]: one["id"] for one in asked["groups"]}
                if not asked["questions"]:
                    raise RuntimeError(asked["message"])
                question = asked["questions"][0]
                (self._name_it if question["form"] == "name" else self._sweep_it)(question)
        except BaseException as error:  # told by the main thread
            self.error = error

    def compare(self, rows: Sequence[Decision]) -> dict[str, int]:
        kept = Counter(one.batch_id for one in rows if one.reviewer == self.reviewer)
        return {
            "acknowledged": len(self.steps),
            "in_log": len(kept),
            "lost": sum(batch not in kept for batch, size in self.steps.items() if size),
            "changed": sum(kept[batch] not in (0, size) for batch, size in self.steps.items()),
            "doubled": len(rows) - len({one.id for one in rows}),
            "never_acknowledged": sum(batch not in self.steps for batch in kept),
        }

    def _next(self, form: str) -> Any:
        return self.server.post("sort/questions", **self._who(), form=form, n=1)

    def _who(self) -> dict[str, str]:
        return {"criterion": CRITERION, "reviewer": self.reviewer}

    def _name_it(self, question: dict[str, Any]) -> None:
        label = question["item"]["name"].partition("/")[0]
        guesses = question["guesses"]
        self._send(
            "names", item=question["item"]["id"], group=self.groups.get(label), new=label,
            guess=guesses[0]["group"] if guesses else None,
        )  # fmt: skip

    def _sweep_it(self, question: dict[str, Any]) -> None:
        supposed = next(name for name, id in self.groups.items() if id == question["group"])
        told = {tile["id"]: tile["name"].partition("/")[0] for tile in question["tiles"]}
        self._send(
            "sweeps", group=question["group"],
            members=[item for item, label in told.items() if label == supposed],
            wrong={i: self.groups.get(label) for i, label in told.items() if label != supposed},
        )  # fmt: skip

    def _send(self, what: str, **body: Any) -> None:
        batch = uuid.uuid4().hex
        given = {**self._who(), **body, "batch_id": batch, "milliseconds": 1000}
        done = self._retried(lambda: self.server.post(f"sort/{what}", **given))
        self.duplicates += any(one["duplicate"] for one in done["receipts"])
        self.steps[batch] = len(done["receipts"])


def run(
    kills: int,
    decisions: int,
    seed: int,
    folder: Path,
    source: list[str],
    kind: type[Reviewer] = Reviewer,
) -> dict[str, Any]:
    """The figures of one run; ``source`` are arguments of ``app.py``."""
    draw = random.Random(seed)
    server = Server(source, folder / "work", folder / "server.log")
    server.start()
    share = decisions // len(REVIEWERS)
    reviewers = [kind(server, name, share) for name in REVIEWERS]
    moments = sorted(draw.sample(range(1, share * len(REVIEWERS) - 1), kills))
    started = time.monotonic()
    for reviewer in reviewers:
        reviewer.start()
    try:
        for moment in moments:
            while sum(reviewer.done for reviewer in reviewers) < moment:
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


def compare(workspace: Path, reviewers: Sequence[Reviewer]) -> dict[str, int]:
    """What the log holds against what was acknowledged, summed over the reviewers."""
    from curation.workspace import open_workspace

    with open_workspace(workspace, inline=True, device="cpu") as reopened:
        rows = reopened.log.read(CRITERION)
        names = len(set(reopened.log.names(CRITERION).values()))
    figures: Counter[str] = Counter()
    for one in reviewers:
        own = [row for row in rows if row.reviewer == one.reviewer]
        figures.update(one.compare(own))
    return {**figures, "names": names}


def wrong(figures: dict[str, Any]) -> bool:
    bad = ("lost", "changed", "doubled", "never_acknowledged")
    return any(figures[name] for name in bad) or figures["starts"] != figures["kills"] + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sort", action="store_true")
    options = parser.parse_args()
    kind = Sorter if options.sort else Reviewer
    with tempfile.TemporaryDirectory() as base:
        file = digits(Path(base))
        source = ["--embeddings", str(file)]
        figures = run(options.kills, options.decisions, options.seed, Path(base), source, kind)
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
