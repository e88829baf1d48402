"""Images in a folder, however deep."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from curation.items.entry import Entry, Skip, is_utf8, os_reason, printable

_SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"]
)
_PLAIN_UNSUPPORTED = (".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd")
_RAW = (".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf")
_UNSUPPORTED = frozenset((*_PLAIN_UNSUPPORTED, *_RAW))
_WORKSPACE_MARK = "curation.db"
_WORKSPACE_FOLDERS = frozenset(("thumbs", "exports", "embeddings", "generations"))


def walk_images(root: Path, skipped: list[Skip], others: Collection[str] = ()) -> Iterator[Entry]:
    """Entries for the images below ``root``, folder by folder in the order of names.

    An image is known by its suffix, or without a known suffix by its first bytes. The folder's
    path relative to ``root`` becomes the attribute ``folder``. ``others`` are paths to list even
    if they are no images, as entries without file. Hidden files and workspaces are passed over.
    Links are followed, but every folder is visited once and none above ``root``, so they may form
    loops. What cannot be listed goes to ``skipped``.
    """
    visited: set[tuple[int, int]] = set()
    for above in root.resolve().parents:
        _first_visit(above, visited)
    # Linked folders wait until all real ones are done: a folder is known by its real path.
    linked = [root]
    while linked:
        pending = [linked.pop(0)]
        while pending:
            folder = pending.pop()
            if not _first_visit(folder, visited):
                continue
            folders = []
            for child in _outside_workspace(_list(folder, root, skipped), folder == root):
                if not _is_dir(child):
                    yield from _file_entry(Path(child.path), root, skipped, others)
                elif child.is_symlink():
                    linked.append(Path(child.path))
                else:
                    folders.append(Path(child.path))
            pending.extend(reversed(folders))


def folder_attribute(path: str) -> dict[str, Any]:
    """``{"folder": ...}`` for a file in a sub-folder, nothing for one at the top."""
    parent = str(PurePosixPath(path).parent)
    return {} if parent == "." else {"folder": parent}


def is_image_file(file: Path) -> bool:
    """True if suffix or first bytes promise an image; the header may still be damaged."""
    if file.suffix.lower() in _SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return _is_image_start(stream.read(16))
    except OSError:
        return False


def _is_image_start(start: bytes) -> bool:
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")):
        return True
    if start.startswith(b"BM"):
        return start[6:10] == b"\0\0\0\0"
    return start.startswith(b"RIFF") and start[8:12] == b"WEBP"


def _outside_workspace(
    listing: list[os.DirEntry[str]], is_root: bool
) -> Iterator[os.DirEntry[str]]:
    """Children that are not hidden and no part of a workspace.

    A workspace below the root is all ours; the root itself may hold images beside our folders.
    """
    workspace = any(child.name == _WORKSPACE_MARK for child in listing)
    if workspace and not is_root:
        return
    for child in listing:
        ours = workspace and child.name in _WORKSPACE_FOLDERS
        if not ours and not child.name.startswith("."):
            yield child


def _first_visit(folder: Path, visited: set[tuple[int, int]]) -> bool:
    try:
        status = folder.stat()
    except OSError:
        return True  # listing it will fail too, and say why
    key = (status.st_dev, status.st_ino)
    if key in visited:
        return False
    visited.add(key)
    return True


def _list(folder: Path, root: Path, skipped: list[Skip]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as children:
            return sorted(children, key=lambda child: child.name)
    except OSError as error:
        name = printable(folder.relative_to(root).as_posix())
        skipped.append(Skip(name, f"folder cannot be listed ({os_reason(error)})"))
        return []


def _is_dir(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir()
    except OSError:
        return False


def _file_entry(
    file: Path, root: Path, skipped: list[Skip], others: Collection[str]
) -> Iterator[Entry]:
    path = file.relative_to(root).as_posix()
    suffix = file.suffix.lower()
    if suffix in _UNSUPPORTED:
        skipped.append(Skip(printable(path), f"{suffix} is not supported; convert to JPEG or PNG"))
        return
    try:
        regular = stat.S_ISREG(file.stat().st_mode)
    except OSError as error:
        if suffix in _SUFFIXES:
            skipped.append(Skip(printable(path), f"cannot be read ({os_reason(error)})"))
        return
    if not regular:  # a pipe or a device would block whoever opens it
        return
    image = is_image_file(file)
    if not image and path not in others:
        return
    if not is_utf8(path):
        skipped.append(Skip(printable(path), "its name is not valid UTF-8; rename it"))
        return
    yield Entry(path, file if image else None, folder_attribute(path))
