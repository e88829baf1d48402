from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Oracle

from curation.decisions import closure
from curation.errors import CurationError, DecisionError, SourceError, UnknownName
from curation.types import Pair
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


def tell(
    workspace: Workspace, a: str, b: str, verdict: str, reviewer: str = "ann", **more: Any
) -> dict[str, Any]:
    one = {"a": a, "b": b, "verdict": verdict, **more}
    receipt: dict[str, Any] = workspace.review.decide(CRITERION, reviewer, [one])["receipts"][0]
    return receipt


@pytest.fixture
def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.catalogue.items]


def test_an_answer_tells_how_many_there_are_by_now(workspace: Workspace, ids: list[str]) -> None:
    before = workspace.status(CRITERION)
    one = {"a": ids[0], "b": ids[1], "verdict": "same"}
    told = workspace.review.decide(CRITERION, "ann", [one])
    after = workspace.status(CRITERION)
    assert told["decisions"] == after["decisions"] == before["decisions"] + 1
    assert before["version"] < told["version"] <= after["version"]


# --- pairs out -----------------------------------------------------------------------------


def test_a_card_says_what_the_screen_paints(image_workspace: Workspace) -> None:
    done = image_workspace.review.cards(CRITERION, "ann", "t", 3)
    assert not done["done"]
    assert len(done["cards"]) == 3
    json.dumps(done)
    card = done["cards"][0]
    assert card["key"] == f"{card['a']['id']}-{card['b']['id']}"
    assert card["a"]["w"] == 96
    assert card["reason"]
    told = {row["id"]: row["summary"] for row in image_workspace.review.strategies(CRITERION)}
    assert card["summary"] == told[card["strategy"]]
    assert len(card["near_a"]) == 5
    assert -1.001 <= card["cosine"] <= 1.001
    assert card["cosine"] == card["cosine_before"]  # nothing is trained yet
    more = image_workspace.review.cards(
        CRITERION, "ann", "t", 5, have=[c["key"] for c in done["cards"]]
    )
    assert not {c["key"] for c in done["cards"]} & {c["key"] for c in more["cards"]}


def test_a_reloaded_tab_gets_its_pairs_again_and_nobody_else_does(workspace: Workspace) -> None:
    mine = {p.pair for p in workspace.review.next_proposals(CRITERION, "ann", 5, tab="one")}
    assert {p.pair for p in workspace.review.next_proposals(CRITERION, "ann", 5, tab="one")} == mine
    held = set(mine)
    for reviewer, tab in (("bob", "two"), ("ann", "three"), ("eve", "four")):
        other = {p.pair for p in workspace.review.next_proposals(CRITERION, reviewer, 15, tab=tab)}
        assert other  # what was drawn first is used up by now
        assert not other & held
        held |= other
    workspace.review.release("one")
    assert mine <= {
        p.pair for p in workspace.review.next_proposals(CRITERION, "zoe", 100, tab="five")
    }


def test_the_last_open_pairs_may_be_on_another_screen(tmp_path: Path, open_: Open) -> None:
    names = np.array(["a", "b", "c"])
    np.savez(tmp_path / "v.npz", F=np.eye(3, dtype=np.float32), files=names)
    workspace = open_(embeddings=tmp_path / "v.npz")
    assert len(workspace.review.cards(CRITERION, "ann", "t", 9)["cards"]) == 3
    waiting = workspace.review.cards(CRITERION, "bob", "u", 9)
    assert waiting["done"]
    assert "on other screens" in waiting["message"]
    workspace.review.release("t")
    assert len(workspace.review.cards(CRITERION, "bob", "u", 9)["cards"]) == 3


