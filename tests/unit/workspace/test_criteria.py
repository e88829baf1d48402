"""Criteria are renamed, reworded, deleted and brought back; what was answered stays theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import Run

from curation.errors import CurationError, DecisionError, UnknownName
from curation.workspace import Workspace

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


def test_a_deleted_criterion_that_is_added_again_is_the_old_one(trained: Workspace) -> None:
    before = trained.log.effective(CRITERION)
    trained.criteria.add("colour")
    trained.criteria.delete(CRITERION, "ann")
    assert trained.criteria.add(CRITERION) == row(CRITERION)
    assert trained.criteria.deleted() == []
    assert trained.log.effective(CRITERION) == before


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
