"""The images to learn from: folders, manifests and ZIP archives, under one list of names."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from PIL import Image

from curation.errors import SourceError
from curation.items.decode import decode_image, load_image
from curation.items.source import open_source

Read = Callable[[], Image.Image]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


class ImageFiles:
    """Images that are read when asked for, from any thread.

    A name is the path inside its folder or archive; of several sources, the source's own name
    comes first, as in ``pool.zip/images/1.jpg``.
    """

    def __init__(self, reads: dict[str, Read]) -> None:
        self.names = tuple(reads)
        self._reads = list(reads.values())

    def __len__(self) -> int:
        return len(self.names)

    def load(self, row: int) -> Image.Image:
        """The image as upright RGB; SourceError for one that cannot be decoded."""
        return self._reads[row]()


def open_images(sources: Sequence[Path]) -> ImageFiles:
    """List ``sources``; SourceError for one that holds no image, or two of the same name."""
    reads: dict[str, Read] = {}
    for source in sources:
        found = _archive(source) if _is_archive(source) else _listed(source)
        prefix = f"{source.name}/" if len(sources) > 1 else ""
        named = {f"{prefix}{name}": read for name, read in found.items()}
        if not named:
            raise SourceError(
                f"No image in {source}: expected {', '.join(SUFFIXES)}. Check the path."
            )
        if reads.keys() & named.keys():
            raise SourceError(
                f"Two sources are named {source.name}; rename one, so that their images differ."
            )
        reads |= named
    return ImageFiles(reads)


def _is_archive(source: Path) -> bool:
    return source.is_file() and source.suffix.lower() == ".zip"


def _archive(source: Path) -> dict[str, Read]:
    try:
        archive = zipfile.ZipFile(source)
        names = sorted(name for name in archive.namelist() if _is_image(PurePosixPath(name)))
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"{source} is no ZIP archive that can be read: {error}.") from error
    return {name: partial(_member, archive, name) for name in names}


def _is_image(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def _member(archive: zipfile.ZipFile, name: str) -> Image.Image:
    try:
        data = archive.read(name)
    except (OSError, RuntimeError, zipfile.BadZipFile, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise SourceError(f"cannot be read from the archive ({error})") from error
    return decode_image(data)


def _listed(source: Path) -> dict[str, Read]:
    entries = open_source(source).entries()
    return {
        entry.path if entry.box is None else f"{entry.path}#{entry.box}": partial(
            load_image, entry.file, entry.box
        )
        for entry in entries
        if entry.file is not None
    }