def test_overlap_asks_two_reviewers(workspace: Workspace, oracle: Oracle) -> None:
    workspace.criteria.configure(CRITERION, {"overlap": 2})
    first = workspace.review.next_proposals(CRITERION, "ann", 1)[0]
    workspace.review.decide(CRITERION, "ann", [oracle.given(workspace, first)])
    asked = {p.pair for p in workspace.review.next_proposals(CRITERION, "bob", 100)}
    assert first.pair in asked
    assert first.pair not in {
        p.pair for p in workspace.review.next_proposals(CRITERION, "ann", 100)
    }


def test_unsure_goes_to_another_reviewer_and_incomparable_to_none(
    workspace: Workspace, open_: Open
) -> None:
    first, second = (p.pair for p in workspace.review.next_proposals(CRITERION, "ann", 2))
    tell(workspace, first.a, first.b, "unsure")
    tell(workspace, second.a, second.b, "incomparable")
    assert first not in {p.pair for p in workspace.review.next_proposals(CRITERION, "ann", 100)}
    asked = {p.pair for p in workspace.review.next_proposals(CRITERION, "bob", 300)}
    assert first in asked
    assert second not in asked
    folder = workspace.paths.root
    workspace.close()
    again = open_(folder)
    assert first in {p.pair for p in again.review.next_proposals(CRITERION, "bob", 300)}
    again.close()
    third = open_(folder)
    assert first not in {p.pair for p in third.review.next_proposals(CRITERION, "ann", 300)}


def test_unsure_about_a_pair_that_nobody_was_asked_goes_to_another_reviewer(
    workspace: Workspace, ids: list[str]
) -> None:
    far = Pair.of(ids[0], ids[-1])
    tell(workspace, far.a, far.b, "unsure")
    assert far in {p.pair for p in workspace.review.next_proposals(CRITERION, "bob", 300)}
    workspace.review.release("")
    tell(workspace, far.a, far.b, "different", reviewer="bob")
    assert far not in {p.pair for p in workspace.review.next_proposals(CRITERION, "eve", 300)}


def test_a_skipped_pair_comes_back_after_others(workspace: Workspace, oracle: Oracle) -> None:
    first = workspace.review.next_proposals(CRITERION, "ann", 1)[0].pair
    workspace.review.skip(CRITERION, "ann", "", first.a, first.b)
    assert workspace.log.position(CRITERION) == 0  # no decision
    seen = [p.pair for p in oracle.answer(workspace, 30)]
    assert first not in seen[:5]
    assert first in seen or workspace.engine.criteria[CRITERION].answering.implications.relation(
        first.a, first.b
    )
    workspace.review.skip(CRITERION, "ann", "", first.a, first.a)
    with pytest.raises(UnknownName):
        workspace.review.skip(CRITERION, "ann", "", first.a, "nothing")


def test_pairs_of_excluded_items_leave_screens_and_queue(workspace: Workspace) -> None:
    pair = workspace.review.next_proposals(CRITERION, "ann", 1)[0].pair
    workspace.items.exclude("ann", [pair.a])
    assert [row["id"] for row in workspace.items.excluded()] == [pair.a]
    asked = workspace.review.next_proposals(CRITERION, "ann", 100)
    assert all(pair.a not in (p.pair.a, p.pair.b) for p in asked)
    workspace.items.exclude("ann", [pair.a], excluded=False)
    assert workspace.items.excluded() == []


def test_kinds_and_strategies_filter(workspace: Workspace) -> None:
    asked = workspace.review.next_proposals(CRITERION, "ann", 5, strategy="random")
    assert {p.strategy for p in asked} == {"random"}
    assert len(workspace.review.propose(CRITERION, "sepp_band", 7)) <= 7
    nothing = workspace.review.cards(CRITERION, "bob", "t", 1, kinds=["hard_negative"])
    assert nothing["done"] == (not nothing["cards"])
    if nothing["done"]:
        assert "queue is empty" in nothing["message"]


# --- verdicts in ---------------------------------------------------------------------------


