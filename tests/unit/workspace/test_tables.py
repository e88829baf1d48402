"""Tables of decisions, and taking them in again."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from curation.errors import CurationError, DecisionError, SourceError
from curation.items import sizes
from curation.items.entry import Report
from curation.items.tables import read_table
from curation.workspace import Workspace

CRITERION = "belongs together"


def parquet(path: Path, **columns: Any) -> Path:
    pa.parquet.write_table(pa.table(columns), path)
    return path


def test_values_of_every_plain_type_are_read(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "t.parquet",
        a=pa.array(["x", None]).dictionary_encode(),
        score=pa.array([decimal.Decimal("0.25"), None], pa.decimal128(4, 2)),
        generation=pa.array([3, None], pa.int64()),
        at=pa.array([datetime.datetime(2026, 1, 2), None], pa.timestamp("ns", "UTC")),
        sure=pa.array([True, None]),
    )
    first, second = (row.values for row in read_table(path, Report()).rows)
    assert (first["a"], first["score"], first["generation"], first["sure"]) == ("x", 0.25, 3, True)
    assert first["at"].startswith("2026-01-02T00:00:00")
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    "odd",
    [
        pa.array([["same", "same"]]),
        pa.array([{"x": 1}]),
        pa.array([b"same"]),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    ],
)
def test_nested_types_are_named(odd: pa.Array, tmp_path: Path, workspace: Workspace) -> None:
    a, b = (item.id for item in workspace.catalogue.items[:2])
    path = parquet(tmp_path / "t.parquet", a=[a], b=[b], verdict=odd)
    told = r"row 1: (the column verdict must hold one value a row|.*verdict is missing)"
    with pytest.raises(DecisionError, match=told):
        workspace.review.take_decisions(CRITERION, "ann", path)


@pytest.mark.parametrize("name", ["verdict", "kind", "a"])
@pytest.mark.parametrize("odd", [datetime.date(2026, 1, 1), 7, 2.5, -3])
def test_times_and_numbers_for_words_are_named(
    name: str, odd: Any, tmp_path: Path, workspace: Workspace
) -> None:
    a, b = (item.id for item in workspace.catalogue.items[:2])
    given: dict[str, Any] = {"a": [a], "b": [b], "verdict": ["same"], name: [odd]}
    path = parquet(tmp_path / "t.parquet", **given)
    with pytest.raises(CurationError, match=r"Unknown (verdict|kind)|No item has the id"):
        workspace.review.take_decisions(CRITERION, "ann", path)


def test_too_many_rows_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_ROWS", 10)
    path = parquet(tmp_path / "t.parquet", a=["x"] * 11)
    monkeypatch.setattr(pa.parquet, "read_table", None)
    with pytest.raises(SourceError, match="11 rows, expected at most 10"):
        read_table(path, Report())


def test_a_file_taken_in_after_an_undo_is_recorded_again(
    tmp_path: Path, workspace: Workspace
) -> None:
    a, b, c = (item.id for item in workspace.catalogue.items[:3])
    file = tmp_path / "answers.csv"
    file.write_text(f"a,b,verdict,batch_id\n{a},{b},same,g\n{a},{c},different,g\n")
    for _ in range(3):
        assert workspace.review.take_decisions(CRITERION, "ann", file) == {
            "recorded": 2,
            "known": 0,
        }
        assert workspace.review.take_decisions(CRITERION, "ann", file) == {
            "recorded": 0,
            "known": 2,
        }
        assert workspace.review.decisions(CRITERION)["total"] == 2
        assert len(workspace.review.undo(CRITERION, "ann")["undone"]) == 2
        assert workspace.review.decisions(CRITERION)["total"] == 0


def test_what_was_answered_otherwise_since_stays(tmp_path: Path, workspace: Workspace) -> None:
    a, b = (item.id for item in workspace.catalogue.items[:2])
    file = tmp_path / "answers.csv"
    file.write_text(f"a,b,verdict\n{a},{b},same\n")
    workspace.review.take_decisions(CRITERION, "ann", file)
    workspace.review.decide(CRITERION, "ann", [{"a": a, "b": b, "verdict": "different"}])
    assert workspace.review.take_decisions(CRITERION, "ann", file) == {"recorded": 0, "known": 1}
    assert workspace.review.decisions(CRITERION)["rows"][0]["verdict"] == "different"
