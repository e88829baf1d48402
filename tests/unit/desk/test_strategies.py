"""Strategies in a workspace: attributes they read, needs that are absent, audits they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.errors import ProposalError, UnknownName
from curation.workspace import Workspace, open_workspace

CRITERION = "belongs together"


def folder_of(workspace: Workspace, item: str) -> str:
    return str(workspace.item(item).attributes["folder"])


def test_the_telling_attribute_is_a_setting(drawn: Path, tmp_path: Path) -> None:
    with open_workspace(tmp_path / "w", source=drawn, inline=True) as workspace:
        with pytest.raises(ProposalError, match="needs an attribute"):
            workspace.propose(CRITERION, "attr_same_key")  # a third of the items is too many
        workspace.set_settings(CRITERION, {"key": "folder"})
        rows = workspace.propose(CRITERION, "attr_same_key", 10)
        assert len(rows) == 10
        for row in rows:
            assert folder_of(workspace, row["a"]) == folder_of(workspace, row["b"])
        with pytest.raises(UnknownName, match="folder"):
            workspace.set_settings(CRITERION, {"key": "folders"})


def test_review_says_what_the_chosen_strategy_lacks(workspace: Workspace) -> None:
    workspace.set_settings(CRITERION, {"strategy": "pool_topk"})
    got = workspace.cards(CRITERION, "ann", "t")
    assert got["done"]
    assert "needs a pair answered same" in got["message"]
    shown = workspace.propose(CRITERION, "knn_k", 1)[0]
    given = {"a": shown["a"], "b": shown["b"], "verdict": "same"}
    workspace.decide(CRITERION, "ann", [given])
    assert workspace.cards(CRITERION, "ann", "t")["cards"][0]["strategy"] == "pool_topk"


def test_an_audit_asks_again_and_stands_beside_the_answer(workspace: Workspace) -> None:
    for row in workspace.propose(CRITERION, "random", 40):
        pair = {"a": row["a"], "b": row["b"], "verdict": "different"}
        workspace.decide(CRITERION, "ann", [pair])
    near = workspace.propose(CRITERION, "nn_top1", 1)[0]
    workspace.decide(CRITERION, "ann", [{"a": near["a"], "b": near["b"], "verdict": "same"}])
    track = workspace.engine.lanes[CRITERION].track
    wrong = track.decisions()[0].pair
    for losses in track.ledger.losses._losses.values():
        losses[wrong] = 90.0
    for _ in range(2):
        workspace.train_now(CRITERION)
        for losses in track.ledger.losses._losses.values():
            losses[wrong] = 90.0
    shown = workspace.next_proposals(CRITERION, "ann", 1, strategy="dbpm_audit")[0]
    assert (shown.pair, shown.kind) == (wrong, "audit")
    answer = {"a": wrong.a, "b": wrong.b, "verdict": "same", "kind": "audit",
              "strategy": "dbpm_audit", "score": shown.score}  # fmt: skip
    workspace.decide(CRITERION, "ann", [answer])
    assert workspace.conflicts(CRITERION)
    again = workspace.next_proposals(CRITERION, "ann", 9, strategy="dbpm_audit")
    assert wrong not in {one.pair for one in again}
