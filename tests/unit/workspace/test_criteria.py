"""Criteria are renamed, reworded, deleted and brought back; what was answered stays theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import Run

from curation.commands.simulated_review import _new_criterion
from curation.errors import CurationError, DecisionError, UnknownName
from curation.teaching.events import Event, EventLog
from curation.workspace import Workspace
from curation.workspace.mending import open_log

CRITERION = "belongs together"
Open = Callable[..., Workspace]


def row(name: str, title: str = "", question: str = "") -> dict[str, Any]:
    return {"name": name, "title": title or name, "question": question}


def test_a_renamed_criterion_keeps_answers_settings_and_generations(
    trained: Workspace, open_: Open
) -> None:
    before = trained.log.effective(CRITERION)
    trained.criteria.configure(CRITERION, {"every_decisions": 3})
    worded = trained.criteria.word(CRITERION, "ann", " same bin ", "Same bin?")
    assert worded == row(CRITERION, "same bin", "Same bin?")
    trained.criteria.word(CRITERION, "ann", question="Which bin?")
    folder = trained.paths.root
    trained.close()
    again = open_(folder, criterion="same bin")  # by its title: no second criterion
    assert again.criteria.all() == [row(CRITERION, "same bin", "Which bin?")]
    assert again.log.effective(CRITERION) == before
    assert again.criteria.settings(CRITERION)["every_decisions"] == 3
    assert again.status(CRITERION)["generation"] == 1


def test_a_deleted_criterion_leaves_the_list_and_comes_back_whole(
    trained: Workspace, open_: Open
) -> None:
    before = trained.log.effective(CRITERION)
    assert before
    trained.criteria.add("colour")
    trained.criteria.delete(CRITERION, "ann")
    assert trained.criteria.all() == [row("colour")]
    assert trained.overview()["deleted_criteria"] == [row(CRITERION)]
    with pytest.raises(CurationError, match="the last one"):
        trained.criteria.delete("colour", "ann")
    folder = trained.paths.root
    trained.close()
    again = open_(folder)
    assert again.criteria.all() == [row("colour")]
    assert again.criteria.bring_back(CRITERION, "ann") == row(CRITERION)
    assert again.criteria.all() == [row(CRITERION), row("colour")]
    assert again.log.effective(CRITERION) == before
    assert again.status(CRITERION)["generation"] == 1


def test_no_criterion_is_added_over_one_that_is_deleted_renamed_or_asks_something_else(
    trained: Workspace,
) -> None:
    trained.criteria.add("colour", " Same colour? ")
    assert trained.criteria.add("colour", " Same colour? ")["name"] == "colour"
    with pytest.raises(DecisionError, match="exists with the question"):
        trained.criteria.add("colour", "Same hue?")
    trained.criteria.word("colour", "ann", "hue")
    with pytest.raises(DecisionError, match="exists as 'hue'"):
        trained.criteria.add("colour")
    with pytest.raises(DecisionError, match="exists with the question"):
        trained.criteria.add("hue", "Same hue?")
    trained.criteria.delete("colour", "ann")
    for called in ("colour", "hue"):
        with pytest.raises(DecisionError, match="'hue' was deleted"):
            trained.criteria.add(called)
    assert trained.criteria.deleted() == [row("colour", "hue", " Same colour? ")]


def test_an_opening_leaves_a_deleted_criterion_deleted(trained: Workspace, open_: Open) -> None:
    trained.criteria.add("colour")
    trained.criteria.delete("colour", "ann")
    folder = trained.paths.root
    trained.close()
    assert open_(folder, criterion="colour").criteria.deleted() == [row("colour")]


def test_unused_names_are_neither_titles_nor_those_of_deleted_criteria(trained: Workspace) -> None:
    for name in ("simulation 1", "other"):
        trained.criteria.add(name)
    trained.criteria.word("other", "ann", "simulation 2")
    trained.criteria.delete("simulation 1", "ann")
    assert _new_criterion(trained) == "simulation 3"


def test_a_session_under_the_title_of_a_criterion_takes_that_one_over(trained: Workspace) -> None:
    trained.criteria.word(CRITERION, "ann", "same bin")
    with pytest.raises(DecisionError, match="There is a criterion"):
        trained.teach.sessions.open("same bin", "ann", "sort")
    assert trained.teach.sessions.all() == []
    trained.teach.sessions.open("same bin", "ann", "sort", take_over=True)
    assert [one["name"] for one in trained.teach.sessions.all()] == [CRITERION]
    assert trained.criteria.all() == [row(CRITERION, "same bin")]


def test_no_session_takes_over_a_deleted_criterion(trained: Workspace) -> None:
    trained.criteria.add("colour")
    trained.criteria.delete("colour", "ann")
    for take_over in (False, True):
        with pytest.raises(DecisionError, match="which is deleted"):
            trained.teach.sessions.open("colour", "ann", "sort", take_over=take_over)


def test_a_criterion_whose_title_another_one_has_by_name_is_reworded_all_the_same(
    trained: Workspace,
) -> None:
    trained.criteria.word(CRITERION, "ann", "same bin")
    # As earlier versions let a session open under the title of another criterion.
    database = open_log(trained.paths)
    EventLog(database).append(Event("k", "same bin", "open", "ann", value="sort"))
    database.dispose()
    worded = trained.criteria.word(CRITERION, "ann", question="Which bin?")
    assert worded == row(CRITERION, "same bin", "Which bin?")


def test_the_status_tells_that_criteria_changed(trained: Workspace, open_: Open) -> None:
    def told() -> int:
        assert trained.overview()["criteria_revision"] == revision()
        return revision()

    def revision() -> int:
        return int(trained.status(CRITERION)["criteria_revision"])

    seen = [told()]
    trained.criteria.add("colour")
    seen.append(told())
    trained.criteria.word("colour", "bob", "hue")
    seen.append(told())
    trained.criteria.word("colour", "bob", question="Same hue?")
    seen.append(told())
    trained.criteria.delete("colour", "bob")
    seen.append(told())
    trained.criteria.bring_back("colour", "bob")
    seen.append(told())
    trained.teach.sessions.open("sorted", "bob", "sort")
    seen.append(told())
    assert seen == sorted(set(seen))
    folder = trained.paths.root
    trained.close()
    assert open_(folder).status(CRITERION)["criteria_revision"] == seen[-1]


def test_a_deleted_criterion_takes_answers_and_is_not_trained(
    trained: Workspace, open_: Open
) -> None:
    trained.criteria.add("colour")
    trained.criteria.configure("colour", {"every_decisions": 1})
    a, b = (item.id for item in trained.catalogue.items[:2])
    trained.criteria.delete("colour", "ann")
    trained.review.decide("colour", "bob", [{"a": a, "b": b, "verdict": "same"}])
    assert len(trained.log.effective("colour")) == 1
    folder = trained.paths.root
    assert not trained.engine.retrainer.is_due(trained.engine.criteria["colour"], 1e12)
    trained.close()
    again = open_(folder)
    owner = again.engine.criteria["colour"]
    assert not again.engine.retrainer.is_due(owner, 1e12)
    again.criteria.bring_back("colour", "ann")
    assert again.engine.retrainer.is_due(owner, 1e12)


def test_no_two_criteria_are_called_the_same(trained: Workspace) -> None:
    trained.criteria.add("colour")
    trained.criteria.word("colour", "ann", "hue")
    for taken in ("hue", "colour"):
        with pytest.raises(DecisionError, match="Another criterion is called"):
            trained.criteria.word(CRITERION, "ann", taken)
    with pytest.raises(DecisionError, match="name of 1 to"):
        trained.criteria.word(CRITERION, "ann", " ")
    with pytest.raises(UnknownName):
        trained.criteria.word("none", "ann", "x")
    with pytest.raises(UnknownName):
        trained.criteria.delete("none", "ann")
    trained.criteria.word("colour", "ann", "colour")  # its own name is free
    assert [one["title"] for one in trained.criteria.all()] == [CRITERION, "colour"]


def test_the_criterion_of_a_session_is_not_deleted(trained: Workspace) -> None:
    trained.teach.sessions.open("sorted", "ann", "sort")
    with pytest.raises(CurationError, match="session under Teach"):
        trained.criteria.delete("sorted", "ann")


def test_the_command_lists_renames_deletes_and_brings_back(run: Run, trained: Workspace) -> None:
    trained.criteria.add("colour")
    work: Path = trained.paths.root
    trained.close()
    said = ("criteria", "--workspace", work, "--criterion")
    renamed = run.json(*said, "colour", "--rename", "hue", "--question", "Same hue?")
    assert renamed["criteria"][1] == row("colour", "hue", "Same hue?")
    assert run.json(*said, "hue", "--delete")["deleted"] == [row("colour", "hue", "Same hue?")]
    code, out, _ = run("criteria", "--workspace", work)
    assert code == 0
    assert out.splitlines()[1].endswith("hue, deleted")
    assert run.json(*said, "hue", "--restore")["deleted"] == []
