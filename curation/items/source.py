"""Where items come from: a folder, a manifest or a table of vectors."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from curation.errors import SourceError
from curation.items import manifest as manifests
from curation.items.entry import Box, Entry, Skip, is_utf8, os_reason, printable
from curation.items.folder import folder_attribute, is_image_file, walk_images
from curation.items.matching import match_rows
from curation.items.vectors import VectorTable, read_vectors

__all__ = ["Box", "Entry", "Skip", "Source", "open_source"]

SourceKind = Literal["folder", "manifest", "vectors"]
_DESCRIPTIONS = ("metadata.csv", "metadata.parquet")


@dataclass
class Source:
    """A place that lists items. Listing opens no image.

    ``location`` is the folder, manifest or vector file; entries' paths are relative to ``root``.
    ``vectors`` holds the given embeddings, to which every entry's ``row`` then points.
    ``skipped`` says what the last listing left out, complete once it has been run through.
    """

    kind: SourceKind
    location: Path
    root: Path
    vectors: VectorTable | None = None
    skipped: list[Skip] = field(default_factory=list)

    @property
    def description(self) -> str:
        """What it is and where, to be shown in messages."""
        return f"{self.kind} {self.location}"

    def entries(self) -> Iterator[Entry]:
        """List the source anew, always in the same order; raises SourceError."""
        skipped: list[Skip] = []
        self.skipped = skipped
        if self.vectors is None:
            return self._images(skipped)
        names = self.vectors.files
        if self.kind == "vectors":
            return _vector_entries(names, skipped)
        return match_rows(names, list(self._images(skipped)), self.root, skipped)

    def _images(self, skipped: list[Skip]) -> Iterator[Entry]:
        imageless = self.vectors is not None
        if self.kind == "manifest":
            return _existing(manifests.read_manifest(self.location, skipped), skipped, imageless)
        names = () if self.vectors is None else self.vectors.files
        others = {manifests.relative_path(name, self.root) for name in names}
        return _folder_entries(self.location, skipped, others, imageless)


def open_source(spec: str | Path | None, *, embeddings: str | Path | None = None) -> Source:
    """Open a folder of images, a CSV or Parquet manifest, or (without ``spec``) vectors alone.

    A folder is listed recursively; if it holds a ``metadata.csv`` (or ``.parquet``) with a
    ``file`` column, its columns become attributes. With ``embeddings`` every item needs a vector
    there, and need not be an image. Raises SourceError if nothing can be listed.
    """
    table = None if embeddings is None else read_vectors(Path(embeddings).expanduser())
    if spec is not None:
        source = _open_images(Path(spec).expanduser().absolute(), table)
    elif embeddings is not None:
        location = Path(embeddings).expanduser().absolute()
        source = Source("vectors", location, location.parent, table)
    else:
        raise SourceError("No source: give a folder, a CSV or Parquet manifest, or embeddings.")
    if next(source.entries(), None) is None:
        raise SourceError(_nothing_in(source))
    return source


def _open_images(location: Path, table: VectorTable | None) -> Source:
    try:
        mode = location.stat().st_mode
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise SourceError(
            f"The source {printable(str(location))} cannot be opened ({reason}). Check the path."
        ) from error
    if stat.S_ISDIR(mode):
        return Source("folder", location, location, table)
    if location.suffix.lower() in manifests.SUFFIXES:
        return Source("manifest", location, location.parent, table)
    if location.suffix.lower() == ".npz":
        raise SourceError(f"{location} holds vectors: give it as embeddings, not as the source.")
    raise SourceError(
        f"{location} is neither a folder nor a manifest ({', '.join(manifests.SUFFIXES)}). "
        "To curate single images, give the folder that holds them."
    )


def _nothing_in(source: Source) -> str:
    text = (
        f"No item in the {source.description}: expected images (JPEG, PNG, WebP, GIF, BMP, TIFF)."
    )
    if source.skipped:
        first = source.skipped[0]
        text += f" {len(source.skipped)} skipped, first {first.path}: {first.reason}."
    return text + " Check the path."


def _folder_entries(
    root: Path, skipped: list[Skip], others: Collection[str], imageless: bool
) -> Iterator[Entry]:
    described = _described(root, skipped)
    named = {entry.path for entry in described}
    for entry in _existing(described, skipped, imageless):
        yield replace(entry, attributes=folder_attribute(entry.path) | dict(entry.attributes))
    for entry in walk_images(root, skipped, others):
        if entry.path not in named:
            yield entry


def _described(root: Path, skipped: list[Skip]) -> Sequence[Entry]:
    """What the folder's own table, if it has one, says about its images."""
    for name in _DESCRIPTIONS:
        if not (root / name).is_file():
            continue
        try:
            return manifests.read_manifest(root / name, skipped)
        except SourceError as error:  # a folder is usable without
            skipped.append(Skip(name, f"not used: {error}"))
    return ()


def _existing(entries: Sequence[Entry], skipped: list[Skip], imageless: bool) -> Iterator[Entry]:
    """Entries whose file is there; ``imageless`` lets items go without one.

    Vectors of things that are no images, or not on this machine, are items by their name.
    """
    absent = {entry.path: reason for entry in entries if (reason := _absence(entry.file))}
    if imageless and len(absent) == len({entry.path for entry in entries}):
        yield from (replace(entry, file=None) for entry in entries)
        return
    for entry in entries:
        if entry.path in absent:
            skipped.append(Skip(printable(entry.path), absent[entry.path]))
        elif imageless and entry.file is not None and not is_image_file(entry.file):
            yield replace(entry, file=None)
        else:
            yield entry


def _absence(file: Path | None) -> str | None:
    """Why ``file`` cannot be an image file, None if it can."""
    try:
        mode = file.stat().st_mode if file is not None else 0
    except OSError as error:
        return f"file not found ({os_reason(error)})"
    return None if stat.S_ISREG(mode) else "not a regular file"


def _vector_entries(names: Sequence[str], skipped: list[Skip]) -> Iterator[Entry]:
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        if not is_utf8(name):
            skipped.append(Skip(printable(name), "its name is not valid UTF-8; rename it"))
        elif first.setdefault(name, row) != row:
            skipped.append(Skip(name, f"row {row} repeats the name of row {first[name]}"))
        else:
            yield Entry(name, None, folder_attribute(name), row=row)
