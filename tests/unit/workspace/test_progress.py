"""How far sorting has come, told in numbers."""

from __future__ import annotations

from typing import Any

import pytest

from curation.workspace import Workspace, open_workspace

CRITERION = "belongs together"


def told(workspace: Workspace) -> dict[str, Any]:
    return workspace.progress.of(CRITERION, "ann")


@pytest.fixture
def by_label(workspace: Workspace) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in workspace.catalogue.items:
        found.setdefault(item.name.partition("/")[0], []).append(item.id)
    return found


def sort_some(workspace: Workspace, by_label: dict[str, list[str]], each: int) -> None:
    """Name the first image of each label, and sweep ``each`` more of it."""
    for label, ids in by_label.items():
        name = {"new": label, "batch_id": f"n{label}", "milliseconds": 4000}
        workspace.sorting.name(CRITERION, "ann", ids[0], **name)  # type: ignore[arg-type]
    for label, ids in by_label.items():
        workspace.sorting.sweep(
            CRITERION, "ann", ids[0], ids[1 : each + 1], {}, batch_id=f"s{label}", milliseconds=3000
        )


def test_before_any_answer_nothing_is_claimed(workspace: Workspace) -> None:
    now = told(workspace)
    assert now["images"] == len(workspace.catalogue.items)
    assert now["decided"] == 0
    assert now["agreement"] is None
    assert now["next_minute"] is None
    assert not now["good_enough"]
    assert now["seconds"] == 0
    assert set(now["pace"].values()) == {None}
    assert now["groups"] == []


def test_it_counts_what_is_decided_and_guessed(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    sort_some(workspace, by_label, 3)
    now = told(workspace)
    assert now["decided"] == 4 * len(by_label)
    assert now["decided"] <= now["sure"] <= now["images"]
    assert {one["name"]: one["size"] for one in now["groups"]} == dict.fromkeys(by_label, 4)
    assert sum(one["guessed"] for one in now["groups"]) == now["images"] - now["decided"]
    assert sum(one["sure"] for one in now["groups"]) == now["sure"]
    assert all(one["wrong"] == (0, 3) for one in now["groups"])
    timed = 3 * len(by_label) + 4 * (len(by_label) - 1)  # the very first name makes no decision
    assert now["seconds"] == timed


def test_guesses_are_counted_by_image_and_an_undo_takes_them_back(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    (first, *ours), (other, *others) = list(by_label.values())[:2]
    sort_some(workspace, by_label, 0)
    workspace.sorting.sweep(CRITERION, "ann", first, ours[:8], dict.fromkeys(others[:4]))
    workspace.sorting.sweep(CRITERION, "ann", other, others[:7], {})
    assert told(workspace)["agreement"] is None
    workspace.sorting.name(CRITERION, "ann", ours[8], group=first, guess=first)
    found = told(workspace)["agreement"]
    assert (found["right"], found["of"]) == (16, 20)
    assert 0.5 < found["low"] < 0.8 < found["high"] < 0.95
    workspace.review.undo(CRITERION, "ann", "t", "u")
    assert told(workspace)["agreement"] is None


def test_a_name_against_the_guess_is_one_wrong_guess(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    (first, *ours), (other, *others) = list(by_label.values())[:2]
    sort_some(workspace, by_label, 0)
    workspace.sorting.sweep(CRITERION, "ann", first, ours[:9], {})
    workspace.sorting.sweep(CRITERION, "ann", other, others[1:11], {})
    workspace.sorting.name(CRITERION, "ann", others[0], group=other, guess=first)
    assert told(workspace)["agreement"]["right"] == 19
    assert told(workspace)["agreement"]["of"] == 20


def test_a_restart_changes_no_number(workspace: Workspace, by_label: dict[str, list[str]]) -> None:
    sort_some(workspace, by_label, 12)
    before = told(workspace)
    root = workspace.paths.root
    workspace.close()
    with open_workspace(root, inline=True, device="cpu") as again:
        after = told(again)
    for name in ("images", "decided", "sure", "agreement", "seconds", "pace", "groups"):
        assert after[name] == before[name], name


def test_what_another_minute_settles_falls_to_nothing(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    for label, ids in by_label.items():
        workspace.sorting.name(CRITERION, "ann", ids[0], new=label, milliseconds=4000)
    told(workspace)
    for place in range(1, 8):
        for ids in by_label.values():
            workspace.sorting.name(
                CRITERION, "ann", ids[place], group=ids[0], guess=ids[0], milliseconds=10_000
            )
        now = told(workspace)
    assert now["next_minute"] is not None
    assert now["next_minute"] <= now["images"] - now["decided"]
    for ids in by_label.values():
        workspace.sorting.sweep(CRITERION, "ann", ids[0], ids[8:], {}, milliseconds=20_000)
    done = told(workspace)
    assert done["next_minute"] == 0
    assert done["good_enough"]
    assert done["sure"] == done["decided"] == done["images"]


def test_the_number_of_groups_is_told_from_the_images_that_were_named(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    for label, ids in by_label.items():
        workspace.sorting.name(CRITERION, "ann", ids[0], new=label)
    assert told(workspace)["number"] is None
    for ids in by_label.values():
        for item in ids[1:5]:
            workspace.sorting.name(CRITERION, "ann", item, group=ids[0])
    number = told(workspace)["number"]
    assert number["about"] == number["low"] == number["high"] == len(by_label)
    assert number["smallest"] == pytest.approx(3 / (5 * len(by_label)))
    assert told(workspace)["by_folder"] == 0


def test_images_by_their_folders_name_are_told_apart(
    workspace: Workspace, by_label: dict[str, list[str]]
) -> None:
    workspace.folders.adopt(CRITERION, "ann")
    now = told(workspace)
    assert now["decided"] == now["by_folder"] == now["images"]
    assert now["number"] == {"about": 10, "low": 10, "high": 10, "smallest": 0.0}
    workspace.folders.answer(CRITERION, "ann", by_label["3"][0])
    assert told(workspace)["by_folder"] < now["images"]
