"""Images in a folder, however deep."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from curation.items.entry import Entry, Report, few, is_utf8, os_reason, printable
from curation.items.sidecars import Sidecars

IMAGES = frozenset(
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib",
        ".tif", ".tiff", ".jp2", ".j2k", ".jpx", ".avif", ".heic", ".heif", ".hif",
    ]
)  # fmt: skip
VIDEOS = frozenset(
    [
        ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts", ".m2ts",
        ".3gp", ".3g2", ".flv", ".ogv", ".asf", ".vob", ".mxf", ".lrv", ".lrf", ".insv",
    ]
)  # fmt: skip
ARCHIVES = frozenset([".zip", ".tar", ".tgz", ".7z", ".rar"])
_UNSUPPORTED = frozenset(
    [
        ".jxl", ".svg", ".psd", ".psb", ".xcf", ".kra", ".ai", ".eps", ".emf", ".wmf", ".pdf",
        ".djvu", ".ico", ".icns", ".tga", ".pcx", ".sgi", ".dds", ".qoi",
        ".ppm", ".pgm", ".pbm", ".pnm", ".exr", ".fits", ".fit", ".fts", ".dcm", ".dicom", ".nii",
        ".nrrd", ".mha", ".czi", ".lif", ".nd2", ".oib", ".oif", ".vsi",
        ".raw", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".orf",
        ".rw2", ".rwl", ".raf", ".pef", ".srw", ".x3f", ".3fr", ".fff", ".iiq", ".gpr", ".kdc",
        ".dcr", ".mrw", ".mef", ".mos", ".erf",
    ]
)  # fmt: skip
"""Pictures of graphics programs, scanners, microscopes, clinics, telescopes and cameras (raw)."""
_TABLES = frozenset(
    [".csv", ".tsv", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson", ".parquet", ".xml"]
)
FILM = "videos are not read; save frames of them as images (ffmpeg -i FILE -vf fps=1 %05d.jpg)"
_NOT_READ = (
    "not taken for what describes the images beside it; give one as the source, or call a table of "
    "file names metadata.csv"
)
_PACKED = "packed; give it alone as the source, or unpack it"
_THUMBNAILS = frozenset(
    [
        "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin",
        "__macosx", "network trash folder", "temporary items", "system volume information",
        "lost+found",
    ]
)  # fmt: skip
"""Folders in which a NAS, Windows or a Mac keeps thumbnails and what was deleted."""
_SYSTEM_FILES = frozenset(["thumbs.db", "desktop.ini", "ehthumbs.db"])
_HEIF = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
_STARTS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)
_WORKSPACE_MARK = "curation.db"
_WORKSPACE_FOLDERS = frozenset(("thumbs", "exports", "embeddings", "generations", "unpacked"))


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name holds no images of a person: hidden ones (.thumbnails,
    ._a.jpg), and what systems and NAS boxes put beside them."""
    plain = name.lower()
    return name.startswith(".") or plain in _THUMBNAILS or plain in _SYSTEM_FILES


def walk_images(
    root: Path, report: Report, others: Collection[str] = (), read: Collection[str] = ()
) -> Iterator[Entry]:
    """Entries for the images below ``root``, folder by folder in the order of names.

    An image is known by its suffix, or without a known suffix by its first bytes. The folder's
    path relative to ``root`` becomes the attribute ``folder``. ``others`` are paths to list even
    if they are no images, as entries without file; ``read`` are tables that need not be told as
    left out. Hidden files, thumbnails of a NAS and
    workspaces are passed over. Links are followed, but every folder is visited once and none above
    ``root``, so they may form loops. What cannot be listed, and what is no image but shows
    something, goes to ``report``.
    """
    beside = _Beside(set(read))
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
            listing = _list(folder, root, report)
            sidecars = Sidecars(folder, {child.name for child in listing})
            for child in _outside_workspace(listing, folder == root, beside):
                if not _is_dir(child):
                    for entry in _file_entry(Path(child.path), root, report, others, beside):
                        about = sidecars.of(child.name)
                        attributes = {**entry.attributes, **about}
                        if about:
                            beside.read.add(str(PurePosixPath(entry.path).with_suffix(".json")))
                        yield replace(entry, attributes=attributes) if about else entry
                elif child.is_symlink():
                    linked.append(Path(child.path))
                else:
                    folders.append(Path(child.path))
            pending.extend(reversed(folders))
    beside.tell(report)


