"""``curation teach``: a workspace, a server and a robot's client play a session."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from curation.errors import CurationError, UnknownName
from curation.evaluation.teaching import play
from curation.items.source import Reading
from curation.teaching.answers import judge_from
from curation.teaching.robot import RobotClient
from curation.workspace import Workspace, open_workspace

HOST = "127.0.0.1"
READY_SECONDS = 3600.0


def simulate_sessions(
    *,
    source: str | None,
    labels: str,
    categories: Sequence[str],
    embeddings: str | None = None,
    encoder: str | None = None,
    workspace: str | None = None,
    device: str = "auto",
    reading: Reading | None = None,
    n_picks: int = 40,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Play a session for each category over HTTP, with ``labels`` as the teacher's truth.

    One result a category (all values of the column where none is named) with its ``curve``; see
    ``curation.evaluation.teaching``. Raises SourceError, UnknownName.
    """
    with ExitStack() as stack:
        folder = workspace or stack.enter_context(tempfile.TemporaryDirectory())
        opened = stack.enter_context(
            open_workspace(
                Path(folder),
                source=source,
                embeddings=embeddings,
                encoder=encoder,
                device=device,
                reading=reading,
            )
        )
        _wait_until_ready(opened)
        if labels not in opened.items.attributes():
            raise UnknownName("column", labels, opened.items.attributes())
        found = {item.id: item.attributes.get(labels) for item in opened.catalogue.items}
        truth = {item: str(label) for item, label in found.items() if label is not None}
        url = stack.enter_context(served(opened))
        return [
            _session(opened, url, truth, category, n_picks, seed)
            for category in categories or sorted(set(truth.values()))
        ]


def _session(
    workspace: Workspace, url: str, truth: dict[str, str], category: str, n_picks: int, seed: int
) -> dict[str, Any]:
    name = workspace.criteria.unused(category)
    session = workspace.teach.sessions.open(name, "oracle", "pick", category)["session"]
    token = workspace.teach.tokens.grant(session, "robot", "oracle")["token"]
    while workspace.teach.robot.answers(session)["answers"] == {}:
        time.sleep(0.05)
    robot = RobotClient(url, token, session)
    curve = play(
        robot,
        truth,
        category,
        n_picks=n_picks,
        seed=seed,
        frozen=lambda picked: without_learning(workspace, name, picked),
    )
    workspace.teach.sessions.step(session, "end", "oracle")
    return {"category": category, "session": session, "seed": seed, "curve": curve}


def without_learning(workspace: Workspace, criterion: str, picked: Sequence[str]) -> list[str]:
    """Items that the same rule takes in the frozen embedding."""
    shown = workspace.snapshot(criterion)
    ids = shown.space.item_ids
    position = {item: row for row, item in enumerate(ids)}
    base = np.asarray(shown.base)
    chosen, _ = judge_from(base, position, {"": list(picked)}, {}).judge(base)
    return [item for item, number in zip(ids, chosen, strict=True) if number == 0]


def _wait_until_ready(workspace: Workspace) -> None:
    criterion = workspace.criteria.all()[0]["name"]
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        status = workspace.status(criterion)
        if status["stage"] == "failed":
            raise CurationError(status["message"])
        if status["stage"] == "ready" and status["embedded"] == status["items"] > 0:
            return
        time.sleep(0.05)
    raise CurationError("The items were not embedded in an hour; run curation encode first.")


@contextmanager
def served(workspace: Workspace) -> Iterator[str]:
    """The workspace's HTTP API on this machine, without the page; its address."""
    import uvicorn

    from curation.http.app import create_app

    app = create_app(workspace)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    with socket.create_server((HOST, 0)) as bound:  # no other process can take the port meanwhile
        port = bound.getsockname()[1]
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [bound]}, name="http", daemon=True
        )
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise CurationError(f"No server could be started on port {port}; try again.")
                time.sleep(0.02)
            yield f"http://{HOST}:{port}"
        finally:
            server.should_exit = True
            thread.join()
