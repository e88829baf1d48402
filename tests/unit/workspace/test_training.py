from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Oracle
from safetensors.numpy import load_file

from curation.decisions import closure
from curation.errors import CurationError, TrainingError, UnknownName
from curation.paths import Paths
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.types import Generation
from curation.worker import training
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]
BEHIND = {
    "adopt": False,
    "auc": {"value": 0.6, "low": 0.5, "high": 0.7, "n": 30},
    "auc_before": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 30},
}


def number(workspace: Workspace) -> int:
    return int(workspace.status(CRITERION)["generation"])


def made_up_training(monkeypatch: pytest.MonkeyPatch, metrics: dict[str, Any]) -> None:
    """Train without training: a copy of the parent's space with given figures."""

    def train(**given: Any) -> Any:
        owner = GenerationStore(Paths(Path(given["root"])).generations(given["criterion"]))
        parent = owner.read(given["parent"])
        n = len(shelf.open_store(Paths(Path(given["root"])).store(given["fingerprint"])))
        arrays = {}
        for name in ("vectors", "neighbours", "similarities"):
            array = owner.array(given["parent"], name, n)
            assert array is not None
            arrays[name] = array
        yield {"progress": 0.5}
        made = Generation(
            **{
                **asdict(parent),
                "number": given["number"],
                "parent": given["parent"],
                "log_position": given["log_position"],
                "metrics": metrics,
            }
        )
        owner.write(made, arrays)
        return {"number": given["number"], "n_items": n, "metrics": metrics}

    monkeypatch.setattr(training, "train", train)


# --- a generation --------------------------------------------------------------------------


def test_training_makes_and_shows_a_generation(trained: Workspace) -> None:
    newest, first = trained.training.generations(CRITERION)
    assert (newest["number"], newest["parent"], first["parent"]) == (1, 0, None)
    assert newest["current"]
    assert newest["log_position"] == trained.log.position(CRITERION)
    assert newest["decisions"] == 40
    status = trained.status(CRITERION)
    assert (status["generation"], status["generation_decisions"], status["latest"]) == (1, 40, 1)
    assert status["new_decisions"] == 0
    assert status["training"] is None
    json.dumps(status)
    json.dumps(trained.overview())
    view = trained.snapshot(CRITERION)
    assert view.generation.number == 1
    np.testing.assert_allclose(np.linalg.norm(view.space.vectors, axis=1), 1, atol=1e-4)
    before = view.base @ view.base.T
    assert not np.allclose(view.space.vectors @ view.space.vectors.T, before, atol=1e-3)


def test_the_same_log_gives_the_same_generations(
    prepared_digits: Path, tmp_path: Path, open_: Open, oracle: Oracle
) -> None:
    chain = []
    for name in ("one", "two"):
        workspace = open_(shutil.copytree(prepared_digits, tmp_path / name))
        for run in range(2):
            workspace.review.take_decisions(
                CRITERION, "f", written(workspace, oracle, tmp_path, run)
            )
            workspace.training.train_now(CRITERION)
        owner = workspace.engine.criteria[CRITERION]
        weights = [
            {name: tensor.tobytes() for name, tensor in load_file(file).items()}
            for file in map(owner.generations.adapter, (1, 2))
            if file is not None
        ]
        chain.append(
            (
                [row["log_position"] for row in workspace.training.generations(CRITERION)],
                weights,
                workspace.snapshot(CRITERION).space.vectors.tobytes(),
            )
        )
        workspace.close()
    assert len(chain[0][1]) == 2
    assert chain[0] == chain[1]


def written(workspace: Workspace, oracle: Oracle, folder: Path, run: int) -> Path:
    """A file of 15 true answers, the same for every workspace of the digits."""
    items = workspace.catalogue.items
    rng = np.random.default_rng(run)
    rows = ["a,b,verdict,id"]
    for place in range(15):
        a, b = (items[int(row)] for row in rng.choice(len(items), 2, replace=False))
        same = a.attributes["folder"] == b.attributes["folder"]
        rows.append(f"{a.id},{b.id},{'same' if same else 'different'},d{run}-{place}")
    file = folder / f"answers-{run}.csv"
    file.write_text("\n".join(rows))
    return file


