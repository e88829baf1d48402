"""Whole or not at all: full disks, unwritable targets, kills."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from curation.errors import ExportError, StorageFull
from curation.exports import ExportData, export
from curation.exports.table import Column, Table
from curation.exports.writer import publish, write_csv
from curation.types import Verdict

FORMATS = ("csv", "jsonl", "parquet")


@contextmanager
def room_for(n_bytes: int) -> Iterator[None]:
    """No file can grow beyond ``n_bytes``: what a full disk does, for this process alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("before", [False, True], ids=["new", "over an older export"])
@pytest.mark.parametrize("fmt", [*FORMATS, "npz"])
def test_a_full_disk_leaves_what_was_there(
    fmt: str, before: bool, make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    small, large = make_data(n_items=12), make_data(n_items=3000, dim=64)
    out = tmp_path / f"e.{fmt}"
    if before:
        export("embeddings", fmt, out, small)
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with room_for(100_000), pytest.raises(StorageFull, match="Nothing was left behind"):
        export("embeddings", fmt, out, large)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == there
    assert bool(there) == before


def test_no_room_for_the_manifest_leaves_nothing(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    size = export("negatives", "csv", tmp_path / "x.csv", make_data(answers)).path.stat().st_size
    for path in tmp_path.iterdir():
        path.unlink()
    assert size > 300
    with room_for(size), pytest.raises(StorageFull):
        publish(tmp_path / "x.csv", lambda file: file.write(b"x" * 10), lambda _: {"a": "x" * size})
    assert list(tmp_path.iterdir()) == []


def unwritable(tmp_path: Path) -> dict[str, Path | str]:
    (tmp_path / "file").write_text("")
    (tmp_path / "a.csv.manifest.json").mkdir()
    return {
        "a file as folder": tmp_path / "file" / "p.csv",
        "a folder in the manifest's place": tmp_path / "a.csv",
        "a name that is too long": tmp_path / ("n" * 300),
        "a name whose manifest's is too long": tmp_path / ("n" * 250),
        "a file system that takes no files": "/proc/p.csv",
    }


def test_missing_folders_are_made(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    target = tmp_path / "missing" / "below" / "p.csv"
    assert export("pairs", "csv", target, make_data(answers)).path.exists()


@pytest.mark.parametrize("case", range(5))
def test_an_unwritable_target_is_named_and_left_alone(
    case: int,
    make_data: Callable[..., ExportData],
    answers: list[tuple[int, int, Verdict]],
    tmp_path: Path,
) -> None:
    target = type(tmp_path)(list(unwritable(tmp_path).values())[case])
    there = sorted(tmp_path.rglob("*"))
    with pytest.raises(ExportError, match=r"Expected to write .*Choose"):
        export("pairs", "csv", target, make_data(answers))
    assert sorted(tmp_path.rglob("*")) == there


def test_a_data_file_that_cannot_be_placed_gets_the_old_manifest_back(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.mkdir()
    (target / "inside").write_text("")
    manifest = tmp_path / "x.csv.manifest.json"
    with pytest.raises(ExportError):
        publish(target, lambda file: file.write(b"1"), lambda _: {})
    assert not manifest.exists()
    manifest.write_text("old")
    with pytest.raises(ExportError):
        publish(target, lambda file: file.write(b"1"), lambda _: {})
    assert manifest.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", "x.csv.manifest.json"]


def test_an_error_among_the_rows_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("a",)
        raise KeyboardInterrupt

    table = Table((Column("x"),), rows(), Counter())
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path / "x.csv", lambda file: write_csv(file, table), lambda _: {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_name_that_utf8_cannot_hold_is_an_export_error(
    fmt: str, make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    data = make_data([(0, 1, "same")])
    bad = type(data.items[item_id(0)])(item_id(0), (os.fsdecode(b"caf\xe9.jpg"),))
    data = make_data([(0, 1, "same")], items={**data.items, item_id(0): bad})
    with pytest.raises(ExportError, match="Rename"):
        export("pairs", fmt, tmp_path / f"x.{fmt}", data)
    assert list(tmp_path.iterdir()) == []


def test_an_export_over_an_older_one_replaces_both_files(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    out = tmp_path / "p.csv"
    first = export("pairs", "csv", out, make_data(answers[:2]))
    second = export("pairs", "csv", out, make_data(answers))
    assert first.rows < second.rows == len(pd.read_csv(out))
    assert len(list(tmp_path.iterdir())) == 2


def test_files_get_the_permissions_of_the_umask(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(answers)).path
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


KILLED = """
import os, signal, sys
from pathlib import Path
from curation.exports.writer import publish

def fill(file):
    file.write(b"half of")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)

publish(Path(sys.argv[1]), fill, lambda rows: {"rows": rows})
"""


def test_a_kill_in_the_middle_leaves_the_older_export(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    out = tmp_path / "p.csv"
    export("pairs", "csv", out, make_data(answers))
    there = out.read_bytes(), (tmp_path / "p.csv.manifest.json").read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(out)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (out.read_bytes(), (tmp_path / "p.csv.manifest.json").read_bytes()) == there
