"""Kill -9 of server, worker and client during a teaching session of 300 observations.

    python tests/bench/kill_teaching.py [--kills 20] [--observations 300] [--seed 0]
    python tests/bench/kill_teaching.py --burst 1000

A client in a process of its own shows new images to a session over HTTP, one after the other, and
picks every third. It notes what was acknowledged in a file, and gives every call a key, so that a
client that was killed goes on where the file ends. ``--kills`` times each, at random moments, the
server, its worker and the client are killed and started again. At the end the session must hold
every acknowledged pick once and nothing else, also as decisions, and must have learnt them.

``--burst`` sends that many new images at once, from as many connections as the system allows up to
200, without a client that waits: counts what was taken, told to come again (429) or refused, and
how long the page's state took to be served meanwhile. Prints the figures as JSON; exit status 1
where one is wrong.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kill_server import Server

from curation.teaching.robot import RobotClient

EVERY = 3
SESSION = {"name": "kills", "mode": "pick", "category": "wanted", "teacher": "client"}
WAIT = 300.0


def picture(number: int) -> bytes:
    """The bytes of an image that no other number has."""
    rng = np.random.default_rng(number)
    colour, spots = rng.integers(30, 220, 3), rng.integers(0, 30, (48, 48, 3))
    data = io.BytesIO()
    Image.fromarray((colour + spots).astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


# ---- the client, in a process of its own ---------------------------------------------------------


def client(url: str, session: str, journal: Path, count: int) -> None:
    """Observe pictures 0 to ``count`` - 1 from where the journal ends, and pick every third."""
    robot = RobotClient(url, session=session, name="client", attempts=60)
    with journal.open("a+") as noted:
        noted.seek(0)
        done = sum(line.endswith("\n") for line in noted)
        for number in range(done, count):
            item = robot.observe(picture(1000 + number), key=f"observe-{number}")["item"]
            pick = ""
            if number % EVERY == 0:
                pick = robot.pick(item, key=f"pick-{number}")["id"]
            noted.write(f"{item} {pick}\n")
            noted.flush()


class Client:
    """The process, started as often as it is killed."""

    def __init__(self, url: str, session: str, journal: Path, count: int) -> None:
        self.command = [
            sys.executable,
            __file__,
            "--client",
            url,
            session,
            str(journal),
            str(count),
        ]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


# ---- kills ---------------------------------------------------------------------------------------


def run(kills: int, count: int, seed: int, folder: Path) -> dict[str, Any]:
    draw = random.Random(seed)
    server = started(folder)
    session = server.post("teach/sessions", **SESSION)["session"]
    journal = folder / "journal"
    journal.touch()
    showing = Client(server.url, session, journal, count)
    victims = ["server", "worker", "client"] * kills
    draw.shuffle(victims)
    moments = sorted(draw.choices(range(count - 1), k=len(victims)))
    began = time.monotonic()
    try:
        for moment, victim in zip(moments, victims, strict=True):
            _reach(journal, moment, showing)
            time.sleep(draw.uniform(0, 0.2))
            _kill(victim, server, showing)
        _reach(journal, count, showing)
        showing.process.wait(60)
        figures = compare(server, session, journal)
    finally:
        showing.kill()
        server.kill()
    seconds = round(time.monotonic() - began, 1)
    return {"kills": dict(Counter(victims)), "starts": server.starts, **figures, "seconds": seconds}


def started(folder: Path) -> Server:
    for number in range(12):
        (folder / "images").mkdir(exist_ok=True)
        (folder / "images" / f"{number}.png").write_bytes(picture(number))
    server = Server([str(folder / "images")], folder / "work", folder / "server.log")
    server.start()
    return server


def _kill(victim: str, server: Server, showing: Client) -> None:
    if victim == "client":
        showing.kill()
        showing.start()
    elif victim == "server":
        server.kill()
        server.start()
    else:
        _worker(server).send_signal(signal.SIGKILL)


def _worker(server: Server) -> psutil.Process:
    """The process that encodes and trains; waits while it is being started again."""
    assert server.process is not None
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        for child in psutil.Process(server.process.pid).children():
            if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()[-1:] == ["accelerator"]:
                return child
        time.sleep(0.05)
    raise SystemExit("The worker did not come back.")


def _reach(journal: Path, count: int, showing: Client) -> None:
    end = time.monotonic() + WAIT
    while journal.read_text().count("\n") < count:
        if showing.process.poll() not in (None, 0) or time.monotonic() > end:
            raise SystemExit(f"The session stands still before observation {count}.")
        time.sleep(0.01)


def compare(server: Server, session: str, journal: Path) -> dict[str, Any]:
    """What the session holds against what the client was told."""
    noted = [line.split(" ") for line in journal.read_text().splitlines()]
    picks = {pick: item for item, pick in noted if pick}
    end = time.monotonic() + WAIT
    while True:
        state = server.get(f"teach/sessions/{session}/state")
        if state["learnt"] == len(picks) or time.monotonic() > end:
            break
        time.sleep(0.2)
    groups = server.get("groups", criterion=SESSION["name"])["groups"]
    kept = server.get(f"teach/sessions/{session}/answers")["answers"]
    return {
        "observed": state["observed"],
        "observations": state["observations"],
        "acknowledged_picks": len(picks),
        "picks": state["picks"],
        "learnt": state["learnt"],
        "decisions": server.get("decisions", criterion=SESSION["name"])["total"],
        "items_joined": sum(group["size"] for group in groups),
        "lost": sum(kept.get(item, {}).get("confidence") != 1.0 for item in picks.values()),
    }


def wrong(figures: dict[str, Any], count: int) -> bool:
    picks = figures["acknowledged_picks"]
    return (
        figures["lost"] > 0
        or (figures["observed"], figures["observations"]) != (count, count)
        or {figures[name] for name in ("picks", "learnt", "items_joined")} != {picks}
        or figures["decisions"] != picks - 1
    )


# ---- a burst -------------------------------------------------------------------------------------


def burst(count: int, folder: Path) -> dict[str, Any]:
    """``count`` new images at once; how they were answered, and how the page's state was."""
    server = started(folder)
    try:
        session = server.post("teach/sessions", **SESSION)["session"]
        address = f"{server.url}/api/teach/sessions/{session}/observe"
        idle = _looks(server, session, lambda looks: len(looks) < 20)
        sending = True
        pictures = [picture(1000 + number) for number in range(count)]
        began = time.perf_counter()
        with ThreadPoolExecutor(1) as watching, ThreadPoolExecutor(200) as robots:
            watched = watching.submit(_looks, server, session, lambda _: sending)
            answers = list(robots.map(lambda data: _observe(address, data), pictures))
            sending = False
        took = time.perf_counter() - began
        told = Counter(status for status, _ in answers)
        patient = RobotClient(server.url, session=session)
        refused = [d for d, (s, _) in zip(pictures, answers, strict=True) if s == 429]
        later = patient.observe(refused[0] if refused else pictures[0])
        return {
            "sent": count,
            "taken": told[200],
            "told_to_come_again": told[429],
            "with_retry_after": sum(bool(after) for status, after in answers if status == 429),
            "otherwise": sum(n for status, n in told.items() if status not in (200, 429)),
            "taken_later": bool(later["item"]),
            "state_idle_ms": idle,
            "state_meanwhile_ms": watched.result(),
            "seconds": round(took, 1),
        }
    finally:
        server.kill()


def _observe(address: str, data: bytes) -> tuple[int, str | None]:
    kind = {"Content-Type": "application/octet-stream"}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, kind), timeout=120) as ok:
            return ok.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After")


def _looks(server: Server, session: str, more: Any) -> dict[str, float]:
    """Milliseconds that the state takes to be served, asked for again and again."""
    found: list[float] = []
    while more(found):
        start = time.perf_counter()
        server.get(f"teach/sessions/{session}/state")
        found.append(1000 * (time.perf_counter() - start))
        time.sleep(0.05)
    return {
        "median": round(statistics.median(found), 1),
        "largest": round(max(found), 1),
        "looks": len(found),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--observations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--burst", type=int)
    parser.add_argument("--client", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        url, session, journal, count = options.client
        client(url, session, Path(journal), int(count))
        return 0
    with tempfile.TemporaryDirectory() as base:
        if options.burst:
            figures = burst(options.burst, Path(base))
            print(json.dumps(figures))
            return int(figures["otherwise"] > 0 or figures["taken"] == 0)
        figures = run(options.kills, options.observations, options.seed, Path(base))
    print(json.dumps(figures))
    return int(wrong(figures, options.observations))


if __name__ == "__main__":
    sys.exit(main())
