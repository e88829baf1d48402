"""What an export is made from, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from curation.errors import ExportError
from curation.types import Closure, Decision, FloatArray, IndexArray, Item, Space


class Predicted(Protocol):
    """A predicted grouping of all items of a space.

    ``labels`` int64 [N], aligned with ``Space.item_ids``; ``probabilities`` float32 [N, K].
    """

    @property
    def labels(self) -> IndexArray:
        """Number of each item's group, int64 [N]."""

    @property
    def probabilities(self) -> FloatArray:
        """How likely each item is in each group, float32 [N, K]."""


@dataclass(frozen=True, slots=True)
class ExportData:
    """One consistent snapshot of a workspace, under one criterion.

    ``decisions`` are the effective ones up to ``log_position``, in log order, and ``closure`` is
    what they imply. ``support(x, y)`` is the number of decisions that an implied pair rests on
    (see `chain_lengths`); all partners of one ``x`` are asked in a row. ``names`` maps a member
    item's id to the name of its group. ``predicted`` is aligned with ``space``. ``accepted`` are
    the items accepted unseen: id -> an item of the group it is in, and how sure the model was;
    ``claims`` what was claimed of them, for the manifest. Items in
    ``excluded`` appear in no export. ``root`` is the folder that the items' paths are relative to.
    """

    criterion: str
    log_position: int
    root: Path
    items: Mapping[str, Item]
    closure: Closure
    decisions: Sequence[Decision]
    support: Callable[[str, str], int]
    names: Mapping[str, str] = field(default_factory=dict)
    space: Space | None = None
    predicted: Predicted | None = None
    accepted: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    claims: Sequence[Mapping[str, Any]] = ()
    adapter: Path | None = None
    excluded: frozenset[str] = frozenset()

    def item(self, item_id: str) -> Item:
        """The item of an id; raises ExportError where the catalogue does not know it."""
        found = self.items.get(item_id)
        if found is None:
            raise ExportError(
                f"Expected every exported item in the catalogue, got the unknown id {item_id!r}. "
                "Scan the source again."
            )
        return found


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A written export: its file, the number of rows, and the content of its manifest."""

    path: Path
    rows: int
    manifest: Mapping[str, Any]
