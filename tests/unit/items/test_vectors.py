from __future__ import annotations

import datetime
import decimal
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from curation.errors import SourceError
from curation.items import sizes
from curation.items.entry import Report
from curation.items.manifest import read_manifest
from curation.items.vectors import read_vectors


def save(path: Path, vectors: Any, files: Any) -> Path:
    np.savez(path, F=vectors, files=files, other=np.arange(3))
    return path


def save_parquet(path: Path, **columns: Any) -> Path:
    pa.parquet.write_table(pa.table(columns), path)
    return path


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(7, 5))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_npz_is_read_and_normalised(tmp_path: Path, values: np.ndarray, dtype: type) -> None:
    names = [f"ü {i}.jpg" for i in range(7)]
    table = read_vectors(save(tmp_path / "a.npz", values.astype(dtype), np.array(names)))
    assert table.files == tuple(names)
    assert table.vectors.dtype == np.float32
    expected = values / np.linalg.norm(values, axis=1, keepdims=True)
    np.testing.assert_allclose(table.vectors, expected, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-6)


def test_byte_names_are_utf8(tmp_path: Path, values: np.ndarray) -> None:
    names = np.array([f"ü{i}".encode() for i in range(7)])
    assert read_vectors(save(tmp_path / "a.npz", values, names)).files[3] == "ü3"
    with pytest.raises(SourceError, match="cannot be read"):
        read_vectors(save(tmp_path / "b.npz", values, np.array([b"\xff"] * 7)))


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float32(), 5)]
)
def test_parquet_lists(tmp_path: Path, values: np.ndarray, kind: pa.DataType) -> None:
    names = [str(i) for i in range(7)]
    vectors = pa.chunked_array([pa.array(part.tolist(), kind) for part in (values[:3], values[3:])])
    table = read_vectors(save_parquet(tmp_path / "a.parquet", file=names, vector=vectors, x=names))
    same = read_vectors(save(tmp_path / "a.npz", values, np.array(names)))
    np.testing.assert_allclose(table.vectors, same.vectors, atol=1e-6)


def test_very_large_and_small_values_keep_their_direction(tmp_path: Path) -> None:
    vectors = np.array([[3e300, 4e300], [3e-310, 4e-310]])
    table = read_vectors(save(tmp_path / "a.npz", vectors, np.array(["a", "b"])))
    np.testing.assert_allclose(table.vectors, [[0.6, 0.8]] * 2, atol=1e-6)


def test_the_fingerprint_follows_names_and_values(tmp_path: Path, values: np.ndarray) -> None:
    names = np.array([str(i) for i in range(7)])
    prints = {
        read_vectors(save(tmp_path / "a.npz", values, names)).fingerprint,
        read_vectors(save(tmp_path / "b.npz", values, names)).fingerprint,
        read_vectors(save(tmp_path / "c.npz", values, names[::-1])).fingerprint,
        read_vectors(save(tmp_path / "d.npz", values[::-1], names)).fingerprint,
    }
    assert len(prints) == 3


def bad(values: np.ndarray, rows: list[int], value: float) -> np.ndarray:
    values = values.copy()
    values[rows] = value
    return values


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: (bad(v, list(range(7)), np.nan), "abcdefg"), "rows 0, 1, 2, 3, 4 and 2 more"),
        (lambda v: (bad(v, list(range(7)), 0), "abcdefg"), "only zeros in rows 0"),
        (lambda v: (v, "abcdef"), "6 names and 7 vectors"),
        (lambda v: (v[0], "abcde"), r"shape \[n, d\], got \[5\]"),
        (lambda v: (v[:, :0], "abcdefg"), r"shape \[n, d\]"),
        (lambda v: (v[:0], ""), "(holds no vectors|must be text)"),
        (lambda v: (v.astype(np.int64), "abcdefg"), "got int64"),
        (lambda v: (v.astype(complex), "abcdefg"), "got complex128"),
        (lambda v: (v.astype(str), "abcdefg"), "must be floats"),
        (lambda v: (v, [" "] * 7), "no name in rows 0"),
    ],
)
def test_bad_npz_is_named(tmp_path: Path, values: np.ndarray, change: Any, message: str) -> None:
    vectors, names = change(values)
    with pytest.raises(SourceError, match=message):
        read_vectors(save(tmp_path / "a.npz", vectors, np.array(list(names))))


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        (lambda v: (bad(v, [2, 4], np.nan), "abcdefg"), {"c": "NaN", "e": "NaN"}),
        (lambda v: (bad(v, [6], np.inf), "abcdefg"), {"g": "row 6 of a.npz: NaN or infinite"}),
        (lambda v: (bad(v, [1], 0), "abcdefg"), {"b": "only zeros"}),
        (lambda v: (v, ["", *"bcdefg"]), {"a.npz": "it has no name"}),
    ],
)
def test_bad_rows_are_left_out_and_listed(
    tmp_path: Path, values: np.ndarray, change: Any, left_out: dict[str, str]
) -> None:
    vectors, names = change(values)
    table = read_vectors(save(tmp_path / "a.npz", vectors, np.array(list(names))))
    assert [skip.path for skip in table.left_out] == list(left_out)
    assert all(left_out[skip.path] in skip.reason for skip in table.left_out)
    assert set(table.files) == set("abcdefg") - set(left_out) - (
        {"a"} if "a.npz" in left_out else set()
    )
    whole = read_vectors(save(tmp_path / "b.npz", values, np.array(list("abcdefg"))))
    kept = [whole.files.index(name) for name in table.files]
    np.testing.assert_array_equal(table.vectors, whole.vectors[kept])


