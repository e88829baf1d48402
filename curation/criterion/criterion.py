"""One criterion: the one owner of its live state, put together of parts that share one lock.

A verdict walks: ``decide`` → ``Answering.record`` (log, on disk) → ``Asking.settle`` (queue).
A generation walks: ``Retraining.adopt_if`` (compared and swapped) → ``show`` → ``Asking.prepare``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from curation.criterion import snapshot as snapshots
from curation.criterion.answering import Answered, Answering
from curation.criterion.asking import Asking, Later
from curation.criterion.changes import Changes
from curation.criterion.drawing import Seen
from curation.criterion.retraining import Retraining
from curation.criterion.session import TaughtSession
from curation.criterion.showing import Showing
from curation.decisions.log import TAUGHT, DecisionLog
from curation.decisions.names import GroupName
from curation.settings import CriterionSettings
from curation.spaces.generations import GenerationStore
from curation.spaces.store import EmbeddingStore
from curation.teaching.events import EventLog
from curation.types import BoolArray, Decision, Pair


class Criterion:
    """A meaning of "belongs together" at work: see the parts for what each holds.

    ``seen`` is what strategies may see of items beside their vectors; ``later`` runs something in
    the background, None where everything runs in the calling thread.
    """

    def __init__(
        self,
        name: str,
        settings: CriterionSettings,
        log: DecisionLog,
        generations: GenerationStore,
        seen: Seen,
        later: Later | None = None,
    ) -> None:
        self.name = name
        self.generations = generations
        self.changes = Changes()
        self.showing = Showing(self.changes)
        self.answering = Answering(name, log, self.changes)
        self.asking = Asking(settings, self.changes, self.showing, self.answering, seen, later)
        self.retraining = Retraining(settings, self.changes, self.answering, generations)
        self._deleted = False
        self._settings = settings
        self._session: TaughtSession | None = None
        self._awaits_session = False
        self._loading = threading.RLock()

    @property
    def settings(self) -> CriterionSettings:
        return self._settings

    @property
    def deleted(self) -> bool:
        """Whether it is out of sight; nothing trains it by itself then."""
        return self._deleted

    def mark_deleted(self, deleted: bool) -> None:
        """Take it out of sight, or bring it back."""
        with self.changes.lock:
            self._deleted = deleted
            self.changes.note()

    def configure(self, settings: CriterionSettings) -> None:
        """Use other settings from now on."""
        with self.changes.lock:
            self._settings = settings
            self.asking.configure(settings)
            self.retraining.configure(settings)
            self.changes.note()

    # --- verdicts --------------------------------------------------------------------------

    def decide(
        self, decisions: Sequence[Decision], names: Sequence[GroupName] = ()
    ) -> tuple[list[Answered], list[Pair]]:
        """Append decisions and names of groups, all or none, and apply them; also the pairs on
        screens that they imply.

        Raises DecisionError, and WorkspaceError where nothing could be recorded.
        """
        with self.changes.writing:
            snapshot = self.showing.snapshot
            find = self.asking.queue.find
            answered, new = self.answering.record(decisions, find, snapshot, names)
            return answered, self.asking.settle(new)

    def undo(self, reviewer: str, step: str = "") -> list[Decision]:
        """Take back the reviewer's last decision or batch; the pairs return to the queue.

        ``step`` is the id of this undo; a repeat of it takes nothing more back.
        """
        with self.changes.writing:
            return self.answering.undo(reviewer, step)

    def withdraw(self, reviewer: str, strategy: str) -> int:
        """Take back all that a strategy said, whoever recorded it; how many verdicts that were."""
        with self.changes.writing:
            return self.answering.withdraw(reviewer, strategy)

    # --- what is shown ---------------------------------------------------------------------

    def show(
        self,
        n_items: int,
        store: EmbeddingStore,
        eligible: Callable[[Sequence[str]], BoolArray],
    ) -> snapshots.Snapshot:
        """Swap in the generation in use, over the first ``n_items`` embedded items.

        ``eligible`` tells of item ids which may be proposed. Until ``asking.prepare`` has run, the
        pairs drawn before are served. FileNotFoundError where it is not projected for so many.
        """
        with self._loading:  # of two generations loaded at once, the one in use comes last
            number, shown = self.retraining.number, self.showing.snapshot
            if shown is not None and shown.generation.number == number:
                n_items = max(n_items, shown.n_items)  # items never leave a space again
            new = snapshots.load(self.generations, number, n_items, store, eligible)
            self.showing.adopt(new)
        with self.changes.lock:
            self.answering.ledger.losses.note(new, self.answering.implications)
        return new

    def hide(self, eligible: Callable[[Sequence[str]], BoolArray]) -> None:
        """Apply a changed exclusion: pairs of hidden items leave the queue and the screens."""
        with self._loading:  # no other space comes in, and none that was loaded before
            shown = self.showing.snapshot
            if shown is None:
                return
            allowed = eligible(shown.space.item_ids)
            with self.changes.lock:
                self.showing.set_eligible(allowed)
                self.asking.void()

    # --- a taught session ------------------------------------------------------------------

    @property
    def session(self) -> TaughtSession | None:
        """The session that teaches, or taught, this criterion; None where there was none."""
        return self._session

    @contextmanager
    def awaiting_session(self) -> Iterator[None]:
        """While a session takes the criterion over, nothing trains on pair review."""
        self._awaits_session = True
        try:
            yield
        finally:
            self._awaits_session = False

    def restore_session(self, events: EventLog) -> TaughtSession:
        """Take up the session of this name as its events left it."""
        self._session = TaughtSession(self, events)
        return self._session

    @property
    def is_taught(self) -> bool:
        """Whether a session is under way: the space then learns from its picks."""
        if self._awaits_session:
            return True
        return self._session is not None and self._session.state.status != "ended"

    @property
    def rests(self) -> bool:
        """Whether its session has ended: few of many are looked at again."""
        return self._session is not None and not self.is_taught

    def learns_picks(self) -> bool:
        """Whether training is by the picks of a session: one under way, or one that has ended and
        that no pair review went on with."""
        if not self.rests:
            return self.is_taught
        unseen = self.answering.since(self.retraining.trained_at)
        return bool(unseen) and all(one.strategy == TAUGHT for one in unseen)

    def taught(self) -> Mapping[str, Sequence[str]]:
        """Items of each bin of the session; empty without one."""
        if self._session is None:
            return {}
        return self._session.taught()
