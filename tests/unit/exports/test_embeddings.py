"""Embeddings: the numbers survive, and come back through ``--embeddings``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import ExportError
from curation.exports import ExportData, export
from curation.items.vectors import read_vectors
from curation.types import FloatArray, Item


def vectors_of(data: ExportData) -> FloatArray:
    assert data.space is not None
    return data.space.vectors


def test_parquet_holds_float32_lists(make_data: Callable[..., ExportData], tmp_path: Path) -> None:
    data = make_data()
    table = pq.read_table(export("embeddings", "parquet", tmp_path / "e.parquet", data).path)
    assert table.schema.field("vector").type == pa.list_(pa.float32())
    assert table["id"].to_pylist() == list(data.items)
    np.testing.assert_array_equal(np.stack(table["vector"].to_numpy()), vectors_of(data))


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_text_formats_hold_the_exact_numbers(
    fmt: str, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data(dim=64)
    path = export("embeddings", fmt, tmp_path / f"e.{fmt}", data).path
    if fmt == "csv":
        vectors = [json.loads(text) for text in pd.read_csv(path)["vector"]]
    else:
        vectors = [
            json.loads(line)["vector"] for line in path.read_text("utf-8").split("\n") if line
        ]
    np.testing.assert_array_equal(np.array(vectors, np.float32), vectors_of(data))


def test_npz_needs_no_pickle(make_data: Callable[..., ExportData], tmp_path: Path) -> None:
    data = make_data()
    path = export("embeddings", "npz", tmp_path / "e.npz", data).path
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["F"], vectors_of(data))
        assert arrays["F"].dtype == np.float32
        assert arrays["files"].tolist() == [item.name for item in data.items.values()]
        assert arrays["ids"].tolist() == list(data.items)


@pytest.mark.parametrize("fmt", ["npz", "parquet"])
def test_exported_embeddings_are_a_source_of_vectors(
    fmt: str, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data()
    table = read_vectors(export("embeddings", fmt, tmp_path / f"e.{fmt}", data).path)
    assert list(table.files) == [item.name for item in data.items.values()]
    np.testing.assert_allclose(table.vectors, vectors_of(data), atol=1e-6)


def test_every_path_has_a_row_and_missing_files_have_none(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    data = make_data()
    items = {
        **data.items,
        item_id(0): Item(item_id(0), ("one.jpg", "copy.jpg")),
        item_id(1): replace(data.items[item_id(1)], present=False),
    }
    result = export("embeddings", "jsonl", tmp_path / "e.jsonl", replace(data, items=items))
    rows = [json.loads(line) for line in result.path.read_text("utf-8").split("\n") if line]
    assert [row["file"] for row in rows[:3]] == ["one.jpg", "copy.jpg", "apo'strophe.jpg"]
    assert rows[0]["vector"] == rows[1]["vector"]
    assert result.manifest["counts"] == {"items": 11, "left_out_missing": 1}


def test_no_item_present_is_nothing_to_export(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data()
    gone = {key: replace(item, present=False) for key, item in data.items.items()}
    for fmt in ("npz", "csv"):
        with pytest.raises(ExportError, match=r"got no row .left_out_missing 12"):
            export("embeddings", fmt, tmp_path / f"e.{fmt}", replace(data, items=gone))
    assert list(tmp_path.iterdir()) == []