def test_other_bad_files_are_named(tmp_path: Path, values: np.ndarray) -> None:
    np.savez(tmp_path / "keys.npz", X=values)
    np.savez(tmp_path / "object.npz", F=values, files=np.array(["a"] * 7, dtype=object))
    (tmp_path / "text.npz").write_text("not a zip")
    (tmp_path / "text.parquet").write_text("not parquet")
    (tmp_path / "empty.npz").touch()
    save_parquet(tmp_path / "columns.parquet", name=["a"])
    save_parquet(tmp_path / "scalar.parquet", file=["a"], vector=[1.0])
    save_parquet(
        tmp_path / "ragged.parquet", file=["a", "b", "c"], vector=[[0.0], [1.0, 2.0], None]
    )
    save_parquet(tmp_path / "hole.parquet", file=["a", "b"], vector=[[0.0, 0.0], [None, 2.0]])
    save_parquet(tmp_path / "unnamed.parquet", file=["a", None], vector=[[1.0], [2.0]])
    save_parquet(tmp_path / "ints.parquet", file=["a"], vector=[["1", "2"]])
    messages = {
        "keys.npz": "got X",
        "object.npz": "Object arrays are not loaded",
        "text.npz": "cannot be read",
        "empty.npz": "cannot be read",
        "text.parquet": "cannot be read as Parquet",
        "columns.parquet": "got name",
        "scalar.parquet": "list of floats",
        "ragged.parquet": "missing ones in rows 1, 2; only zeros in row 0",
        "hole.parquet": "missing ones in row 1; only zeros",
        "unnamed.parquet": "not in row 1",
        "ints.parquet": "got string",
        "absent.npz": "does not exist",
        "a.txt": "no vector file",
    }
    for name, message in messages.items():
        with pytest.raises(SourceError, match=message):
            read_vectors(tmp_path / name)


def npz_with(path: Path, header: bytes, body: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("F.npy", header + body)
        stream = io.BytesIO()
        np.save(stream, np.array(["a"]))
        archive.writestr("files.npy", stream.getvalue())
    return path


def header(shape: tuple[int, ...], dtype: str = "<f4") -> bytes:
    stream = io.BytesIO()
    about = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, about)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((10**12, 1), r"1,000,000,000,000 rows, expected at most 5,000,000"),
        ((4_000_000, 10**9), r"takes 16,000,000,000,000,000 bytes, the file holds"),
        ((100, 4), "takes 1,600 bytes, the file holds"),
    ],
)
def test_a_header_that_promises_too_much_is_not_believed(
    tmp_path: Path, shape: tuple[int, int], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        read_vectors(npz_with(tmp_path / "a.npz", header(shape)))


def test_an_archive_larger_than_memory_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = npz_with(tmp_path / "bomb.npz", header((2000, 1000)), b"\0" * 8_000_000)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if "SIZE" in name else 4000)
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(SourceError, match=r"array F takes 0\.0 GiB; this machine has"):
        read_vectors(path)


def test_a_torn_archive_is_named(tmp_path: Path, values: np.ndarray) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, F=values, files=np.array(list("abcdefg")))
    data = bytearray(path.read_bytes())
    data[60:120] = b"\xff" * 60
    path.write_bytes(data)
    with pytest.raises(SourceError, match="cannot be read"):
        read_vectors(path)


def test_millions_of_rows_in_a_small_file_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    monkeypatch.setattr(sizes, "MOST_ROWS", 1000)
    vectors = pa.array([[1.0, 2.0]] * 2000, pa.list_(pa.float32()))
    save_parquet(path, file=["same"] * 2000, vector=vectors)
    monkeypatch.setattr(pa.parquet, "read_table", None)
    with pytest.raises(SourceError, match="2,000 rows, expected at most 1,000"):
        read_vectors(path)
    with pytest.raises(SourceError, match="2,000 rows, expected at most 1,000"):
        read_manifest(path, Report())


@pytest.mark.parametrize(
    "vector",
    [
        pa.array([[[1.0]]], pa.list_(pa.list_(pa.float32()))),
        pa.array([[decimal.Decimal("1.5")]], pa.list_(pa.decimal128(4, 2))),
        pa.array([["1.5"]], pa.list_(pa.string())),
        pa.array([[datetime.datetime(2026, 1, 1)]], pa.list_(pa.timestamp("us"))),
        pa.array([{"x": 1.0}], pa.struct([("x", pa.float32())])),
        pa.array(["x"], pa.string()).dictionary_encode(),
    ],
)
def test_odd_types_of_vectors_are_named(tmp_path: Path, vector: pa.Array) -> None:
    path = save_parquet(tmp_path / "a.parquet", file=["a"], vector=vector)
    with pytest.raises(SourceError, match="vector must be a list of floats"):
        read_vectors(path)


def test_odd_types_of_names_are_named(tmp_path: Path) -> None:
    vector = pa.array([[1.0]], pa.list_(pa.float32()))
    named = pa.array(["a"], pa.string()).dictionary_encode()
    assert read_vectors(save_parquet(tmp_path / "a.parquet", file=named, vector=vector)).files == (
        "a",
    )
    for odd in (pa.array([["a"]]), pa.array([1.5]), pa.array([{"x": 1}])):
        with pytest.raises(SourceError, match="file must be text"):
            read_vectors(save_parquet(tmp_path / "b.parquet", file=odd, vector=vector))
