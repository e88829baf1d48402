"""A camera's frames as items of a session."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import draw

from curation.workspace import Workspace
from curation.workspace.teach import camera


def frame(shape: str, seed: int = 97) -> np.ndarray:
    return np.asarray(draw(shape, np.random.default_rng(seed)).convert("RGB"))


@pytest.fixture
def session(image_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(camera, "EVERY_SECONDS", 0.0)
    return str(image_workspace.teach.sessions.open("camera", "ann", "sort")["session"])


def test_a_frame_becomes_an_item_once(image_workspace: Workspace, session: str) -> None:
    before = len(image_workspace.catalogue.items)
    disc = frame("disc")
    noise = np.random.default_rng(0).integers(0, 4, disc.shape, np.uint8)
    seen = image_workspace.teach.camera.observe(session, disc)
    assert image_workspace.teach.camera.observe(session, np.minimum(disc, 250) + noise) is None
    other = image_workspace.teach.camera.observe(session, 255 - disc)
    assert seen is not None
    assert other is not None
    assert seen["item"] != other["item"]
    assert len(image_workspace.catalogue.items) == before + 2
    assert image_workspace.teach.sessions.state(session)["observed"] == 2
    assert image_workspace.teach.bins.pick(session, seen["item"], "ann", "round")["bin"] == "round"


def test_frames_come_at_a_modest_rate(
    image_workspace: Workspace, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "EVERY_SECONDS", 3600.0)
    assert image_workspace.teach.camera.observe(session, frame("disc"))
    assert image_workspace.teach.camera.observe(session, 255 - frame("disc")) is None


def test_a_session_that_is_not_active_looks_at_nothing(
    image_workspace: Workspace, session: str
) -> None:
    image_workspace.teach.sessions.step(session, "pause", "ann")
    assert image_workspace.teach.camera.observe(session, frame("disc")) is None
    image_workspace.teach.sessions.step(session, "resume", "ann")
    assert image_workspace.teach.camera.observe(session, frame("disc"))


def test_a_frame_that_came_while_busy_is_looked_at_again(
    image_workspace: Workspace, session: str
) -> None:
    taken = image_workspace.teach.robot._images._places
    while taken.acquire(blocking=False):
        pass
    assert image_workspace.teach.camera.observe(session, frame("disc")) is None
    taken.release()
    assert image_workspace.teach.camera.observe(session, frame("disc"))
