"""Spaces: computed by the worker for all items embedded so far, then shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np

from curation.criterion import Criterion
from curation.engine.backend import Backend
from curation.engine.map_drawing import MapDrawing
from curation.items.catalogue import Catalogue
from curation.types import BoolArray


class Projecting:
    """Brings the criteria's spaces up to date with the items, and shows them.

    ``hidden`` gives the ids of items that must not be proposed.
    """

    def __init__(
        self,
        backend: Backend,
        catalogue: Catalogue,
        criteria: Mapping[str, Criterion],
        maps: MapDrawing,
        hidden: Callable[[], Collection[str]],
    ) -> None:
        self._backend = backend
        self._catalogue = catalogue
        self._criteria = criteria
        self._maps = maps
        self._hidden = hidden
        self._lock = threading.Lock()
        self._computing: set[str] = set()
        self._again: set[str] = set()
        self._asleep: set[str] = set()
        self._waking = threading.Lock()

    # --- all criteria ----------------------------------------------------------------------

    def bring_up_all(self) -> None:
        """Show all items embedded so far; what is on disk already is not computed again."""
        for criterion in self._awake():
            self.bring_up(criterion)

    def bring_up(self, criterion: Criterion) -> None:
        """Show all items embedded so far under one criterion."""
        store = self._backend.embeddings.refreshed()
        if store is None or not criterion.retraining.chosen:
            self.project(criterion)
        else:
            self.show(criterion, len(store))

    def show_known(self) -> None:
        """Show what was in use when the workspace was closed, with the maps of its trial."""
        for criterion in self._awake():
            if criterion.retraining.chosen:
                self.bring_up(criterion)
                self._maps.draw_compared(criterion)

    def show_all_again(self) -> None:
        """Show what is shown anew: something beside the vectors has come."""
        for criterion in self._awake():
            self.show_again(criterion)

    def _awake(self) -> list[Criterion]:
        """The criteria that follow what is new at once; the others do when they are looked at."""
        awake = []
        for criterion in list(self._criteria.values()):
            if criterion.rests:
                with self._lock:
                    self._asleep.add(criterion.name)
            else:
                awake.append(criterion)
        return awake

    def wake(self, criterion: Criterion) -> None:
        """Somebody looks at a criterion: show what has come while it rested. Who looks at the same
        time waits for that."""
        if criterion.name not in self._asleep:
            return
        with self._waking:
            if criterion.name in self._asleep:
                self._backend.reactions.guarded(
                    lambda: self.bring_up(criterion), criterion.retraining.tell
                )
                self._asleep.discard(criterion.name)

    def refresh_eligible(self) -> None:
        """Apply a changed exclusion to every criterion."""
        for criterion in list(self._criteria.values()):
            criterion.hide(self.eligible)

    def eligible(self, ids: Sequence[str]) -> BoolArray:
        """Which items may be proposed, bool [N]: present, not excluded, not held back."""
        hidden = self._hidden()
        items = map(self._catalogue.get, ids)
        return np.array(
            [i is not None and i.present and i.id not in hidden for i in items], np.bool_
        )

    # --- one criterion ---------------------------------------------------------------------

    def project(self, criterion: Criterion) -> None:
        """Compute the space of the generation in use for all items embedded so far, one at a time:
        what changes meanwhile is shown after it."""
        if self._backend.embeddings.refreshed() is None:
            return
        with self._lock:
            if criterion.name in self._computing:
                self._again.add(criterion.name)
                return
            self._computing.add(criterion.name)
        try:
            arguments = {**self._backend.making(criterion), "number": criterion.retraining.number}
            job = self._backend.accelerator.submit("project", arguments)
        except BaseException:
            self._ended(criterion)
            raise
        then = partial(self._projected, criterion)
        self._backend.reactions.after(job, then, criterion.retraining.tell)

    def _projected(self, criterion: Criterion, job: Future[Any]) -> None:
        again = self._ended(criterion)
        try:
            self._take(criterion, job)
        finally:  # what changed meanwhile is shown whatever became of this space
            if again and not job.cancelled():
                self.bring_up(criterion)

    def _ended(self, criterion: Criterion) -> bool:
        """Whether something has changed while a space was computed."""
        with self._lock:
            again = criterion.name in self._again
            self._computing.discard(criterion.name)
            self._again.discard(criterion.name)
            return again

    def extend(self, criterion: Criterion) -> None:
        """Show the items that were embedded since the space was made."""
        embeddings = self._backend.embeddings
        if embeddings.store is None:
            embeddings.reopen()
        store, shown = embeddings.refreshed(), criterion.showing.snapshot
        if store is not None and (shown is None or shown.n_items < len(store)):
            self.project(criterion)

    def _take(self, criterion: Criterion, job: Future[Any]) -> bool:
        """Show what was projected; False where it failed."""
        result = self._backend.reactions.result(job, criterion.retraining.tell)
        if result is None:
            return False
        criterion.retraining.begin()
        self.show(criterion, result["n_items"])
        return True

    def show(self, criterion: Criterion, n_items: int) -> None:
        """Swap the generation in use in, then draw its counted queues and its map."""
        store = self._backend.embeddings.refreshed()
        if store is None or not criterion.retraining.chosen:
            return
        try:
            new = criterion.show(n_items, store, self.eligible)
        except FileNotFoundError:
            self.project(criterion)
            return
        self._after_showing(criterion, new.generation.number)

    def show_again(self, criterion: Criterion) -> None:
        """Show what is shown anew, with queues and a map where a session has ended."""
        if (shown := criterion.showing.snapshot) is not None:
            self.show(criterion, shown.n_items)

    def _after_showing(self, criterion: Criterion, number: int) -> None:
        run, tell = self._backend.reactions.run, criterion.retraining.tell
        losses = criterion.answering.ledger.losses
        run(lambda: losses.keep(number, criterion.generations), tell)
        if self._backend.inline or criterion.is_taught:
            return  # no screen to draw queues and a map for
        run(criterion.asking.prepare, tell)
        self._maps.draw(criterion)
