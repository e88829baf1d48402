"""Claims: what is fixed before the audit, when they hold, and what accepting them does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Oracle

from curation.errors import DecisionError, UnknownName
from curation.workspace import Workspace

CRITERION = "belongs together"


@pytest.fixture
def sorted_(workspace: Workspace, oracle: Oracle) -> Workspace:
    """The digits with eight of each named."""
    for label in map(str, range(10)):
        members = oracle.members(workspace, label)[:8]
        workspace.sorting.name(CRITERION, "ann", members[0], new=f"digit {label}")
        workspace.sorting.sweep(CRITERION, "ann", members[0], members, {})
    return workspace


def begin(workspace: Workspace, **how: Any) -> dict[str, Any]:
    return workspace.claims.begin(CRITERION, "ann", **{"target": 0.9, "of": "images", **how})


def audit(workspace: Workspace, oracle: Oracle, claim: str, most: int = 50) -> dict[str, Any]:
    """Answer grids as the labels say until nothing is asked."""
    for _ in range(most):
        told = workspace.claims.questions(claim, "ann", "t")
        if not told["questions"]:
            return dict(told["claim"])
        grid = told["questions"][0]
        names = {one["id"]: one["name"] for one in told["groups"]}
        right = set(oracle.members(workspace, names[grid["group"]].removeprefix("digit ")))
        tiles = [one["id"] for one in grid["tiles"]]
        workspace.sorting.sweep(
            CRITERION, "ann", grid["group"], [one for one in tiles if one in right],
            {one: None for one in tiles if one not in right},
        )  # fmt: skip
    raise AssertionError("the audit does not end")


def test_nothing_to_claim_without_groups(workspace: Workspace) -> None:
    with pytest.raises(DecisionError, match="Name a few images first"):
        begin(workspace)


@pytest.mark.parametrize("wrong", [{"target": 1.0}, {"confidence": 0.2}])
def test_a_claim_out_of_range_is_refused(sorted_: Workspace, wrong: dict[str, float]) -> None:
    with pytest.raises(DecisionError, match=r"from \.5 to \.9999"):
        begin(sorted_, **wrong)
    assert sorted_.claims.all(CRITERION) == []


def test_a_claim_is_audited_accepted_exported_and_taken_back(
    sorted_: Workspace, oracle: Oracle, tmp_path: Path
) -> None:
    claim = begin(sorted_)
    assert (claim["state"], claim["audited"], claim["accepts"]) == ("open", 0, 0)
    assert 0 < claim["needed"] <= claim["images"]
    with pytest.raises(DecisionError, match="0 of them wrong; check"):
        sorted_.claims.accept(claim["id"], "ann")
    told = audit(sorted_, oracle, claim["id"])
    assert told["state"] == "holds"
    assert told["left"] <= 0.1 * sorted_.status(CRITERION)["items"]

    held = sorted_.claims.accept(claim["id"], "ann")
    assert (held["state"], held["accepts"]) == ("accepted", told["accepts"])
    path = Path(sorted_.exports.write(CRITERION, "groups", "jsonl", tmp_path / "g.jsonl")["path"])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    auto = [row for row in rows if row["source"] == "auto"]
    assert len(auto) == held["accepts"] > 0
    assert all(row["name"].startswith("digit ") for row in auto)
    wrong = [
        row
        for row in auto
        if row["id"] not in oracle.members(sorted_, row["name"].removeprefix("digit "))
    ]
    assert len(wrong) <= held["left"]
    manifest = json.loads((tmp_path / "g.jsonl.manifest.json").read_text())
    (written,) = manifest["claims"]
    assert (written["id"], written["target"], written["of"]) == (claim["id"], 0.9, "images")
    assert len(written["images"]) == claim["images"]
    assert sum(one["right"] is not None for one in written["images"]) >= told["audited"]

    grids = sorted_.sorting.next(CRITERION, "ann", form="sweep")["questions"]
    asked = {tile["id"] for grid in grids for tile in grid["tiles"]}
    assert not asked & {row["id"] for row in auto}
    assert sorted_.claims.revoke(claim["id"], "ann")["state"] == "revoked"
    again = sorted_.exports.write(CRITERION, "groups", "jsonl", tmp_path / "h.jsonl")
    assert "items_auto" not in again["manifest"]["counts"]
    assert "claims" not in again["manifest"]


def test_an_answer_overrules_what_was_accepted(sorted_: Workspace, oracle: Oracle) -> None:
    claim = begin(sorted_)["id"]
    audit(sorted_, oracle, claim)
    sorted_.claims.accept(claim, "ann")
    item, one = next(iter(sorted_.claims._accepted.images(CRITERION).items()))
    sorted_.sorting.sweep(CRITERION, "ann", one.anchor, [], {item: None})
    assert item not in sorted_.claims._accepted.images(CRITERION)
    sorted_.review.undo(CRITERION, "ann", "t", "u")
    assert item in sorted_.claims._accepted.images(CRITERION)


def test_a_claim_of_one_group_is_about_that_one(sorted_: Workspace, oracle: Oracle) -> None:
    zero = oracle.members(sorted_, "0")[3]
    claim = begin(sorted_, group=zero)
    images = sorted_.claims._log.find(claim["id"]).images
    assert {one.anchor for one in images} == {claim["group"]}
    with pytest.raises(UnknownName, match="group"):
        begin(sorted_, group="nobody")


def test_a_repeated_id_is_the_same_claim_also_after_a_restart(
    sorted_: Workspace, open_: Any
) -> None:
    first = begin(sorted_, id="c1")
    sorted_.close()
    again = open_(sorted_.paths.root)
    assert again.claims.state("c1") == first
    assert again.claims.begin(CRITERION, "bob", target=0.8, id="c1") == first
    assert len(again.claims.all(CRITERION)) == 1
    with pytest.raises(UnknownName, match="claim"):
        again.claims.state("c2")


def test_a_claim_with_mistakes_needs_more_audits(sorted_: Workspace) -> None:
    claim = begin(sorted_)
    first, told = claim["needed"], claim
    while told["audited"] < first:
        grid = sorted_.claims.questions(claim["id"], "ann", "t")["questions"][0]
        wrong = {tile["id"]: None for tile in grid["tiles"]}
        sorted_.sorting.sweep(CRITERION, "ann", grid["group"], [], wrong)
        told = sorted_.claims.state(claim["id"])
    assert (told["state"], told["wrong"], told["accepts"]) == ("open", told["audited"], 0)
    assert told["needed"] > 0
    with pytest.raises(DecisionError, match=f"{told['wrong']} of them wrong; check"):
        sorted_.claims.accept(claim["id"], "ann")
