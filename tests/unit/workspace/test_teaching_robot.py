"""What the robot would do: its guesses, its questions, its belt, and the images it shows."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import Oracle, draw
from teachers import bins, observed, pick_session, sorting

from curation.errors import SourceError
from curation.types import Item
from curation.workspace import Workspace, open_workspace


def test_nothing_is_known_before_a_pick(workspace: Workspace) -> None:
    session = workspace.teach.sessions.open("threes", "ann", "pick", "three")["session"]
    item = workspace.catalogue.items[0].id
    answer = workspace.teach.robot.observe(session, item)
    assert (answer["action"], answer["bin"]) == ("wait", None)
    assert workspace.teach.sessions.state(session)["confident_share"] is None


def f1(workspace: Workspace, session: str, oracle: Oracle, label: str, picked: list[str]) -> float:
    answers = workspace.teach.robot.answers(session)["answers"]
    truth = set(oracle.members(workspace, label)) - set(picked)
    taken = {item for item, one in answers.items() if one["bin"]} - set(picked)
    return 2 * len(taken & truth) / (len(taken) + len(truth))


def test_the_robot_learns(workspace: Workspace, oracle: Oracle) -> None:
    session, members = pick_session(workspace, oracle, n=10)
    number = workspace.training.train_now("threes")
    state = workspace.teach.sessions.state(session)
    assert (state["generation"], state["learnt"], state["picks"]) == (number, 10, 10)
    assert f1(workspace, session, oracle, "3", members) > 0.7
    assert 0 <= state["agreement"] <= 1
    assert 0 <= state["confident_share"] <= 1


def test_agreement_is_of_guesses_made_before_the_pick(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle, n=4)
    workspace.training.train_now("bins")
    told = workspace.teach.sessions.state(session)["agreement"]
    assert 0 <= told <= 1
    item = oracle.members(workspace, "1")[5]
    observed(workspace, session, [item])
    guess = workspace.teach.robot.answers(session)["answers"][item]["bin"]
    workspace.teach.bins.pick(session, item, "ann", "1")
    assert workspace.teach.sessions.find(session).state.picks[-1].guess == guess


def test_the_curve_of_a_session(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle, n=4)
    assert workspace.teach.archive.curve(session)["confident"] == []
    workspace.training.train_now("bins")
    told = workspace.teach.sessions.state(session)["confident_share"]
    for item in oracle.members(workspace, "2")[4:7]:
        observed(workspace, session, [item])
        workspace.teach.bins.pick(session, item, "ann", "2")
    workspace.training.train_now("bins")
    curve = workspace.teach.archive.curve(session)
    assert [picks for picks, _ in curve["confident"]] == [8, 11]
    assert curve["confident"][0][1] == pytest.approx(told, abs=0.02)
    numbers, shares = zip(*curve["agreement"], strict=True)
    assert numbers[-1] == 11
    assert list(numbers) == list(range(numbers[0], 12))
    assert shares[-1] == workspace.teach.sessions.state(session)["agreement"]
    workspace.teach.bins.undo(session, "ann")
    curve = workspace.teach.archive.curve(session)
    assert [curve[one][-1][0] for one in ("agreement", "confident")] == [10, 8]


def test_the_belt_goes_round(image_workspace: Workspace, oracle: Oracle) -> None:
    session = image_workspace.teach.sessions.open("round", "ann", "sort")["session"]
    n = len(image_workspace.catalogue.items)
    first = [one["id"] for one in image_workspace.teach.belt.items(session)]
    image_workspace.teach.bins.pick(session, first[0], "ann", "a")
    seen = set(first)
    while not image_workspace.teach.belt.all_seen(session):
        seen |= {one["id"] for one in image_workspace.teach.belt.items(session, more=True)}
    assert len(seen) == n
    again = [one["id"] for one in image_workspace.teach.belt.items(session, more=True)]
    assert again[:7] == first[1:]
    assert image_workspace.teach.sessions.state(session)["observed"] == n


def test_asks_stay_below_the_share_allowed(workspace: Workspace, oracle: Oracle) -> None:
    session, _ = pick_session(workspace, oracle)
    workspace.teach.sessions.ask_at_most(session, 0.1, "ann")
    for item in workspace.catalogue.items[:100]:
        workspace.teach.robot.observe(session, item.id)
    state = workspace.teach.sessions.state(session)
    assert 0 < state["asks"] <= 0.1 * state["observations"]


def asked(workspace: Workspace, session: str, items: tuple[Item, ...]) -> int:
    return sum(workspace.teach.robot.observe(session, i.id)["action"] == "ask" for i in items)


def test_how_often_the_robot_asks_changes_at_once_and_stays(
    prepared_digits: Path, tmp_path: Path, oracle: Oracle
) -> None:
    folder = shutil.copytree(prepared_digits, tmp_path / "work")
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        session, _ = pick_session(workspace, oracle)
        items = workspace.catalogue.items
        workspace.teach.sessions.ask_at_most(session, 1.0, "ann")
        assert asked(workspace, session, items[:20]) > 0
        belt = workspace.teach.belt.items(session)
        assert {one["action"] for one in belt} == {"ask"}
        workspace.teach.sessions.ask_at_most(session, 0.0, "ann")
        assert asked(workspace, session, items[20:60]) == 0
        assert {one["action"] for one in workspace.teach.belt.items(session)} == {"act"}
        workspace.teach.sessions.ask_at_most(session, 0.25, "ann")
        assert 0 < asked(workspace, session, items[60:100]) <= 10
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        assert workspace.teach.sessions.state(session)["ask_share"] == 0.25


def test_what_lies_on_the_belt_is_asked_about_once_it_is_unclear(
    workspace: Workspace, oracle: Oracle
) -> None:
    session = sorting(workspace, oracle, n=4)
    workspace.teach.sessions.ask_at_most(session, 0.0, "ann")
    belt = workspace.teach.belt.items(session)
    assert {one["action"] for one in belt} == {"act"}
    workspace.teach.sessions.ask_at_most(session, 0.5, "ann")
    observed(
        workspace,
        session,
        [pick.item for pick in workspace.teach.sessions.find(session).state.picks],
    )
    workspace.training.train_now("bins")
    before = workspace.teach.sessions.state(session)
    again = workspace.teach.belt.items(session)
    asked = [one["confidence"] for one in again if one["action"] == "ask"]
    assert {one["id"] for one in again} == {one["id"] for one in belt}
    assert asked
    assert max(asked) < max(one["confidence"] for one in again)
    told = workspace.teach.sessions.state(session)
    assert told["asks"] - before["asks"] == len(asked)
    assert told["observations"] - before["observations"] == len(asked)
    assert workspace.teach.belt.items(session) == again
    assert workspace.teach.sessions.state(session)["asks"] == told["asks"]


def test_a_question_goes_once_the_item_is_clear(workspace: Workspace, oracle: Oracle) -> None:
    session = sorting(workspace, oracle, n=4)
    workspace.training.train_now("bins")
    workspace.teach.sessions.ask_at_most(session, 1.0, "ann")
    belt = workspace.teach.belt.items(session, more=True)
    assert {one["action"] for one in belt} == {"ask"}
    workspace.teach.sessions.ask_at_most(session, 0.3, "ann")
    later = {one["id"]: one for one in workspace.teach.belt.items(session)}
    kept = [one["confidence"] for one in later.values() if one["action"] == "ask"]
    gone = [one["confidence"] for one in later.values() if one["action"] == "act"]
    assert gone
    assert max(kept, default=0) < min(gone)


def png(shape: str, seed: int) -> bytes:
    data = io.BytesIO()
    draw(shape, np.random.default_rng(seed)).save(data, "PNG")
    return data.getvalue()


def test_an_image_becomes_an_item(image_workspace: Workspace, oracle: Oracle) -> None:
    session = image_workspace.teach.sessions.open("discs", "ann", "pick", "disc")["session"]
    members = oracle.members(image_workspace, "disc")[:6]
    observed(image_workspace, session, members)
    for item in members:
        image_workspace.teach.bins.pick(session, item, "ann")
    before = len(image_workspace.catalogue.items)
    seen = image_workspace.teach.robot.observe(session, image=png("disc", 99))
    assert (
        image_workspace.teach.robot.observe(session, image=png("disc", 99))["item"] == seen["item"]
    )
    assert len(image_workspace.catalogue.items) == before + 1
    assert seen["bin"] == "disc"
    assert image_workspace.teach.bins.pick(session, seen["item"], "ann")["picks"] == 7
    image_workspace.training.train_now("discs")
    assert seen["item"] in image_workspace.teach.robot.answers(session)["answers"]
    with pytest.raises(SourceError):
        image_workspace.teach.robot.observe(session, image=b"no image")
    with pytest.raises(SourceError):
        image_workspace.teach.robot.observe(session, image=b"")
    assert len(list(image_workspace.paths.observed.iterdir())) == 1


def test_what_a_robot_showed_is_not_on_the_belts_of_others(image_workspace: Workspace) -> None:
    own, other = (image_workspace.teach.sessions.open(n, "ann", "sort")["session"] for n in "ab")
    seen = image_workspace.teach.robot.observe(own, image=png("disc", 97))["item"]
    image_workspace.teach.robot.observe(other, image=png("disc", 96))
    shown = image_workspace.teach.sessions.find(other).criterion.showing.snapshot
    assert shown is not None
    assert seen in shown.space.item_ids
    assert seen in [one["id"] for one in image_workspace.teach.belt.items(own)]
    n = len(image_workspace.catalogue.items)
    while not image_workspace.teach.belt.all_seen(other):
        image_workspace.teach.belt.items(other, more=True)
    assert image_workspace.teach.sessions.state(other)["observed"] == n - 1
    assert seen not in image_workspace.teach.sessions.find(other).state.observed
    image_workspace.teach.robot.observe(other, seen)  # asked for by its id it is there
    assert seen in [one["id"] for one in image_workspace.teach.belt.items(other)]


def test_observed_images_stay(drawn: Path, tmp_path: Path) -> None:
    with open_workspace(tmp_path / "w", source=drawn, inline=True, device="cpu") as workspace:
        session = workspace.teach.sessions.open("discs", "ann", "sort")["session"]
        seen = workspace.teach.robot.observe(session, image=png("disc", 98))["item"]
        workspace.teach.bins.pick(session, seen, "ann", "round")
    with open_workspace(tmp_path / "w", source=drawn, inline=True, device="cpu") as workspace:
        assert workspace.items.get(seen).present
        assert seen in workspace.teach.robot.answers(session)["answers"]
        assert bins(workspace, session) == {"round": 1}
