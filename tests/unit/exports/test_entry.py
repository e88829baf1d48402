"""Every export in every format, its manifest, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from curation.errors import ExportError, UnknownName
from curation.exports import ExportData, export, format_names, what_names
from curation.types import Item, Verdict

TABLES = ("pairs", "negatives", "triplets", "groups", "embeddings")
FORMATS = ("csv", "jsonl", "parquet")


def read(path: Path, fmt: str) -> pd.DataFrame:
    if fmt == "csv":
        return pd.read_csv(path)
    if fmt == "jsonl":
        return pd.read_json(path, lines=True, dtype=False)
    return pd.read_parquet(path)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("what", TABLES)
def test_pandas_reads_every_export_and_the_manifest_describes_it(
    what: str,
    fmt: str,
    make_data: Callable[..., ExportData],
    answers: list[tuple[int, int, Verdict]],
    tmp_path: Path,
) -> None:
    data = make_data(answers)
    result = export(what, fmt, tmp_path / f"out.{fmt}", data)
    frame = read(result.path, fmt)
    manifest = json.loads((tmp_path / f"out.{fmt}.manifest.json").read_text())

    assert manifest == result.manifest
    assert len(frame) == result.rows == manifest["rows"] > 0
    assert list(frame.columns) == manifest["columns"]
    assert manifest["sha256"] == hashlib.sha256(result.path.read_bytes()).hexdigest()
    assert manifest["bytes"] == result.path.stat().st_size
    assert manifest["log_position"] == len(answers)
    assert manifest["criterion"] == "same bin?"
    assert manifest["generation"] == 3
    assert manifest["what"] == what
    assert manifest["created"].endswith("+00:00")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"out.{fmt}",
        f"out.{fmt}.manifest.json",
    ]


@pytest.mark.parametrize("fmt", FORMATS)
def test_awkward_file_names_survive(
    fmt: str, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data([(n, n + 1, "same") for n in range(11)])
    frame = read(export("pairs", fmt, tmp_path / f"p.{fmt}", data).path, fmt)
    names = [item.name for item in data.items.values()]
    assert frame["file_a"].tolist() == names[:-1]
    assert frame["file_b"].tolist() == names[1:]


def test_the_formats_agree(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    data = make_data(answers)
    frames = [
        read(export("pairs", fmt, tmp_path / f"p.{fmt}", data, implied=True).path, fmt)
        for fmt in FORMATS
    ]
    first = [frame.astype(object).where(frame.notna(), None) for frame in frames]
    for other in first[1:]:
        assert first[0].to_dict("records") == other.to_dict("records")


def test_pandas_sees_flags_and_numbers(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    frame = pd.read_csv(export("pairs", "csv", tmp_path / "p.csv", make_data(answers)).path)
    assert frame["explicit"].dtype == bool
    assert frame["score"].dtype == float
    assert frame["generation"].dtype == int


def test_crops_carry_their_box(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    items = {item_id(n): Item(item_id(n), ("one.jpg",), box=(n, 2, 30, 40)) for n in range(2)}
    data = make_data([(0, 1, "different")], items=items)
    with (export("pairs", "csv", tmp_path / "p.csv", data).path).open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["file_a"], row["file_b"]) == ("one.jpg", "one.jpg")
    assert (row["box_a"], row["box_b"]) == ("0,2,30,40", "1,2,30,40")


def test_a_folder_gets_a_file_named_after_the_export(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    assert export("groups", "csv", tmp_path, make_data(answers)).path == tmp_path / "groups.csv"


def test_unknown_names_list_the_valid_ones(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match=r"Unknown export 'pair'.*Did you mean pairs"):
        export("pair", "csv", tmp_path / "x", make_data())
    with pytest.raises(UnknownName, match=r"Unknown format 'xlsx'.*csv, jsonl, parquet"):
        export("pairs", "xlsx", tmp_path / "x", make_data())
    with pytest.raises(UnknownName, match="npz"):
        export("pairs", "npz", tmp_path / "x", make_data())
    with pytest.raises(UnknownName, match="Unknown export"):
        format_names("everything")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["pairs", "negatives", "triplets", "groups"])
def test_nothing_decided_is_nothing_to_export(
    what: str, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=f"as {what}, got no row.*Answer more pairs"):
        export(what, "parquet", tmp_path / "x.parquet", make_data())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", what_names())
def test_what_is_not_there_yet_is_named(
    what: str, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="Expected"):
        export(what, "csv", tmp_path / "x.csv", make_data(space=None))
    assert list(tmp_path.iterdir()) == []


def test_an_item_outside_of_the_catalogue_is_an_error(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data([(0, 1, "same")], items={})
    with pytest.raises(ExportError, match="unknown id"):
        export("pairs", "csv", tmp_path / "x.csv", data)
    assert list(tmp_path.iterdir()) == []


def test_excluded_items_are_in_no_export(
    make_data: Callable[..., ExportData],
    answers: list[tuple[int, int, Verdict]],
    item_id: Callable[[int], str],
    grouping: type[Any],
    tmp_path: Path,
) -> None:
    predicted = grouping(np.zeros(12, np.int64), np.ones((12, 1), np.float32))
    data = make_data(answers, excluded=frozenset({item_id(2)}), predicted=predicted)
    for what in TABLES:
        options = {"implied": True} if what == "pairs" else {}
        path = export(what, "jsonl", tmp_path / f"{what}.jsonl", data, **options).path
        assert item_id(2) not in path.read_text(), what
        assert item_id(1) in path.read_text(), what


def test_png_names_round_trip_through_a_real_folder(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data([(n, n + 1, "same") for n in range(0, 11, 2)])
    for item in data.items.values():
        (tmp_path / item.name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / item.name, format="PNG")
    out = tmp_path / "pairs.csv"
    frame = pd.read_csv(export("pairs", "csv", out, data).path)
    assert all((tmp_path / name).is_file() for name in [*frame["file_a"], *frame["file_b"]])
