"""What is in a packed file: its images one after the other, with what is said of each."""

from __future__ import annotations

import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from curation.errors import SourceError
from curation.items.columns import FILES, by_plain_name
from curation.items.entry import Report, few
from curation.items.folder import IMAGES, is_passed_over
from curation.items.tables import read_table
from curation.items.tables.columnar import read_parquet
from curation.items.values import json_value

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz")
TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""What describes the images of a folder."""
_BATCH = 64  # images in memory at once
_CLASS_NAMES = b"huggingface"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a shard: where it goes (a relative path), its bytes, and what is said of it."""

    path: str
    data: bytes
    about: dict[str, Any] = field(default_factory=dict)


def is_shard(path: Path) -> bool:
    """Whether ``path`` is an archive, or Parquet with images in it."""
    name = path.name.lower()
    return name.endswith(SUFFIXES) or (name.endswith((".parquet", ".pq")) and _column(path) != "")


def members(path: Path, report: Report) -> Iterator[Member]:
    """The images in a shard and the tables that describe them; what else is in it is told.

    Raises SourceError where it is damaged, encrypted, or cannot be read.
    """
    name = path.name.lower()
    read = _zip if name.endswith(".zip") else _tar if name.endswith(SUFFIXES) else _parquet
    try:
        yield from read(path, report)
    except (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile,
            tarfile.TarError, zlib.error, pa.ArrowException) as error:  # fmt: skip
        raise SourceError(f"{path} cannot be unpacked ({error}). Pack it again.") from error


def _zip(path: Path, report: Report) -> Iterator[Member]:
    others = []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            wanted = _wanted(info.filename, report)
            if wanted and not info.is_dir():
                yield Member(wanted, archive.read(info))
            elif wanted == "" and not info.is_dir():
                others.append(info.filename)
    _tell_others(path, others, report)


def _tar(path: Path, report: Report) -> Iterator[Member]:
    """WebDataset: files whose names begin alike belong to one sample, one after the other.

    https://github.com/webdataset/webdataset#the-webdataset-format
    """
    said = _by_key(path, report)
    others: list[str] = []
    with tarfile.open(path) as archive:
        sample: list[tuple[str, bytes]] = []
        for info in archive:
            if not info.isfile() or (stream := archive.extractfile(info)) is None:
                continue
            if sample and _key(sample[0][0]) != _key(info.name):
                yield from _sample(sample, said, others, report)
                sample = []
            sample.append((info.name, stream.read()))
        yield from _sample(sample, said, others, report)
    _tell_others(path, others, report)


def _sample(
    sample: list[tuple[str, bytes]], said: dict[str, Any], others: list[str], report: Report
) -> Iterator[Member]:
    if not sample:
        return
    about = dict(said.get(PurePosixPath(_key(sample[0][0])).name, {}))
    images = []
    for name, data in sample:
        wanted = _wanted(name, report)
        extension = PurePosixPath(name).suffix.lower()
        if wanted:
            images.append((wanted, data))
        elif extension == ".json":
            about |= _object(data)
        elif extension in (".txt", ".caption", ".cls"):
            text = data.decode("utf-8", "replace").strip()
            about["label" if extension == ".cls" else "caption"] = text
        elif wanted == "":
            others.append(name)
    yield from (
        Member(name, data, {} if PurePosixPath(name).name in TABLES else about)
        for name, data in images
    )


def _key(name: str) -> str:
    """The part of a path that is common to all files of a sample: up to the first dot."""
    path = PurePosixPath(name)
    return str(path.with_name(path.name.partition(".")[0] or path.name))


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return {str(k): json_value(v) for k, v in found.items()} if isinstance(found, dict) else {}


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


def _parquet(path: Path, report: Report) -> Iterator[Member]:
    """Images as Hugging Face's datasets keep them, or their bytes in a column.

    https://huggingface.co/docs/datasets/image_dataset
    """
    column = _column(path)
    names, columns = read_parquet(path, report)
    classes = _classes(path)
    taken: set[str] = set()
    row = 0
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=[column]):
            for value in batch.column(0).to_pylist():
                inside = value if isinstance(value, dict) else {"bytes": value}
                data, name = inside.get("bytes"), inside.get("path")
                about = {n: values[row] for n, values in zip(names, columns, strict=True)}
                about.pop(column, None)
                for label in about.keys() & classes.keys():
                    about[label] = _class_name(classes[label], about[label])
                row += 1
                if not data:
                    report.skip(f"{path.name} row {row}", "there is no image in it")
                    continue
                yield Member(_free(name, data, row, taken), data, about)


def _column(path: Path) -> str:
    """The column with images in a Parquet file, "" without one. Raises no error."""
    try:
        schema = pa.parquet.read_schema(path)
    except (pa.ArrowException, OSError, ValueError):
        return ""
    found = [field.name for field in schema if _holds_images(field, path)]
    plain = by_plain_name(found)
    return next((plain[name] for name in FILES if name in plain), found[0] if found else "")


def _holds_images(field: pa.Field, path: Path) -> bool:
    if pa.types.is_struct(field.type):
        at = field.type.get_field_index("bytes")
        return bool(at >= 0 and _is_bytes(field.type.field(at).type))
    if not _is_bytes(field.type):
        return False
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=[field.name]):
            for value in batch.column(0).to_pylist():
                if value:
                    return _suffix(value) != ""
    return False


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _suffix(data: bytes) -> str:
    """The suffix that fits the first bytes of an image; "" for anything else."""
    for start, suffix in _STARTS:
        if data.startswith(start):
            return suffix
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ".webp"
    return ".avif" if data[4:12] in (b"ftypavif", b"ftypavis") else ""


_STARTS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)


def _classes(path: Path) -> dict[str, list[str]]:
    """Names of the classes by column, as Hugging Face's datasets write them along."""
    try:
        told = (pa.parquet.read_schema(path).metadata or {}).get(_CLASS_NAMES, b"{}")
        features = json.loads(told).get("info", {}).get("features", {})
        return {
            name: about["names"]
            for name, about in features.items()
            if isinstance(about, dict) and isinstance(about.get("names"), list)
        }
    except (ValueError, AttributeError):
        return {}


def _class_name(names: list[str], value: Any) -> Any:
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _free(name: Any, data: bytes, row: int, taken: set[str]) -> str:
    """A name of its own for the image of a row: its own, else the number of the row."""
    base = PurePosixPath(str(name or "").replace("\\", "/")).name
    if not base or PurePosixPath(base).suffix.lower() not in IMAGES or base.lower() in taken:
        base = f"{row:06d}{_suffix(data) or '.image'}"
    taken.add(base.lower())
    return base


def _wanted(name: str, report: Report) -> str | None:
    """Where a member goes; "" for one that is no image, None for one that is passed over."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or not parts:
        report.skip(name, "its path leads out of the archive; pack it again")
        return None
    if any(is_passed_over(part) for part in parts):
        return None
    if path.name.lower() not in TABLES and path.suffix.lower() not in IMAGES:
        return ""
    return "/".join(parts)


def _tell_others(path: Path, others: list[str], report: Report) -> None:
    if others:
        report.note(path.name, f"{len(others)} files in it are no images, left out: {few(others)}")
