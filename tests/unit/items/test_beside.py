"""What lies beside images in the folders of cameras, offices, NAS boxes and annotation tools."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curation.items.source import Source, open_source


def paths(source: Source) -> list[str]:
    return [entry.path for entry in source.entries()]


def written(file: Path, data: bytes = b"x") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    "name", ["scan.pdf", "IM1.dcm", "cells.CZI", "old.tga", "a.ppm", "b.PEF", "sky.fits", "x.ico"]
)
def test_pictures_of_other_formats_are_told(
    tmp_path: Path, draw: Callable[..., Path], name: str
) -> None:
    draw(tmp_path / "a.png")
    written(tmp_path / name)
    source = open_source(tmp_path)
    assert paths(source) == ["a.png"]
    assert [skip.path for skip in source.skipped] == [name]
    assert "convert to JPEG or PNG" in source.skipped[0].reason


def test_vectors_may_be_of_pictures_that_cannot_be_shown(tmp_path: Path) -> None:
    names = ["a.dcm", "b.dng"]
    for name in names:
        written(tmp_path / "set" / name, b"II*\0 and more")
    vectors = tmp_path / "vectors.npz"
    np.savez(vectors, F=np.eye(2, 4, dtype=np.float32), files=np.array(names))
    source = open_source(tmp_path / "set", embeddings=vectors)
    assert [(entry.path, entry.file) for entry in source.entries()] == [(n, None) for n in names]
    assert not source.skipped


@pytest.mark.parametrize(
    "folder", ["@Recycle", "#snapshot", "@Recently-Snapshot", "Network Trash Folder"]
)
def test_what_a_nas_deleted_or_keeps_twice_is_passed_over_and_told(
    tmp_path: Path, draw: Callable[..., Path], folder: str
) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / folder / "deep" / "b.png", 1)
    source = open_source(tmp_path)
    assert paths(source) == ["a.png"]
    assert [note.path for note in source.report.notes] == [folder]


def test_a_pipe_called_as_an_image_is_told(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.jpg")
    (tmp_path / "c.png").symlink_to("/dev/zero")
    source = open_source(tmp_path)
    assert paths(source) == ["a.png"]
    assert [skip.path for skip in source.skipped] == ["b.jpg", "c.png"]


def test_tables_that_are_not_read_are_told(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "sub" / "a.jpg")
    for name in ("liste.csv", "annotations/instances.json", "sub/a.jpg.json", "Labels/a.xml"):
        written(tmp_path / name)
    source = open_source(tmp_path)
    assert paths(source) == ["sub/a.jpg"]
    (note,) = source.report.notes
    assert note.path == "Labels/a.xml, annotations/instances.json, liste.csv, sub/a.jpg.json"
    assert "give one as the source" in note.reason


def test_tables_that_are_read_are_not_told(tmp_path: Path, draw: Callable[..., Path]) -> None:
    for n in range(2):
        name = f"{n:09d}"
        draw(tmp_path / "shard" / f"{name}.png", n)
        written(tmp_path / "shard" / f"{name}.json", json.dumps({"key": name, "w": n}).encode())
    draw(tmp_path / "b.png", 5)
    written(tmp_path / "metadata.csv", b"file_name,kind\nb.png,x\n")
    source = open_source(tmp_path)
    assert {entry.path: entry.attributes.get("w") for entry in source.entries()} == {
        "b.png": None,
        "shard/000000000.png": 0,
        "shard/000000001.png": 1,
    }
    assert not source.report.notes
