from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation import open_workspace
from curation.engine.intake import Intake
from curation.errors import (
    CurationError,
    SchemaError,
    SourceError,
    UnknownName,
    WorkspaceBusy,
    WorkspaceError,
)
from curation.items.source import Reading
from curation.worker import embedding
from curation.workspace import Workspace

CRITERION = "belongs together"
N_IMAGES = 48
ROOT = Path(__file__).resolve().parents[3]
Open = Callable[..., Workspace]


def draw(file: Path, shade: int = 90) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), (shade, 80, 120)).save(file)


def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts of the items of every encoding from now on."""
    from curation.spaces import encode

    counts: list[int] = []
    plain = encode.encode_items

    def counting(encoder: Any, store: Any, items: Any, **options: Any) -> Any:
        counts.append(len(items))
        return plain(encoder, store, items, **options)

    monkeypatch.setattr(encode, "encode_items", counting)
    return counts


# --- sources -------------------------------------------------------------------------------


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(SourceError, match=r"No item in the folder .*none"):
        open_workspace(str(tmp_path / "work"), source=tmp_path / "none", inline=True)
    open_workspace(str(tmp_path / "work"), inline=True).close()  # the folder is free again


def test_a_folder_without_a_readable_image_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "zero.jpg").write_bytes(b"")
    (folder / "text.png").write_text("no image")
    with pytest.raises(SourceError, match=r"No readable image.*2 skipped"):
        open_workspace(str(tmp_path / "work"), source=folder, inline=True)


def test_unreadable_files_are_listed_and_the_rest_is_used(images: Path, open_: Open) -> None:
    (images / "zero.jpg").write_bytes(b"")
    (images / "text.png").write_text("no image")
    whole = (images / "disc" / "disc 00.png").read_bytes()
    (images / "cut.png").write_bytes(whole[: len(whole) // 2])
    (images / "png in truth.jpg").write_bytes(whole)
    (images / "loop").symlink_to(images)
    Image.new("1", (20_000, 20_000)).save(images / "bomb.png")
    workspace = open_(source=images)
    listed = {row["path"]: row["reason"] for row in workspace.overview()["unreadable"]}
    assert {"zero.jpg", "text.png", "bomb.png"} <= set(listed)
    assert all(listed.values())
    status = workspace.status(CRITERION)
    # the wrong extension is a copy of a known image, half a file is what is there of it
    assert status["embedded"] == N_IMAGES + 1
    noted = {row["path"]: row["reason"] for row in workspace.overview()["notes"]}
    assert "ends too early" in noted["cut.png"]
    cut = next(i for i in workspace.catalogue.items if "cut.png" in i.paths)
    assert cut.attributes["cut"] is True
    assert status["unreadable"] == len(listed)
    copies = next(i for i in workspace.catalogue.items if "png in truth.jpg" in i.paths)
    assert len(copies.paths) == 2


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_items(tmp_path: Path, open_: Open, count: int) -> None:
    for number in range(count):
        draw(tmp_path / "few" / f"{number}.png", 60 * number)
    workspace = open_(source=tmp_path / "few")
    seen = 0
    while cards := workspace.review.cards(CRITERION, "ann", "t", 1)["cards"]:
        card = cards[0]
        given = {"a": card["a"]["id"], "b": card["b"]["id"], "verdict": "different"}
        workspace.review.decide(CRITERION, "ann", [given], "t")
        seen += 1
    assert seen == count * (count - 1) // 2
    done = workspace.review.cards(CRITERION, "ann", "t", 1)
    assert done["done"]
    assert ("at least two items" if count == 1 else "Done") in done["message"]
    assert workspace.predicted.groups(CRITERION)["k"] >= 1
    assert workspace.search.neighbours(CRITERION, workspace.catalogue.items[0].id)["item"]


def test_identical_files_are_one_item(tmp_path: Path, open_: Open) -> None:
    for number in range(5):
        draw(tmp_path / "same" / f"{number}.png")
    workspace = open_(source=tmp_path / "same")
    assert workspace.status(CRITERION)["embedded"] == 1
    assert workspace.review.cards(CRITERION, "ann", "t", 1)["done"]


def test_identical_vectors_of_different_items(tmp_path: Path, open_: Open) -> None:
    names = np.array([f"{number}.wav" for number in range(12)])
    np.savez(tmp_path / "v.npz", F=np.ones((12, 4), np.float32), files=names)
    workspace = open_(embeddings=tmp_path / "v.npz")
    for card in workspace.review.cards(CRITERION, "ann", "t", 5)["cards"]:
        given = {"a": card["a"]["id"], "b": card["b"]["id"], "verdict": "same"}
        workspace.review.decide(CRITERION, "ann", [given], "t")
    workspace.training.train_now(CRITERION)
    vectors = workspace.snapshot(CRITERION).space.vectors
    assert np.isfinite(vectors).all()


def test_no_pair_is_left_when_all_follow(workspace: Workspace) -> None:
    everything = [item.id for item in workspace.catalogue.items]
    workspace.groups.decide(CRITERION, "ann", everything, "same")
    asked = [p for p in workspace.review.next_proposals(CRITERION, "ann", 50) if p.kind != "audit"]
    assert asked == []


# --- again ---------------------------------------------------------------------------------


def test_a_second_start_appends_and_encodes_only_what_is_new(
    images: Path, tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    first = open_(work, source=images)
    a, b = (first.catalogue.items[n].id for n in (0, 1))
    first.review.decide(CRITERION, "ann", [{"a": a, "b": b, "verdict": "same"}])
    ids = first.snapshot(CRITERION).space.item_ids
    first.close()
    counts = encoded(monkeypatch)
    again = open_(work)
    again.close()
    assert counts == [0]

    gone = images / again.items.get(a).paths[0]
    gone.unlink()
    draw(images / "new" / "one.png", 10)
    later = open_(work)
    assert counts == [0, 1]
    assert later.snapshot(CRITERION).space.item_ids[: len(ids)] == ids
    assert later.status(CRITERION)["embedded"] == len(ids) + 1
    eligible = later.snapshot(CRITERION).eligible
    assert not eligible[ids.index(a)]
    assert eligible.sum() == len(ids)
    asked = later.review.next_proposals(CRITERION, "ann", 100)
    assert asked
    assert all(a not in (p.pair.a, p.pair.b) for p in asked)
    assert later.review.decisions(CRITERION)["total"] == 1  # the log keeps it
    later.close()

    draw(gone, 90)  # another file in its place
    gone.unlink()
    back = open_(work)
    assert back.status(CRITERION)["embedded"] == len(ids) + 1


def test_new_rows_of_a_vector_file_are_appended(tmp_path: Path, open_: Open) -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30, 8)).astype(np.float32)
    names = np.array([f"{number:02d}" for number in range(30)])
    file = tmp_path / "v.npz"
    np.savez(file, F=table[10:], files=names[10:])
    work = tmp_path / "work"
    first = open_(work, embeddings=file)
    ids = first.snapshot(CRITERION).space.item_ids
    first.close()
    np.savez(file, F=table, files=names)
    again = open_(work)
    shown = again.snapshot(CRITERION).space
    assert shown.item_ids[:20] == ids
    assert len(shown.item_ids) == 30
    expected = table / np.linalg.norm(table, axis=1, keepdims=True)
    found = {
        again.items.get(item).name: row
        for item, row in zip(shown.item_ids, shown.vectors, strict=True)
    }
    np.testing.assert_allclose(found["03"], expected[3], atol=1e-6)
    again.close()
    np.savez(file, F=table[:, ::-1], files=names)
    with pytest.raises(WorkspaceError, match="another encoder"):
        open_(work)
    np.savez(file, F=table[:, :5], files=names)
    with pytest.raises(WorkspaceError, match="of 8 dimensions"):
        open_(work)


def test_a_source_that_is_gone_leaves_the_decisions_usable(
    images: Path, tmp_path: Path, open_: Open
) -> None:
    work = tmp_path / "work"
    open_(work, source=images).close()
    shutil.rmtree(images)
    workspace = open_(work)
    assert "cannot be opened" in workspace.status(CRITERION)["message"]
    assert workspace.groups.all(CRITERION) == {"groups": []}
    with pytest.raises(SourceError):
        open_(tmp_path / "other", source=images)


# --- what does not fit ---------------------------------------------------------------------


def test_another_encoder_is_refused(
    prepared_images: Path, prepared_digits: Path, digits: Path, tmp_path: Path, open_: Open
) -> None:
    work = shutil.copytree(prepared_images, tmp_path / "images-work")
    with pytest.raises(WorkspaceError, match="made with the encoder 'builtin', got 'timm:"):
        open_(work, encoder="timm:resnet10t")
    with pytest.raises(WorkspaceError, match="made with the encoder 'builtin'"):
        open_(work, embeddings=digits)
    open_(work, encoder="builtin").close()
    vectors = shutil.copytree(prepared_digits, tmp_path / "vectors-work")
    with pytest.raises(WorkspaceError, match="made with the encoder 'vectors of a file'"):
        open_(vectors, encoder="builtin")


def test_other_weights_behind_the_same_name_are_refused(
    prepared_images: Path, tmp_path: Path, open_: Open
) -> None:
    work = shutil.copytree(prepared_images, tmp_path / "work")
    (store,) = (work / "embeddings").iterdir()
    store.rename(store.with_name("0" * 32))
    with pytest.raises(WorkspaceError, match="Expected the weights"):
        open_(work)


def test_unknown_names_list_the_valid_ones(
    workspace: Workspace, images: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match=r"encoder 'built_in'.*builtin"):
        open_workspace(str(tmp_path / "w"), source=images, encoder="built_in", inline=True)
    with pytest.raises(UnknownName, match=r"strategy 'knn'.*knn_k"):
        workspace.review.next_proposals(CRITERION, "ann", strategy="knn")
    with pytest.raises(UnknownName, match=r"objective 'supcom'.*supcon"):
        workspace.training.train(CRITERION, "supcom")
    with pytest.raises(UnknownName, match=rf"criterion 'else'.*{CRITERION}"):
        workspace.status("else")
    with pytest.raises(UnknownName, match="kind"):
        workspace.review.next_proposals(CRITERION, "ann", kinds=["odd"])
    with pytest.raises(UnknownName, match=r"item 'x'"):
        workspace.search.neighbours(CRITERION, "x")
    with pytest.raises(UnknownName, match="objective"):
        workspace.criteria.configure(CRITERION, {"objective": None})


def test_a_workspace_that_did_not_open_can_be_opened_with_the_right_encoder(
    images: Path, tmp_path: Path, open_: Open
) -> None:
    with pytest.raises(CurationError, match="resnet10"):
        open_(tmp_path / "w", source=images, encoder="timm:resnet10")
    open_(tmp_path / "w", source=images, encoder="builtin")


def test_a_newer_schema_is_refused(prepared_digits: Path, tmp_path: Path, open_: Open) -> None:
    work = shutil.copytree(prepared_digits, tmp_path / "work")
    connection = sqlite3.connect(work / "curation.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(SchemaError, match="newer"):
        open_(work)


def test_a_damaged_settings_file_is_named(
    prepared_digits: Path, tmp_path: Path, open_: Open
) -> None:
    work = shutil.copytree(prepared_digits, tmp_path / "work")
    (work / "criteria.json").write_text("{")
    with pytest.raises(WorkspaceError, match=r"criteria\.json"):
        open_(work)
    newer = {CRITERION: {"every_decisions": 7, "of_a_newer_version": 1}}
    (work / "criteria.json").write_text(json.dumps(newer))
    assert open_(work).criteria.settings(CRITERION)["every_decisions"] == 7


def test_a_second_holder_is_told_who_holds_it(
    prepared_digits: Path, tmp_path: Path, open_: Open
) -> None:
    work = shutil.copytree(prepared_digits, tmp_path / "work")
    first = open_(work, url="http://127.0.0.1:7860")
    with pytest.raises(WorkspaceBusy, match=rf"process {os.getpid()} .*http://127.0.0.1:7860"):
        open_(work)
    first.close()
    open_(work)


def test_a_file_in_place_of_the_folder(tmp_path: Path, open_: Open) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="--workspace"):
        open_(tmp_path / "file")


def test_a_read_only_workspace(prepared_digits: Path) -> None:
    code = """
