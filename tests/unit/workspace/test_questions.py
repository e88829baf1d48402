"""One image against groups: what is asked, written and undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from curation.criterion.questions import next_question
from curation.errors import DecisionError
from curation.types import Pair, Proposal
from curation.workspace import Workspace, questions
from curation.workspace.questions import NO_MORE

CRITERION = "belongs together"


def pairs(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"a": a, "b": b, "verdict": verdict} for a, b, verdict in rows]


def told_of(workspace: Workspace) -> dict[str, Any]:
    """What is told of the question's strategy."""
    return next(row for row in workspace.review.strategies(CRITERION) if row["id"] == "idc_value")


@pytest.fixture
def known(workspace: Workspace) -> Workspace:
    """Three groups of two, known to differ."""
    ids = [item.id for item in workspace.catalogue.items]
    a, b, c = ids[0], ids[2], ids[4]
    workspace.review.decide(CRITERION, "ann", pairs(
        (a, ids[1], "same"), (b, ids[3], "same"), (c, ids[5], "same"),
        (a, b, "different"), (a, c, "different"), (b, c, "different"),
    ))  # fmt: skip
    return workspace


def test_without_groups_there_is_no_question(workspace: Workspace) -> None:
    got = workspace.questions.next(CRITERION, "ann")
    assert got["question"] is None
    assert "Different" in got["message"]


def test_an_answer_is_its_pairs_and_one_step(known: Workspace) -> None:
    owner = known.engine.criteria[CRITERION]
    question = known.questions.next(CRITERION, "ann", "t")["question"]
    item, covers = question["item"]["id"], [cover["id"] for cover in question["covers"]]
    assert len(covers) == 3
    assert [cover["size"] for cover in question["covers"]] == [2, 2, 2]
    before = len(known.review.decisions(CRITERION, limit=99)["rows"])
    for _ in range(2):  # sent twice, written once
        known.questions.answer(CRITERION, "ann", item, covers, 1, 1200, "batch", "t")
    rows = known.review.decisions(CRITERION, limit=99)["rows"]
    assert len(rows) == before + 3
    assert owner.answering.relation(item, covers[1]) == "same"
    assert {owner.answering.relation(item, covers[place]) for place in (0, 2)} == {"different"}
    assert (told_of(known)["shown"], told_of(known)["seconds"]) == (3, 1.2)
    assert len(known.review.undo(CRITERION, "ann", "t")["undone"]) == 3
    assert owner.answering.relation(item, covers[1]) is None


def test_none_of_them_starts_a_group(known: Workspace) -> None:
    question = known.questions.next(CRITERION, "ann", "t")["question"]
    covers = [cover["id"] for cover in question["covers"]]
    known.questions.answer(CRITERION, "ann", question["item"]["id"], covers, None)
    after = known.questions.next(CRITERION, "ann", "t")["question"]
    assert question["item"]["id"] in {cover["id"] for cover in after["covers"]}


def test_what_belongs_with_the_image_on_screen_is_not_asked_beside_it(known: Workspace) -> None:
    first, second, *others = (item.id for item in known.catalogue.items[6:])
    known.items.exclude("ann", others)
    asked = known.questions.next(CRITERION, "ann", "t")["question"]["item"]["id"]
    assert known.questions.next(CRITERION, "ann", "t", [asked])["question"] is not None
    known.review.release("t")
    known.review.decide(CRITERION, "ann", pairs((first, second, "same")))
    asked = known.questions.next(CRITERION, "ann", "t")["question"]["item"]["id"]
    assert asked in {first, second}
    assert known.questions.next(CRITERION, "ann", "t", [asked])["question"] is None


def test_an_answer_says_which_pairs_of_the_next_question_it_decided(known: Workspace) -> None:
    first = known.questions.next(CRITERION, "ann", "t")["question"]
    item = first["item"]["id"]
    second = known.questions.next(CRITERION, "ann", "t", [item])["question"]["item"]["id"]
    known.review.decide(CRITERION, "ann", pairs((item, second, "different")))
    covers = [cover["id"] for cover in first["covers"]]
    void = known.questions.answer(CRITERION, "ann", item, covers, 0, tab="t")["void"]
    assert Pair.of(second, covers[0]).key in void


