"""The set of objects that comes with the product, packed into one file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from curation import files
from curation.demo.place import MANIFEST, check_place
from curation.errors import SourceError
from curation.items.entry import Report
from curation.items.manifest import read_manifest

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "demo" / "objects.zip"
CRITERIA = {
    "same object": "Are these the same kind of object?",
    "same bin": "Do these go into the same bin? Glass, metal, organic, paper, plastic; "
    "paper or plastic that is crushed and soiled is residual.",
    "same colour": "Do these have the same colour?",
}
"""Three meanings of "belongs together" over the same images, each with its question."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip without times: the same images make the same bytes


def check_archive(archive: Path) -> None:
    """Raises SourceError where no file can lie at ``archive``."""
    check_place(archive.parent)
    if archive.is_dir():
        raise SourceError(
            f"Expected a file to pack the set into, got the folder {archive}; name a file in it."
        )


def pack(manifest: Path, archive: Path) -> None:
    """Write the manifest of a drawn set and the images it names into one zip file.

    Raises SourceError if that cannot be written.
    """
    check_archive(archive)
    names = [entry.path for entry in read_manifest(manifest, Report())]

    def write(stream: object) -> None:
        with zipfile.ZipFile(stream, "w") as packed:  # type: ignore[call-overload]
            for name in (*names, MANIFEST):
                entry = zipfile.ZipInfo(name, _EPOCH)
                squeeze = zipfile.ZIP_DEFLATED if name == MANIFEST else zipfile.ZIP_STORED
                packed.writestr(entry, (manifest.parent / name).read_bytes(), squeeze)

    try:
        files.put(archive, write)
    except OSError as error:
        raise SourceError(
            f"The set could not be packed into {archive} ({error.strerror or error}). "
            f"The images are in {manifest.parent}."
        ) from error


def objects_source(folder: Path, archive: Path = SHIPPED) -> Path:
    """Unpack the objects below ``folder`` and return their manifest, ``metadata.csv``.

    What is there already is kept, the manifest is written last: a call that was cut short is
    continued. Raises SourceError if the archive is damaged or the folder cannot be written.
    """
    check_place(folder)
    manifest = folder / MANIFEST
    try:
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                _unpack(packed, entry, folder / entry.filename)
    except zipfile.BadZipFile as error:
        raise SourceError(
            f"The demo's images in {archive} are damaged ({error}). Install the product again, "
            "or draw images anew: curation draw --out FOLDER"
        ) from error
    except OSError as error:
        raise SourceError(
            f"The demo images could not be written to {folder} "
            f"({error.strerror or error}). "
            "Choose a workspace in a folder that can be written, or give images of your own."
        ) from error
    return manifest


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> None:
    if file.is_file() and zlib.crc32(file.read_bytes()) == entry.CRC:
        return
    content = packed.read(entry)
    files.put(file, lambda stream: stream.write(content), durable=False)
