"""Strategies at work on one criterion: the state they see, and the pairs they give."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.proposals import registry
from curation.proposals.base import State, Strategy
from curation.proposals.mix import Mix
from curation.settings import SEED
from curation.types import Constraints, Decision, FloatArray, Proposal, Synthetic

AUDIT_EVERY = 20
POOL = 400
"""Proposals kept for each strategy whose queue is shown with its count."""
MIX = Mix.id
POOLED = ("sepp_band", "knn_k", "fnc_max")

Columns = Mapping[str, Sequence[Any]]
"""Attributes of items: column name -> a value, or None, for each."""
Audits = Callable[[int, np.random.Generator], list[Proposal]]
"""At most so many implied pairs to ask again."""


class Seen(Protocol):
    """What strategies may see of items beside their vectors, each by item ids."""

    def columns(self, ids: Sequence[str]) -> Columns:
        """Attributes that strategies may see."""

    def second(self, ids: Sequence[str]) -> FloatArray | None:
        """Second embedding float32 [N, D2], None where there is none."""

    def synthetic(self, ids: Sequence[str]) -> Synthetic | None:
        """What a generator made of the items, None without one."""


class Drawer:
    """The strategies of one criterion and what they remember; one draw at a time."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._strategies: dict[str, Strategy | Mix] = {}
        self._memory: tuple[object, dict[Hashable, Any]] = (None, {})
        self._lock = threading.Lock()

    def busy(self) -> bool:
        """Whether a draw is under way."""
        return self._lock.locked()

    def state(
        self,
        snapshot: Snapshot,
        *,
        constraints: Constraints,
        **answers: Any,
    ) -> State:
        """What strategies see of a space and of the decisions on it.

        ``answers`` are the fields of the state that answers make.
        """
        memory = self._of(snapshot)
        return State(
            space=snapshot.space,
            base=snapshot.base,
            neighbours=snapshot.neighbours,
            eligible=snapshot.eligible,
            constraints=constraints,
            views=snapshot.views,
            assignment=snapshot.assignment,
            calibration=snapshot.calibration,
            attributes=memory["attributes"],
            second=memory["second modality"],
            synthetic=memory["synthetic"],
            memory=memory,
            **answers,
        )

    def look_at(self, snapshot: Snapshot) -> None:
        """Read from disk what strategies see of a space, before anybody holds a lock for it."""
        self._of(snapshot)

    def _of(self, snapshot: Snapshot) -> dict[Hashable, Any]:
        """What was computed for this space before; a new space starts with its attributes."""
        if self._memory[0] is not snapshot.neighbours:
            ids = snapshot.space.item_ids
            memory: dict[Hashable, Any] = {"attributes": self._seen.columns(ids)}
            memory["second modality"] = self._seen.second(ids)
            memory["synthetic"] = self._seen.synthetic(ids)
            self._memory = (snapshot.neighbours, memory)
        return self._memory[1]

    def draw(
        self, name: str, state: State, budget: int, position: int, asked: int, audits: Audits
    ) -> list[Proposal]:
        """At most ``budget`` proposals of a strategy, best first; the mix with its audits.

        ``position`` of the log seeds the draw; ``asked`` single questions were answered so far.
        """
        rng = np.random.default_rng([SEED, position, budget])
        with self._lock:  # strategies may remember what they learnt about the space
            strategy = self._strategies.setdefault(name, registry.create(name))
            if name != MIX:
                return strategy.propose(state, budget, rng)
            places = audit_places(budget, asked)
            drawn = audits(len(places), rng)
            mixed = strategy.propose(state, budget - len(drawn), rng)
            for place, audit in zip(places, drawn, strict=False):
                mixed.insert(place, audit)
            return mixed

    def pools(self, state: State) -> list[Proposal]:
        """The queues that are shown with their counts."""
        return [
            proposal
            for name in POOLED
            for proposal in registry.create(name).propose(state, POOL, np.random.default_rng(SEED))
        ]


def single_questions(decisions: Iterable[Decision]) -> int:
    """Single questions that were answered; a gallery's answers were none."""
    return sum(one.batch_id is None for one in decisions)


def audit_places(budget: int, asked: int) -> range:
    """Places of audits in what is drawn now: every twentieth question since the start is one.

    What is drawn is drawn anew before it is through, so the count must not start with it.
    """
    return range((AUDIT_EVERY // 2 - asked) % AUDIT_EVERY, budget, AUDIT_EVERY)
