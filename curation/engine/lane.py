"""What the engine keeps for one criterion."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from curation.review.track import Track
from curation.spaces.generations import GenerationStore
from curation.types import Generation


@dataclass
class Run:
    """A training run under way; ``trial`` is the objective it tries beside the one in use."""

    number: int
    decisions: int
    progress: float = 0.0
    trial: str | None = None


@dataclass
class Lane:
    """A track with its generations and what the engine is doing for it.

    ``trained_at`` is the log position that the last training run saw, ``offer`` a generation that
    waits for the person's choice, ``trial`` one made by another objective for comparison,
    ``drawing`` those whose maps are being drawn, ``asked`` those whose maps were asked for to be
    compared. While the criterion is taught in a session, ``picks`` gives the items of each bin, and
    ``extending`` says whether new items are being added.
    """

    track: Track
    generations: GenerationStore
    run: Run | None = None
    offer: int | None = None
    trial: Generation | None = None
    trouble: str = ""
    trained_at: int = 0
    drawing: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    picks: Callable[[], Mapping[str, Sequence[str]]] | None = None
    extending: bool = False
    showing: threading.RLock = field(default_factory=threading.RLock)

    @property
    def number(self) -> int:
        """The generation in use."""
        current = self.generations.current()
        return 0 if current is None else current.number

    @property
    def pinned(self) -> bool:
        """Whether the generation in use stays until the reviewer resumes training."""
        current = self.generations.current()
        return current is not None and current.pinned

    def learn_from(self, picks: Callable[[], Mapping[str, Sequence[str]]] | None) -> None:
        """Learn from these items of each bin from now on; None: from pair review."""
        self.picks = picks

    def resume(self) -> None:
        """Let training go on from the generation in use, where it was pinned."""
        if self.pinned:
            self.generations.set_current(self.number, pinned=False)
            self.trained_at = self.generations.read(self.number).log_position
            self.track.touch()

    def settle_offer(self) -> None:
        """The person has chosen: no generation is on offer any more."""
        self.offer = None
        self.track.touch()

    def recall(self) -> None:
        """Where a server that was stopped had got to, from what is on disk."""
        self.track.ledger.losses.recall(self.generations)
        current = self.generations.current()
        if current is None:
            return
        self.trained_at = self.generations.read(current.number).log_position
        tried = (one for one in self._newest_first() if one.metrics.get("rival") is not None)
        self.trial = next(tried, None)
        made = self.newest()
        if made is None:
            return
        if made.parent == current.number and not made.metrics.get("adopt", True):
            self.offer, self.trained_at = made.number, made.log_position

    @property
    def compared(self) -> tuple[int, ...]:
        """The generation that the trial was made beside, and the trial; empty before the first."""
        return () if self.trial is None else (int(self.trial.metrics["rival"]), self.trial.number)

    @property
    def awaited(self) -> list[int]:
        """Those of the compared whose maps are being drawn."""
        return [number for number in self.compared if number in self.drawing]

    def newest(self) -> Generation | None:
        """The last generation that was made to be used, no mere trial."""
        return next((one for one, trial in self.made() if not trial), None)

    def made(self) -> Iterator[tuple[Generation, bool]]:
        """All generations, newest first, and whether each is a mere trial: made beside another,
        neither in use nor what a later one was trained from."""
        used = {self.number}
        for one in self._newest_first():
            yield one, one.metrics.get("rival") is not None and one.number not in used
            if one.parent is not None:
                used.add(one.parent)

    def _newest_first(self) -> Iterator[Generation]:
        return map(self.generations.read, reversed(self.generations.numbers()))

    def new_decisions(self) -> int:
        """Standing decisions that no training run has seen."""
        return self.decisions_since(self.trained_at)

    def decisions_since(self, position: int) -> int:
        """Standing decisions after a position of the log."""
        with self.track.lock:
            newest = reversed(list(self.track.implications.decisions.values()))
            return sum(1 for _ in takewhile(lambda one: one.seq > position, newest))

    def teaches(self) -> bool:
        """Whether any decision says same or different."""
        with self.track.lock:
            decisions = self.track.implications.decisions.values()
            return any(one.verdict in ("same", "different") for one in decisions)
