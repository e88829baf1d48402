"""Generations on disk: the spaces of one criterion, each in a folder that appears whole.

<folder>/<number>/meta.json               Generation
<folder>/<number>/adapter.safetensors     what the live loop trained (absent for generation 0)
<folder>/<number>/<name>-<n>.npy          an array with one row an item, for n items
<folder>/<number>/<name>.npy              any other array (losses of the answers)
<folder>/current.json                     the generation in use, and whether it is pinned
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt

from curation import files as disk
from curation.errors import WorkspaceError
from curation.types import Generation, Neighbours

Array = npt.NDArray[Any]
PER_ITEM = frozenset(
    {"vectors", "neighbours", "similarities", "layout", "assignment"}
    | {"predicted_labels", "predicted_probabilities", "moved", "clusters", "typical", "piles"}
)
_ADAPTER = "adapter.safetensors"
_META = "meta.json"
_CURRENT = "current.json"
_KINDS: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "parent": (int, NoneType),
    "encoder": str,
    "n_decisions": int,
    "log_position": int,
    "objective": str,
    "created": str,
    "metrics": dict,
}


@dataclass(frozen=True, slots=True)
class Current:
    """The generation in use; ``pinned`` keeps it until the reviewer resumes training."""

    number: int
    pinned: bool


class GenerationStore:
    """Reads and writes the generations of one criterion under ``folder``.

    Arrays named in ``PER_ITEM`` have one row an item and are kept per number of items, so that a
    generation can grow with the folder it was made from: ``vectors`` float32 [n, D],
    ``neighbours`` int64 [n, k], ``similarities`` float32 [n, k], ``layout`` float32 [n, 2],
    ``assignment`` float32 [n, K], ``predicted_labels`` int64 [n], ``predicted_probabilities``
    float32 [n, G], ``moved`` float32 [n], ``clusters`` int64 [n] with ``typical`` float32 [n],
    ``piles`` int64 [n].
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self, generation: Generation, files: Mapping[str, Array], adapter: Path | None = None
    ) -> None:
        """Add a generation with its arrays and a copy of the ``adapter`` file.

        ``files`` are arrays by name, in the shapes of the class's docstring. The folder is filled
        beside its place and renamed. Raises WorkspaceError if the number is taken or the disk does
        not take it.
        """
        target = self._path(generation.number)
        if target.exists():
            raise WorkspaceError(
                f"Generation {generation.number} exists in {self.folder}; expected a new number, "
                f"the next free one is {max(self.numbers()) + 1}."
            )
        with disk.new_folder(target) as draft:
            if adapter is not None:
                disk.write_bytes(draft / _ADAPTER, adapter.read_bytes())
            _write_arrays(draft, files)
            disk.write_json(draft / _META, asdict(generation))

    def extend(self, number: int, files: Mapping[str, Array]) -> None:
        """Add arrays to a generation (more items, a late layout), each appearing whole.

        Shapes as in the class's docstring. Raises WorkspaceError if there is no such generation or
        the disk does not take them.
        """
        _write_arrays(self._existing(number), files)

    def prune(self, number: int, n_items: int) -> None:
        """Remove the arrays of a generation that are for fewer than ``n_items`` items."""
        for path in self._existing(number).glob("*-*.npy"):
            name, _, rows = path.stem.rpartition("-")
            if name in PER_ITEM and int(rows) < n_items:
                path.unlink(missing_ok=True)

    def thin(self, number: int) -> None:
        """Remove a generation's large arrays; its adapter gives them back, its layout stays."""
        for path in self._existing(number).glob("*-*.npy"):
            if path.stem.rpartition("-")[0] in PER_ITEM - {"layout"}:
                path.unlink(missing_ok=True)

    def numbers(self) -> tuple[int, ...]:
        """Numbers of all complete generations, ascending."""
        if not self.folder.is_dir():
            return ()
        names = (path.parent.name for path in self.folder.glob(f"*/{_META}"))
        return tuple(sorted(int(name) for name in names if name.isdigit()))

    def latest(self) -> int | None:
        """The highest number, or None without generations."""
        return max(self.numbers(), default=None)

    def read(self, number: int) -> Generation:
        """The description of a generation; WorkspaceError if there is none of that number, or
        its description is damaged."""
        path = self._existing(number) / _META
        try:
            found = Generation(**json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise WorkspaceError(_damaged(path, error)) from error
        wrong = [name for name, of in _KINDS.items() if not isinstance(getattr(found, name), of)]
        if wrong or found.number != number:
            raise WorkspaceError(_damaged(path, f"no valid {', '.join(wrong) or 'number'}"))
        return found

    def adapter(self, number: int) -> Path | None:
        """Path of the adapter's weights, None for a generation without adapter."""
        path = self._existing(number) / _ADAPTER
        return path if path.exists() else None

    def array(self, number: int, name: str, n_items: int | None = None) -> Array | None:
        """A read-only memory map of an array, or None where it does not exist.

        Shapes as in the class's docstring. ``n_items`` is needed for the names in ``PER_ITEM`` and
        not used for others.
        """
        try:
            array: Array = np.load(self._path(number) / _file_name(name, n_items), mmap_mode="r")
        except FileNotFoundError:
            return None
        return array

    def newest(self, number: int, name: str) -> Array | None:
        """The array of a name in ``PER_ITEM`` for the most items, None where there is none."""
        found = self._path(number).glob(f"{name}-*.npy")
        rows = [int(path.stem.rpartition("-")[2]) for path in found]
        return self.array(number, name, max(rows)) if rows else None

    def neighbours(self, number: int, n_items: int) -> Neighbours | None:
        """The stored neighbours of ``n_items`` items, or None where they do not exist."""
        indices = self.array(number, "neighbours", n_items)
        similarities = self.array(number, "similarities", n_items)
        if indices is None or similarities is None:
            return None
        return Neighbours(indices, similarities)

    def current(self) -> Current | None:
        """The generation in use, or None before the first choice; WorkspaceError if that file is
        damaged."""
        path = self.folder / _CURRENT
        try:
            stored = json.loads(path.read_text("utf-8"))
            return Current(int(stored["number"]), bool(stored["pinned"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise WorkspaceError(_damaged(path, error)) from error

    def set_current(self, number: int, pinned: bool = False) -> None:
        """Choose the generation in use; WorkspaceError if there is none of that number."""
        self._existing(number)
        disk.write_json(self.folder / _CURRENT, {"number": number, "pinned": pinned})

    def _path(self, number: int) -> Path:
        return self.folder / str(number)

    def _existing(self, number: int) -> Path:
        path = self._path(number)
        if (path / _META).exists():
            return path
        have = ", ".join(map(str, self.numbers())) or "none"
        raise WorkspaceError(f"No generation {number} in {self.folder}; there are: {have}.")


def _damaged(path: Path, why: object) -> str:
    return f"{path} is damaged ({why!s}); open the workspace again, which puts it aside."


def _file_name(name: str, n_items: int | None) -> str:
    if name not in PER_ITEM:
        return f"{name}.npy"
    if n_items is None:
        raise ValueError(f"array {name!r} is kept per number of items: pass n_items")
    return f"{name}-{n_items}.npy"


def _write_arrays(folder: Path, files: Mapping[str, Array]) -> None:
    for name, array in files.items():
        rows = len(array) if array.ndim else None
        path = folder / _file_name(name, rows)
        disk.write(path, partial(np.save, arr=array, allow_pickle=False))
