"""The predicted grouping and the moves, made by a real worker process beside requests."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Oracle
from waiting import until

from curation.errors import TrainingError
from curation.learning.grouping import Grouping, predict_groups
from curation.paths import Paths
from curation.settings import SEED
from curation.spaces.generations import GenerationStore
from curation.types import IndexArray
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


@pytest.fixture
def served(prepared_trained: Path, tmp_path: Path, open_: Open) -> Workspace:
    """The trained digits with worker processes and a map, never trained by themselves."""
    folder = shutil.copytree(prepared_trained, tmp_path / "work")
    places = np.random.default_rng(0).random((150, 2), np.float32)
    GenerationStore(Paths(folder).generations(CRITERION)).extend(1, {"layout": places})
    workspace = open_(folder, inline=False)
    workspace.criteria.configure(CRITERION, {"every_decisions": 10**9, "idle_seconds": 1e9})
    until(lambda: workspace.status(CRITERION)["stage"] == "ready", "items are in")
    until(lambda: workspace.engine.criteria[CRITERION].asking._pools, "queues")
    return workspace


class Stopped:
    """The worker's process, stopped: it takes jobs and makes nothing of them."""

    def __init__(self, workspace: Workspace) -> None:
        self.pid = workspace.engine.backend.accelerator.pid

    def __enter__(self) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def jobs(served: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What becomes of the worker's jobs, in turn: (name, "begun" or "ended")."""
    seen: list[tuple[str, str]] = []
    submit = served.engine.backend.accelerator.submit

    def noted(name: str, *given: Any) -> Any:
        seen.append((name, "begun"))
        future = submit(name, *given)
        future.add_done_callback(lambda _: seen.append((name, "ended")))
        return future

    monkeypatch.setattr(served.engine.backend.accelerator, "submit", noted)
    return seen


def version(workspace: Workspace) -> int:
    return int(workspace.status(CRITERION)["version"])


def direct(workspace: Workspace, k: int | None = None) -> Grouping:
    """The grouping as this process makes it."""
    shown = workspace.snapshot(CRITERION)
    return predict_groups(
        shown.space.vectors, shown.constraints, k, SEED, shown.neighbours, shown.base
    )


def test_a_grouping_is_pending_until_it_arrives_and_the_page_hears_of_it(
    served: Workspace, oracle: Oracle, jobs: list[tuple[str, str]]
) -> None:
    with Stopped(served):
        first = served.predicted.groups(CRITERION)
        colours = served.map.colours(CRITERION, "predicted")
        sureness = served.map.colours(CRITERION, "sureness")
        before = version(served)
    assert (first["pending"], first["groups"], first["generation"]) == (True, [], None)
    assert (colours["pending"], set(colours["values"]), colours["names"]) == (True, {-1}, [])
    assert (sureness["pending"], set(sureness["values"])) == (True, {None})
    until(lambda: not served.predicted.groups(CRITERION)["pending"], "the grouping")
    until(lambda: version(served) > before, "the page hears of the grouping")
    there = served.predicted.groups(CRITERION)
    assert there["generation"] == 1
    assert sum(group["size"] for group in there["groups"]) == len(served.catalogue.items)
    assert not served.map.colours(CRITERION, "predicted")["pending"]
    assert jobs == [("group", "begun"), ("group", "ended")]

    oracle.answer(served, 1)
    with Stopped(served):
        older = served.predicted.groups(CRITERION)
        assert older == {**there, "pending": True}
        assert not served.map.colours(CRITERION, "predicted")["pending"]  # of this generation
    until(lambda: not served.predicted.groups(CRITERION)["pending"], "the grouping by all answers")


def test_the_grouping_of_the_worker_is_the_one_of_this_process(
    served: Workspace, oracle: Oracle
) -> None:
    oracle.answer(served, 5)
    for k in (None, 7):
        made, plain = served.predicted.grouping(CRITERION, k), direct(served, k)
        assert made.n_groups == plain.n_groups
        np.testing.assert_array_equal(made.labels, plain.labels)
        np.testing.assert_allclose(made.probabilities, plain.probabilities, atol=1e-4)


def test_moves_are_those_between_the_first_space_and_this_one(served: Workspace) -> None:
    with Stopped(served):
        pending = served.map.colours(CRITERION, "moved")
        before = version(served)
    assert (pending["kind"], pending["pending"]) == ("number", True)
    assert set(pending["values"]) == {None}
    told = until(
        lambda: not (found := served.map.colours(CRITERION, "moved"))["pending"] and found,
        "the moves",
    )
    until(lambda: version(served) > before, "the page hears of the moves")
    shown = served.snapshot(CRITERION)
    near = [nearest_by_loops(np.asarray(vectors)) for vectors in (shown.base, shown.space.vectors)]
    naive = [1 - len({*a} & {*b}) / 10 for a, b in zip(*near, strict=True)]
    rows = [shown.space.item_ids.index(item) for item in served.map.points(CRITERION)["ids"]]
    assert told["values"] == pytest.approx([naive[row] for row in rows], abs=1e-3)
    assert len(set(told["values"])) > 2


def test_moves_are_found_where_the_first_space_lacks_items(trained: Workspace) -> None:
    plain = trained.map.colours(CRITERION, "moved")
    generations = trained.engine.criteria[CRITERION].generations
    generations.thin(0)
    trained.engine.derived.moves._made.clear()
    assert trained.map.colours(CRITERION, "moved") == plain


def test_the_files_of_what_is_shown_stay_while_another_generation_is_made(
    served: Workspace,
) -> None:
    criterion = served.engine.criteria[CRITERION]
    generations = criterion.generations
    vectors, near = generations.array(1, "vectors", 150), generations.neighbours(1, 150)
    assert vectors is not None
    assert near is not None
    arrays = {"vectors": vectors, "neighbours": near.indices, "similarities": near.similarities}
    for number in range(2, 6):
        made = replace(generations.read(1), number=number)
        generations.write(made, arrays, generations.adapter(1))
    served.training.restore(CRITERION, 2)
    assert served.status(CRITERION)["generation"] == 2
    generations.thin(1)
    with Stopped(served):
        served.training.restore(CRITERION, 1)  # has to be made again
        shown = criterion.showing.snapshot
        assert shown is not None
        assert shown.generation.number == 2
        assert generations.array(2, "vectors", 150) is not None


def nearest_by_loops(vectors: Any) -> IndexArray:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :10]