def test_a_question_that_is_answered_while_it_is_chosen_is_not_asked(
    known: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*given: Any) -> Any:
        question = next_question(*given)
        assert question is not None
        if not chosen:
            told = pairs((question.item, question.covers[0], "same"))
            known.review.decide(CRITERION, "bob", told)
        chosen.append(question.item)
        return question

    chosen: list[str] = []
    monkeypatch.setattr(questions, "next_question", overtaken)
    asked = known.questions.next(CRITERION, "ann", "t")["question"]["item"]["id"]
    assert [chosen[0] == asked, chosen[1] == asked] == [False, True]


def test_the_last_image_without_a_group_is_asked(known: Workspace) -> None:
    def place(items: Sequence[str]) -> None:
        known.review.decide(CRITERION, "ann", pairs(*((item, a, "same") for item in items)))

    a, _, _, _, _, _, *others, last = (item.id for item in known.catalogue.items)
    place(others)
    asked = known.questions.next(CRITERION, "ann", "t")["question"]
    assert asked["item"]["id"] == last
    place([last])
    got = known.questions.next(CRITERION, "ann", "t")
    assert (got["question"], got["message"]) == (None, NO_MORE)


def test_two_reviewers_are_asked_about_different_images(known: Workspace) -> None:
    first, second = (
        known.questions.next(CRITERION, who, who)["question"]["item"]["id"]
        for who in ("ann", "bob")
    )
    assert first != second


def test_a_question_put_off_leaves_its_pairs_open(known: Workspace) -> None:
    owner = known.engine.criteria[CRITERION]
    question = known.questions.next(CRITERION, "ann", "t")["question"]
    item, covers = question["item"]["id"], [cover["id"] for cover in question["covers"]]
    assert Pair.of(item, covers[0]) in owner.asking.queue.pending()
    known.questions.skip(CRITERION, "ann", item, covers)
    assert Pair.of(item, covers[0]) not in owner.asking.queue.pending()
    put_off = known.log.shown(CRITERION)
    assert [(one.strategy, one.answer) for one in put_off] == [("idc_value", "skip")] * 3
    assert told_of(known)["shown"] == 3
    other = known.questions.next(CRITERION, "ann", "t", [item])["question"]
    assert other["item"]["id"] != item


@pytest.mark.parametrize("covers", [[], [0], [1, 1], [1, 2, 3, 4, 5, 6]])
def test_what_is_no_question_is_neither_answered_nor_put_off(
    known: Workspace, covers: list[int]
) -> None:
    ids = [item.id for item in known.catalogue.items]
    named = [ids[place] for place in covers]
    with pytest.raises(DecisionError, match="1 to 5 other, different covers"):
        known.questions.answer(CRITERION, "ann", ids[0], named, None)
    with pytest.raises(DecisionError, match="1 to 5 other, different covers"):
        known.questions.skip(CRITERION, "ann", ids[0], named)


def test_a_pair_that_another_strategy_had_queued_counts_for_the_question(known: Workspace) -> None:
    owner = known.engine.criteria[CRITERION]
    question = known.questions.next(CRITERION, "ann", "t")["question"]
    item, covers = question["item"]["id"], [cover["id"] for cover in question["covers"]]
    known.review.release("t")
    queued = [Proposal(Pair.of(item, cover), "positive", "knn_k", 1, "", 0) for cover in covers]
    owner.asking.queue.refill(queued, owner.asking.closed)
    assert known.questions.next(CRITERION, "ann", "t")["question"]["item"]["id"] == item
    known.questions.answer(CRITERION, "ann", item, covers, 1, 1200, "batch", "t")
    assert (told_of(known)["shown"], told_of(known)["seconds"]) == (3, 1.2)


@pytest.mark.parametrize(
    ("covers", "choice", "told"),
    [([], None, "1 to 5"), (["x", "x"], 0, "different covers"), (["x"], 1, "choice from 0 to 0")],
)
def test_what_is_no_answer_is_refused(
    known: Workspace, covers: list[str], choice: int | None, told: str
) -> None:
    with pytest.raises(DecisionError, match=told):
        known.questions.answer(CRITERION, "ann", "item", covers, choice)
