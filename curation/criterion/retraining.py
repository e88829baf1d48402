"""Which generation of a criterion is in use, what trains, and when training is due."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from curation.criterion.answering import Answering
from curation.criterion.changes import Changes
from curation.errors import CurationError, TrainingError
from curation.settings import CriterionSettings
from curation.spaces.generations import Current, GenerationStore
from curation.types import Generation


@dataclass
class Run:
    """A training run under way; ``trial`` is the objective it tries beside the one in use."""

    number: int
    decisions: int
    progress: float = 0.0
    trial: str | None = None

    def at(self, progress: float) -> None:
        """The run has come so far, 0 to 1."""
        self.progress = progress


@dataclass(frozen=True, slots=True)
class MadeGeneration:
    """A generation, and whether it is a mere ``trial``: made beside another, neither in use nor
    what a later one was trained from."""

    generation: Generation
    trial: bool


class Retraining:
    """Owns the choice of the generation in use: it is compared, written and swapped under one lock,
    which the readers of ``number`` and ``pinned`` do not need.

    ``trained_at`` is the log position that the last training run saw, ``offer`` a generation that
    waits for the person's choice while training goes on, ``trial`` one made by another objective
    for comparison, and ``trouble`` what last went wrong in the background, in words.
    """

    def __init__(
        self,
        settings: CriterionSettings,
        changes: Changes,
        answering: Answering,
        generations: GenerationStore,
    ) -> None:
        self._settings = settings
        self._changes = changes
        self._answering = answering
        self._generations = generations
        self._choosing = threading.RLock()
        self._current: Current | None = generations.current()
        self._made: tuple[MadeGeneration, ...] = ()
        self.run: Run | None = None
        self.offer: int | None = None
        self.trial: Generation | None = None
        self.trouble = ""
        self.trained_at = 0
        self._recall()

    def configure(self, settings: CriterionSettings) -> None:
        """Use other settings from now on."""
        self._settings = settings

    def _recall(self) -> None:
        """Where a server that was stopped had got to, from what is on disk."""
        self._answering.ledger.losses.recall(self._generations)
        self._look()
        if self._current is None:
            return
        self.trained_at = self._seen_by(self._generations.read(self.number))
        known = self._generations.numbers()
        tried = (one.generation for one in self._made if _rival(one.generation) in known)
        self.trial = next(tried, None)
        made = self.newest()
        if made is None:
            return
        if made.parent == self.number and not made.metrics.get("adopt", True):
            self.offer, self.trained_at = made.number, self._seen_by(made)

    def _look(self) -> None:
        """Take note of the generations that are on disk now."""
        used = {self.number}
        made = []
        for number in reversed(self._generations.numbers()):
            one = self._generations.read(number)
            made.append(MadeGeneration(one, _rival(one) is not None and one.number not in used))
            if one.parent is not None:
                used.add(one.parent)
        self._made = tuple(made)

    def _seen_by(self, one: Generation) -> int:
        """The log position that a generation was trained at, or the log's end where an older log
        was put back: what is answered from there on is new to every generation."""
        return min(one.log_position, self._answering.position)

    # --- the generation in use -------------------------------------------------------------

    @property
    def number(self) -> int:
        """The generation in use."""
        return 0 if self._current is None else self._current.number

    @property
    def chosen(self) -> bool:
        """Whether any generation is in use: not before the first items are embedded."""
        return self._current is not None

    @property
    def pinned(self) -> bool:
        """Whether the generation in use stays until the reviewer resumes training."""
        return self._current is not None and self._current.pinned

    def made(self) -> tuple[MadeGeneration, ...]:
        """All generations, newest first."""
        return self._made

    def newest(self) -> Generation | None:
        """The last generation that was made to be used, no mere trial."""
        return next((one.generation for one in self._made if not one.trial), None)

    def begin(self) -> None:
        """Use generation 0, the embedding itself, where none is in use yet."""
        with self._choosing:
            if self._current is None:
                self._choose(0, pinned=False)
                self._look()

    def use(self, number: int, *, pinned: bool) -> None:
        """Make a generation the current one; TrainingError where there is none of that number."""
        with self._choosing:
            if number not in self._generations.numbers():
                known = ", ".join(map(str, self._generations.numbers())) or "none yet"
                raise TrainingError(f"No generation {number}; there are {known}.")
            self._choose(number, pinned=pinned)
            self.trained_at = self._seen_by(self._generations.read(number))
            self.offer = None
            self._look()
            self._changes.note()

    def adopt_if(self, parent: int, number: int) -> bool:
        """Use a generation trained from ``parent``, unless another one was chosen meanwhile."""
        with self._choosing:
            if self.pinned or self.number != parent:
                self._look()
                return False
            self.use(number, pinned=False)
            return True

    def offer_if(self, parent: int, number: int) -> None:
        """Let the person choose about a generation, unless another one was chosen meanwhile."""
        with self._choosing:
            self._look()
            if not self.pinned and self.number == parent:
                self.offer = number
            self._changes.note()

    def accept_offer(self, accept: bool, number: int | None = None) -> bool:
        """Use the generation on offer, or keep the current one; whether another one is in use now.

        ``number`` is the one that was meant: training goes on meanwhile and may offer another.
        Raises CurationError where none, or another one, is on offer.
        """
        with self._choosing:
            if self.offer is None:
                raise CurationError("There is no generation on offer.")
            if number is not None and number != self.offer:
                raise CurationError(
                    f"Expected the generation on offer, {self.offer}, got {number}: training went "
                    "on. Look at the new one and choose again."
                )
            if accept:
                self.use(self.offer, pinned=False)
            self.offer = None
            self._changes.note()
            return accept

    def resume(self) -> None:
        """Let training go on from the generation in use."""
        with self._choosing:
            if self.pinned:
                self._choose(self.number, pinned=False)
                self.trained_at = self._seen_by(self._generations.read(self.number))
                self._changes.note()

    def _choose(self, number: int, *, pinned: bool) -> None:
        self._generations.set_current(number, pinned=pinned)
        self._current = Current(number, pinned)

    # --- trials ----------------------------------------------------------------------------

    @property
    def compared(self) -> tuple[int, ...]:
        """The generation that the trial was made beside, and the trial; empty before the first."""
        return () if self.trial is None else (int(self.trial.metrics["rival"]), self.trial.number)

    def compare(self, number: int) -> None:
        """Take a generation as the trial that is shown beside its rival."""
        made = self._generations.read(number)
        with self._choosing:
            self.trial = made
            self._look()

    # --- runs ------------------------------------------------------------------------------

    def start(self, position: int, decisions: int, trial: str | None = None) -> Run | None:
        """Take the place of the one run that may be under way; None where it is taken.

        A run that is no trial has then seen the log up to ``position``.
        """
        with self._choosing:
            if self.run is not None:
                return None
            number = (self._generations.latest() or 0) + 1
            self.run = Run(number, decisions, trial=trial)
            if trial is None:
                self.trained_at = position
            return self.run

    def end(self) -> None:
        """The run has ended, one way or another."""
        with self._choosing:
            self.run = None
            self._changes.note()

    def tell(self, trouble: str) -> None:
        """Say on the page what went wrong in the background; "" where it went well again."""
        with self._choosing:
            if trouble != self.trouble:
                self.trouble = trouble
                self._changes.note()

    def new_decisions(self) -> int:
        """Standing decisions that no training run has seen."""
        return len(self._answering.since(self.trained_at))

    def due(self, now: float) -> bool:
        """True where enough new decisions, or a pause after some, ask for a training run."""
        if self._answering.position <= self.trained_at:
            return False
        if self.run or self.pinned or not self._answering.teach():
            return False
        if self.new_decisions() >= self._settings.every_decisions:
            return True
        return now - self._answering.pace.last_answer >= self._settings.idle_seconds

    def to_keep(self, newest: int) -> set[int]:
        """Generations whose spaces stay: the first, the one in use and the ``newest`` so many."""
        return {0, self.number, *self._generations.numbers()[-newest:]}


def _rival(one: Generation) -> int | None:
    rival = one.metrics.get("rival")
    return None if rival is None else int(rival)
