"""A reviewer who knows the labels, for measuring what a number of answers buys."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from curation.errors import CurationError
from curation.types import Proposal, Verdict


class _Review(Protocol):
    def next_proposals(
        self, criterion: str, reviewer: str, n: int = 1, *, strategy: str | None = None
    ) -> Sequence[Proposal]: ...

    def decide(
        self, criterion: str, reviewer: str, decisions: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any]: ...

    def skip(self, criterion: str, reviewer: str, tab: str, a: str, b: str) -> Any: ...


class Reviewed(Protocol):
    """The calls of a workspace that a reviewer makes, as the page makes them."""

    @property
    def review(self) -> _Review: ...


@dataclass
class Oracle:
    """Answers from ``labels`` (item id -> label): same where two labels are equal.

    A share ``error_rate`` of the answers is wrong, a share ``skip_rate`` of the pairs shown is
    skipped. ``interactions`` counts both; ``filled`` those of another strategy, where the one
    asked for had nothing to ask. Deterministic given ``seed``.
    """

    labels: Mapping[str, str]
    error_rate: float = 0.0
    skip_rate: float = 0.0
    seed: int = 0
    name: str = "oracle"
    answers: int = field(default=0, init=False)
    interactions: int = field(default=0, init=False)
    filled: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        for what, rate in (("error rate", self.error_rate), ("skip rate", self.skip_rate)):
            if not 0 <= rate < 1:
                raise CurationError(f"Expected a {what} from 0 to below 1, got {rate}.")
        self._rng = np.random.default_rng([self.seed, 1])

    def answer_next(
        self, workspace: Reviewed, criterion: str, strategy: str, otherwise: str | None = None
    ) -> bool:
        """Take the next pair and answer it, skipping some before; False where none is left.

        ``otherwise`` names a strategy to ask where the first one has nothing.
        """
        while True:
            shown = workspace.review.next_proposals(criterion, self.name, 1, strategy=strategy)
            if not shown and otherwise is not None:
                shown = workspace.review.next_proposals(criterion, self.name, 1, strategy=otherwise)
                self.filled += bool(shown)
            if not shown:
                return False
            self.interactions += 1
            pair = shown[0].pair
            if self._rng.random() >= self.skip_rate:
                break
            workspace.review.skip(criterion, self.name, "", pair.a, pair.b)
        self.answer(workspace, criterion, shown[0])
        return True

    def answer(self, workspace: Reviewed, criterion: str, shown: Proposal) -> None:
        """Give the verdict on a pair that is shown."""
        workspace.review.decide(criterion, self.name, [self._answer(shown)])
        self.answers += 1

    def _new_id(self) -> str:
        return uuid.UUID(bytes=self._rng.bytes(16), version=4).hex

    def _answer(self, shown: Proposal) -> dict[str, Any]:
        return {
            "id": self._new_id(),
            "a": shown.pair.a,
            "b": shown.pair.b,
            "verdict": self._verdict(shown),
            "kind": shown.kind,
            "strategy": shown.strategy,
            "score": shown.score,
            "generation": shown.generation,
        }

    def _verdict(self, shown: Proposal) -> Verdict:
        same = self.labels[shown.pair.a] == self.labels[shown.pair.b]
        wrong = self._rng.random() < self.error_rate
        return "same" if same != wrong else "different"