def test_a_repeated_id_is_the_same_decision(workspace: Workspace, ids: list[str]) -> None:
    one = {"id": "d1", "a": ids[0], "b": ids[1], "verdict": "same", "milliseconds": 10}
    first = workspace.review.decide(CRITERION, "ann", [one])["receipts"][0]
    again = workspace.review.decide(
        CRITERION, "ann", [{**one, "milliseconds": 99, "generation": 4}]
    )
    assert again["receipts"][0] == {**first, "duplicate": True, "effect": ""}
    twice = {"id": "d2", "a": ids[2], "b": ids[3], "verdict": "different"}
    both = workspace.review.decide(CRITERION, "ann", [twice, twice])["receipts"]
    assert [r["duplicate"] for r in both] == [False, True]
    assert workspace.review.decisions(CRITERION)["total"] == 2
    with pytest.raises(DecisionError, match="taken"):
        workspace.review.decide(CRITERION, "ann", [{**one, "verdict": "different"}])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"verdict": None}, "verdict is missing"),
        ({"a": ""}, "a is missing"),
        ({"verdict": "alike"}, r"Unknown verdict 'alike'.*same"),
        ({"a": "f" * 32}, "Unknown item"),
        ({"b": "SELF"}, "two different items"),
        ({"kind": "odd"}, "Unknown kind"),
        ({"supersedes": "nothing"}, "nothing"),
        ({"id": "x" * 65}, "64"),
        ({"score": "high"}, "score"),
        ({"score": float("nan")}, "score"),
        ({"milliseconds": "soon"}, "milliseconds"),
        ({"generation": "new"}, "generation"),
        ({"strategy": 4}, "strategy"),
    ],
)
def test_what_is_no_decision_is_refused_whole(
    workspace: Workspace, ids: list[str], given: dict[str, Any], message: str
) -> None:
    bad = {"a": ids[0], "b": ids[1], "verdict": "same", **given}
    if bad["b"] == "SELF":
        bad["b"] = ids[0]
    good = {"a": ids[2], "b": ids[3], "verdict": "same"}
    with pytest.raises(CurationError, match=message):
        workspace.review.decide(CRITERION, "ann", [good, bad])
    assert workspace.log.position(CRITERION) == 0


def test_a_pair_implied_on_a_screen_is_void_and_its_answer_evidence(
    workspace: Workspace, oracle: Oracle
) -> None:
    shown = workspace.review.next_proposals(CRITERION, "bob", 1, tab="b")[0]
    a, b = shown.pair.a, shown.pair.b
    c = next(i.id for i in workspace.catalogue.items if i.id not in (a, b))
    tell(workspace, a, c, "same")
    one = {"a": c, "b": b, "verdict": "same"}
    assert shown.pair.key in workspace.review.decide(CRITERION, "ann", [one])["void"]
    late = workspace.review.decide(
        CRITERION, "bob", [oracle.given(workspace, shown, verdict="same")]
    )
    assert late["receipts"][0]["effect"] == "confirms what was known"
    assert workspace.review.decisions(CRITERION)["total"] == 3
    against = tell(workspace, a, b, "different", reviewer="eve")
    assert against["conflict"]
    (conflict,) = workspace.review.conflicts(CRITERION)
    assert conflict["decision"]["reviewer"] == "eve"
    assert conflict["path"]


def test_a_change_replaces_and_can_resolve_a_conflict(workspace: Workspace, ids: list[str]) -> None:
    a, b, c = ids[:3]
    tell(workspace, a, b, "same", id="ab")
    tell(workspace, b, c, "same", id="bc")
    assert tell(workspace, a, c, "different", id="ac")["conflict"]
    assert (
        len(workspace.review.conflicts(CRITERION)) == workspace.status(CRITERION)["conflicts"] == 1
    )
    tell(workspace, b, c, "different", id="bc2", supersedes="bc")
    assert workspace.review.conflicts(CRITERION) == []
    # the same change sent again, and a change of what was changed meanwhile
    assert tell(workspace, b, c, "different", id="bc2", supersedes="bc")["duplicate"]
    tell(workspace, b, c, "unsure", id="bc3", supersedes="bc")
    rows = {row["id"]: row for row in workspace.review.decisions(CRITERION)["rows"]}
    assert set(rows) == {"ab", "ac", "bc3"}
    assert rows["bc3"]["supersedes"] == "bc2"


