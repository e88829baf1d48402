"""The one durable write: whole or not at all, and what is said where the disk takes nothing."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curation import clock, files
from curation.errors import StorageFull, WorkspaceError

HOUSE = Path(__file__).resolve().parents[2]
BY_OTHER_MEANS = {"replace", "rename", "fsync", "mkstemp", "NamedTemporaryFile", "write_text"}
"""What only ``files`` calls on paths or the system."""


def refuse(code: int) -> Callable[..., None]:
    def refused(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return refused


def test_a_file_is_written_and_its_folder_made(tmp_path: Path) -> None:
    files.write_json(tmp_path / "new" / "a.json", {"name": "ü"})
    assert (tmp_path / "new" / "a.json").read_text("utf-8") == '{\n  "name": "ü"\n}'
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["a.json"]


def test_the_bytes_then_the_folder_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    plain = os.fsync

    def noting(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        plain(handle)

    monkeypatch.setattr(os, "fsync", noting)
    files.write_bytes(tmp_path / "a", b"1")
    assert re.fullmatch(r"\.[0-9a-f]{32}\.tmp", Path(synced[0]).name)
    assert synced[1:] == [str(tmp_path)]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_has_a_name_of_its_own(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    files.write_bytes(path, b"old")
    monkeypatch.setattr(os, "fsync", refuse(code))
    writes: tuple[Callable[[], object], ...] = (
        lambda: files.write_bytes(path, b"new"),
        lambda: files.write_at(tmp_path / "rows", 0, b"new"),
        lambda: fill(tmp_path / "folder"),
    )
    for write in writes:
        with pytest.raises(StorageFull, match=r"no room is left.*free some disk space"):
            write()
    assert path.read_bytes() == b"old"
    assert {one.name for one in tmp_path.iterdir()} == {"a", "rows"}


def fill(folder: Path) -> None:
    with files.new_folder(folder) as draft:
        files.write_bytes(draft / "inside", b"1")


def test_other_trouble_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(WorkspaceError, match=r"could not be written .*Input/output") as raised:
        files.write_bytes(tmp_path / "a", b"1")
    assert not isinstance(raised.value, StorageFull)


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with files.new_folder(tmp_path / "0") as draft:
        (draft / "a").write_bytes(b"1")
        assert not (tmp_path / "0").exists()
    assert [one.name for one in (tmp_path / "0").iterdir()] == ["a"]
    with pytest.raises(KeyError), files.new_folder(tmp_path / "1"):
        raise KeyError
    assert [one.name for one in tmp_path.iterdir()] == ["0"]


def test_rows_are_written_at_their_place(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    files.write_at(path, 0, b"aaaa")
    files.write_at(path, 2, b"b")
    assert path.read_bytes() == b"aaba"
    files.write_at(path, 2, b"c", truncate=True)
    assert path.read_bytes() == b"aac"


def test_nobody_else_writes_by_other_means() -> None:
    found = []
    for path in sorted((HOUSE / "curation").rglob("*.py")):
        if path == HOUSE / "curation" / "files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in BY_OTHER_MEANS and not is_value(node):
                found.append(f"{path.relative_to(HOUSE)}: {ast.unparse(node)}")
    assert sorted(found) == [
        "curation/demo/place.py: os.fsync(file.fileno())",  # stays open under its lock
        "curation/exports/trees.py: draft.rename(target)",  # one of two at once gets the name
        "curation/exports/trees.py: target.rename(draft)",
        "curation/exports/writer.py: data.replace(target)",  # two at once, written by ``files``
        "curation/exports/writer.py: manifest.replace(described)",
    ]


def is_value(call: ast.Call) -> bool:
    """Texts and times have a ``replace``, groups and bins a ``rename`` of their own, with two
    arguments or named ones."""
    own = len(call.args) != 1 or bool(call.keywords)
    return call.func.attr in ("replace", "rename") and own  # type: ignore[attr-defined]


def test_one_clock_to_the_millisecond() -> None:
    before = datetime.now(UTC)
    read = clock.now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", read)
    assert abs((datetime.fromisoformat(read) - before).total_seconds()) < 60
    others = [
        path
        for path in (HOUSE / "curation").rglob("*.py")
        if "isoformat(timespec" in path.read_text("utf-8") and path.name != "clock.py"
    ]
    assert others == []


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    ours = [
        "observed/.0123456789abcdef0123456789abcdef.tmp",
        "generations/same-bin/.4.tmp/meta.json",
        "generations/same-bin/.0123456789abcdef0123456789abcdef.tmp/deep/vectors-3.npy",
        "exports/.0123456789abcdef.data.tmp",
        "thumbs/ab/.fedcba9876543210fedcba9876543210.tmp",
        ".criteria.json.a1b2c3_4",
    ]
    others = [
        "observed/0123.image",
        "exports/notes.tmp",
        "exports/.keep",
        ".4.tmpx",
        "generations/same-bin/4/meta.json",
        "workspace.json.damaged-1",
        "exports/0123456789abcdef0123456789abcdef.tmp",
    ]
    for name in ours + others:
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "elsewhere").mkdir()
    kept = tmp_path / "elsewhere" / ".0123456789abcdef0123456789abcdef.tmp"
    kept.write_text("")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "elsewhere")
    assert len(files.sweep(tmp_path / "work")) == len(ours)
    left = {str(one.relative_to(tmp_path / "work")) for one in (tmp_path / "work").rglob("*")}
    assert set(others) <= left
    assert not any(set(Path(name).parts) & {".4.tmp"} for name in left)
    assert files.sweep(tmp_path / "work") == []
    assert kept.exists()


def test_aside_names_are_counted(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "a.json").write_text(str(number))
        aside = files.put_aside(tmp_path / "a.json")
        assert aside.name == f"a.json.damaged-{number}"
        assert aside.read_text() == str(number)
        assert files.is_aside(aside)
    assert not (tmp_path / "a.json").exists()
