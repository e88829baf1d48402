"""Pairs, decisions and what they contradict."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator
from pydantic_core import PydanticCustomError

from curation.http.schemas.common import (
    MOST_DECISIONS,
    Answer,
    Attributes,
    Counts,
    Given,
    Id,
    Ids,
    Item,
    Name,
    PairKey,
    Plain,
    Prose,
    Scope,
    Step,
    Tile,
    Whole,
)
from curation.types import GroupVerdict, Kind, Verdict


class CriterionIn(Given):
    name: Name
    question: Prose = ""


class WordingIn(Scope):
    """What a criterion is called and asks from now on; what is left out stays."""

    title: Name | None = None
    question: Prose | None = None


class CriterionRow(Answer):
    """A meaning of "belongs together", in words: ``title`` is what it is called, ``name`` what
    everything else names it by."""

    name: str
    title: str
    question: str


class LeaseIn(Scope):
    """``n`` pairs for the client's screen; ``have`` are the keys of those it has already."""

    n: Annotated[int, Field(ge=1, le=100)] = 1
    strategy: Name | None = None
    kinds: list[Kind] = Field(default_factory=list, max_length=8)
    have: list[PairKey] = Field(default_factory=list, max_length=1_000)


class VerdictIn(Given):
    """One verdict; ``id`` makes it idempotent."""

    a: Id
    b: Id
    verdict: Verdict
    id: Id | None = None
    kind: Kind | None = None
    strategy: Annotated[Plain, Field(min_length=1, max_length=64)] | None = None
    score: FiniteFloat | None = None
    generation: Whole | None = None
    milliseconds: Whole | None = None
    batch_id: Id | None = None
    supersedes: Id | None = None


class DecisionsIn(Scope):
    decisions: list[VerdictIn] = Field(min_length=1, max_length=MOST_DECISIONS)


class SkipIn(Scope):
    a: Id
    b: Id

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.a == self.b:
            raise PydanticCustomError("self_pair", "A pair needs two different items")
        return self


class UndoIn(Scope):
    """Take the last step back; sent again with the same id it is the same undo."""

    id: Step = ""


class ReviewerIn(Given):
    reviewer: Name = "api"


class GroupVerdictIn(Scope):
    items: Ids
    verdict: GroupVerdict
    anchor: Id | None = None
    batch_id: Id | None = None


class ExcludeIn(Given):
    """Take items out of queue, map and galleries, or back in (``restore``)."""

    reviewer: Name = "api"
    items: Ids
    restore: bool = False


class Card(Answer):
    """A pair as the review screen paints it; ``words`` say in plain language why it is asked,
    ``reason`` in the terms of its strategy; ``facts`` are the attributes of each item."""

    key: str
    a: Item
    b: Item
    kind: Kind
    strategy: str
    score: float
    reason: str
    words: str
    summary: str
    cosine: float
    cosine_before: float
    generation: int
    near_a: list[Tile]
    near_b: list[Tile]
    facts_a: Attributes
    facts_b: Attributes


class Cards(Answer):
    """``client`` holds the pairs: say it in ``X-Client`` from now on, to be given no others'."""

    cards: list[Card]
    counts: Counts
    done: bool
    message: str
    client: str


class Receipt(Answer):
    """A decision is on disk at ``seq``; ``duplicate``: it was there before."""

    id: str
    seq: int
    duplicate: bool
    effect: str
    conflict: bool


class Pace(Answer):
    decisions: int
    per_minute: float


class Recorded(Answer):
    """``void`` are the keys of pairs on screens that follow from what was decided."""

    receipts: list[Receipt]
    void: list[str]
    counts: Counts
    version: int
    decisions: int
    session: Pace


class DecisionRow(Answer):
    id: str
    seq: int
    a: Item
    b: Item
    verdict: Verdict | None
    reviewer: str
    strategy: str
    kind: Kind | None
    score: float | None
    generation: int
    time: str
    milliseconds: int | None
    batch_id: str | None
    supersedes: str | None
    effective: bool
    conflict: bool
    effect: str


class DecisionRows(Answer):
    """Decisions that stand, newest first; ``total`` of all that match."""

    rows: list[DecisionRow]
    total: int


class Conflict(Answer):
    """A contradiction with the decisions behind it, in the order of the path."""

    decision: DecisionRow
    path: list[DecisionRow]
    items: list[Item]


class Undone(Answer):
    """What was taken back; a single pair is on the client's screen again (``cards``)."""

    undone: list[DecisionRow]
    cards: list[Card]
    counts: Counts
    client: str


class Excluded(Answer):
    items: list[Item]


class Released(Answer):
    client: str


class Welcome(Answer):
    """Whether this was the reviewer's first visit."""

    first: bool


class Strategy(Answer):
    """A way to choose pairs; ``absent`` says what it lacks here.

    ``shown`` pairs so far, the ``accepted`` share of them, mean ``information`` in bits, median
    ``seconds`` to the answer: null where nothing is known.
    """

    id: str
    kind: str
    family: str
    summary: str
    when: str
    paper: str
    needs: list[str]
    defaults: dict[str, object]
    absent: str


class StrategyRow(Strategy):
    shown: int
    accepted: float | None
    information: float | None
    seconds: float | None
