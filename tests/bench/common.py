"""What the benchmarks share: a real server in a process of its own, its memory, tables, vectors."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
CRITERION = "belongs together"
START_SECONDS = 900


def clustered_vectors(file: Path, items: int, dim: int = 512, groups: int = 20) -> Path:
    """An embeddings file of unit vectors in overlapping clusters; the folder in a name is the
    cluster."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, groups, items)
    centres = rng.standard_normal((groups, dim))
    vectors = centres[label] + 1.5 * rng.standard_normal((items, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    files = np.array([f"c{group:02d}/{row:06d}" for row, group in enumerate(label)])
    np.savez(file, F=vectors.astype(np.float32), files=files)
    return file


def truth(a: str, b: str) -> str:
    """The verdict of somebody who sorts as the folders do."""
    return "same" if Path(a).parent == Path(b).parent else "different"


class Server:
    """A running server and its HTTP API."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def get(self, path: str, **query: Any) -> Any:
        address = f"{self.url}{path}?{urllib.parse.urlencode({'criterion': CRITERION, **query})}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, **body: Any) -> Any:
        data = json.dumps({"criterion": CRITERION, **body}).encode()
        request = urllib.request.Request(
            f"{self.url}{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def until(self, check: Callable[[], Any], seconds: float, every: float = 0.1) -> Any:
        """The first truthy result of ``check``; its log and an exit where none comes in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if found := check():
                    return found
            except OSError:
                pass
            time.sleep(every)
        raise SystemExit(f"The server was not ready in {seconds} s:\n{self.log.read_text()}")

    def ready(self) -> dict[str, Any]:
        """Wait until all items are embedded and shown; the status then."""

        def whole() -> Any:
            status = self.get("/api/status")
            done = status["stage"] == "ready" and status["embedded"] == status["items"] > 0
            return status if done else None

        return self.until(whole, START_SECONDS)

    def decide(self, pairs: int, reviewer: str = "bench") -> None:
        """Answer proposed pairs as the folders say."""
        answered = 0
        while answered < pairs:
            cards = self.post("/api/proposals", reviewer=reviewer, n=10)["cards"]
            given = [
                {
                    "a": card["a"]["id"],
                    "b": card["b"]["id"],
                    "verdict": truth(card["a"]["name"], card["b"]["name"]),
                    "strategy": card["strategy"],
                    "kind": card["kind"],
                }
                for card in cards[: pairs - answered]
            ]
            if not given:
                return
            self.post("/api/decisions", reviewer=reviewer, decisions=given)
            answered += len(given)

    def peak_mib(self) -> dict[str, int]:
        """Largest resident memory so far of the server and of its workers, in MiB."""
        parent = psutil.Process(self.process.pid)
        found = {"server": _peak(parent.pid)}
        for number, child in enumerate(parent.children(recursive=True)):
            if "resource_tracker" not in " ".join(child.cmdline()):
                found[f"worker {number}"] = _peak(child.pid)
        return found


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    arguments: Sequence[str | Path], workspace: Path, script: Path = ROOT / "app.py"
) -> Iterator[Server]:
    """The app on ``arguments``; ended with SIGINT, as a person would."""
    port = free_port()
    command = [sys.executable, str(script), *map(str, arguments), "--no-browser"]
    command += ["--workspace", str(workspace), "--port", str(port)]
    log = workspace.with_suffix(".log")
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
            start_new_session=True,
        )
        try:
            yield Server(process, f"http://127.0.0.1:{port}", log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and number of some measurements."""
    if not values:
        return {"p50": float("nan"), "p95": float("nan"), "n": 0}
    return {
        "p50": round(float(np.median(values)), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
        "n": len(values),
    }


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Rows of named figures as aligned text."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [["", *columns]]
    for name, row in rows.items():
        lines.append([name, *(str(row.get(column, "")) for column in columns)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        [cell.rjust(width) for cell, width in zip(line, widths, strict=True)] for line in lines
    )
    return "\n".join("  ".join(line) for line in padded)


def report(
    result: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], out: Path | None
) -> None:
    """Print the table and the whole result as JSON; also to ``out`` where one is named."""
    text = json.dumps(result, indent=1)
    sys.stderr.write(table(rows) + "\n\n")
    sys.stdout.write(text + "\n")
    if out is not None:
        out.write_text(text + "\n")
