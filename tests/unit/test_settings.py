from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from curation import settings
from curation.errors import CurationError, StorageFull, WorkspaceError
from curation.paths import Paths, slug
from curation.settings import CriterionSettings, WorkspaceSettings


@pytest.mark.parametrize(
    "changes",
    [
        {"every_decisions": 1, "idle_seconds": 1.5, "overlap": 3},
        {"n_groups": None},
        {"n_groups": 7, "blind": True},
        {"objective": "occ", "strategy": "knn_k"},
    ],
)
def test_changes_are_taken(changes: dict[str, Any]) -> None:
    changed = settings.changed(CriterionSettings(), changes)
    assert {name: getattr(changed, name) for name in changes} == changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"every": 3}, r"Unknown setting 'every'\. Valid: blind, every_decisions"),
        (
            {"every_decisions": 0},
            "from 1 to 1,000,000,000 for every_decisions, got 0",
        ),
        ({"every_decisions": 2.5}, "Expected a whole number"),
        ({"every_decisions": True}, "whole number"),
        ({"every_decisions": None}, "got None"),
        ({"idle_seconds": "10"}, r"number from 1 to 1,000,000,000 for idle_seconds"),
        ({"idle_seconds": float("nan")}, "idle_seconds"),
        ({"overlap": None}, "overlap"),
        ({"n_groups": 0}, "n_groups"),
        ({"every_decisions": 10**30}, "every_decisions"),
        ({"n_groups": 10**400}, "n_groups"),
        ({"idle_seconds": 10**400}, "idle_seconds"),
        ({"idle_seconds": float("inf")}, "idle_seconds"),
        ({"overlap": 10**30}, "overlap"),
        ({"objective": 5}, "text for objective"),
        ({"strategy": None}, "text for strategy"),
        ({"blind": "yes"}, "true or false"),
    ],
)
def test_values_out_of_range_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CurationError, match=message):
        settings.changed(CriterionSettings(), changes)


def test_settings_survive_a_file(tmp_path: Path) -> None:
    file = tmp_path / "workspace.json"
    assert settings.read(file, WorkspaceSettings) == WorkspaceSettings()
    given = WorkspaceSettings(source="/fotos/Ünïcode", encoder="timm:resnet10t")
    settings.write(file, given)
    assert settings.read(file, WorkspaceSettings) == given
    stored = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**stored, "newer": 1}))
    assert settings.read(file, WorkspaceSettings) == given
    assert [path.name for path in tmp_path.iterdir()] == ["workspace.json"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00", "null"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "workspace.json"
    file.write_text(content)
    with pytest.raises(WorkspaceError, match=r"workspace\.json.*remove the file"):
        settings.read(file, WorkspaceSettings)


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "workspace.json"
    settings.write(file, WorkspaceSettings(source="old"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match="No space left"):
        settings.write(file, WorkspaceSettings(source="new"))
    monkeypatch.undo()
    assert settings.read(file, WorkspaceSettings).source == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["workspace.json"]


def test_criteria_get_folders_of_their_own() -> None:
    names = ["same-bin", "same bin", "same bin?", "Same bin", "同じ", "..", "", "a" * 300, "a/b"]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    assert all(one and "/" not in one and not one.startswith(".") for one in slugs)
    assert all(len(one) < 60 for one in slugs)
    root = Path("/w")
    assert Paths(root).generations("a/b").parent == root / "generations"
