"""What is recorded of shown pairs, and what strategies are judged by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curation.criterion.losses import LossHistory
from curation.criterion.tally import Tally
from curation.decisions.shown import Outcome
from curation.types import Pair
from curation.workspace import Workspace

CRITERION = "belongs together"


def answer(workspace: Workspace, verdict: str, strategy: str = "knn_k", ms: int = 900) -> Pair:
    shown = workspace.review.next_proposals(CRITERION, "ann", 1, strategy=strategy)[0]
    workspace.review.decide(CRITERION, "ann", [{
        "a": shown.pair.a, "b": shown.pair.b, "verdict": verdict, "kind": shown.kind,
        "strategy": shown.strategy, "score": shown.score, "milliseconds": ms,
    }])  # fmt: skip
    return shown.pair


def row(workspace: Workspace, strategy: str = "knn_k") -> dict[str, Any]:
    found: dict[str, Any] = next(
        r for r in workspace.review.strategies(CRITERION) if r["id"] == strategy
    )
    return found


def test_every_shown_pair_is_recorded_with_its_rank_and_surprise(workspace: Workspace) -> None:
    owner = workspace.engine.criteria[CRITERION]
    shown = workspace.review.next_proposals(CRITERION, "ann", 2, strategy="knn_k")
    space = owner.showing.snapshot
    assert space is not None
    chance = space.probability(space.cosine(shown[0].pair.a, shown[0].pair.b))
    answer(workspace, "same")
    workspace.review.skip(CRITERION, "ann", "", shown[1].pair.a, shown[1].pair.b)
    first, second = workspace.log.shown(CRITERION)
    assert (first.rank, first.answer, first.milliseconds) == (1, "same", 900)
    assert first.information == pytest.approx(-math.log2(min(chance, 0.99)), abs=1e-6)
    assert (second.rank, second.answer, second.information) == (2, "skip", None)


def test_live_figures_of_a_strategy(workspace: Workspace) -> None:
    assert row(workspace)["shown"] == 0
    assert row(workspace)["accepted"] is None
    for verdict, ms in (("same", 500), ("different", 1500), ("unsure", 2500)):
        answer(workspace, verdict, ms=ms)
    found = row(workspace)
    assert (found["shown"], found["accepted"], found["seconds"]) == (3, 0.5, 1.5)
    assert found["information"] > 0


def test_a_gesture_and_a_repeated_answer_are_not_counted_again(workspace: Workspace) -> None:
    ids = [item.id for item in workspace.catalogue.items]
    workspace.groups.decide(CRITERION, "ann", ids[:3], "same")
    shown = workspace.review.next_proposals(CRITERION, "ann", 1)[0]
    given = {"id": "once", "a": shown.pair.a, "b": shown.pair.b, "verdict": "different",
             "kind": shown.kind, "strategy": shown.strategy, "score": shown.score}  # fmt: skip
    for _ in range(2):
        workspace.review.decide(CRITERION, "ann", [given])
    assert len(workspace.log.shown(CRITERION)) == 1


def test_figures_outlast_a_restart(workspace: Workspace, open_: Callable[..., Workspace]) -> None:
    for verdict in ("same", "different", "unsure"):
        answer(workspace, verdict)
    before = row(workspace)
    workspace.close()
    again = open_(workspace.paths.root)
    assert row(again) == before
    state = again.engine.criteria[CRITERION].asking.state()[0]
    assert state.acceptance == {"knn_k": (1, 2)}  # the band of sepp_band follows it
    assert state.information["knn_k"][1] == 2  # and the shares of the mix this
    assert state.information["knn_k"][0] == pytest.approx(2 * before["information"])


def test_figures_say_nothing_where_nothing_is_known() -> None:
    outcomes = [Outcome("a", "b", "s", 0.5, 1, 0, "r", "same", None, 0.044)]
    assert Tally(outcomes).row("s")["information"] == pytest.approx(0.044)
    assert Tally(outcomes).row("s")["seconds"] is None
    more = [Outcome("a", "c", "s", 0.5, 2, 0, "r", "different", None, 5.0),
            Outcome("a", "d", "s", 0.5, 3, 0, "r", "unsure", None, None)]  # fmt: skip
    expected: dict[str, Any] = {"s": (pytest.approx(5.044), 2)}
    assert Tally([*outcomes, *more]).information() == expected
    assert Tally().row("s")["accepted"] is None


def test_losses_follow_the_generations(workspace: Workspace) -> None:
    owner = workspace.engine.criteria[CRITERION]
    for verdict in ("same", "different", "different", "same"):
        answer(workspace, verdict, "random")
    state = owner.asking.state()[0]
    assert state.losses is None
    for _ in range(2):
        workspace.training.train_now(CRITERION)
    state = owner.asking.state()[0]
    assert state.losses is not None
    assert state.losses.shape == (4, 2)
    i, j = state.constraints.pairs.T
    same = state.constraints.verdicts == 0
    p = state.same_probability(state.similarity(i, j))
    expected = [-math.log(x if s else 1 - x) for x, s in zip(p, same, strict=True)]
    assert state.losses[:, -1].tolist() == pytest.approx(expected, abs=1e-3)
    assert state.rechecked is not None
    assert not state.rechecked.any()


def test_losses_outlast_a_restart(workspace: Workspace, open_: Callable[..., Workspace]) -> None:
    for verdict in ("same", "different", "different"):
        answer(workspace, verdict, "random")
        workspace.training.train_now(CRITERION)
    before = workspace.engine.criteria[CRITERION].asking.state()[0]
    workspace.close()
    again = open_(workspace.paths.root)
    after = again.engine.criteria[CRITERION].asking.state()[0]
    assert after.losses is not None
    assert after.losses.shape == (3, 3)
    np.testing.assert_array_equal(after.losses, before.losses)
    assert row(again, "dbpm_audit")["absent"] == ""


def test_no_history_without_answers(workspace: Workspace) -> None:
    owner = workspace.engine.criteria[CRITERION]
    history = LossHistory()
    snapshot = owner.showing.snapshot
    assert snapshot is not None
    history.note(snapshot, owner.answering.implications)
    pairs = owner.asking.state()[0].constraints.pairs
    assert history.matrix(snapshot.space.item_ids, pairs) is None
