"""What is shown of a criterion: one snapshot, which items may be proposed, and the map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from curation.criterion.changes import Changes
from curation.criterion.snapshot import Snapshot
from curation.errors import DecisionError
from curation.types import BoolArray, FloatArray


class Showing:
    """Holds the snapshot; readers need no lock, because it is swapped in one assignment."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._snapshot: Snapshot | None = None
        self._drawing: set[int] = set()
        self._drawn_to_compare: set[int] = set()

    @property
    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    def ready(self) -> Snapshot:
        """The snapshot; DecisionError before the first items are embedded."""
        if self._snapshot is None:
            raise DecisionError(
                "No item is embedded yet, so no pair can be shown; wait for the first batch."
            )
        return self._snapshot

    def adopt(self, new: Snapshot) -> None:
        """Swap a generation's snapshot in; a map it lacks stays that of the one before."""
        with self._changes.lock:
            shown = self._snapshot
            if new.layout is None and shown is not None and shown.n_items <= new.n_items:
                new = replace(new, layout=shown.layout, layout_of=shown.layout_of)
            self._snapshot = new
            self._changes.note()

    def set_eligible(self, eligible: BoolArray) -> None:
        """Apply a changed exclusion, bool [N] in the order of the snapshot's items."""
        with self._changes.lock:
            if self._snapshot is not None:
                self._snapshot = replace(self._snapshot, eligible=eligible)
                self._changes.note()

    # --- the map ---------------------------------------------------------------------------

    def begin_map(self) -> tuple[int, int] | None:
        """Generation and number of items whose map is to be drawn now; None where there is nothing
        to draw, or another one is being drawn: training may outrun the drawing."""
        with self._changes.lock:
            shown = self._snapshot
            if shown is None or shown.mapped or self._drawing:
                return None
            self._drawing.add(shown.generation.number)
            return shown.generation.number, shown.n_items

    def begin_compared_map(self, number: int) -> bool:
        """Whether the map of a generation that is compared is to be drawn now; asked for once."""
        with self._changes.lock:
            if number in self._drawing | self._drawn_to_compare:
                return False
            self._drawing.add(number)
            self._drawn_to_compare.add(number)
            return True

    def end_map(self, number: int) -> None:
        """The drawing of a generation's map has ended, one way or another."""
        with self._changes.lock:
            self._drawing.discard(number)
            self._changes.note()

    def drawing(self, numbers: Iterable[int]) -> list[int]:
        """Those of the generations whose maps are being drawn."""
        return [number for number in numbers if number in self._drawing]

    def overtakes(self, number: int, n_items: int) -> bool:
        """Whether something else is shown than what a map was drawn for."""
        shown = self._snapshot
        return shown is not None and (shown.generation.number, shown.n_items) != (number, n_items)

    def place(self, number: int, points: FloatArray) -> None:
        """Show a generation's map float32 [M, 2], unless a better one is shown."""
        with self._changes.lock:
            shown = self._snapshot
            if shown is None or shown.mapped or len(points) > shown.n_items:
                return
            self._snapshot = replace(shown, layout=points, layout_of=number)
            self._changes.note()
