"""Folders named by class: taken as a start, checked, ignored, taken back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.decisions.strategies import CHECKED, FOLDERS
from curation.errors import CurationError, DecisionError, UnknownName
from curation.types import Pair
from curation.workspace import Workspace

CRITERION = "belongs together"
Open = Callable[..., Workspace]


def groups(workspace: Workspace) -> dict[str, int]:
    return {one["name"]: one["size"] for one in workspace.groups.all(CRITERION)["groups"]}


def in_folder(workspace: Workspace, folder: str) -> list[str]:
    return [one.id for one in workspace.catalogue.items if one.attributes["folder"] == folder]


def strategies(workspace: Workspace) -> set[str]:
    owner = workspace.context.owner(CRITERION)
    return {one.strategy for one in owner.answering.decisions()}


@pytest.fixture
def misfiled(images: Path, open_: Open) -> Workspace:
    """Two images lie in a folder of another class."""
    shutil.move(images / "disc" / "disc 03.png", images / "square" / "a disc.png")
    shutil.move(images / "square" / "square 05.png", images / "triangle" / "a square.png")
    return open_(source=images)


def test_it_asks_once_and_ignoring_asks_nothing_again(
    image_workspace: Workspace, open_: Open
) -> None:
    offer = image_workspace.folders.offer(CRITERION)
    assert offer["asks"]
    assert offer["names"] == ["disc", "square", "triangle"]
    assert (offer["folders"], offer["images"]) == (3, len(image_workspace.catalogue.items))
    with pytest.raises(UnknownName, match="choice"):
        image_workspace.folders.choose(CRITERION, "ann", "maybe")
    told = image_workspace.folders.choose(CRITERION, "ann", "ignore")
    assert (told["asks"], told["choice"], told["done"]) == (False, "ignore", None)
    assert strategies(image_workspace) == set()
    root = image_workspace.paths.root
    image_workspace.close()
    assert not open_(root).folders.offer(CRITERION)["asks"]


def test_it_does_not_ask_where_answers_are(image_workspace: Workspace) -> None:
    ids = [item.id for item in image_workspace.catalogue.items]
    image_workspace.groups.decide(CRITERION, "ann", ids[:2], "same")
    assert not image_workspace.folders.offer(CRITERION)["asks"]
    image_workspace.review.undo(CRITERION, "ann")
    assert not image_workspace.folders.offer(CRITERION)["asks"]


def test_it_does_not_ask_about_dates(images: Path, open_: Open) -> None:
    for old, new in (("disc", "2021"), ("square", "2022"), ("triangle", "2023-05")):
        (images / old).rename(images / new)
    workspace = open_(source=images)
    offer = workspace.folders.offer(CRITERION)
    assert (offer["asks"], offer["folders"]) == (False, 0)


def test_names_become_groups_of_a_source_of_their_own(image_workspace: Workspace) -> None:
    told = image_workspace.folders.choose(CRITERION, "ann", "use")
    n = len(image_workspace.catalogue.items)
    assert groups(image_workspace) == dict.fromkeys(("disc", "square", "triangle"), n // 3)
    assert strategies(image_workspace) == {FOLDERS}
    assert told["taken"] == len(told["done"]["receipts"]) == n - 3 + 3
    assert told["done"]["left"] == []


def test_names_are_taken_back_in_one_step_and_looks_stay(image_workspace: Workspace) -> None:
    image_workspace.folders.choose(CRITERION, "ann", "use")
    disc = in_folder(image_workspace, "disc")[1]
    square = in_folder(image_workspace, "square")[1]
    (kept,) = image_workspace.folders.answer(CRITERION, "ann", disc)["receipts"]
    image_workspace.groups.rename(CRITERION, square, "block", "ben")
    told = image_workspace.folders.take_back(CRITERION, "ben")
    assert told["taken"] == 0
    owner = image_workspace.context.owner(CRITERION)
    assert [one.id for one in owner.answering.decisions()] == [kept["id"]]
    assert set(image_workspace.log.names(CRITERION).values()) == {"block", "disc"}


def test_an_undo_takes_the_names_back_too(image_workspace: Workspace) -> None:
    image_workspace.folders.adopt(CRITERION, "ann")
    image_workspace.review.undo(CRITERION, "ann")
    assert groups(image_workspace) == {}
    assert image_workspace.log.names(CRITERION) == {}


def test_what_answers_say_stands_against_a_folder(image_workspace: Workspace) -> None:
    discs, squares, triangles = (
        in_folder(image_workspace, name) for name in ("disc", "square", "triangle")
    )
    disc, square = discs[0], squares[0]
    image_workspace.groups.decide(CRITERION, "ann", [disc, square], "same")
    image_workspace.groups.decide(CRITERION, "ann", [triangles[1]], "different", triangles[2])
    told = image_workspace.folders.adopt(CRITERION, "ann")
    assert {disc, square} < set(told["left"])
    assert len(set(told["left"]) & set(triangles)) == 1
    assert image_workspace.status(CRITERION)["conflicts"] == 0
    n = len(discs)
    assert groups(image_workspace) == {"disc": n - 1, "square": n - 1, "triangle": n - 1, "": 2}


def test_a_second_start_says_nothing_twice(image_workspace: Workspace) -> None:
    image_workspace.folders.adopt(CRITERION, "ann")
    assert image_workspace.folders.adopt(CRITERION, "ben")["receipts"] == []


def test_misfiled_images_come_first_and_are_moved_or_kept(misfiled: Workspace) -> None:
    misfiled.folders.choose(CRITERION, "ann", "check")
    told = misfiled.doubts.of(CRITERION)
    assert not told["pending"]
    named = {misfiled.items.get(one["odd"]).name: one for one in told["doubts"]}
    assert set(named) == {"square/a disc.png", "triangle/a square.png"}
    moved, kept = named["square/a disc.png"], named["triangle/a square.png"]
    assert (moved["group"]["name"], moved["like"]["name"]) == ("square", "disc")
    assert all(one["folder"] for one in told["doubts"])
    misfiled.folders.answer(CRITERION, "ann", moved["odd"], group=moved["like"]["id"], batch_id="m")
    misfiled.folders.answer(CRITERION, "ann", kept["odd"], batch_id="k")
    assert misfiled.doubts.of(CRITERION)["doubts"] == []
    assert misfiled.status(CRITERION)["conflicts"] == 0
    owner = misfiled.context.owner(CRITERION)
    inside = {one.name: set(one.members) for one in misfiled.sorting.groups(owner)}
    assert moved["odd"] in inside["disc"]
    assert moved["odd"] not in inside["square"]
    assert kept["odd"] in inside["triangle"]
    relation = owner.answering.relation(moved["odd"], moved["group"]["id"])
    assert relation == "different"
    assert strategies(misfiled) == {FOLDERS, CHECKED}


def test_a_space_trained_on_wrong_names_still_tells_them(misfiled: Workspace) -> None:
    misfiled.folders.choose(CRITERION, "ann", "check")
    before = {one["odd"] for one in misfiled.doubts.of(CRITERION)["doubts"]}
    misfiled.training.train(CRITERION)
    assert misfiled.status(CRITERION)["generation"] == 1
    assert {one["odd"] for one in misfiled.doubts.of(CRITERION)["doubts"]} == before


def test_a_move_is_one_step_and_happens_once(misfiled: Workspace) -> None:
    misfiled.folders.choose(CRITERION, "ann", "check")
    before = groups(misfiled)
    one = misfiled.doubts.of(CRITERION)["doubts"][0]
    sent: dict[str, Any] = {"group": one["like"]["id"], "batch_id": "m"}
    first = misfiled.folders.answer(CRITERION, "ann", one["odd"], **sent)
    again = misfiled.folders.answer(CRITERION, "ann", one["odd"], **sent)
    assert [r["id"] for r in again["receipts"]] == [r["id"] for r in first["receipts"]]
    assert all(receipt["duplicate"] for receipt in again["receipts"])
    assert groups(misfiled) != before
    misfiled.review.undo(CRITERION, "ann")
    assert groups(misfiled) == before
    assert one["odd"] in {row["odd"] for row in misfiled.doubts.of(CRITERION)["doubts"]}


def test_the_one_that_stands_for_its_folder_can_be_moved(misfiled: Workspace) -> None:
    misfiled.folders.choose(CRITERION, "ann", "use")
    owner = misfiled.context.owner(CRITERION)
    disc, square = (
        next(one for one in misfiled.sorting.groups(owner) if one.name == name)
        for name in ("disc", "square")
    )
    misfiled.folders.answer(CRITERION, "ann", disc.anchor, group=square.anchor)
    after = {one.name: one for one in misfiled.sorting.groups(owner)}
    assert set(after) == {"disc", "square", "triangle"}
    assert set(after["disc"].members) == set(disc.members) - {disc.anchor}
    assert set(after["square"].members) == {*square.members, disc.anchor}
    assert misfiled.status(CRITERION)["conflicts"] == 0


def test_keeping_confirms_the_very_answer_that_was_doubted(image_workspace: Workspace) -> None:
    image_workspace.folders.adopt(CRITERION, "ann")
    owner = image_workspace.context.owner(CRITERION)
    disc, square = (
        next(one.anchor for one in image_workspace.sorting.groups(owner) if one.name == name)
        for name in ("disc", "square")
    )
    image_workspace.folders.answer(CRITERION, "ann", disc, other=square)
    newest = owner.answering.answers(Pair.of(disc, square))[-1]
    assert (newest.verdict, newest.strategy) == ("different", CHECKED)
    stranger = in_folder(image_workspace, "disc")[-1]
    image_workspace.folders.answer(CRITERION, "ann", disc, other=stranger)
    assert owner.answering.answers(Pair.of(disc, stranger))[-1].verdict == "same"


def test_an_image_in_no_group_is_not_kept(image_workspace: Workspace) -> None:
    item = image_workspace.catalogue.items[0].id
    with pytest.raises(DecisionError, match="name it"):
        image_workspace.folders.answer(CRITERION, "ann", item)
    with pytest.raises(UnknownName):
        image_workspace.folders.answer(CRITERION, "ann", "no item")


@pytest.mark.parametrize("choice", ["use", "check"])
def test_a_choice_made_beforehand_is_no_question(image_workspace: Workspace, choice: str) -> None:
    image_workspace.folders.want(choice)
    offer = image_workspace.folders.offer(CRITERION)
    assert (offer["asks"], offer["wanted"], offer["choice"]) == (False, choice, None)
    told = image_workspace.folders.choose(CRITERION, "ann", choice)
    assert (told["wanted"], told["choice"]) == (None, choice)
    image_workspace.folders.want("ignore")
    assert image_workspace.folders.offer(CRITERION)["choice"] == choice


def test_ignoring_beforehand_is_kept(image_workspace: Workspace) -> None:
    with pytest.raises(UnknownName, match="choice"):
        image_workspace.folders.want("maybe")
    image_workspace.folders.want("ignore")
    offer = image_workspace.folders.offer(CRITERION)
    assert (offer["asks"], offer["wanted"], offer["choice"]) == (False, None, "ignore")


def test_names_that_are_none_cannot_be_taken(images: Path, open_: Open) -> None:
    for shape in ("square", "triangle"):
        shutil.rmtree(images / shape)
    workspace = open_(source=images)
    with pytest.raises(CurationError, match="at least two"):
        workspace.folders.choose(CRITERION, "ann", "use")
    assert workspace.folders.offer(CRITERION)["choice"] is None


def decided(workspace: Workspace) -> list[tuple[str, str]]:
    owner = workspace.context.owner(CRITERION)
    return sorted((one.id, one.strategy) for one in owner.answering.decisions())


def change(workspace: Workspace, a: str, b: str, verdict: str, **more: Any) -> str:
    sent = {"a": a, "b": b, "verdict": verdict, **more}
    return str(workspace.review.decide(CRITERION, "ann", [sent])["receipts"][0]["id"])


def test_a_changed_folder_answer_is_a_look_and_is_not_taken_back(
    image_workspace: Workspace,
) -> None:
    image_workspace.folders.choose(CRITERION, "ann", "use")
    owner = image_workspace.context.owner(CRITERION)
    old = next(one for one in owner.answering.decisions() if one.verdict == "same")
    pair = old.pair
    looked = change(image_workspace, pair.a, pair.b, "different", strategy=FOLDERS,
                    supersedes=old.id)  # fmt: skip
    discs = in_folder(image_workspace, "disc")
    other = change(image_workspace, discs[1], discs[2], "same")
    image_workspace.folders.take_back(CRITERION, "ann")
    assert decided(image_workspace) == sorted([(looked, CHECKED), (other, "manual")])


def test_answers_that_changes_replaced_do_not_come_back(image_workspace: Workspace) -> None:
    image_workspace.folders.choose(CRITERION, "ann", "use")
    owner = image_workspace.context.owner(CRITERION)
    old = next(one for one in owner.answering.decisions() if one.verdict == "same")
    change(image_workspace, old.pair.a, old.pair.b, "different", supersedes=old.id)
    image_workspace.folders.take_back(CRITERION, "ben")
    image_workspace.review.undo(CRITERION, "ann")
    assert decided(image_workspace) == []


def test_names_taken_twice_are_taken_back_whole(image_workspace: Workspace) -> None:
    for reviewer in ("ann", "ben", "ann"):
        image_workspace.folders.choose(CRITERION, reviewer, "use")
    with pytest.raises(DecisionError, match="take them back"):
        image_workspace.folders.choose(CRITERION, "ben", "ignore")
    disc = in_folder(image_workspace, "disc")[0]
    image_workspace.groups.rename(CRITERION, disc, "", "ann")
    image_workspace.folders.adopt(CRITERION, "ben")
    assert sorted(image_workspace.log.names(CRITERION).values()) == ["disc", "square", "triangle"]
    image_workspace.folders.take_back(CRITERION, "ann")
    assert image_workspace.log.names(CRITERION) == {}
    assert decided(image_workspace) == []


def test_a_group_that_people_sorted_into_keeps_its_name(image_workspace: Workspace) -> None:
    image_workspace.folders.choose(CRITERION, "ann", "use")
    head = next(item for item, name in image_workspace.log.names(CRITERION).items()
                if name == "disc")  # fmt: skip
    one, other = [item for item in in_folder(image_workspace, "disc") if item != head][:2]
    change(image_workspace, one, other, "same")
    image_workspace.folders.take_back(CRITERION, "ben")
    assert groups(image_workspace) == {"disc": 2}
    assert set(image_workspace.log.names(CRITERION)) <= {one, other}


def test_what_a_moved_head_leaves_still_rests_on_the_folder(image_workspace: Workspace) -> None:
    image_workspace.folders.choose(CRITERION, "ann", "use")
    names = {name: item for item, name in image_workspace.log.names(CRITERION).items()}
    image_workspace.folders.answer(CRITERION, "ann", names["disc"], group=names["square"])
    image_workspace.folders.take_back(CRITERION, "ann")
    assert len(decided(image_workspace)) == 2
    assert groups(image_workspace) == {"square": 2}
