"""Everything at once on one workspace: reviewers, a robot, training, new items, going back.

Each actor works over HTTP against a real server with worker processes until it is told to stop, and
notes what the server acknowledged. ``violations`` then tells what does not hold.
"""

from __future__ import annotations

import io
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from curation.criterion import Criterion
from curation.errors import CurationError
from curation.items.source import open_source
from curation.teaching.robot import RobotClient, RobotError
from curation.workspace import Workspace

COLOURS = ((200, 60, 50), (60, 110, 200), (70, 160, 80))


def picture(rng: random.Random) -> bytes:
    """A new PNG image of a disc in one of three colours."""
    image = Image.new("RGB", (64, 64), (rng.randrange(200, 255),) * 3)
    x, y, r = rng.randrange(20, 44), rng.randrange(20, 44), rng.randrange(8, 18)
    ImageDraw.Draw(image).ellipse((x - r, y - r, x + r, y + r), fill=rng.choice(COLOURS))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class Strain:
    """The actors on one served workspace, and what was acknowledged to them.

    ``folder`` is the source, into which new images are put. ``failures`` are answers that no actor
    expected.
    """

    workspace: Workspace
    url: str
    criterion: str
    folder: Path
    seed: int = 0
    verdicts: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let all actors begin."""
        actors: list[Callable[[random.Random], None]] = [
            self._review_as("ann"), self._review_as("bob"), self._teach, self._train, self._exclude,
            self._add, self._read,
        ]  # fmt: skip
        for number, actor in enumerate(actors):
            rng = random.Random(100 * self.seed + number)
            thread = threading.Thread(target=self._act, args=(actor, rng))
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let them end what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _act(self, actor: Callable[[random.Random], None], rng: random.Random) -> None:
        while not self._stop.is_set():
            try:
                actor(rng)
            except (OSError, KeyError, ValueError, RobotError, CurationError) as error:
                with self._lock:
                    self.failures.append(f"{type(error).__name__}: {error}")

    def call(self, method: str, path: str, client: str, **body: Any) -> Any:
        """The answer of a route; OSError with the server's message where it refuses."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            json.dumps(body).encode() if method == "POST" else None,
            {"Content-Type": "application/json", "X-Client": client},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise OSError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def _scope(self, reviewer: str) -> dict[str, str]:
        return {"criterion": self.criterion, "reviewer": reviewer}

    # --- actors ----------------------------------------------------------------------------

    def _review_as(self, reviewer: str) -> Callable[[random.Random], None]:
        def review(rng: random.Random) -> None:
            scope = self._scope(reviewer)
            cards = self.call("POST", "proposals", reviewer, **scope, n=3)["cards"]
            for card in cards:
                verdict = rng.choice(["same", "different", "different", "unsure"])
                given = {"id": uuid.uuid4().hex, "a": card["a"]["id"], "b": card["b"]["id"]}
                given = {**given, "verdict": verdict, "kind": card["kind"]}
                self.call("POST", "decisions", reviewer, **scope, decisions=[given])
                with self._lock:
                    self.verdicts[given["id"]] = (given["a"], given["b"], verdict)
                    self.done["verdicts"] += 1
            if rng.random() < 0.2:
                step = uuid.uuid4().hex
                undone = self.call("POST", "undo", reviewer, **scope, id=step)["undone"]
                with self._lock:
                    self.undone.update(one["id"] for one in undone)
                    self.done["undo"] += len(undone)
            if not cards:
                time.sleep(0.05)

        return review

    def _teach(self, rng: random.Random) -> None:
        """A robot shows new objects, and its teacher sorts some of them."""
        name = f"session {uuid.uuid4().hex[:6]}"
        session = self.workspace.teach.sessions.open(name, "eve", "sort")["session"]
        token = self.workspace.teach.tokens.grant(session, "arm", "eve")["token"]
        robot = RobotClient(self.url, token, session)
        for _ in range(6):
            if self._stop.is_set():
                break
            item = robot.observe(picture(rng))["item"]
            self.workspace.teach.bins.pick(session, item, "eve", rng.choice(["left", "right"]))
            self.done["picks"] += 1
        self.workspace.teach.sessions.step(session, "end", "eve")

    def _train(self, rng: random.Random) -> None:
        made = self.call("GET", f"generations?criterion={quoted(self.criterion)}", "trainer")
        scope = self._scope("trainer")
        if len(made) > 1 and rng.random() < 0.4:
            number = rng.choice(made)["number"]
            self.call("POST", f"generations/{number}/restore", "trainer", **scope)
            self.call("POST", "resume", "trainer", **scope)
            self.done["restored"] += 1
        elif self.verdicts:
            self.done["trainings"] += self.call("POST", "train", "trainer", **scope)["started"]
        time.sleep(0.5)

    def _exclude(self, rng: random.Random) -> None:
        items = self.workspace.catalogue.items
        chosen = [item.id for item in rng.sample(items, min(3, len(items)))]
        for restore in (False, True):
            self.call("POST", "exclusions", "gardener", reviewer="gardener", items=chosen,
                      restore=restore)  # fmt: skip
            time.sleep(0.1)
        self.done["excluded"] += 1

    def _add(self, rng: random.Random) -> None:
        if self.workspace.engine.intake.arrival.stage != "ready":
            time.sleep(0.2)
            return
        for _ in range(3):
            (self.folder / f"new-{uuid.uuid4().hex}.png").write_bytes(picture(rng))
        self.workspace.items.take_in(open_source(self.folder))
        self.done["added"] += 3
        time.sleep(1.0)

    def _read(self, rng: random.Random) -> None:
        of = f"criterion={quoted(self.criterion)}"
        for path in ("status", "map", "groups", "predicted", "decisions", "strategies"):
            self.call("GET", f"{path}?{of}", "reader")
        self.call("GET", f"colours?{of}&by={rng.choice(['moved', 'predicted', 'group'])}", "reader")
        self.done["reads"] += 1