def test_many_requests_at_once_have_it_made_once(
    served: Workspace, oracle: Oracle, jobs: list[tuple[str, str]]
) -> None:
    with Stopped(served):
        asking = [
            threading.Thread(target=served.predicted.groups, args=(CRITERION, k))
            for k in (None, 4, None, 4, None, 4)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        oracle.answer(served, 1)
        served.predicted.groups(CRITERION)
    until(lambda: not served.predicted.groups(CRITERION, 4)["pending"], "four groups")
    until(lambda: not served.predicted.groups(CRITERION)["pending"], "as many as there seem to be")
    made = [what for name, what in jobs if name == "group"]
    assert made == ["begun", "ended"] * (len(made) // 2)  # never two at once
    assert len(made) // 2 <= 5


def trial(workspace: Workspace) -> dict[str, Any]:
    found = workspace.training.trial(CRITERION)
    assert found is not None
    return found


def test_a_trial_is_coloured_when_the_grouping_is_there(served: Workspace) -> None:
    served.training.try_objective(CRITERION, "supcon")
    until(lambda: served.training.trial(CRITERION), "a trial")
    with Stopped(served):
        served.engine.derived.groupings._made.clear()
        colours = trial(served)["colours"]
    assert (colours["pending"], set(colours["values"])) == (True, {-1})
    until(lambda: not trial(served)["colours"]["pending"], "colours")
    there = trial(served)["colours"]
    assert len(there["values"]) == len(trial(served)["sides"][0]["places"][0])
    assert min(there["values"]) >= 0


def test_an_export_has_the_grouping_by_all_answers(served: Workspace, oracle: Oracle) -> None:
    served.predicted.grouping(CRITERION)
    oracle.answer(served, 3)
    done = served.exports.write(CRITERION, "groups", "csv")
    assert done["manifest"]["log_position"] == served.log.position(CRITERION)
    assert not served.predicted.groups(CRITERION)["pending"]


def test_a_grouping_that_fails_says_why(served: Workspace, tmp_path: Path) -> None:
    served.predicted.grouping(CRITERION)
    folder = served.paths.generations(CRITERION) / "1"
    (file,) = folder.glob("neighbours-*.npy")
    file.rename(tmp_path / "away")
    before = version(served)
    with Stopped(served):
        assert served.predicted.groups(CRITERION, 6)["pending"]
    with pytest.raises(TrainingError, match="no space for 150 items"):
        until(lambda: not served.predicted.groups(CRITERION, 6)["pending"], "the failure")
    until(lambda: version(served) > before, "the page hears of it")


def test_what_more_items_have_overtaken_is_pending_and_not_an_error(served: Workspace) -> None:
    generations = GenerationStore(served.paths.generations(CRITERION))
    with Stopped(served):
        assert served.map.colours(CRITERION, "moved")["pending"]
        assert served.predicted.groups(CRITERION)["pending"]
        vectors, near = generations.array(1, "vectors", 150), generations.neighbours(1, 150)
        assert vectors is not None
        assert near is not None
        more = {"vectors": vectors, "neighbours": near.indices, "similarities": near.similarities}
        grown = {name: np.concatenate([array, array[:1]]) for name, array in more.items()}
        generations.extend(1, grown)
        generations.prune(1, 151)
    until(lambda: not served.engine.derived.moves._orders, "the worker saw that it is gone")
    until(lambda: not served.engine.derived.groupings._orders, "the worker saw that it is gone")
    assert served.map.colours(CRITERION, "moved")["pending"]
    assert served.predicted.groups(CRITERION)["pending"]


def test_a_kill_of_the_worker_makes_the_grouping_late_not_lost(served: Workspace) -> None:
    with Stopped(served):
        assert served.predicted.groups(CRITERION)["pending"]
        pid = served.engine.backend.accelerator.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    until(lambda: not served.predicted.groups(CRITERION)["pending"], "the grouping after a kill")
