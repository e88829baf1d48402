"""One image against groups: what is asked, written and undone."""

from __future__ import annotations

import pytest

from curation.errors import DecisionError
from curation.types import Pair
from curation.workspace import Workspace

CRITERION = "belongs together"


def pairs(*rows: tuple[str, str, str]) -> list[dict]:
    return [{"a": a, "b": b, "verdict": verdict} for a, b, verdict in rows]


@pytest.fixture
def known(workspace: Workspace) -> Workspace:
    """Three groups of two, known to differ."""
    ids = [item.id for item in workspace.catalogue.items]
    a, b, c = ids[0], ids[2], ids[4]
    workspace.decide(CRITERION, "ann", pairs(
        (a, ids[1], "same"), (b, ids[3], "same"), (c, ids[5], "same"),
        (a, b, "different"), (a, c, "different"), (b, c, "different"),
    ))  # fmt: skip
    return workspace


def test_without_groups_there_is_no_question(workspace: Workspace) -> None:
    got = workspace.group_question(CRITERION, "ann")
    assert got["question"] is None
    assert "Different" in got["message"]


def test_an_answer_is_its_pairs_and_one_step(known: Workspace) -> None:
    track = known.engine.lanes[CRITERION].track
    question = known.group_question(CRITERION, "ann", "t")["question"]
    item, covers = question["item"]["id"], [cover["id"] for cover in question["covers"]]
    assert len(covers) == 3
    assert [cover["size"] for cover in question["covers"]] == [2, 2, 2]
    before = len(known.decisions(CRITERION, limit=99)["rows"])
    for _ in range(2):  # sent twice, written once
        known.answer_question(CRITERION, "ann", item, covers, 1, 1200, "batch", "t")
    rows = known.decisions(CRITERION, limit=99)["rows"]
    assert len(rows) == before + 3
    assert track.relation(item, covers[1]) == "same"
    assert {track.relation(item, covers[place]) for place in (0, 2)} == {"different"}
    told = next(row for row in known.strategies(CRITERION) if row["id"] == "idc_value")
    assert (told["shown"], told["seconds"]) == (3, 1.2)
    assert len(known.undo(CRITERION, "ann", "t")["undone"]) == 3
    assert track.relation(item, covers[1]) is None


def test_none_of_them_starts_a_group(known: Workspace) -> None:
    question = known.group_question(CRITERION, "ann", "t")["question"]
    covers = [cover["id"] for cover in question["covers"]]
    known.answer_question(CRITERION, "ann", question["item"]["id"], covers, None)
    after = known.group_question(CRITERION, "ann", "t")["question"]
    assert question["item"]["id"] in {cover["id"] for cover in after["covers"]}


def test_two_reviewers_are_asked_about_different_images(known: Workspace) -> None:
    first, second = (
        known.group_question(CRITERION, who, who)["question"]["item"]["id"]
        for who in ("ann", "bob")
    )
    assert first != second


def test_a_question_put_off_leaves_its_pairs_open(known: Workspace) -> None:
    track = known.engine.lanes[CRITERION].track
    question = known.group_question(CRITERION, "ann", "t")["question"]
    item, covers = question["item"]["id"], [cover["id"] for cover in question["covers"]]
    assert Pair.of(item, covers[0]) in track.queue.pending()
    known.skip_question(CRITERION, "ann", item, covers)
    assert Pair.of(item, covers[0]) not in track.queue.pending()
    other = known.group_question(CRITERION, "ann", "t", [item])["question"]
    assert other["item"]["id"] != item


@pytest.mark.parametrize(
    ("covers", "choice", "told"),
    [([], None, "1 to 5"), (["x", "x"], 0, "different covers"), (["x"], 1, "choice from 0 to 0")],
)
def test_what_is_no_answer_is_refused(known: Workspace, covers, choice, told) -> None:
    with pytest.raises(DecisionError, match=told):
        known.answer_question(CRITERION, "ann", "item", covers, choice)
