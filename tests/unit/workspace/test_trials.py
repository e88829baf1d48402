"""A trial: another objective's generation beside the one in use, and the maps of both."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Oracle

from curation.engine.reactions import Reactions
from curation.errors import TrainingError
from curation.worker.client import InlineWorker
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


def number(workspace: Workspace) -> int:
    return int(workspace.status(CRITERION)["generation"])


def test_another_objective_is_tried_beside(trained: Workspace) -> None:
    current = number(trained)
    before = trained.training.generations(CRITERION)[0]
    assert trained.training.trial(CRITERION) is None
    assert trained.training.try_objective(CRITERION, "simclr")["started"]
    trial = trained.training.trial(CRITERION)
    assert trial is not None
    assert [side["number"] for side in trial["sides"]] == [current, current + 1]
    assert [side["objective"] for side in trial["sides"]] == [before["objective"], "simclr"]
    assert [side["decisions"] for side in trial["sides"]] == [before["decisions"]] * 2
    assert (number(trained), trained.status(CRITERION)["offer"]) == (current, None)
    made = trained.training.generations(CRITERION)[0]
    assert (made["rival"], made["parent"]) == (current, before["parent"])
    assert made["log_position"] == before["log_position"]
    assert (made["trial"], trained.status(CRITERION)["latest"]) == (True, current)
    trained.training.restore(CRITERION, made["number"])
    assert number(trained) == made["number"] == trained.status(CRITERION)["latest"]
    trained.training.resume(CRITERION)
    trained.training.train_now(CRITERION)
    assert [row["trial"] for row in trained.training.generations(CRITERION)[:2]] == [False, False]


def test_a_trial_learns_as_many_decisions_as_its_rival(
    trained: Workspace, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    retraining = trained.engine.criteria[CRITERION].retraining
    start = retraining.start

    def started(position: int, decisions: int, trial: str | None = None) -> Any:
        told.append(decisions)
        return start(position, decisions, trial)

    monkeypatch.setattr(retraining, "start", started)
    learnt = trained.training.generations(CRITERION)[0]["decisions"]
    oracle.answer(trained, 3)
    trained.training.try_objective(CRITERION, "simclr")
    assert told == [learnt] == [trained.training.generations(CRITERION)[0]["decisions"]]
    assert trained.status(CRITERION)["trial"]["since"] == 3


def test_only_the_objective_of_a_trial_differs(trained: Workspace) -> None:
    """A trial of the rival's own objective is the rival again, and so is one beside that trial."""
    own = trained.training.generations(CRITERION)[0]["objective"]
    owner = trained.engine.criteria[CRITERION]
    spaces: list[Any] = [owner.generations.newest(number(trained), "vectors")]
    for _ in range(2):
        trained.training.try_objective(CRITERION, own)
        trained.training.restore(CRITERION, trained.status(CRITERION)["trial"]["number"])
        spaces.append(owner.generations.newest(number(trained), "vectors"))
    assert np.array_equal(spaces[0], spaces[1])
    assert np.array_equal(spaces[0], spaces[2])


def test_a_trial_is_remembered_and_is_no_offer(
    trained: Workspace, open_: Open, tmp_path: Path
) -> None:
    current = number(trained)
    trained.training.try_objective(CRITERION, "supcon")
    folder = trained.paths.root
    trained.close()
    with open_(folder, inline=True) as again:
        assert (number(again), again.status(CRITERION)["offer"]) == (current, None)
        assert again.status(CRITERION)["trial"]["number"] == current + 1
        trial = again.training.trial(CRITERION)
        assert trial is not None
        assert trial["sides"][1]["objective"] == "supcon"


class Waiting(InlineWorker):
    """Draws maps one by one, when the test says so."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, dict[str, Any], Future[Any]]] = []

    @property
    def asked(self) -> list[int]:
        return [arguments["number"] for _, arguments, _ in self.orders]

    def submit(self, name: str, arguments: dict[str, Any], _: Any = None) -> Future[Any]:
        self.orders.append((name, arguments, Future()))
        return self.orders[-1][2]

    def finish(self, error: Exception | None = None) -> None:
        name, arguments, future = self.orders.pop(0)
        if error is None:
            future.set_result(super().submit(name, arguments).result())
        else:
            future.set_exception(error)


class AtOnce(Reactions):
    """Reacts like a server, but in the calling thread."""

    def run(self, step: Callable[[], None], tell: Any = None) -> None:  # noqa: ARG002
        step()


@pytest.fixture
def maps(trained: Workspace, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """Have the server of ``trained`` draw maps, and react to them at once."""
    waiting, engine = Waiting(), trained.engine
    backend = replace(engine.backend, mapper=waiting, reactions=AtOnce(inline=False))
    for part in (engine.maps, engine.projecting, engine.retrainer):
        monkeypatch.setattr(part, "_backend", backend)
    return waiting


def maps_there(workspace: Workspace) -> list[bool]:
    trial = workspace.training.trial(CRITERION)
    assert trial is not None
    assert trial["drawing"] == workspace.status(CRITERION)["trial"]["drawing"]
    assert (trial["colours"] is not None) == any(side["places"] for side in trial["sides"])
    return [side["places"] is not None for side in trial["sides"]]


def test_the_maps_of_both_sides_are_drawn_once_and_shown_as_they_come(
    trained: Workspace, maps: Waiting
) -> None:
    trained.training.try_objective(CRITERION, "supcon")
    assert maps_there(trained) == [False, False]
    assert maps.asked == [1, 2] == trained.status(CRITERION)["trial"]["drawing"]
    version = trained.status(CRITERION)["version"]
    maps.finish()
    assert maps_there(trained) == [True, False]
    assert (maps.asked, trained.status(CRITERION)["map_generation"]) == ([2], 1)
    assert trained.status(CRITERION)["version"] > version
    maps.finish()
    assert maps_there(trained) == [True, True]
    assert (maps.asked, trained.status(CRITERION)["map_generation"]) == ([], 1)


def test_maps_that_a_stop_kept_back_are_drawn_after_the_next_start_and_by_no_look(
    trained: Workspace, maps: Waiting
) -> None:
    trained.training.try_objective(CRITERION, "supcon")
    owner = trained.engine.criteria[CRITERION]
    owner.showing._drawing.clear()
    owner.showing._drawn_to_compare.clear()
    maps.orders = []
    assert maps_there(trained) == [False, False]
    assert maps.asked == trained.status(CRITERION)["trial"]["drawing"] == []
    trained.engine.projecting.show_known()
    assert maps.asked == trained.status(CRITERION)["trial"]["drawing"] == [1, 2]


def test_a_map_that_fails_is_not_asked_for_again(trained: Workspace, maps: Waiting) -> None:
    trained.training.try_objective(CRITERION, "supcon")
    maps.finish()
    maps.finish(TrainingError("no memory"))
    assert maps_there(trained) == [True, False]
    assert maps.asked == trained.status(CRITERION)["trial"]["drawing"] == []


def test_a_trial_chosen_while_its_map_is_drawn_is_drawn_once(
    trained: Workspace, maps: Waiting
) -> None:
    trained.training.try_objective(CRITERION, "supcon")
    trained.training.restore(CRITERION, 2)
    assert maps.asked == [1, 2]
    maps.finish()
    maps.finish()
    assert (maps.asked, trained.status(CRITERION)["map_generation"]) == ([], 2)
