"""Maps: drawn by a worker of their own, and shown when they are there."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from curation.criterion import Criterion
from curation.engine.backend import Backend
from curation.engine.reactions import Tell
from curation.errors import Overtaken


def worse(criterion: Criterion) -> Tell:
    """Tells trouble; that a map was drawn takes none back that training has told."""

    def tell(trouble: str) -> None:
        if trouble:
            criterion.retraining.tell(trouble)

    return tell


class MapDrawing:
    """Has the maps of generations drawn."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def draw(self, criterion: Criterion) -> None:
        """Have the map of what is shown drawn, one at a time."""
        due = criterion.showing.begin_map()
        if due is not None:
            self._submit(criterion, *due)

    def draw_compared(self, criterion: Criterion) -> None:
        """Have the maps drawn that a trial and its rival lack; one that fails is left out."""
        generations = criterion.generations
        for number in () if self._backend.inline else criterion.retraining.compared:
            vectors = generations.newest(number, "vectors")
            if vectors is None or generations.newest(number, "layout") is not None:
                continue
            if criterion.showing.begin_compared_map(number):
                self._submit(criterion, number, len(vectors))

    def _submit(self, criterion: Criterion, number: int, n_items: int) -> None:
        arguments = {
            "root": str(self._backend.paths.root),
            "criterion": criterion.name,
            "number": number,
            "n_items": n_items,
        }

        def drawn(job: Future[Any]) -> None:
            overtaken = criterion.showing.overtakes(number, n_items)
            try:
                self._place(criterion, number, n_items, job, overtaken=overtaken)
            finally:
                criterion.showing.end_map(number)
            if criterion.showing.overtakes(number, n_items):
                self.draw(criterion)

        try:
            job = self._backend.mapper.submit("map", arguments)
        except BaseException:
            criterion.showing.end_map(number)
            raise
        self._backend.reactions.after(job, drawn, criterion.retraining.tell)

    def _place(
        self, criterion: Criterion, number: int, n_items: int, job: Future[Any], *, overtaken: bool
    ) -> None:
        """Show a map that was drawn, also in place of a newer one that is still to come."""
        if job.cancelled() or isinstance(job.exception(), Overtaken):
            return
        if overtaken and job.exception() is not None:
            return
        if self._backend.reactions.result(job, worse(criterion)) is None:
            return
        if overtaken and number in criterion.retraining.compared[1:]:
            return  # a trial stands in for none
        points = criterion.generations.array(number, "layout", n_items)
        if points is not None:
            criterion.showing.place(number, points)
