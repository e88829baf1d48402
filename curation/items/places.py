"""Where the files are that a table names: paths as other machines and programs write them."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from curation.items.folder import is_passed_over

How = Literal["as written", "below another folder", "by its name alone", "nowhere"]
GUESSES: tuple[How, ...] = ("below another folder", "by its name alone")
"""Ways to find a file that may find a wrong one, so that they are told."""

_ADDRESS = re.compile(r"(https?|s3|gs|ftp|azure|abfss?|hf)://", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[/\\]|[/\\]{2}")


def is_address(name: str) -> bool:
    """Whether a name is one on the network, not of a file."""
    return _ADDRESS.match(name) is not None


class Places:
    """Files below ``root``, found by the names that tables give them.

    ``rewrite`` are (beginning, its replacement) of names, tried first.
    """

    def __init__(self, root: Path, rewrite: Sequence[tuple[str, str]] = ()) -> None:
        self.root = root
        self._base = os.fspath(root)
        self._rewrite = rewrite
        self._listings: dict[Path, dict[str, list[str]]] = {}

    def find(self, name: str, folder: str | None = None) -> tuple[Path, How]:
        """The file that ``name`` means, else where it was expected.

        ``folder`` may hold it. Tried are the name as it stands; with slashes for backslashes;
        with letters in another case or Unicode form where only one file fits; without its first
        folders, as a tree that lies elsewhere now; and its last part, where one file has it.
        """
        for written in self._spellings(name):
            if found := self._existing(_joined(folder, written)):
                return found, "as written"
            if "/" in written and (found := self._existing(written)):  # says its folder itself
                return found, "as written"
        for written in self._spellings(name):
            for path in dict.fromkeys((_joined(folder, written), written)):
                if found := self._below(path):
                    return found, "below another folder"
        if (found := self._alone(name, folder)) is not None:
            return found, "by its name alone"
        return self.expected(name, folder), "nowhere"

    def expected(self, name: str, folder: str | None = None) -> Path:
        """Where the file should be."""
        return self.root / _joined(folder, next(self._spellings(name)))

    def _spellings(self, name: str) -> Iterator[str]:
        """The name as a path of this machine, the likeliest first."""
        for old, new in self._rewrite:
            if _slashes(name).startswith(_slashes(old)):
                name = new + _slashes(name)[len(old) :]
                break
        if name.lower().startswith("file:"):
            parts = urlsplit(name)
            name = unquote(parts.path)
            if re.match(r"/[A-Za-z]:/", name):
                name = name[1:]
        yield name
        if "\\" in name:
            yield _slashes(name)
        if name != name.strip(" \"'"):
            yield _slashes(name.strip(" \"'"))

    def _existing(self, written: str) -> Path | None:
        if _DRIVE.match(written) and not written.startswith("/"):
            return None
        path = _normal(written, self._base)
        return Path(path) if _is_there(path) else self._alike(Path(path))

    def _alike(self, path: Path) -> Path | None:
        """The one file whose name differs from ``path`` by letter case or Unicode form only."""
        if not path.is_relative_to(self.root):
            return None
        found = self.root
        for part in path.relative_to(self.root).parts:
            if not _is_there(found / part):
                alike = self._names(found).get(_plain(part), [])
                if len(alike) != 1:
                    return None
                part = alike[0]  # noqa: PLW2901
            found = found / part
        return found

    def _names(self, folder: Path) -> dict[str, list[str]]:
        """Names in a folder by their plain form, listed once."""
        if folder not in self._listings:
            listing: dict[str, list[str]] = defaultdict(list)
            try:
                for path in folder.iterdir():
                    listing[_plain(path.name)].append(path.name)
            except OSError:
                pass
            self._listings[folder] = listing
        return self._listings[folder]

    def _below(self, written: str) -> Path | None:
        """Without its first folders, two parts at least left, which is more than a name."""
        parts = PurePosixPath(_slashes(written)).parts
        for start in range(1, len(parts) - 1):
            if ".." in parts[start:]:
                continue
            if found := self._existing("/".join(parts[start:])):
                return found
        return None

    def _alone(self, name: str, folder: str | None) -> Path | None:
        """The only file of this name, in no other folder than the one that is said, if one is."""
        base = _plain(PurePosixPath(_slashes(name.strip(" \"'"))).name)
        found = self._by_name.get(base, [])
        if not found and not PurePosixPath(base).suffix:
            found = self._by_stem.get(base, [])
        if len(found) != 1:
            return None
        inside = found[0].parent
        said = base_name(folder) if folder else ""
        is_other = bool(said) and inside != self.root and _plain(inside.name) != _plain(said)
        return None if is_other else found[0]

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        """All files below the root by the plain form of their names."""
        found: dict[str, list[Path]] = defaultdict(list)
        for where, folders, names in os.walk(self.root):
            folders[:] = [folder for folder in folders if not is_passed_over(folder)]
            for name in names:
                found[_plain(name)].append(Path(where, name))
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = defaultdict(list)
        for paths in self._by_name.values():
            for path in paths:
                found[_plain(path.stem)].append(path)
        return found


def relative_path(name: str | Path, root: Path) -> str:
    """``name`` relative to ``root`` with forward slashes, absolute if it lies outside."""
    base = os.path.normpath(root)
    path = _normal(os.fspath(name), base)
    if path == base:
        return "."
    inside = base if base.endswith("/") else f"{base}/"
    # as text: a table names a hundred thousand files, and Path takes its time for each
    return path.removeprefix("./" if base == "." else inside)


def is_absolute(name: str) -> bool:
    """Whether a name starts from the top of a disk, share or network, of whatever system."""
    return (
        name.startswith("/")
        or bool(_DRIVE.match(name))
        or "://" in name
        or name.lower().startswith("file:")
    )


def base_name(name: str) -> str:
    """The last part of a path in either kind of slashes."""
    return PurePosixPath(_slashes(name)).name


def plain_name(name: str) -> str:
    """``name`` in a form that is the same for all its Unicode forms and letter cases."""
    return _plain(name)


def _joined(folder: str | None, written: str) -> str:
    if folder and not PurePosixPath(written).is_absolute() and not _DRIVE.match(written):
        return f"{_slashes(folder.strip())}/{written}"
    return written


def _slashes(name: str) -> str:
    return name.replace("\\", "/")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _normal(name: str, root: str) -> str:
    """The path that ``name`` means below ``root``, without detours."""
    return os.path.normpath(name if name.startswith("/") else f"{root.rstrip('/')}/{name}")


def _is_there(path: str | Path) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False
