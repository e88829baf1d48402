"""Images named, swept and joined: what is asked, written and undone."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Oracle

from curation.errors import DecisionError, UnknownName
from curation.workspace import Workspace

CRITERION = "belongs together"


def ask(workspace: Workspace, tab: str = "t", **how: Any) -> dict[str, Any]:
    return workspace.sorting.next(CRITERION, "ann", tab, **how)


def relation(workspace: Workspace, a: str, b: str) -> str | None:
    return workspace.engine.criteria[CRITERION].answering.relation(a, b)


def name(workspace: Workspace, item: str, batch: str = "", **how: Any) -> dict[str, Any]:
    return workspace.sorting.name(CRITERION, "ann", item, batch_id=batch or None, **how)


@pytest.fixture
def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.catalogue.items]


@pytest.fixture
def named(workspace: Workspace, ids: list[str]) -> Workspace:
    """Two groups: "disc" of two items and "square" of one."""
    name(workspace, ids[0], new="disc")
    name(workspace, ids[1], group=ids[0])
    name(workspace, ids[2], new="square")
    return workspace


def test_a_new_workspace_asks_for_names(workspace: Workspace) -> None:
    told = ask(workspace)
    assert [one["form"] for one in told["questions"]] == ["name"] * 5
    assert told["groups"] == []


def test_the_first_name_is_kept_and_undone(workspace: Workspace, ids: list[str]) -> None:
    told = name(workspace, ids[0], new=" disc ")
    assert told["groups"] == [{"id": ids[0], "name": "disc", "size": 1}]
    workspace.review.undo(CRITERION, "ann", "t", "u")
    assert ask(workspace)["groups"] == []


def test_another_name_is_another_group(named: Workspace, ids: list[str]) -> None:
    assert relation(named, ids[0], ids[1]) == "same"
    assert relation(named, ids[0], ids[2]) == relation(named, ids[1], ids[2]) == "different"
    assert [one["size"] for one in ask(named)["groups"]] == [2, 1]


def test_a_name_in_another_case_is_the_same_group(named: Workspace, ids: list[str]) -> None:
    told = name(named, ids[3], new="  DISC ")
    assert relation(named, ids[3], ids[0]) == "same"
    assert len(told["groups"]) == 2


def test_a_guess_that_was_wrong_is_said_for_ever(named: Workspace, ids: list[str]) -> None:
    name(named, ids[3], group=ids[2], guess=ids[0])
    assert relation(named, ids[3], ids[0]) == "different"


def test_a_step_sent_again_is_no_second_one(named: Workspace, ids: list[str]) -> None:
    before = named.review.decisions(CRITERION, limit=99)["total"]
    for _ in range(2):
        name(named, ids[3], "b", new="triangle")
    assert named.review.decisions(CRITERION, limit=99)["total"] == before + 2
    assert len(ask(named)["groups"]) == 3


def test_a_grid_is_one_step(named: Workspace, ids: list[str]) -> None:
    told = named.sorting.sweep(
        CRITERION, "ann", ids[1], [ids[4], ids[5]], {ids[6]: None, ids[7]: ids[2]}, batch_id="g"
    )
    assert relation(named, ids[4], ids[0]) == relation(named, ids[5], ids[0]) == "same"
    assert relation(named, ids[6], ids[0]) == relation(named, ids[7], ids[0]) == "different"
    assert relation(named, ids[7], ids[2]) == "same"
    assert [one["size"] for one in told["groups"]] == [4, 2]
    assert len(named.review.undo(CRITERION, "ann", "t", "u")["undone"]) == 5
    assert relation(named, ids[4], ids[0]) is None
    assert [one["size"] for one in ask(named)["groups"]] == [2, 1]


def test_what_was_swept_out_is_never_supposed_there_again(named: Workspace, ids: list[str]) -> None:
    named.sorting.sweep(CRITERION, "ann", ids[0], [], {ids[6]: None})
    for tab in "abc":
        told = ask(named, tab, form="sweep", group=ids[0])
        shown = [tile["id"] for one in told["questions"] for tile in one["tiles"]]
        assert ids[6] not in shown


def test_two_people_never_get_one_image(named: Workspace) -> None:
    def shown(tab: str) -> set[str]:
        told = ask(named, tab, form="sweep", n=1)
        return {tile["id"] for one in told["questions"] for tile in one["tiles"]}

    assert not shown("a") & shown("b")


def test_two_people_are_not_asked_about_the_same_two_piles(
    workspace: Workspace, oracle: Oracle
) -> None:
    ones = oracle.members(workspace, "0")[:6]
    workspace.groups.decide(CRITERION, "ann", ones[:3], "same")
    workspace.groups.decide(CRITERION, "ann", ones[3:6], "same")
    (asked,) = ask(workspace, "a", form="merge", n=1)["questions"]
    again = [{one["one"], one["other"]} for one in ask(workspace, "b", form="merge")["questions"]]
    assert {asked["one"], asked["other"]} not in again


def test_what_sort_asked_is_no_question_of_pairs_when_the_tab_leaves(named: Workspace) -> None:
    assert ask(named, form="sweep")["questions"]
    named.review.release("t")
    pairs = named.review.next_proposals(CRITERION, "ann", 50)
    assert pairs
    assert not {one.strategy for one in pairs} & {"name", "sweep", "merge"}


def test_what_a_tab_does_not_keep_is_asked_again(named: Workspace) -> None:
    first = [one["item"]["id"] for one in ask(named, form="name")["questions"]]
    again = [one["item"]["id"] for one in ask(named, form="name")["questions"]]
    assert first == again
    more = ask(named, form="name", have=first)["questions"]
    assert not {one["item"]["id"] for one in more} & set(first)


def test_two_sweeps_that_contradict_are_told(named: Workspace, ids: list[str]) -> None:
    named.sorting.sweep(CRITERION, "ann", ids[0], [ids[4]], {})
    told = named.sorting.sweep(CRITERION, "bob", ids[0], [], {ids[4]: None})
    assert [one["conflict"] for one in told["receipts"]] == [True]
    assert len(named.review.conflicts(CRITERION)) == 1


def test_two_piles_become_one(workspace: Workspace, ids: list[str]) -> None:
    workspace.groups.decide(CRITERION, "ann", ids[:3], "same")
    workspace.groups.decide(CRITERION, "ann", ids[3:6], "same")
    workspace.sorting.merge(CRITERION, "ann", ids[0], ids[4], True)
    assert relation(workspace, ids[2], ids[5]) == "same"
    with pytest.raises(DecisionError, match="one already"):
        workspace.sorting.merge(CRITERION, "ann", ids[0], ids[4], True)


@pytest.mark.parametrize(
    ("how", "error"),
    [({}, DecisionError), ({"new": "  "}, DecisionError), ({"group": "nobody"}, UnknownName)],
)
def test_an_answer_without_a_group_is_refused(
    named: Workspace, ids: list[str], how: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        name(named, ids[8], **how)


def test_an_item_cannot_be_right_and_wrong(named: Workspace, ids: list[str]) -> None:
    with pytest.raises(DecisionError, match="both"):
        named.sorting.sweep(CRITERION, "ann", ids[0], [ids[4]], {ids[4]: None})
    with pytest.raises(UnknownName):
        named.sorting.sweep(CRITERION, "ann", ids[0], ["nobody"], {})


# --- what a person or two can get wrong ----------------------------------------------------


def sweep(workspace: Workspace, group: str, members: list[str], **how: Any) -> dict[str, Any]:
    return workspace.sorting.sweep(CRITERION, "ann", group, members, how.pop("wrong", {}), **how)


def standing(workspace: Workspace) -> int:
    return int(workspace.review.decisions(CRITERION, limit=1)["total"])


def test_a_grid_of_a_group_that_was_merged_meanwhile_is_recorded(
    named: Workspace, ids: list[str]
) -> None:
    name(named, ids[3], new="triangle")
    ask(named, form="sweep", group=ids[3])
    named.review.undo(CRITERION, "ann", "t", "u")  # the group's only name was taken back
    with pytest.raises(UnknownName, match="taken back meanwhile"):
        sweep(named, ids[3], [ids[4]])
    name(named, ids[3], group=ids[2])  # the same image is in another group now
    sweep(named, ids[3], [ids[4]])
    assert relation(named, ids[4], ids[2]) == "same"


def test_an_item_decided_meanwhile_is_a_contradiction_that_is_told(
    named: Workspace, ids: list[str]
) -> None:
    named.sorting.name(CRITERION, "bob", ids[4], group=ids[2])
    told = sweep(named, ids[0], [ids[4], ids[5]], wrong={ids[6]: None})
    assert [one["conflict"] for one in told["receipts"]] == [True, False, False]
    assert relation(named, ids[4], ids[2]) == "same"
    assert relation(named, ids[5], ids[0]) == "same"


def test_an_item_that_stands_for_its_group_can_be_swept_out(
    named: Workspace, ids: list[str]
) -> None:
    """Another reviewer named the group anew by an image of the grid that is on the screen."""
    sweep(named, ids[0], ids[4:6])
    named.log.name_group(CRITERION, ids[5], "coin", "bob")
    assert ask(named)["groups"][0]["id"] == ids[5]
    told = named.sorting.sweep(CRITERION, "eve", ids[0], [], {ids[5]: None})
    assert [one["conflict"] for one in told["receipts"]] == [True]


def test_the_image_that_a_group_of_one_is_named_by_is_named_anew(
    named: Workspace, ids: list[str]
) -> None:
    told = name(named, ids[2], new="box")
    assert [one["name"] for one in told["groups"]] == ["disc", "box"]
    assert name(named, ids[2], group=ids[2])["receipts"] == []  # it says nothing new
    assert relation(named, ids[2], ids[0]) == "different"


def test_a_group_of_one_is_swept_like_any_other(named: Workspace, ids: list[str]) -> None:
    told = sweep(named, ids[2], [ids[5]])
    assert {one["name"]: one["size"] for one in told["groups"]} == {"disc": 2, "square": 2}


def test_an_answer_sent_again_after_the_groups_changed_is_the_same_answer(
    named: Workspace, ids: list[str]
) -> None:
    """The server was killed before it could acknowledge; meanwhile others went on."""
    name(named, ids[3], "n", new="triangle")
    sweep(named, ids[0], [ids[4], ids[5]], batch_id="s")
    merge = {"criterion": CRITERION, "reviewer": "ann", "batch_id": "m"}
    named.sorting.merge(one=ids[2], other=ids[3], same=True, **merge)  # type: ignore[arg-type]
    named.sorting.name(CRITERION, "bob", ids[8], new="star")
    named.log.name_group(CRITERION, ids[5], "coin", "bob")
    before = standing(named)
    again = [
        name(named, ids[3], "n", new="triangle"),
        sweep(named, ids[0], [ids[4], ids[5]], batch_id="s"),
        named.sorting.merge(one=ids[2], other=ids[3], same=True, **merge),  # type: ignore[arg-type]
    ]
    assert [len(one["receipts"]) for one in again] == [2, 2, 1]
    assert all(receipt["duplicate"] for one in again for receipt in one["receipts"])
    assert standing(named) == before


def test_a_batch_id_of_another_step_is_refused(named: Workspace, ids: list[str]) -> None:
    sweep(named, ids[0], [ids[4]], batch_id="s")
    with pytest.raises(DecisionError, match="id of its own"):
        name(named, ids[6], "s", new="star")
    with pytest.raises(DecisionError, match="id of its own"):
        named.sorting.sweep(CRITERION, "bob", ids[0], [ids[6]], {}, batch_id="s")


def test_a_tab_that_closes_in_the_middle_of_a_grid_leaves_nothing(
    named: Workspace, ids: list[str]
) -> None:
    before = standing(named)
    first = ask(named, "a", form="sweep", n=1)["questions"][0]
    held = {tile["id"] for tile in first["tiles"]}
    named.review.release("a")
    assert standing(named) == before
    again = ask(named, "b", form="sweep", group=first["group"], n=1)["questions"][0]
    assert {tile["id"] for tile in again["tiles"]} == held


def test_undo_goes_step_by_step_after_the_grouping_moved_on(
    named: Workspace, ids: list[str]
) -> None:
    sweep(named, ids[0], ids[4:8])
    named.predicted.grouping(CRITERION)
    name(named, ids[8], new="star")
    named.predicted.grouping(CRITERION)
    named.review.undo(CRITERION, "ann", "t", "u1")
    assert {one["name"]: one["size"] for one in ask(named)["groups"]} == {"disc": 6, "square": 1}
    named.review.undo(CRITERION, "ann", "t", "u2")
    assert {one["name"]: one["size"] for one in ask(named)["groups"]} == {"disc": 2, "square": 1}
    asked = ask(named, "new", form="sweep", group=ids[0], n=1)["questions"]
    shown = {tile["id"] for one in asked for tile in one["tiles"]}
    assert shown
    assert not shown & set(ids[:3])


@pytest.mark.parametrize("count", [1, 2, 24, 150])
def test_any_number_of_groups(workspace: Workspace, ids: list[str], count: int) -> None:
    for number, item in enumerate(ids[:count]):
        told = name(workspace, item, new=f"group {number}")
    assert len(told["groups"]) == count
    for form in (None, "name", "sweep", "merge"):
        for one in ask(workspace, form=form, n=3)["questions"]:
            if one["form"] == "name":
                assert one["item"]["id"] not in ids[:count]
                assert len(one["guesses"]) <= 12
    assert workspace.progress.of(CRITERION, "ann")["decided"] == count


def test_all_images_are_one_group(workspace: Workspace, ids: list[str]) -> None:
    name(workspace, ids[0], new="all")
    for start in range(1, len(ids), 24):
        sweep(workspace, ids[0], ids[start : start + 24])
    told = ask(workspace)
    assert told["questions"] == []
    assert "is in a group" in told["message"]
    progress = workspace.progress.of(CRITERION, "ann")
    assert progress["sure"] == progress["decided"] == progress["images"] == len(ids)


def test_piles_of_undecided_images_become_one(named: Workspace, ids: list[str]) -> None:
    asked = ask(named, form="merge")["questions"]
    assert [one["form"] for one in asked] == ["merge"] * 5
    first = asked[0]
    assert first["of_one"][0]["id"] == first["one"]
    assert 1 <= len(first["of_one"]) <= 4
    named.sorting.merge(CRITERION, "ann", first["one"], first["other"], True)
    assert relation(named, first["one"], first["other"]) == "same"
    second = asked[1]
    named.sorting.merge(CRITERION, "ann", second["one"], second["other"], False)
    later = ask(named, "new", form="merge", n=20)["questions"]
    pairs = [{one["one"], one["other"]} for one in later]
    assert {first["one"], first["other"]} not in pairs
    assert {second["one"], second["other"]} not in pairs
