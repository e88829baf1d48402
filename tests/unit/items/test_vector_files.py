"""Vectors in the files and under the names that other tools give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from safetensors.numpy import save_file

from curation.errors import SourceError
from curation.items.source import open_source
from curation.items.vectors import read_vectors

NAMES = ("a.jpg", "sub/b.jpg", "007")
VALUES = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
UNIT = VALUES / np.linalg.norm(VALUES, axis=1, keepdims=True)


def holds(path: Path) -> None:
    table = read_vectors(path)
    assert table.files == NAMES
    np.testing.assert_allclose(table.vectors, UNIT, atol=2e-3)


@pytest.mark.parametrize(
    ("vectors", "names"),
    [
        ("F", "files"), ("embeddings", "filenames"), ("features", "paths"), ("X", "names"),
        ("arr_0", "arr_1"), ("Vectors", "Files"), ("image_embeddings", "image_paths"),
    ],
)  # fmt: skip
def test_usual_names_of_arrays(tmp_path: Path, vectors: str, names: str) -> None:
    arrays: dict[str, Any] = {vectors: VALUES, names: np.array(NAMES), "labels": np.arange(3)}
    np.savez(tmp_path / "v.npz", **arrays)
    holds(tmp_path / "v.npz")


@pytest.mark.parametrize(
    ("vectors", "names"), [("vector", "file"), ("embedding", "image_path"), ("features", "Path")]
)
def test_usual_names_of_columns(tmp_path: Path, vectors: str, names: str) -> None:
    table = pa.table({"n": [1, 2, 3], names: NAMES, vectors: VALUES.tolist()})
    pa.parquet.write_table(table, tmp_path / "v.parquet")
    holds(tmp_path / "v.parquet")


@pytest.mark.parametrize(
    ("beside", "content"),
    [
        ("v.txt", "\n".join(NAMES)),
        ("v_names.txt", "\r\n".join(NAMES)),
        ("names.txt", "\n".join(NAMES)),
        ("v.json", json.dumps(NAMES)),
        ("v.csv", "n,file\n" + "\n".join(f"{n},{name}" for n, name in enumerate(NAMES))),
        ("files.jsonl", "\n".join(json.dumps({"path": name}) for name in NAMES)),
    ],
)
def test_names_beside_an_array(tmp_path: Path, beside: str, content: str) -> None:
    np.save(tmp_path / "v.npy", VALUES)
    with pytest.raises(SourceError, match=r"v\.txt beside it"):
        read_vectors(tmp_path / "v.npy")
    (tmp_path / beside).write_text(content, newline="")
    holds(tmp_path / "v.npy")


def test_what_clip_retrieval_writes(tmp_path: Path) -> None:
    for folder in ("img_emb", "metadata"):
        (tmp_path / folder).mkdir()
    np.save(tmp_path / "img_emb" / "img_emb_0.npy", VALUES.astype(np.float16))
    table = pa.table({"image_path": NAMES, "caption": ["x", "y", "z"]})
    pa.parquet.write_table(table, tmp_path / "metadata" / "metadata_0.parquet")
    holds(tmp_path / "img_emb" / "img_emb_0.npy")


def test_safetensors(tmp_path: Path) -> None:
    save_file({"embeddings": VALUES}, tmp_path / "v.safetensors", {"files": json.dumps(NAMES)})
    holds(tmp_path / "v.safetensors")
    save_file(dict(zip(NAMES, VALUES, strict=True)), tmp_path / "each.safetensors")
    table = read_vectors(tmp_path / "each.safetensors")
    assert set(table.files) == set(NAMES)
    row = table.files.index("sub/b.jpg")
    np.testing.assert_allclose(table.vectors[row], UNIT[1], atol=1e-6)
    save_file({"weight": VALUES}, tmp_path / "other.safetensors")
    with pytest.raises(SourceError, match="needs a tensor F"):
        read_vectors(tmp_path / "other.safetensors")
    (tmp_path / "bad.safetensors").write_text("x")
    with pytest.raises(SourceError, match="cannot be read as safetensors"):
        read_vectors(tmp_path / "bad.safetensors")


def test_quantised_vectors_keep_their_direction(tmp_path: Path) -> None:
    values = np.rint(VALUES * 40).astype(np.int8)
    np.savez(tmp_path / "v.npz", F=values, files=np.array(NAMES))
    table = read_vectors(tmp_path / "v.npz")
    expected = values / np.linalg.norm(values.astype(float), axis=1, keepdims=True)
    np.testing.assert_allclose(table.vectors, expected, atol=1e-6)


def test_a_vector_of_another_length_is_left_out(tmp_path: Path) -> None:
    vectors: list[Any] = [[1.0, 0.0], [1.0], None, [0.0, 2.0], [None, 1.0]]
    table = pa.table({"file": list("abcde"), "vector": vectors})
    pa.parquet.write_table(table, tmp_path / "v.parquet")
    found = read_vectors(tmp_path / "v.parquet")
    assert found.files == ("a", "d")
    np.testing.assert_allclose(found.vectors, np.eye(2))
    assert [skip.path for skip in found.left_out] == ["b", "c", "e"]


def test_names_of_other_machines_match_the_files(tmp_path: Path, draw: Any) -> None:
    for n, name in enumerate(("cam/a.JPG", "cam/b.png", "c.jpg")):
        draw(tmp_path / "photos" / name, n, format="JPEG")
    names = [r"C:\data\cam\a.jpg", "b", "/mnt/x/c.jpg", "gone.jpg"]
    np.savez(tmp_path / "v.npz", F=np.eye(4, dtype=np.float32), files=np.array(names))
    source = open_source(tmp_path / "photos", embeddings=tmp_path / "v.npz")
    assert {entry.path: entry.row for entry in source.entries()} == {
        "cam/a.JPG": 0, "cam/b.png": 1, "c.jpg": 2,
    }  # fmt: skip
    assert [skip.path for skip in source.skipped] == ["gone.jpg"]
    assert "b → cam/b.png" in source.report.notes[0].reason


def test_a_left_out_vector_is_told_once(tmp_path: Path, draw: Any) -> None:
    for n in range(3):
        draw(tmp_path / "photos" / f"{n}.jpg", n)
    values = np.eye(3, dtype=np.float32)
    values[1] = 0
    np.savez(tmp_path / "v.npz", F=values, files=np.array([f"{n}.jpg" for n in range(3)]))
    source = open_source(tmp_path / "photos", embeddings=tmp_path / "v.npz")
    assert {entry.path: entry.row for entry in source.entries()} == {"0.jpg": 0, "2.jpg": 1}
    assert [(s.path, s.reason) for s in source.skipped] == [("1.jpg", "row 1 of v.npz: only zeros")]


def test_vectors_of_another_folder_are_not_taken(tmp_path: Path, draw: Any) -> None:
    for n in range(2):
        draw(tmp_path / "photos" / "siteB" / f"{n}.jpg", n)
    draw(tmp_path / "photos" / "siteB" / "deep" / "2.jpg", 2)
    names = ["siteA/0.jpg", "siteA/1.jpg", "2.jpg"]
    np.savez(tmp_path / "v.npz", F=np.eye(3, dtype=np.float32), files=np.array(names))
    source = open_source(tmp_path / "photos", embeddings=tmp_path / "v.npz")
    assert {entry.path: entry.row for entry in source.entries()} == {"siteB/deep/2.jpg": 2}
    assert "2.jpg → siteB/deep/2.jpg" in source.report.notes[0].reason
    assert {skip.path for skip in source.skipped} >= {"siteA/0.jpg", "siteA/1.jpg"}
