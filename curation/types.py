"""Core types: frozen, numpy only, a shape and dtype on every array field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
HalfArray = npt.NDArray[np.float16]
IndexArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

Verdict = Literal["same", "different", "unsure", "incomparable"]
Kind = Literal["positive", "false_negative", "hard_negative", "uncertain", "audit"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
KINDS: tuple[Kind, ...] = get_args(Kind)
GroupVerdict = Literal["same", "different"]
SessionMode = Literal["pick", "sort"]
SessionStep = Literal["pause", "resume", "end"]
SessionStatus = Literal["active", "paused", "ended"]
SESSION_MODES: tuple[SessionMode, ...] = get_args(SessionMode)
SESSION_STEPS: tuple[SessionStep, ...] = get_args(SessionStep)


@dataclass(frozen=True, slots=True)
class Item:
    """One image (or vector) with its attributes.

    ``id`` is 32 hex digits: the hash of the image's bytes (of bytes and box for a crop, of the
    file name for a vector without image). ``paths`` are all places where these bytes were found,
    relative to the source's root; ``attributes`` maps a column name to a JSON value (of the first
    path; differing values of further paths are kept under ``"<column>:all"`` as a list).
    ``present`` is false once no path exists any more.
    """

    id: str
    paths: tuple[str, ...]
    width: int = 0
    height: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)
    present: bool = True
    box: tuple[int, int, int, int] | None = None

    @property
    def name(self) -> str:
        return self.paths[0] if self.paths else self.id


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two different items in canonical order (``a < b``)."""

    a: str
    b: str

    def __post_init__(self) -> None:
        if self.a >= self.b:
            raise ValueError(f"a pair needs a < b, got {self.a!r} and {self.b!r}; use Pair.of")

    @classmethod
    def of(cls, x: str, y: str) -> Pair:
        """Canonical pair of two item ids; raises ValueError for a self-pair."""
        return cls(x, y) if x < y else cls(y, x)

    @property
    def key(self) -> str:
        return f"{self.a}-{self.b}"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k nearest items of every item, nearest first, without the item itself.

    ``indices`` int64 [N, k] (-1 where fewer exist), ``similarities`` float32 [N, k] cosine.
    """

    indices: IndexArray
    similarities: FloatArray


@dataclass(frozen=True, slots=True)
class Space:
    """Unit-norm embeddings of all items at one generation: ``vectors`` float32 [N, D]."""

    generation: int
    item_ids: tuple[str, ...]
    vectors: FloatArray


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Frozen embeddings of images that a generator made of the items, unit norm.

    ``vectors`` float32 [M, D0]; ``rows`` int64 [N, k]: which of them are an item's, -1 for none.
    """

    vectors: FloatArray
    rows: IndexArray


DEFAULT_CALIBRATION = (10.0, -6.0)
"""Slope and intercept of P(same | cosine) before any answer: even at cosine 0.6, 0.98 at 1."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What made a space: encoder + adapter + the decisions up to ``log_position``."""

    number: int
    parent: int | None
    encoder: str
    n_decisions: int
    log_position: int
    objective: str
    created: str
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair waiting for a verdict. ``score`` in [0, 1], higher is shown first.

    ``rank`` is its place, from 1, in what its strategy proposed (0: it was not ranked). ``reason``
    names the method's terms, ``words`` say the same to anybody ("": nothing but the reason).
    """

    pair: Pair
    kind: Kind
    strategy: str
    score: float
    reason: str
    generation: int
    rank: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict by a reviewer at a time, as appended to the log.

    ``verdict`` is None for a retraction (an undo), which only supersedes. ``seq`` is the position
    in the log (0 before it is appended). ``time`` is UTC ISO 8601, ``milliseconds`` the time from
    the pair's painting to the answer. ``supersedes`` is the id of an earlier decision that this
    one replaces; ``batch_id`` joins decisions of one gesture, undone in one step.
    """

    id: str
    pair: Pair
    verdict: Verdict | None
    criterion: str
    reviewer: str
    strategy: str = "manual"
    kind: Kind | None = None
    score: float | None = None
    generation: int = 0
    time: str = ""
    milliseconds: int | None = None
    batch_id: str | None = None
    supersedes: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A decision that contradicts earlier ones, with the ids of the decisions it contradicts.

    ``items`` is the walk of item ids from one end of the pair to the other along ``path``
    (must-link steps, at most one cannot-link step).
    """

    decision_id: str
    pair: Pair
    verdict: Verdict
    path: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """What the effective decisions of one criterion imply.

    ``groups``: every item named by an applied same/different decision is in exactly one group (a
    group can have one item); each group sorted, groups sorted by first item. ``cannot_link``:
    index pairs (g, h), g < h, into ``groups``. ``explicit``: verdict of every answered pair.
    ``conflicts``: decisions kept in the log but not applied.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    cannot_link: frozenset[tuple[int, int]] = frozenset()
    explicit: Mapping[Pair, Verdict] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions and what they imply, on positions of items in a space.

    ``group`` int64 [N]: must-link group of each item, -1 where no decision names it.
    ``strength`` float32 [N]: how sure the item's membership is (1 for the best supported member,
    lower the longer the chain of decisions to it); the training weight of an implied pair is
    ``strength[i] * strength[j]``. ``cannot_link`` int64 [C, 2]: group pairs g < h.
    ``pairs`` int64 [P, 2] (i < j) with ``verdicts`` int8 [P] (index into VERDICTS): the explicit
    answers; ``pending`` int64 [Q, 2]: pairs on somebody's screen, not to be proposed again.
    """

    group: IndexArray
    strength: FloatArray
    cannot_link: IndexArray
    pairs: IndexArray
    verdicts: npt.NDArray[np.int8]
    pending: IndexArray

    @classmethod
    def none(cls, n_items: int) -> Constraints:
        """No decisions about ``n_items`` items."""
        return cls(
            group=np.full(n_items, -1, np.int64),
            strength=np.ones(n_items, np.float32),
            cannot_link=np.empty((0, 2), np.int64),
            pairs=np.empty((0, 2), np.int64),
            verdicts=np.empty(0, np.int8),
            pending=np.empty((0, 2), np.int64),
        )

    @property
    def n_groups(self) -> int:
        return int(self.group.max()) + 1 if self.group.size else 0

    def relation(self, i: IndexArray, j: IndexArray) -> npt.NDArray[np.int8]:
        """+1 must-link, -1 cannot-link, 0 open, for index arrays of one shape."""
        gi, gj = self.group[i], self.group[j]
        named = (gi >= 0) & (gj >= 0)
        same = named & (gi == gj)
        size = max(self.n_groups, 1)
        edges = self.cannot_link[:, 0] * size + self.cannot_link[:, 1]
        keys = np.minimum(gi, gj) * size + np.maximum(gi, gj)
        apart = named & np.isin(keys, edges)
        return np.asarray(same.astype(np.int8) - apart.astype(np.int8), np.int8)

    def asked(self, i: IndexArray, j: IndexArray) -> BoolArray:
        """True where the pair was answered (any verdict) or is on somebody's screen."""
        n = self.group.size
        seen = np.concatenate([self.pairs, self.pending])
        keys = np.minimum(i, j) * n + np.maximum(i, j)
        return np.asarray(np.isin(keys, seen[:, 0] * n + seen[:, 1]))

    def closed(self, i: IndexArray, j: IndexArray) -> BoolArray:
        """True where a pair must not be proposed: answered, pending or implied."""
        return np.asarray(self.asked(i, j) | (self.relation(i, j) != 0), np.bool_)