def folder_attribute(path: str) -> dict[str, Any]:
    """``{"folder": ...}`` for a file in a sub-folder, nothing for one at the top."""
    parent = str(PurePosixPath(path).parent)
    return {} if parent == "." else {"folder": parent}


def is_image_file(file: Path) -> bool:
    """True if suffix or first bytes promise an image; the header may still be damaged."""
    if file.suffix.lower() in IMAGES:
        return True
    try:
        with file.open("rb") as stream:
            return _is_image_start(stream.read(16))
    except OSError:
        return False


def suffix_of(start: bytes) -> str:
    """The suffix that fits the first bytes of an image; "" for a format that is not usual."""
    for known, suffix in _STARTS:
        if start.startswith(known):
            return suffix
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return ".webp"
    return ".avif" if start[4:12] in (b"ftypavif", b"ftypavis") else ""


def _is_image_start(start: bytes) -> bool:
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")):
        return True
    if start.startswith(b"BM"):
        return start[6:10] == b"\0\0\0\0"
    if start[4:8] == b"ftyp":
        return start[8:12] in _HEIF
    if start.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return True
    return start.startswith(b"RIFF") and start[8:12] == b"WEBP"


@dataclass
class _Beside:
    """What lies beside the images, told once at the end and not file by file."""

    read: set[str] = field(default_factory=set)
    tables: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    thumbnails: list[str] = field(default_factory=list)

    def tell(self, report: Report) -> None:
        for names, what, reason in (
            (self.videos, "video", FILM),
            (self.packed, "archive", _PACKED),
        ):
            if len(names) == 1:
                report.skip(names[0], reason)
            elif names:
                report.skip(f"{len(names):,} {what}s", f"{reason}: {few(names)}")
        tables = [printable(path) for path in sorted(self.tables) if path not in self.read]
        if tables:
            report.note(few(tables), _NOT_READ)
        if self.thumbnails:
            names = sorted(set(self.thumbnails))
            report.note(few(names), "passed over: thumbnails or deleted files of a system or NAS")


def _outside_workspace(
    listing: list[os.DirEntry[str]], is_root: bool, beside: _Beside
) -> Iterator[os.DirEntry[str]]:
    """Children that are not hidden and no part of a workspace.

    A workspace below the root is all ours; the root itself may hold images beside our folders.
    """
    workspace = any(child.name == _WORKSPACE_MARK for child in listing)
    if workspace and not is_root:
        return
    for child in listing:
        if workspace and child.name in _WORKSPACE_FOLDERS:
            continue
        if not is_passed_over(child.name):
            yield child
        elif child.name.lower() in _THUMBNAILS:
            beside.thumbnails.append(child.name)


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


def _list(folder: Path, root: Path, report: Report) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as children:
            return sorted(children, key=lambda child: child.name)
    except OSError as error:
        name = printable(folder.relative_to(root).as_posix())
        report.skip(name, f"folder cannot be listed ({os_reason(error)})")
        return []


def _is_dir(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir()
    except OSError:
        return False


def _file_entry(
    file: Path, root: Path, report: Report, others: Collection[str], beside: _Beside
) -> Iterator[Entry]:
    path = file.relative_to(root).as_posix()
    suffix = file.suffix.lower()
    if path not in others:
        if suffix in VIDEOS:
            beside.videos.append(printable(path))
            return
        if suffix in ARCHIVES:
            beside.packed.append(printable(path))
            return
        if suffix in _UNSUPPORTED:
            report.skip(printable(path), f"{suffix} is not supported; convert to JPEG or PNG")
            return
    try:
        regular = stat.S_ISREG(file.stat().st_mode)
    except OSError as error:
        if suffix in IMAGES:
            report.skip(printable(path), f"cannot be read ({os_reason(error)})")
        return
    if not regular:  # a pipe or a device would block whoever opens it
        if suffix in IMAGES:
            report.skip(printable(path), "a pipe or device, not a file")
        return
    image = suffix not in _UNSUPPORTED and is_image_file(file)
    if not image and path not in others:
        if suffix in _TABLES:
            beside.tables.append(path)
        return
    if not is_utf8(path):
        report.skip(printable(path), "its name is not valid UTF-8; rename it")
        return
    yield Entry(path, file if image else None, folder_attribute(path))