def test_held_out_answers_are_not_learnt_but_measured(
    workspace: Workspace, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = workspace.catalogue.items
    pairs = [(a, b) for i, a in enumerate(items[:40]) for b in items[i + 1 : 40]]
    held = [(a, b) for a, b in pairs if closure.held_out(jobs_pair(a.id, b.id))]
    assert 0.04 * len(pairs) < len(held) < 0.2 * len(pairs)
    given = [
        {
            "a": a.id,
            "b": b.id,
            "strategy": "random",
            "verdict": oracle.verdict(workspace, jobs_pair(a.id, b.id)),
        }
        for a, b in held
    ]
    workspace.review.decide(CRITERION, "ann", given)
    oracle.answer(workspace, 5)
    learnt, measured = closure.split(workspace.log.effective(CRITERION))
    assert measured
    assert not {one.pair for one in learnt} & {jobs_pair(a.id, b.id) for a, b in held}
    workspace.training.train_now(CRITERION)
    auc = workspace.status(CRITERION)["auc"]
    if auc is not None:
        assert 0 <= auc["low"] <= auc["value"] <= auc["high"] <= 1
        assert auc["n"] == len(measured)


def jobs_pair(a: str, b: str) -> Any:
    from curation.types import Pair

    return Pair.of(a, b)


def test_nothing_to_train_on(workspace: Workspace) -> None:
    with pytest.raises(TrainingError, match="answer a few pairs"):
        workspace.training.train(CRITERION)
    with pytest.raises(UnknownName):
        workspace.training.train_now(CRITERION, "none")
    assert workspace.status(CRITERION)["training"] is None


def test_a_failed_run_says_why_and_review_goes_on(
    workspace: Workspace, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> Any:
        yield {"progress": 0.1}
        raise TrainingError("the loss is not finite")

    monkeypatch.setattr(training, "train", fails)
    oracle.answer(workspace, 2)
    with pytest.raises(TrainingError, match="not finite"):
        workspace.training.train_now(CRITERION)
    status = workspace.status(CRITERION)
    assert status["training"] is None
    assert "not finite" in status["worker"]["message"]
    assert oracle.answer(workspace, 2)
    assert number(workspace) == 0


# --- which generation is shown -------------------------------------------------------------


def test_restore_pins_and_resume_lets_training_go_on(trained: Workspace, open_: Open) -> None:
    with pytest.raises(TrainingError, match=r"No generation 7; there are 0, 1"):
        trained.training.restore(CRITERION, 7)
    assert trained.training.restore(CRITERION, 0) == {"generation": 0, "pinned": True}
    assert number(trained) == 0
    owner = trained.engine.criteria[CRITERION]
    a, b, c = (item.id for item in trained.catalogue.items[:3])
    trained.criteria.configure(CRITERION, {"every_decisions": 1})
    trained.review.decide(CRITERION, "ann", [{"a": a, "b": b, "verdict": "unsure"}])
    assert not owner.retraining.due(0)
    folder = trained.paths.root
    trained.close()
    again = open_(folder)
    owner = again.engine.criteria[CRITERION]
    assert again.status(CRITERION)["pinned"]
    assert number(again) == 0
    assert not owner.retraining.due(0)
    assert again.training.resume(CRITERION) == {"generation": 0, "pinned": False}
    again.review.decide(CRITERION, "ann", [{"a": a, "b": c, "verdict": "unsure"}])
    assert owner.retraining.due(0)


def test_a_run_that_ends_after_a_restore_does_not_lift_the_pin(
    trained: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_training(monkeypatch, {"adopt": True})
    train = training.train

    def restored_meanwhile(**given: Any) -> Any:
        yield {"progress": 0.5}
        trained.training.restore(CRITERION, 0)
        return (yield from train(**given))

    monkeypatch.setattr(training, "train", restored_meanwhile)
    assert trained.training.train_now(CRITERION) == 2
    assert number(trained) == 0
    assert trained.status(CRITERION)["pinned"]
    assert trained.status(CRITERION)["offer"] is None


def test_asking_for_training_lifts_the_pin(
    trained: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_training(monkeypatch, {"adopt": True})
    trained.training.restore(CRITERION, 0)
    assert trained.training.train_now(CRITERION) == 2
    assert number(trained) == 2
    assert not trained.status(CRITERION)["pinned"]
    assert trained.training.generations(CRITERION)[0]["parent"] == 0


@pytest.mark.parametrize("accept", [True, False])
def test_a_generation_that_fell_behind_is_offered(
    trained: Workspace, monkeypatch: pytest.MonkeyPatch, accept: bool
) -> None:
    made_up_training(monkeypatch, BEHIND)
    with pytest.raises(CurationError, match="no generation on offer"):
        trained.training.accept_offer(CRITERION, True)
    trained.training.train_now(CRITERION)
    assert number(trained) == 1
    status = trained.status(CRITERION)
    assert status["offer"] == {
        "generation": 2,
        "auc": 0.6,
        "low": 0.8,
        "high": 0.95,
        "current_auc": 0.9,
    }
    owner = trained.engine.criteria[CRITERION]
    trained.criteria.configure(CRITERION, {"every_decisions": 1})
    a, b = (item.id for item in trained.catalogue.items[:2])
    trained.review.decide(CRITERION, "ann", [{"a": a, "b": b, "verdict": "unsure"}])
    assert owner.retraining.due(0)  # training goes on meanwhile
    assert trained.training.accept_offer(CRITERION, accept) == {"generation": 2 if accept else 1}
    assert trained.status(CRITERION)["offer"] is None
    assert number(trained) == (2 if accept else 1)
    assert owner.retraining.due(0)


def test_due_after_enough_answers_or_a_pause(workspace: Workspace, oracle: Oracle) -> None:
    owner = workspace.engine.criteria[CRITERION]
    workspace.criteria.configure(CRITERION, {"every_decisions": 100, "idle_seconds": 5})
    assert not owner.retraining.due(1e12)
    oracle.answer(workspace, 3)
    last = owner.answering.pace.last_answer
    assert not owner.retraining.due(last + 4)
    assert owner.retraining.due(last + 6)
    workspace.criteria.configure(CRITERION, {"every_decisions": 3})
    assert owner.retraining.due(last)


def test_a_restart_trains_what_no_shown_generation_has_learnt(
    trained: Workspace, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained.paths.root
    owner = trained.engine.criteria[CRITERION]
    a, b = (item.id for item in trained.catalogue.items[:2])
    trained.review.decide(CRITERION, "ann", [{"a": a, "b": b, "verdict": "unsure"}])
    # a kill between the generation and its adoption
    made_up_training(monkeypatch, {"adopt": True})
    monkeypatch.setattr(owner.retraining, "adopt_if", lambda *_: False)
    trained.training.train_now(CRITERION)
    assert owner.generations.latest() == 2
    trained.close()
    again = open_(folder)
    assert number(again) == 1
    assert again.engine.criteria[CRITERION].retraining.due(1e12)
    assert again.training.train_now(CRITERION) == 3
    assert number(again) == 3


def test_what_an_objective_lacks_is_told_before_training(workspace: Workspace) -> None:
    with pytest.raises(TrainingError, match=r"'clip' needs .*text"):
        workspace.criteria.configure(CRITERION, {"objective": "clip"})
    with pytest.raises(TrainingError, match=r"'cpc' needs .*order of time"):
        workspace.training.train(CRITERION, objective="cpc")
    with pytest.raises(TrainingError, match="answer a few pairs"):
        workspace.training.try_objective(CRITERION, "supcon")
