"""Sources that come packed: unpacked once, into a folder that is then read as any other."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from curation import files
from curation.errors import SourceError
from curation.items.entry import Report
from curation.items.folder import is_passed_over
from curation.items.shards import TABLES, is_shard, members

_TOLD = "unpacked.json"


def shards_of(location: Path) -> list[Path]:
    """The packed files that a source consists of: itself, or what lies in a folder."""
    if location.is_file():
        return [location] if is_shard(location) else []
    found = sorted(path for path in location.rglob("*") if path.is_file())
    return [
        path
        for path in found
        if not any(is_passed_over(part) for part in path.relative_to(location).parts)
        and is_shard(path)
    ]


def unpacked(shards: Sequence[Path], into: Path, report: Report) -> Path:
    """A folder below ``into`` with the images of all ``shards``; made where it is not there yet.

    What is said of the images stands in its ``metadata.jsonl``. Folders that other states of these
    files were unpacked to are removed. Raises SourceError, StorageFull, WorkspaceError.
    """
    target = into / _state(shards)
    if not target.is_dir():
        _check_room(shards, into)
        told = Report()
        with files.new_folder(target) as draft:
            _fill(draft, shards, told)
        for other in into.iterdir():
            if other != target and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)
    said = json.loads((target / _TOLD).read_text("utf-8"))
    for path, reason in said["skipped"]:
        report.skip(path, reason)
    for path, reason in said["notes"]:
        report.note(path, reason)
    return target


def _fill(folder: Path, shards: Sequence[Path], told: Report) -> None:
    described = []
    has_table = False
    for shard in shards:
        # of several, each has a folder, as their names need not differ
        inside = folder / shard.name.partition(".")[0] if len(shards) > 1 else folder
        for member in members(shard, told):
            file = inside / member.path
            if file.exists():
                told.skip(member.path, f"{shard.name} holds two files of this name")
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file, member.data)
            has_table |= file.parent == folder and file.name in TABLES
            if member.about:
                name = file.relative_to(folder).as_posix()
                described.append(json.dumps({"file_name": name, **member.about}))
    if described and not has_table:
        _write(folder / "metadata.jsonl", "\n".join(described).encode())
    kept = {
        "skipped": [(one.path, one.reason) for one in told.skipped],
        "notes": [(one.path, one.reason) for one in told.notes],
    }
    _write(folder / _TOLD, json.dumps(kept).encode())


def _write(path: Path, data: bytes) -> None:
    files.fill_new(path, lambda out: out.write(data), durable=False)


def _state(shards: Sequence[Path]) -> str:
    """A name that changes with any of the files."""
    digest = hashlib.blake2b(digest_size=8)
    for path in shards:
        status = path.stat()
        digest.update(
            f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "replace")
        )
    return digest.hexdigest()


def _check_room(shards: Sequence[Path], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    needed, free = sum(path.stat().st_size for path in shards), shutil.disk_usage(into).free
    if needed > free:
        raise SourceError(
            f"Unpacking {shards[0].name} needs {needed / 2**30:,.1f} GiB in {into}, "
            f"{free / 2**30:,.1f} GiB are free. Free some space, or name a workspace on another "
            "disk."
        )