def test_another_answer_of_ones_own_is_a_correction(workspace: Workspace, ids: list[str]) -> None:
    a, b = ids[:2]
    tell(workspace, a, b, "same", id="one")
    assert not tell(workspace, b, a, "different", id="two")["conflict"]
    for id, verdict in (("one", "same"), ("two", "different")):  # sent again, nothing changes
        assert tell(workspace, a, b, verdict, id=id)["duplicate"]
    (row,) = workspace.review.decisions(CRITERION)["rows"]
    assert (row["id"], row["supersedes"]) == ("two", "one")
    back = workspace.review.undo(CRITERION, "ann", "t")
    assert back["cards"] == []  # the first answer holds again
    assert [row["id"] for row in workspace.review.decisions(CRITERION)["rows"]] == ["one"]
    assert tell(workspace, a, b, "different", id="two")["duplicate"]
    assert tell(workspace, a, b, "different", reviewer="bob", id="bobs")["conflict"]
    assert len(workspace.review.undo(CRITERION, "bob", "t")["undone"]) == 1
    assert len(workspace.review.undo(CRITERION, "ann", "t")["cards"]) == 1
    twice = [
        {"id": "x", "a": a, "b": b, "verdict": "same"},
        {"id": "y", "a": a, "b": b, "verdict": "unsure"},
        {"id": "y", "a": a, "b": b, "verdict": "unsure"},
    ]
    workspace.review.decide(CRITERION, "ann", twice)
    assert [row["id"] for row in workspace.review.decisions(CRITERION)["rows"]] == ["y"]
    assert workspace.review.conflicts(CRITERION) == []


def test_an_audit_that_disagrees_is_a_conflict(workspace: Workspace, ids: list[str]) -> None:
    tell(workspace, ids[0], ids[1], "same")
    assert tell(workspace, ids[0], ids[1], "different", kind="audit")["conflict"]


def test_a_change_into_a_contradiction_says_so(workspace: Workspace, ids: list[str]) -> None:
    a, b, c = ids[:3]
    tell(workspace, a, b, "same")
    tell(workspace, b, c, "same")
    tell(workspace, a, c, "same", id="ac")
    changed = tell(workspace, a, c, "different", id="ac2", supersedes="ac")
    assert changed["conflict"]
    assert "contradicts" in changed["effect"]


def test_undo_goes_back_step_by_step_and_only_through_ones_own(
    workspace: Workspace, ids: list[str]
) -> None:
    tell(workspace, ids[0], ids[1], "same", id="one")
    tell(workspace, ids[2], ids[3], "same", reviewer="bob", id="bobs")
    workspace.groups.decide(CRITERION, "ann", ids[4:8], "same")
    assert len(workspace.groups.all(CRITERION)["groups"]) == 3
    undone = workspace.review.undo(CRITERION, "ann", "t")
    assert len(undone["undone"]) == 3  # the group verdict is one step
    assert undone["cards"] == []
    single = workspace.review.undo(CRITERION, "ann", "t")
    assert [row["id"] for row in single["undone"]] == ["one"]
    again = single["cards"][0]["key"]
    assert again == Pair.of(ids[0], ids[1]).key
    assert workspace.review.next_proposals(CRITERION, "ann", 1, tab="t")[0].pair.key == again
    assert workspace.review.undo(CRITERION, "ann", "t")["undone"] == []
    assert [row["id"] for row in workspace.review.decisions(CRITERION)["rows"]] == ["bobs"]


