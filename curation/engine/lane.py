"""What the engine keeps for one criterion."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import takewhile

from curation.review.track import Track
from curation.spaces.generations import GenerationStore


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
    ``drawing`` whether a map is being drawn.
    """

    track: Track
    generations: GenerationStore
    run: Run | None = None
    offer: int | None = None
    trial: int | None = None
    trouble: str = ""
    trained_at: int = 0
    drawing: bool = False
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

    def recall(self) -> None:
        """Where a server that was stopped had got to, from what is on disk."""
        current = self.generations.current()
        if current is None:
            return
        self.trained_at = self.generations.read(current.number).log_position
        for number in reversed(self.generations.numbers()):
            made = self.generations.read(number)
            if made.metrics.get("rival") is None:
                break
            self.trial = self.trial or number
        if made.parent == current.number and not made.metrics.get("adopt", True):
            self.offer, self.trained_at = made.number, made.log_position

    def new_decisions(self) -> int:
        """Standing decisions that no training run has seen."""
        with self.track.lock:
            newest = reversed(list(self.track.implications.decisions.values()))
            return sum(1 for _ in takewhile(lambda one: one.seq > self.trained_at, newest))

    def teaches(self) -> bool:
        """Whether any decision says same or different."""
        with self.track.lock:
            decisions = self.track.implications.decisions.values()
            return any(one.verdict in ("same", "different") for one in decisions)
