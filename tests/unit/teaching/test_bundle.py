"""A session's archive: whole, readable, and without a robot's secrets."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from conftest import Oracle, draw

from curation.errors import ExportError
from curation.exports.adapter import load_adapter
from curation.teaching.bundle import encoder_line, weights_file
from curation.workspace import Workspace
from curation.workspace.teach.archive import Archive


@pytest.fixture
def taught(workspace: Workspace, oracle: Oracle) -> str:
    session = str(workspace.teach.sessions.open("bins", "ann", "sort")["session"])
    for label in ("1", "2"):
        for item in oracle.members(workspace, label)[:4]:
            workspace.teach.robot.observe(session, item)
            workspace.teach.bins.pick(session, item, "ann", label)
    return session


def table(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"), newline="")))


def test_the_files_of_a_session(
    workspace: Workspace, oracle: Oracle, taught: str, tmp_path: Path
) -> None:
    secret = workspace.teach.tokens.grant(taught, "arm", "ann")["token"]
    workspace.training.train_now("bins")
    workspace.teach.sessions.step(taught, "end", "ann")
    done = workspace.teach.archive.write(taught)
    with zipfile.ZipFile(done["path"]) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == done["files"]
        groups, pairs = table(archive, "groups.csv"), table(archive, "pairs.csv")
        sorting, timeline = table(archive, "sorting.csv"), table(archive, "timeline.csv")
        told = json.loads(archive.read("session.json"))
        about = archive.read("README.txt").decode("utf-8")
        archive.extract("adapter.safetensors", tmp_path)
    by_bin = {name: [r["id"] for r in groups if r["name"] == name] for name in ("1", "2")}
    for name, items in by_bin.items():
        assert sorted(items) == sorted(oracle.members(workspace, name)[:4])
    verdicts = [row["verdict"] for row in pairs]
    assert (verdicts.count("same"), verdicts.count("different")) == (12, 16)
    assert len(sorting) == len(workspace.catalogue.items)
    assert sum(row["by"] == "person" for row in sorting) == 8
    assert {row["bin"] for row in sorting} == {"1", "2"}
    assert [row["kind"] for row in timeline].count("pick") == 8
    assert timeline[-1]["kind"] == "end"
    assert not [row for row in timeline if row["kind"] == "grant" and row["value"]]
    assert secret not in str(timeline)
    assert (told["status"], told["picks"]) == ("ended", 8)
    assert told["started"] < told["ended"]
    assert [sorted(one) for one in told["bins"]] == [["name", "robot", "taught"]] * 2
    assert '"bins" (ended, 8 picks)' in about
    assert "came with their vectors" in about
    assert done["encoder"] in about
    assert set(told["encoder"]) == {"spec", "dim", "fingerprint", "weights"}
    moved = load_adapter(tmp_path / "adapter.safetensors").apply(workspace.snapshot("bins").base)
    np.testing.assert_allclose(moved, workspace.snapshot("bins").space.vectors, atol=1e-5)


def test_what_teachers_contradict_each_other_about_is_in_no_bin(
    workspace: Workspace, oracle: Oracle, taught: str
) -> None:
    item = oracle.members(workspace, "1")[1]
    workspace.teach.bins.pick(taught, item, "bea", "2")
    with zipfile.ZipFile(workspace.teach.archive.write(taught)["path"]) as archive:
        groups, pairs = table(archive, "groups.csv"), table(archive, "pairs.csv")
        by = {row["id"]: row["by"] for row in table(archive, "sorting.csv")}
        about = archive.read("README.txt").decode("utf-8")
    assert len(groups) == 7
    assert item not in [row["id"] for row in groups]
    assert not [row for row in pairs if item in (row["id_a"], row["id_b"])]
    assert (by[item], list(by.values()).count("person")) == ("robot", 7)
    assert "these are 1." in about


def test_an_untrained_session_has_no_adapter(workspace: Workspace, taught: str) -> None:
    assert "adapter.safetensors" not in workspace.teach.archive.write(taught)["files"]


def test_nothing_taught_is_nothing_to_export(workspace: Workspace) -> None:
    session = workspace.teach.sessions.open("empty", "ann", "sort")["session"]
    with pytest.raises(ExportError, match="picks"):
        workspace.teach.archive.write(session)
    assert not list(workspace.paths.exports.iterdir())


def test_the_weights_that_a_spec_names(tmp_path: Path) -> None:
    file = tmp_path / "a:b.safetensors"
    file.write_bytes(b"x")
    assert weights_file(f"timm:resnet10t:{file}") == file
    assert weights_file(f"distilled:{file}") == file
    assert weights_file("builtin") is None
    assert weights_file("timm:resnet10t") is None
    assert weights_file("open_clip:ViT-B-32:openai") is None


def test_where_the_encoder_is_found(tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    hub = encoder_line({"spec": "open_clip:ViT-B-32:openai"}, None)
    assert "named, not included" in hub
    assert "ViT-B-32:openai" in hub
    assert "with the package" in encoder_line({"spec": "builtin"}, None)
    assert "included, as encoder/net.safetensors" in encoder_line(
        {"spec": f"timm:net:{file}"}, file
    )


def test_an_archive_without_adapter_says_so(workspace: Workspace, taught: str) -> None:
    with zipfile.ZipFile(workspace.teach.archive.write(taught)["path"]) as archive:
        assert "none yet" in archive.read("README.txt").decode("utf-8")


def test_the_weights_go_along(workspace: Workspace, taught: str, tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    file.write_bytes(b"weights")
    context, teach = workspace.context, workspace.teach
    settings = replace(context.settings, embeddings=None, encoder=f"timm:net:{file}")
    writer = Archive(
        replace(context, settings=settings),
        workspace.items,
        workspace.exports,
        teach.sessions,
        teach.robot,
    )
    done = writer.write(taught)
    with zipfile.ZipFile(done["path"]) as archive:
        assert archive.read("encoder/net.safetensors") == b"weights"
        assert json.loads(archive.read("session.json"))["encoder"]["weights"] == done["files"][-1]


def png(seed: int) -> bytes:
    data = io.BytesIO()
    draw("disc", np.random.default_rng(seed)).save(data, "PNG")
    return data.getvalue()


def test_what_a_robot_showed_goes_along(image_workspace: Workspace, oracle: Oracle) -> None:
    known = oracle.members(image_workspace, "disc")[0]
    session = image_workspace.teach.sessions.open("discs", "ann", "sort")["session"]
    data = png(99)
    shown = image_workspace.teach.robot.observe(session, image=data)["item"]
    image_workspace.teach.robot.observe(session, known)
    for item in (shown, known):
        image_workspace.teach.bins.pick(session, item, "ann", "round")
    done = image_workspace.teach.archive.write(session)
    place = f"observed/{shown}.image"
    with zipfile.ZipFile(done["path"]) as archive:
        assert archive.namelist() == done["files"]
        assert archive.read(place) == data
        tables = {name: archive.read(name).decode("utf-8") for name in done["files"][:4]}
        groups, about = table(archive, "groups.csv"), archive.read("README.txt").decode("utf-8")
    assert {r["id"]: r["file"] for r in groups}[shown] == place
    assert not [name for name, text in tables.items() if str(image_workspace.paths.root) in text]
    assert "showed (1)" in about
    image_workspace.items.exclude("ann", [shown])
    assert place not in image_workspace.teach.archive.write(session)["files"]


def test_what_was_shown_to_another_session_stays_out(
    image_workspace: Workspace, oracle: Oracle
) -> None:
    known = oracle.members(image_workspace, "disc")[0]
    own, other = (image_workspace.teach.sessions.open(n, "ann", "sort")["session"] for n in "ab")
    shown, joined = (
        image_workspace.teach.robot.observe(other, image=png(n))["item"] for n in (98, 99)
    )
    mine = image_workspace.teach.robot.observe(own, image=png(97))["item"]
    image_workspace.teach.robot.observe(own, known)
    image_workspace.teach.bins.pick(own, known, "ann", "round")
    image_workspace.review.decide("a", "ann", [{"a": known, "b": joined, "verdict": "same"}])
    done = image_workspace.teach.archive.write(own)
    with zipfile.ZipFile(done["path"]) as archive:
        rows = table(archive, "sorting.csv")
        text = "".join(archive.read(name).decode("utf-8") for name in done["files"][:6])
    assert len(rows) == len(image_workspace.catalogue.items) - 1
    assert shown not in text
    assert str(image_workspace.paths.root) not in text
    held = [name for name in done["files"] if "observed/" in name]
    assert sorted(held) == sorted(f"observed/{item}.image" for item in (joined, mine))
