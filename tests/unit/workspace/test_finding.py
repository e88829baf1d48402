"""Workspaces are found by the images that they hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import Run
from PIL import Image

from curation.commands import opening
from curation.workspace import open_workspace
from curation.workspace.finding import remember


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(opening, "HOME", tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def photos(tmp_path: Path, images: Path) -> Path:
    """Some images with vectors beside them, which take no time to embed."""
    files = sorted(path.relative_to(images).as_posix() for path in images.rglob("*.png"))
    vectors = np.random.default_rng(0).normal(size=(len(files), 4)).astype(np.float32)
    np.savez(tmp_path / "v.npz", F=vectors, files=np.array(files))
    return images


def workspaces(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.is_dir()]


def test_photos_that_were_moved_find_their_workspace(
    run: Run, home: Path, photos: Path, tmp_path: Path
) -> None:
    given = ("--embeddings", tmp_path / "v.npz")
    code, _, err = run("encode", photos, *given)
    assert (code, err) == (0, "")
    (before,) = workspaces(home)
    shutil.move(photos, tmp_path / "elsewhere")
    code, _, err = run("encode", tmp_path / "elsewhere", *given)
    assert code == 0
    assert f"The workspace {before} holds 24 of 24 images looked at" in err
    assert f"it was made of {photos}, which is there no more" in err
    assert workspaces(home) == [before]
    assert run("propose", "--workspace", before)[0] == 0


def test_a_workspace_of_a_copy_is_named_not_taken(
    run: Run, home: Path, photos: Path, tmp_path: Path
) -> None:
    given = ("--embeddings", tmp_path / "v.npz")
    run("encode", photos, *given, "--workspace", tmp_path / "mine")
    shutil.copytree(photos, tmp_path / "copy")
    code, _, err = run("encode", tmp_path / "copy", *given)
    assert code == 0
    assert f"To go on with its answers: --workspace {tmp_path / 'mine'}" in err
    assert len(workspaces(home)) == 1


def test_other_images_find_none(run: Run, home: Path, photos: Path, tmp_path: Path) -> None:
    run("encode", photos, "--embeddings", tmp_path / "v.npz")
    (tmp_path / "others").mkdir()
    for n in range(3):
        Image.new("RGB", (40, 30), (n, 200, 90)).save(tmp_path / "others" / f"{n}.png")
    np.savez(tmp_path / "o.npz", F=np.eye(3, dtype=np.float32),
             files=np.array([f"{n}.png" for n in range(3)]))  # fmt: skip
    code, _, err = run("encode", tmp_path / "others", "--embeddings", tmp_path / "o.npz")
    assert (code, err) == (0, "")
    assert len(workspaces(home)) == 2


def test_a_served_folder_goes_on_in_its_workspace(
    run: Run, home: Path, photos: Path, tmp_path: Path
) -> None:
    work = tmp_path / "mine"
    open_workspace(work, source=photos, embeddings=tmp_path / "v.npz", inline=True).close()
    opening.note_workspace(work)
    shutil.move(photos, tmp_path / "elsewhere")
    assert run("serve", tmp_path / "elsewhere", "--no-browser")[0] == 0
    assert run.served[0].workspace == work


def test_what_is_remembered_may_be_damaged_or_gone(
    run: Run, home: Path, photos: Path, tmp_path: Path
) -> None:
    home.mkdir()
    (home / "workspaces.json").write_text("{")
    (home / "odd").mkdir()
    (home / "odd" / "items.parquet").write_text("x")
    code, _, err = run("encode", photos, "--embeddings", tmp_path / "v.npz")
    assert (code, err) == (0, "")


def test_a_few_copies_do_not_take_the_workspace_of_an_absent_drive(
    run: Run, home: Path, photos: Path, tmp_path: Path
) -> None:
    run("encode", photos, "--embeddings", tmp_path / "v.npz")
    (before,) = workspaces(home)
    some = tmp_path / "some"
    some.mkdir()
    shutil.copy(min(photos.rglob("*.png")), some / "x.png")
    shutil.move(photos, tmp_path / "unmounted")
    np.savez(tmp_path / "o.npz", F=np.ones((1, 3), np.float32), files=np.array(["x.png"]))
    code, _, err = run("encode", some, "--embeddings", tmp_path / "o.npz")
    assert code == 0
    assert f"To go on with its answers: --workspace {before}" in err
    assert len(workspaces(home)) == 2


def test_a_workspace_on_an_unplugged_drive_is_not_forgotten(tmp_path: Path) -> None:
    home, drive = tmp_path / "home", tmp_path / "drive"
    for folder in (drive / "a", tmp_path / "deleted", tmp_path / "mine"):
        folder.mkdir(parents=True)
        remember(home, folder)
    drive.rename(tmp_path / "unplugged")
    (tmp_path / "deleted").rmdir()
    remember(home, tmp_path / "b")
    known = home / "workspaces.json"
    places = [str(folder) for folder in (drive / "a", tmp_path / "mine", tmp_path / "b")]
    assert json.loads(known.read_text()) == places
    assert known.stat().st_mode & 0o777 == 0o600
