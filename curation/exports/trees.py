"""Exports of many files: a folder, or a zip of the same, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from curation import files
from curation.errors import ExportError
from curation.exports.images import USUAL, Picture
from curation.exports.writer import disk_errors, manifest_bytes, manifest_path, publish

ZIP = ".zip"


class Tree(Protocol):
    """Files to be filled; names have forward slashes."""

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """A new file to write, one at a time."""

    def link(self, name: str, file: Path, /) -> bool:
        """Link to ``file``, an absolute path; False where this tree holds no links."""


class FolderTree:
    """Files in a folder."""

    def __init__(self, root: Path, *, links: bool = False) -> None:
        self._root = root
        self._links = links

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        return files.new_file(self._new(name))

    def link(self, name: str, file: Path, /) -> bool:
        if self._links:
            self._new(name).symlink_to(file)
        return self._links

    def _new(self, name: str) -> Path:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class ZipTree:
    """Files in a zip, not compressed: images are already."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with self._archive.open(name, "w", force_zip64=True) as file:
            yield cast(BinaryIO, file)

    def link(self, _name: str, _file: Path, /) -> bool:
        return False


def put(tree: Tree, name: str, data: bytes) -> None:
    """Write one file."""
    with tree.open(name) as file:
        file.write(data)


def put_json(tree: Tree, name: str, value: Any) -> None:
    """Write one file of JSON."""
    put(tree, name, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode())


def put_picture(tree: Tree, stem: str, picture: Picture, counts: Counter[str]) -> str:
    """Copy an image, link to it, or draw a crop of it; its name in the tree.

    Raises SourceError for what cannot be read; then nothing is written.
    """
    suffix = picture.suffix(USUAL)
    if suffix and tree.link(stem + suffix, picture.file):
        return stem + suffix
    data, written = picture.content(USUAL)
    put(tree, stem + written, data)
    if not suffix:
        counts["converted" if picture.item.box is None else "cut"] += 1
    return stem + written


def publish_tree(
    target: Path,
    fill: Callable[[Tree], int],
    describe: Callable[[int], Mapping[str, Any]],
    *,
    links: bool = False,
) -> tuple[int, dict[str, Any]]:
    """`publish` for a tree: a zip where ``target`` ends so, else a folder that is not there yet.

    Raises ExportError and StorageFull; whatever raises, nothing new is left behind.
    """
    if target.suffix.lower() == ZIP:
        if links:
            raise ExportError(f"Expected a folder for links, got {target}. Name one without .zip.")
        return publish(target, lambda file: _zipped(file, fill), describe)
    draft = files.temporary(target.parent)
    try:
        with disk_errors(target):
            _check_new(target)
            draft.mkdir(parents=True)
            rows = fill(FolderTree(draft, links=links))
            held = [path for path in draft.rglob("*") if not path.is_dir()]
            size = sum(path.lstat().st_size for path in held)
            content = {"file": target.name, "bytes": size, "files": len(held), **describe(rows)}
            _put_in_place(draft, target, lambda file: file.write(manifest_bytes(content)))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows, content


def _check_new(target: Path) -> None:
    if os.path.lexists(target):
        raise ExportError(
            f"Expected a folder that is not there yet, got {target}. Remove it, or name another."
        )


def _put_in_place(draft: Path, target: Path, describe: files.Fill) -> None:
    """The folder first: its name is taken by one of two exports, and only that one describes it."""
    draft.rename(target)
    try:
        files.put(manifest_path(target), describe)
    except OSError:
        target.rename(draft)
        raise
    files.sync_folder(target.parent)


def _zipped(file: BinaryIO, fill: Callable[[Tree], int]) -> int:
    with zipfile.ZipFile(file, "w") as archive:
        return fill(ZipTree(archive))