def quoted(text: str) -> str:
    return urllib.request.quote(text)


def looked_at(
    workspace: Workspace, ended: int = 20, seconds: float = 120.0
) -> dict[str, Criterion]:
    """The criteria that are at work, and ``ended`` sessions, which follow when they are looked
    at."""
    criteria = workspace.engine.criteria
    resting = [name for name, one in criteria.items() if one.rests]
    some = random.Random(0).sample(resting, min(ended, len(resting)))
    chosen = {name: one for name, one in criteria.items() if name in some or not one.rests}
    due = time.monotonic() + seconds
    while time.monotonic() < due:
        counts = {workspace.status(name)["embedded"] for name in chosen}
        if len(counts) == 1 and 0 not in counts:
            break
        time.sleep(0.1)
    return chosen


def violations(strain: Strain) -> list[str]:
    """What does not hold after the actors have ended."""
    workspace = strain.workspace
    owner = workspace.engine.criteria[strain.criterion]
    found: list[str] = []

    def hold(fine: bool, what: str) -> None:
        if not fine:
            found.append(what)

    log = workspace.log.read(strain.criterion)
    ids = [one.id for one in log]
    hold(len(ids) == len(set(ids)), "an id stands twice in the log")
    written = {one.id: (one.pair.a, one.pair.b, one.verdict) for one in log if one.verdict}
    told = {id: (*sorted((a, b)), verdict) for id, (a, b, verdict) in strain.verdicts.items()}
    kept = {id: (*sorted((a, b)), verdict) for id, (a, b, verdict) in written.items()}
    hold(kept == told, "the log is not what was acknowledged")
    standing = [one.id for one in owner.answering.decisions()]
    hold(
        standing == [one.id for one in workspace.log.effective(strain.criterion)],
        "what stands in memory is not what the log says",
    )
    items = [item.id for item in workspace.catalogue.items]
    hold(len(items) == len(set(items)), "an item stands twice in the catalogue")
    store = workspace.engine.embeddings.refreshed()
    assert store is not None
    hold(len(store.ids) == len(set(store.ids)) == len(store.vectors()), "embeddings are doubled")
    for name, one in looked_at(workspace).items():
        shown, current = one.showing.snapshot, one.generations.current()
        hold(shown is not None and current is not None, f"{name}: nothing is shown")
        if shown is not None and current is not None:
            hold(
                shown.generation.number == one.retraining.number == current.number,
                f"{name}: shows {shown.generation.number}, uses {one.retraining.number}, "
                f"{current.number} on disk",
            )
            hold(len(shown.eligible) == shown.n_items == len(shown.position), f"{name}: snapshot")
            hidden = workspace.log.excluded() & shown.position.keys()
            asked = [one for one in hidden if shown.eligible[shown.position[one]]]
            hold(not asked, f"{name}: {len(asked)} excluded items may be asked")
        hold(one.retraining.run is None, f"{name}: a run is said to be under way")
    for client in ("ann", "bob"):
        workspace.review.release(client)
    leased = [one for one in owner.asking.queue._entries.values() if one.leased]
    hold(not leased, f"{len(leased)} leases belong to nobody")
    return found
