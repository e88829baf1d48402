"""What the engine keeps for one criterion."""

from __future__ import annotations

from dataclasses import dataclass

from curation.review.track import Track
from curation.spaces.generations import GenerationStore


@dataclass
class Run:
    """A training run under way."""

    number: int
    decisions: int
    progress: float = 0.0


@dataclass
class Lane:
    """A track with its generations and what the engine is doing for it."""

    track: Track
    generations: GenerationStore
    run: Run | None = None
    offer: int | None = None
    trouble: str = ""
    trained_at: int = 0
    mapped: tuple[int, int] | None = None

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
