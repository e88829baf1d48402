"""A person who knows the labels sorts: what a number of their seconds buys."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from curation.errors import CurationError
from curation.evaluation.oracle import Oracle, Reviewed
from curation.proposals.sorting.pace import Pace


class _Sorting(Protocol):
    def next(self, criterion: str, reviewer: str, *, form: Any = None) -> Mapping[str, Any]: ...

    def name(
        self,
        criterion: str,
        reviewer: str,
        item: str,
        *,
        group: str | None = None,
        new: str = "",
        guess: str | None = None,
        batch_id: str | None = None,
        milliseconds: int | None = None,
    ) -> Any: ...

    def sweep(
        self,
        criterion: str,
        reviewer: str,
        group: str,
        members: Sequence[str],
        wrong: Mapping[str, str | None],
        *,
        batch_id: str | None = None,
        milliseconds: int | None = None,
    ) -> Any: ...

    def merge(
        self,
        criterion: str,
        reviewer: str,
        one: str,
        other: str,
        same: bool,
        *,
        batch_id: str | None = None,
        milliseconds: int | None = None,
    ) -> Any: ...


class Sorted(Reviewed, Protocol):
    """The calls of a workspace that a sorting person makes, as the page makes them."""

    @property
    def sorting(self) -> _Sorting: ...


@dataclass
class Sorter:
    """Sorts by ``labels`` (item id -> label), each answer after as many seconds as ``pace`` says.

    A share ``error_rate`` of the judgements (a name, each tile of a grid, a merge) is wrong, each
    of the wrong choices among the groups as likely. ``seconds`` is the time spent, ``seen`` what
    was shown. Deterministic given ``seed``.
    """

    labels: Mapping[str, str]
    error_rate: float = 0.0
    pace: Pace = field(default_factory=Pace)
    seed: int = 0
    name: str = "sorter"
    seconds: float = field(default=0.0, init=False)
    answers: dict[str, int] = field(default_factory=dict, init=False)
    seen: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.error_rate < 1:
            raise CurationError(f"Expected an error rate from 0 to below 1, got {self.error_rate}.")
        self._rng = np.random.default_rng([self.seed, 2])
        self._oracle = Oracle(self.labels, self.error_rate, seed=self.seed, name=self.name)
        self._label_of: dict[str, str] = {}
        self._said: list[str] = []
        self._cost = 0.0
        self._waiting: list[Mapping[str, Any]] = []

    def ask(
        self, workspace: Sorted, criterion: str, forms: str, strategy: str = "mix"
    ) -> Mapping[str, Any] | None:
        """The next question, None where nothing is left; names come in handfuls, as on the page.

        ``forms`` pairs: single pairs of the ``strategy``; auto: the product chooses.
        """
        if forms == "pairs":
            shown = workspace.review.next_proposals(criterion, self.name, 1, strategy=strategy)
            return {"form": "pair", "shown": shown[0]} if shown else None
        if not self._waiting:
            form = None if forms == "auto" else forms
            told = workspace.sorting.next(criterion, self.name, form=form)
            asked = list(told["questions"])
            self._waiting = asked if asked and asked[0]["form"] == "name" else asked[:1]
        return self._waiting.pop(0) if self._waiting else None

    def seconds_for(self, question: Mapping[str, Any]) -> float:
        """What the answer would cost; judgements are drawn now and given by ``answer``."""
        self._cost = self._judged(question)
        return self._cost

    def _judged(self, question: Mapping[str, Any]) -> float:
        if question["form"] == "name":
            self._said = [self._judge(self.labels[question["item"]["id"]])]
            return self.pace.known if self._group(self._said[0]) else self.pace.new
        if question["form"] == "sweep":
            self._said = [self._judge(self.labels[tile["id"]]) for tile in question["tiles"]]
            supposed = self._supposed(question["group"])
            wrong = sum(said != supposed for said in self._said)
            return self.pace.sweep(len(self._said), wrong)
        return self.pace.merge if question["form"] == "merge" else self.pace.pair

    def answer(self, workspace: Sorted, criterion: str, question: Mapping[str, Any]) -> None:
        """Give the answer whose seconds were asked for."""
        form = question["form"]
        self.answers[form] = self.answers.get(form, 0) + 1
        getattr(self, f"_{form}")(workspace, criterion, question)
        self.seconds += self._cost

    def _name(self, workspace: Sorted, criterion: str, question: Mapping[str, Any]) -> None:
        item, said = question["item"]["id"], self._said[0]
        self.seen.add(item)
        guesses = question["guesses"]
        group = self._group(said)
        workspace.sorting.name(
            criterion, self.name, item, group=group, new=said,
            guess=guesses[0]["group"] if guesses else None,
            batch_id=self._new_id(), milliseconds=self._milliseconds,
        )  # fmt: skip
        if group is None:
            self._label_of[item] = said

    def _sweep(self, workspace: Sorted, criterion: str, question: Mapping[str, Any]) -> None:
        group = question["group"]
        supposed = self._supposed(group)
        told = dict(zip((tile["id"] for tile in question["tiles"]), self._said, strict=True))
        self.seen.update(told)
        workspace.sorting.sweep(
            criterion, self.name, group,
            [item for item, said in told.items() if said == supposed],
            {item: self._group(said) for item, said in told.items() if said != supposed},
            batch_id=self._new_id(), milliseconds=self._milliseconds,
        )  # fmt: skip

    def _merge(self, workspace: Sorted, criterion: str, question: Mapping[str, Any]) -> None:
        one, other = question["one"], question["other"]
        same = self.labels[one] == self.labels[other]
        if self._rng.random() < self.error_rate:
            same = not same
        workspace.sorting.merge(
            criterion, self.name, one, other, same,
            batch_id=self._new_id(), milliseconds=self._milliseconds,
        )  # fmt: skip

    def _pair(self, workspace: Sorted, criterion: str, question: Mapping[str, Any]) -> None:
        shown = question["shown"]
        self.seen.update((shown.pair.a, shown.pair.b))
        self._oracle.answer(workspace, criterion, shown)

    @property
    def _milliseconds(self) -> int:
        return round(1000 * self._cost)

    def _judge(self, label: str) -> str:
        """The label that is said: with the error rate one of the other groups' labels."""
        wrong = self._rng.random() < self.error_rate
        others = sorted(set(self._label_of.values()) - {label})
        return str(others[self._rng.integers(len(others))]) if wrong and others else label

    def _supposed(self, group: str) -> str:
        """What a group is called, or what is in it where nobody named it."""
        return self._label_of.get(group) or self.labels[group]

    def _group(self, label: str) -> str | None:
        """The item that the group of a label was named by, None before."""
        return next((item for item, one in self._label_of.items() if one == label), None)

    def _new_id(self) -> str:
        return uuid.UUID(bytes=self._rng.bytes(16), version=4).hex
