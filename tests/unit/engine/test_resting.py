"""Ended sessions: what comes meanwhile costs nothing until somebody looks at one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Oracle, draw
from teachers import observed, pick_session
from waiting import until

from curation.items.source import open_source
from curation.workspace import Workspace

Open = Callable[..., Workspace]


@pytest.fixture
def ended(prepared_images: Path, drawn: Path, tmp_path: Path, open_: Open) -> Workspace:
    """A served workspace with one ended session, whose source is in ``tmp_path / "photos"``."""
    shutil.copytree(drawn, tmp_path / "photos")
    workspace = open_(shutil.copytree(prepared_images, tmp_path / "work"), inline=False)
    until(lambda: workspace.status("belongs together")["stage"] == "ready", "items are in")
    session = workspace.teach.sessions.open("bins", "ann", "sort")["session"]
    until(lambda: workspace.engine.criteria["bins"].showing.snapshot, "the session's space")
    item = workspace.catalogue.items[0].id
    observed(workspace, session, [item])
    workspace.teach.bins.pick(session, item, "ann", "left")
    workspace.teach.sessions.step(session, "end", "ann")
    return workspace


def projected(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The criteria whose spaces the worker is asked for from now on."""
    asked: list[str] = []
    submit = workspace.engine.backend.accelerator.submit

    def noted(name: str, arguments: dict[str, Any], *rest: Any) -> Any:
        if name == "project":
            asked.append(arguments["criterion"])
        return submit(name, arguments, *rest)

    monkeypatch.setattr(workspace.engine.backend.accelerator, "submit", noted)
    return asked


def test_new_items_reach_an_ended_session_when_it_is_looked_at(
    ended: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = projected(ended, monkeypatch)
    before = len(ended.catalogue.items)
    draw("disc", np.random.default_rng(1)).save(tmp_path / "photos" / "new.png")
    ended.items.take_in(open_source(tmp_path / "photos"))
    until(lambda: ended.status("belongs together")["embedded"] == before + 1, "the new item")
    assert set(asked) == {"belongs together"}
    bins = ended.engine.criteria["bins"]
    assert bins.showing.snapshot is not None
    assert bins.showing.snapshot.n_items == before
    until(lambda: ended.status("bins")["embedded"] == before + 1, "the status")
    assert set(asked) == {"belongs together", "bins"}


def test_an_ended_session_is_shown_after_a_restart_when_it_is_looked_at(
    ended: Workspace, open_: Open
) -> None:
    ended.close()
    again = open_(ended.paths.root, inline=False)
    bins = again.engine.criteria["bins"]
    until(lambda: again.engine.criteria["belongs together"].showing.snapshot, "the others")
    assert bins.showing.snapshot is None
    again.teach.sessions.state("bins")
    until(lambda: bins.showing.snapshot, "the session's space")


def test_an_ended_session_learns_its_last_picks_and_then_only_from_pair_review(
    workspace: Workspace, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, members = pick_session(workspace, oracle)
    retrainer, threes = workspace.engine.retrainer, workspace.engine.criteria["threes"]
    jobs: list[str] = []
    submit = workspace.engine.backend.accelerator.submit

    def noted(name: str, *given: Any) -> Any:
        jobs.append(name)
        return submit(name, *given)

    monkeypatch.setattr(workspace.engine.backend.accelerator, "submit", noted)
    workspace.teach.sessions.step(session, "end", "ann")
    assert threes.retraining.due(1e12)
    retrainer.train(threes)
    assert "teach" in jobs
    assert not threes.retraining.due(1e12)
    other = oracle.members(workspace, "5")[0]
    told = {"a": members[0], "b": other, "verdict": "different"}
    workspace.review.decide("threes", "ann", [told])
    assert threes.retraining.due(1e12)
    assert "train" not in jobs
    retrainer.train(threes)
    assert "train" in jobs
