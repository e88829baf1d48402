"""Sources that come packed: unpacked once, into a folder that is then read as any other."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO

from curation import files
from curation.errors import SourceError
from curation.items.entry import Report, os_reason
from curation.items.folder import is_passed_over
from curation.items.members import LARGEST, TABLES, Damaged, reading
from curation.items.shards import is_shard, read_shard, stem, unpacked_bytes

TOLD = "unpacked.json"
"""What a folder of unpacked images keeps of what was left out."""
_SPARE = 1 << 28  # bytes of the disk that unpacking leaves free
_LAYOUT = b"2"  # changes where the same files are unpacked otherwise
_CHUNK = 1 << 20  # bytes in memory at once
_NO_NAME = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.EILSEQ)
"""What the system says of a name that cannot be there."""


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


def unpacked(location: Path, shards: Sequence[Path], into: Path, report: Report) -> Path:
    """A folder below ``into`` with the images of all ``shards`` of ``location``; made where it is
    not there yet.

    What is said of the images stands in its ``metadata.jsonl``. Folders that other states of these
    files were unpacked to are removed. Raises SourceError, StorageFull, WorkspaceError.
    """
    target = into / _state(shards)
    if not target.is_dir():
        into.mkdir(parents=True, exist_ok=True)
        _check_room(shards[0], into, sum(unpacked_bytes(path) for path in shards))
        told = Report()
        with files.new_folder(target) as draft:
            _fill(draft, _places(location, shards), told)
        for other in into.iterdir():
            if other != target and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)
    said = json.loads((target / TOLD).read_text("utf-8"))
    for path, reason in said["skipped"]:
        report.skip(path, reason)
    for path, reason in said["notes"]:
        report.note(path, reason)
    return target


def _places(location: Path, shards: Sequence[Path]) -> dict[Path, str]:
    """The folder of each shard: of several, each has one of its own, as their names need not
    differ."""
    if len(shards) == 1:
        return {shards[0]: ""}
    places: dict[Path, str] = {}
    for shard in shards:
        within = shard.relative_to(location)
        place = within.with_name(stem(shard)).as_posix()
        places[shard] = within.as_posix() if place in places.values() else place
    return places


class _Shard:
    """Where the members of one packed file go."""

    def __init__(self, shard: Path, folder: Path, told: Report) -> None:
        self._shard = shard
        self._folder = folder
        self._told = told

    def keep(self, name: str, stream: IO[bytes], size: int) -> bool:
        """Put a member in its place; one that is too large, damaged or cannot be there is told.

        Raises SourceError, StorageFull, WorkspaceError where the disk is at fault.
        """
        file = self._folder / name
        reason = None
        if size > LARGEST:
            reason = f"it has {size:,} bytes, at most {LARGEST:,} are unpacked; save a smaller copy"
        else:
            _check_room(self._shard, _existing(file.parent), size)
            reason = self._fill(file, stream)
        if reason is not None:
            self._told.skip(name, reason)
        return reason is None

    def _fill(self, file: Path, stream: IO[bytes]) -> str | None:
        """Why the file is not there; None where it is."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            files.fill_new(file, lambda out: self._copy(stream, out), durable=False)
        except Damaged:
            file.unlink()
            raise
        except FileExistsError:
            return f"{self._shard.name} holds two files of this name"
        except OSError as error:
            if error.errno not in _NO_NAME:
                raise files.storage_error(file, error) from error
            return f"its name cannot be here ({os_reason(error)}); rename it"
        return None

    def _copy(self, stream: IO[bytes], out: BinaryIO) -> None:
        while True:
            with reading(self._shard):
                chunk = stream.read(_CHUNK)
            if not chunk:
                return
            out.write(chunk)


def _fill(folder: Path, places: Mapping[Path, str], told: Report) -> None:
    described = []
    n_kept = 0
    for shard, place in places.items():
        for name, about in read_shard(shard, _Shard(shard, folder / place, told).keep, told):
            n_kept += 1
            if about:
                file_name = f"{place}/{name}" if place else name
                described.append(json.dumps({"file_name": file_name, **about}))
    if not n_kept and told.skipped:
        first = told.skipped[0]
        raise SourceError(
            f"{next(iter(places))} cannot be unpacked: {len(told.skipped)} left out, first "
            f"{first.path}: {first.reason}."
        )
    if described and not any((folder / table).exists() for table in TABLES):
        _write(folder / "metadata.jsonl", "\n".join(described).encode())
    kept = {
        "skipped": [(one.path, one.reason) for one in told.skipped],
        "notes": [(one.path, one.reason) for one in told.notes],
    }
    _write(folder / TOLD, json.dumps(kept).encode())


def _write(path: Path, data: bytes) -> None:
    files.fill_new(path, lambda out: out.write(data), durable=False)


def _existing(folder: Path) -> Path:
    """The folder, or the closest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _state(shards: Sequence[Path]) -> str:
    """A name that changes with any of the files."""
    digest = hashlib.blake2b(_LAYOUT, digest_size=8)
    for path in shards:
        status = path.stat()
        digest.update(
            f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "replace")
        )
    return digest.hexdigest()


def _check_room(shard: Path, into: Path, needed: int) -> None:
    """SourceError where the disk of ``into`` has no room for so many bytes."""
    free = shutil.disk_usage(into).free - _SPARE
    if needed > free:
        raise SourceError(
            f"Unpacking {shard.name} needs {needed / 2**30:,.1f} GiB in {into}, "
            f"{max(free, 0) / 2**30:,.1f} GiB are free. Free some space, or name a workspace on "
            "another disk."
        )