def test_audits_ask_implied_pairs_again(workspace: Workspace, oracle: Oracle) -> None:
    for label in ("1", "2", "3"):
        workspace.groups.decide(CRITERION, "ann", oracle.members(workspace, label), "same")
    asked = []
    for _ in range(30):
        asked += oracle.answer(workspace, 1)
    audits = [p for p in asked if p.kind == "audit"]
    assert audits
    assert len({p.pair for p in audits}) == len(audits)
    others = [p for p in asked if p.kind != "audit"]
    assert len(audits) <= 0.2 * len(asked)
    assert others


def test_the_live_implications_are_those_of_the_log(workspace: Workspace, oracle: Oracle) -> None:
    oracle.answer(workspace, 25)
    workspace.review.undo(CRITERION, "ann")
    owner = workspace.engine.criteria[CRITERION]
    anew = closure.build(workspace.log.effective(CRITERION))
    assert owner.answering.implications.closure() == anew.closure()
    assert owner.answering.position == workspace.log.position(CRITERION)


def test_proposals_repeat_under_the_same_log(
    prepared_digits: Path, tmp_path: Path, open_: Open, oracle: Oracle
) -> None:
    runs = []
    for name in ("one", "two"):
        workspace = open_(shutil.copytree(prepared_digits, tmp_path / name))
        runs.append([replace(p, reason="") for p in oracle.answer(workspace, 15)])
        workspace.close()
    assert runs[0] == runs[1]


# --- decisions from a file -----------------------------------------------------------------


def test_decisions_from_files(workspace: Workspace, tmp_path: Path) -> None:
    names = [item.paths[0] for item in workspace.catalogue.items]
    file = tmp_path / "d.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["file_a", "file_b", "verdict", "milliseconds"])
        rows.writerow([names[0], names[1], "same", 100])
        rows.writerow([names[2], names[3], "different", ""])
    assert workspace.review.take_decisions(CRITERION, "f", file) == {"recorded": 2, "known": 0}
    assert workspace.review.take_decisions(CRITERION, "f", file) == {"recorded": 0, "known": 2}
    workspace.criteria.add("other")
    assert workspace.review.take_decisions("other", "f", file)["recorded"] == 2
    lines = tmp_path / "d.jsonl"
    lines.write_text(json.dumps({"a": names[4], "b": names[5], "verdict": "unsure"}) + "\n")
    assert workspace.review.take_decisions(CRITERION, "f", lines)["recorded"] == 1


def test_names_that_look_like_numbers(tmp_path: Path, open_: Open) -> None:
    names = ["001", "1e5", "00"]
    np.savez(tmp_path / "v.npz", F=np.eye(3, dtype=np.float32), files=np.array(names))
    workspace = open_(embeddings=tmp_path / "v.npz")
    (tmp_path / "d.csv").write_text("a,b,verdict\n001,1e5,same\n")
    assert workspace.review.take_decisions(CRITERION, "f", tmp_path / "d.csv")["recorded"] == 1


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("d.dat", "a,b,verdict\n", SourceError, r"\.csv"),
        ("d.csv", "a,b,verdict\n", DecisionError, "No row"),
        ("d.csv", "", SourceError, "it is empty"),
        ("d.csv", "x,y,verdict\n1,2,same\n", DecisionError, "columns a and b"),
        ("d.csv", "a,b,verdict\nno.png,none.png,same\n", DecisionError, "no.png"),
        ("d.jsonl", "{", DecisionError, "row 1: no JSON"),
        ("d.parquet", "x", SourceError, "cannot be read"),
        ("none.csv", None, SourceError, "cannot be read"),
    ],
)
def test_files_that_hold_no_decisions(
    workspace: Workspace,
    tmp_path: Path,
    name: str,
    content: str | None,
    error: type[Exception],
    message: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=message):
        workspace.review.take_decisions(CRITERION, "f", tmp_path / name)
    assert workspace.log.position(CRITERION) == 0
