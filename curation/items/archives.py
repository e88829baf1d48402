"""Zip and tar archives: their images to where they belong, with what is said of each."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from curation.items.entry import Report
from curation.items.members import (
    DESCRIBING,
    LARGEST_TEXT,
    Damaged,
    Keep,
    Said,
    json_object,
    reading,
    tell_others,
    wanted,
)
from curation.items.tables import read_table

_DAMAGED = "cannot be unpacked"
_TAIL = 1 << 20  # bytes of nothing that a tar ends with, at most
_ENCRYPTED = 1  # the bit of a zip's flags that says so of a member
_TEXTS = (".json", ".txt", ".caption", ".cls")


def read_zip(path: Path, keep: Keep, report: Report) -> Iterator[Said]:
    """Keep the images and tables in a zip; a member that cannot be read is listed."""
    others = []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = None if info.is_dir() else wanted(info.filename, report)
            if name == "":
                others.append(info.filename)
            if not name:
                continue
            if info.flag_bits & _ENCRYPTED:
                report.skip(name, "encrypted with a password; unpack it, and give the folder")
                continue
            try:
                with reading(path), archive.open(info) as stream:
                    if keep(name, stream, info.file_size):
                        yield name, {}
            except Damaged as error:
                report.skip(name, f"{_DAMAGED} ({error}); pack it again")
    tell_others(path, others, report)


def zip_bytes(path: Path) -> int:
    """Bytes that the images and tables in a zip have when unpacked."""
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist() if wanted(info.filename, Report()))


def read_tar(path: Path, keep: Keep, report: Report) -> Iterator[Said]:
    """Keep the images and tables in a tar, as WebDataset writes it: files whose names begin alike
    belong to one sample, one after the other.

    https://github.com/webdataset/webdataset#the-webdataset-format
    """
    said = _by_key(path, report)
    others: list[str] = []
    with tarfile.open(path) as archive:
        sample = _Sample("")
        for info in archive:
            if info.isdir():
                continue
            if _key(info.name) != sample.key:
                yield from sample.said(said)
                sample = _Sample(_key(info.name))
            try:
                with reading(path):
                    _take(archive, info, sample, keep, others, report)
            except Damaged as error:
                report.skip(info.name, f"{_DAMAGED} ({error}); pack it again")
        yield from sample.said(said)
        if not _is_ended(archive):
            told = "it ends without the mark of a tar's end: if it was cut, copy it again"
            report.note(path.name, told)
    tell_others(path, others, report)


def _take(
    archive: tarfile.TarFile,
    info: tarfile.TarInfo,
    sample: _Sample,
    keep: Keep,
    others: list[str],
    report: Report,
) -> None:
    """One member: an image or table into its place, a text into the sample."""
    name = wanted(info.name, report)
    is_text = PurePosixPath(info.name).suffix.lower() in _TEXTS and info.size <= LARGEST_TEXT
    if name and not info.isfile():
        report.skip(name, "a link or device, not a file; pack what it leads to (tar -h)")
        return
    readable = info.isfile() and (name or (name == "" and is_text))
    stream = archive.extractfile(info) if readable else None
    if stream is None:
        if name is not None:
            others.append(info.name)
    elif not name:
        sample.texts.append((info.name, stream.read()))
    elif keep(name, stream, info.size):
        sample.images.append((name, info.name))


def _is_ended(archive: tarfile.TarFile) -> bool:
    """False for a tar that was cut between two members: the empty block at its end is missing.

    Raises Damaged where something is left that is no member, which ends a tar untold, or where
    the checksum at the end of a compressed one does not fit.
    """
    if archive.fileobj is None:
        return True
    archive.fileobj.seek(archive.offset)
    tail = archive.fileobj.read(_TAIL)
    if tail[: tarfile.BLOCKSIZE].strip(b"\0"):
        raise Damaged(f"no member begins at byte {archive.offset:,}")
    return bool(tail)


@dataclass
class _Sample:
    """Files whose names are alike up to the first dot."""

    key: str
    images: list[tuple[str, str]] = field(default_factory=list)
    """Where each was put, and its name."""
    texts: list[tuple[str, bytes]] = field(default_factory=list)

    def said(self, by_key: dict[str, Any]) -> Iterator[Said]:
        """The images, with what the texts and the table beside the shard say of each."""
        about: dict[str, dict[str, Any]] = {name: {} for _, name in self.images}
        stems = {name: _stem(name) for name in about if PurePosixPath(name).name not in DESCRIBING}
        for name, stem in stems.items():
            known = by_key.get(PurePosixPath(stem).name)
            about[name] |= known or by_key.get(PurePosixPath(self.key).name, {})
        for text, data in self.texts:
            meant = _meant(_stem(text), stems)
            for name in meant:
                about[name] |= _told(text, data)
        yield from ((path, about[name]) for path, name in self.images)


def _meant(text: str, stems: dict[str, str]) -> list[str]:
    """The images that a text is about, by the stems of their names.

    ``shot.1.json`` is about ``shot.1.jpg`` and not about ``shot.2.jpg``; ``7.json`` about all of
    ``7.jpg`` and ``7.mask.png``, ``7.meta.json`` about ``7.jpg``.
    """
    wider = [name for name, stem in stems.items() if stem == text or stem.startswith(text + ".")]
    narrower = [name for name, stem in stems.items() if text.startswith(stem + ".")]
    if wider or narrower or len(stems) != 1:
        return wider or narrower
    (stem,) = stems.values()
    numbered = all(PurePosixPath(one).suffix[1:].isdigit() for one in (text, stem))
    return [] if numbered else list(stems)


def _told(text: str, data: bytes) -> dict[str, Any]:
    extension = PurePosixPath(text).suffix.lower()
    if extension == ".json":
        return json_object(data)
    return {"label" if extension == ".cls" else "caption": data.decode("utf-8", "replace").strip()}


def _key(name: str) -> str:
    """The part of a path that is common to all files of a sample: up to the first dot."""
    path = PurePosixPath(name)
    return str(path.with_name(path.name.partition(".")[0] or path.name)) if path.name else name


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(path.stem)) if path.name else name


def _by_key(path: Path, report: Report) -> dict[str, Any]:
    """What img2dataset says of each sample, in a table of the same name beside the shard."""
    beside = path.with_name(path.name.partition(".")[0] + ".parquet")
    if not beside.is_file():
        return {}
    table = read_table(beside, report)
    return {
        str(row.values["key"]): {k: v for k, v in row.values.items() if k != "key"}
        for row in table.rows
        if row.values.get("key") is not None
    }
