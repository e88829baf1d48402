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
    assert told["left"] <= 0.1 * claim["images"]

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
    assert sorted_.claims.all(CRITERION) == []
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
    claim = begin(sorted_, group=zero, target=0.6)
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
    again.criteria.add("shape")
    with pytest.raises(DecisionError, match="an id of its own"):
        again.claims.begin("shape", "bob", id="c1")
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


def test_two_people_audit_different_images(sorted_: Workspace) -> None:
    claim = begin(sorted_)["id"]
    seen: list[set[str]] = []
    for tab in "ab":
        told = sorted_.claims.questions(claim, tab, tab, n=1)
        seen.append({tile["id"] for grid in told["questions"] for tile in grid["tiles"]})
    assert seen[0]
    assert seen[1]
    assert not seen[0] & seen[1]


def test_what_is_disputed_or_excluded_counts_as_wrong(sorted_: Workspace) -> None:
    claim = begin(sorted_)
    first = sorted_.claims._log.find(claim["id"])
    one, other = (first.images[at] for at in first.in_turn[:2].tolist())
    sorted_.sorting.sweep(CRITERION, "ann", one.anchor, [one.item_id], {})
    sorted_.sorting.sweep(CRITERION, "bob", one.anchor, [], {one.item_id: None})
    sorted_.items.exclude("ann", [other.item_id])
    told = sorted_.claims.state(claim["id"])
    assert (told["audited"], told["wrong"]) == (2, 2)


def test_an_acceptance_falls_with_the_answers_that_it_rests_on(
    sorted_: Workspace, oracle: Oracle
) -> None:
    claim = begin(sorted_)["id"]
    audit(sorted_, oracle, claim)
    accepted = sorted_.claims.accept(claim, "ann")
    assert accepted["accepts"] == len(sorted_.claims._accepted.images(CRITERION)) > 0
    sorted_.review.undo(CRITERION, "ann", "t", "u")  # the last grid of the audit
    assert sorted_.claims.state(claim)["state"] == "shaken"
    assert sorted_.claims._accepted.images(CRITERION) == {}
    assert list(sorted_.exports.data(CRITERION, "groups").claims) == []


def test_a_group_that_loses_an_image_takes_the_claim_along(
    sorted_: Workspace, oracle: Oracle
) -> None:
    claim = begin(sorted_)["id"]
    audit(sorted_, oracle, claim)
    sorted_.claims.accept(claim, "ann")
    member = oracle.members(sorted_, "3")[5]
    rows = sorted_.review.decisions(CRITERION, limit=1000)["rows"]
    (row,) = [one for one in rows if member in (one["a"]["id"], one["b"]["id"])
              and one["verdict"] == "same"]  # fmt: skip
    told = {"a": row["a"]["id"], "b": row["b"]["id"], "verdict": "different"}
    sorted_.review.decide(CRITERION, "ann", [told])  # the same person thinks otherwise
    assert sorted_.claims.state(claim)["state"] == "shaken"


def test_claims_that_were_audited_in_vain_halve_what_the_next_may_err(sorted_: Workspace) -> None:
    def tries() -> int:
        claim = begin(sorted_)["id"]
        sorted_.claims.revoke(claim, "ann")
        return sorted_.claims._log.find(claim).plan.tries

    assert (tries(), tries()) == (0, 0)  # nothing was looked at
    claim = begin(sorted_)["id"]
    first = sorted_.claims._log.find(claim)
    one = first.images[int(first.in_turn[0])]
    sorted_.sorting.sweep(CRITERION, "ann", one.anchor, [one.item_id], {})
    sorted_.claims.revoke(claim, "ann")
    assert tries() >= 1
