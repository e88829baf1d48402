"""With worker processes and threads, as the server runs it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Oracle
from waiting import until

from curation.errors import CurationError
from curation.worker.client import WorkerError
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


def threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name not in ("MainThread", "asyncio_0")}


@pytest.mark.parametrize("pause", [0.0, 0.4])
def test_closing_while_items_come_in_leaves_nothing_running(
    images: Path, tmp_path: Path, open_: Open, pause: float
) -> None:
    before = threads()
    workspace = open_(tmp_path / "work", source=images, inline=False)
    time.sleep(pause)
    workspace.close()
    assert threads() - before == set()
    with pytest.raises(WorkerError, match="closed"):
        workspace.engine.backend.accelerator.submit("query", {})
    again = open_(tmp_path / "work", inline=True)
    assert again.status(CRITERION)["embedded"] == 48


def test_a_step_that_meets_the_closing_ends_quietly(
    prepared_digits: Path,
    tmp_path: Path,
    open_: Open,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    workspace = open_(shutil.copytree(prepared_digits, tmp_path / "work"), inline=False)
    mapper, later = workspace.engine.backend.mapper, workspace.engine.backend.reactions.run
    closed, met = threading.Event(), threading.Event()
    plain_close = mapper.close

    def close() -> None:
        plain_close()
        closed.set()

    def step() -> None:
        assert closed.wait(60)
        met.set()
        mapper.submit("map", {})

    monkeypatch.setattr(mapper, "close", close)
    later(step)
    workspace.close()
    assert met.is_set()
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_from_pictures_to_a_generation_beside_the_review(
    prepared_images: Path, tmp_path: Path, open_: Open, oracle: Oracle
) -> None:
    workspace = open_(shutil.copytree(prepared_images, tmp_path / "work"), inline=False)

    def status() -> Any:
        return workspace.status(CRITERION, "ann")

    until(lambda: status()["stage"] == "ready", "items are in")
    until(lambda: status()["counts"]["positive"], "queues are counted")
    held = workspace.review.next_proposals(CRITERION, "bob", 3, tab="b")
    answered = {one.pair for one in oracle.answer(workspace, 12, tab="a")}
    until(lambda: status()["generation"] == 1, "a generation")
    done = until(lambda: status()["training"] is None and status(), "the run has ended")
    assert done["generation_decisions"] >= 10
    owner = workspace.engine.criteria[CRITERION]
    again = {p.pair for p in workspace.review.next_proposals(CRITERION, "bob", 3, tab="b")}
    assert {p.pair for p in held if not owner.asking.closed(p)} <= again
    fresh = workspace.review.next_proposals(CRITERION, "ann", 30, tab="a")
    assert fresh
    assert not {p.pair for p in fresh} & answered
    file = workspace.items.file(workspace.catalogue.items[0])
    assert file is not None
    assert len(workspace.search.by_image(CRITERION, file.read_bytes(), k=2)["tiles"]) == 2


def test_a_source_without_a_readable_image_is_told_by_the_status(
    tmp_path: Path, open_: Open, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.png").write_bytes(b"\x89PNG")
    workspace = open_(source=tmp_path / "broken", inline=False)
    until(lambda: workspace.status(CRITERION)["stage"] == "failed", "the intake has failed")
    assert "No readable image" in workspace.status(CRITERION)["message"]
    until(lambda: "failed: No readable image" in caplog.text, "the terminal tells it too", 10)
    assert caplog.text.count("No readable image") == 1
    cards = workspace.review.cards(CRITERION, "ann", "t", 1)
    assert cards["cards"] == []
    with pytest.raises(CurationError, match="No space yet"):
        workspace.review.next_proposals(CRITERION, "ann")


def test_an_encoder_that_does_not_load_is_told_by_the_status(
    images: Path, tmp_path: Path, open_: Open
) -> None:
    workspace = open_(source=images, encoder="timm:resnet_10", inline=False)
    until(lambda: workspace.status(CRITERION)["stage"] == "failed", "the intake has failed")
    assert "resnet10t" in workspace.status(CRITERION)["message"]