import os, sys
from curation.workspace import open_workspace
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
open_workspace(sys.argv[1], inline=True)
"""
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o755)
        work = Path(shutil.copytree(prepared_digits, Path(base) / "work"))
        for path in [work, *work.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = subprocess.run(
            [sys.executable, "-c", code, str(work)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        work.chmod(0o755)
    assert "WorkspaceError: Expected a workspace folder that can be written" in done.stderr
    assert "--workspace" in done.stderr


# --- criteria and settings -----------------------------------------------------------------


def test_criteria_have_their_own_decisions_settings_and_generations(
    trained: Workspace, open_: Open
) -> None:
    trained.criteria.add(" colour ", "Same colour?")
    trained.criteria.add("colour", "Same colour?")
    assert [row["name"] for row in trained.criteria.all()] == [CRITERION, "colour"]
    with pytest.raises(CurationError, match="needs a name"):
        trained.criteria.add("  ")
    assert trained.status("colour")["generation"] == 0
    assert trained.status("colour")["decisions"] == 0
    assert trained.status(CRITERION)["generation"] == 1
    trained.criteria.configure("colour", {"every_decisions": 3, "overlap": 2, "n_groups": 4})
    folder = trained.paths.root
    trained.close()
    again = open_(folder, criterion="shape")
    assert again.criteria.settings("colour")["every_decisions"] == 3
    assert again.criteria.settings(CRITERION)["every_decisions"] == 10
    assert [row["name"] for row in again.criteria.all()] == [CRITERION, "colour", "shape"]


def test_nothing_is_left_open_when_opening_fails_late(
    prepared_digits: Path, tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = shutil.copytree(prepared_digits, tmp_path / "work")

    def broken(*_: Any, **__: Any) -> Any:
        raise SourceError("broken")
        yield

    monkeypatch.setattr(embedding, "take_vectors", broken)
    with pytest.raises(SourceError, match="broken"):
        open_(work)
    monkeypatch.undo()
    open_(work)


def test_a_new_workspace_begins_with_the_criteria_it_is_offered(
    open_: Open, digits: Path, tmp_path: Path
) -> None:
    offered = {"same bin": "Do these go into the same bin?", "same colour": ""}
    work = open_(tmp_path / "new", embeddings=digits, offered=offered)
    assert {row["name"]: row["question"] for row in work.criteria.all()} == offered
    work.criteria.add("mine")
    work.close()
    again = open_(tmp_path / "new", offered={"other": ""})
    assert [row["name"] for row in again.criteria.all()] == ["same bin", "same colour", "mine"]


def test_another_source_is_read_in_its_own_way(images: Path, tmp_path: Path, open_: Open) -> None:
    (tmp_path / "a.csv").write_text("photo of it;x\ndisc/disc 00.png;1\n")
    (tmp_path / "b.csv").write_text("file\nimages/disc/disc 01.png\n")
    first = Reading(file_column="photo of it", root=str(images))
    open_(source=tmp_path / "a.csv", reading=first).close()
    workspace = open_()
    assert [item.paths for item in workspace.catalogue.items] == [("disc/disc 00.png",)]
    workspace.close()
    workspace = open_(source=tmp_path / "b.csv")
    present = [item.paths for item in workspace.catalogue.items if item.present]
    assert present == [("images/disc/disc 01.png",)]


def test_a_photo_changed_while_it_is_looked_at_teaches_nothing(
    images: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replaced between the scan and the look at its pixels, as a camera overwrites a file."""
    file = images / "disc" / "disc 00.png"
    real = Intake._look_at_pixels

    def replaced(intake: Intake) -> None:
        Image.new("RGB", (96, 72), (9, 80, 120)).save(file)
        real(intake)

    monkeypatch.setattr(Intake, "_look_at_pixels", replaced)
    workspace = open_(source=images)
    monkeypatch.undo()
    (before,) = (item.id for item in workspace.catalogue.items if item.name == "disc/disc 00.png")
    workspace.close()
    workspace = open_(source=images)
    found = {path: item.id for item in workspace.catalogue.items for path in item.paths}
    assert found["disc/disc 00.png"] != before
    old = workspace.catalogue.get(before)
    assert old is not None
    assert not old.present
