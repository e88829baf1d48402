"""What every strategy shares: the state it reads, and the checks on what it returns.

A strategy has one narrow verb, ``candidates``; ``Strategy.propose`` is what callers use. It checks
the result (methods: no self-pair, no duplicate, nothing answered, pending or implied, nothing
ineligible, finite scores in [0, 1]) and turns positions into item ids.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from curation.errors import ProposalError
from curation.proposals.membership import Membership, fit_membership
from curation.proposals.smoothing import smooth
from curation.types import (
    BoolArray,
    Constraints,
    FloatArray,
    IndexArray,
    Kind,
    Neighbours,
    Pair,
    Proposal,
    Space,
)

__all__ = [
    "Candidates",
    "Membership",
    "Scores",
    "State",
    "Strategy",
    "best_open",
    "fit_membership",
    "smooth",
]

Scores = npt.NDArray[np.float64]


_BLOCK = 1024
"""Pairs compared at once: their vectors fit the processor's cache."""


@dataclass(frozen=True)
class State:
    """Everything a strategy may look at; N items, the same order everywhere.

    ``space.vectors`` float32 [N, D], ``base`` float32 [N, D0] frozen embeddings, both unit norm;
    ``neighbours`` of the space; ``eligible`` bool [N] (false: excluded, missing or held out);
    ``views`` float16 [N, V, D0] embeddings of augmented views; ``assignment`` float32 [N, K] soft
    clusters (rows sum to 1); ``calibration`` (a, b) of P(same) = sigmoid(a * cosine + b);
    ``prior`` share of same among random pairs; ``acceptance`` strategy id -> (accepted, answered).
    """

    space: Space
    base: FloatArray
    neighbours: Neighbours
    eligible: BoolArray
    constraints: Constraints
    views: npt.NDArray[np.float16] | None = None
    assignment: FloatArray | None = None
    calibration: tuple[float, float] = (10.0, -6.0)
    prior: float = 0.1
    acceptance: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = self.n_items
        sizes = {
            "item_ids": len(self.space.item_ids),
            "base": len(self.base),
            "neighbours": len(self.neighbours.indices),
            "eligible": len(self.eligible),
            "constraints": len(self.constraints.group),
            "views": n if self.views is None else len(self.views),
            "assignment": n if self.assignment is None else len(self.assignment),
        }
        wrong = {name: size for name, size in sizes.items() if size != n}
        if wrong:
            raise ProposalError(
                f"Expected {n} rows (as in the space) everywhere, got {wrong}; "
                "build the state from one snapshot."
            )

    @property
    def n_items(self) -> int:
        return len(self.space.vectors)

    @cached_property
    def density(self) -> Scores:
        """How typical each item is: rank in (0, 1] of its mean similarity to its neighbours."""
        found = self.neighbours.indices >= 0
        total = np.where(found, self.neighbours.similarities, 0.0).sum(1)
        mean = total / np.maximum(found.sum(1), 1)
        order = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
        return np.asarray((order + 1) / max(self.n_items, 1), np.float64)

    def similarity(self, i: IndexArray, j: IndexArray) -> Scores:
        """Cosine in the space of index arrays of one shape [P]."""
        out = np.empty(len(i), np.float64)
        vectors = self.space.vectors
        for start in range(0, len(i), _BLOCK):
            rows = slice(start, start + _BLOCK)
            out[rows] = np.einsum("pd,pd->p", vectors[i[rows]], vectors[j[rows]])
        return out

    def may_ask(self, i: IndexArray, j: IndexArray) -> BoolArray:
        """True where a pair is open: two eligible items, not answered, pending or implied."""
        fine = (i != j) & self.eligible[i] & self.eligible[j]
        return np.asarray(fine & ~self.constraints.closed(i, j))

    def neighbour_pairs(self, k: int) -> tuple[IndexArray, IndexArray, Scores]:
        """Distinct pairs i < j where one is among the k nearest of the other, with cosines."""
        near = self.neighbours.indices[:, :k]
        rows, columns = np.nonzero(near >= 0)
        i, j = rows.astype(np.int64), near[rows, columns]
        keys = np.minimum(i, j) * self.n_items + np.maximum(i, j)
        keys, first = np.unique(keys, return_index=True)
        similarity = self.neighbours.similarities[rows[first], columns[first]]
        low, high = np.divmod(keys, max(self.n_items, 1))
        return low, high, similarity.astype(np.float64)

    def random_similarities(self, rng: np.random.Generator, rows: int = 1024) -> Scores:
        """Cosines of up to ``rows``^2 / 2 random pairs, to place a threshold on."""
        pick = rng.permutation(self.n_items)[:rows]
        vectors = self.space.vectors[pick]
        return np.asarray((vectors @ vectors.T)[np.triu_indices(len(pick), 1)], np.float64)


@dataclass(frozen=True)
class Candidates:
    """Positions ``i``, ``j`` int64 [P], ``score`` float64 [P] in [0, 1], one reason each."""

    i: IndexArray
    j: IndexArray
    score: Scores
    reasons: Sequence[str]

    @classmethod
    def none(cls) -> Candidates:
        empty = np.empty(0, np.int64)
        return cls(empty, empty, np.empty(0), ())


class Strategy(ABC):
    """A way to propose pairs. Subclasses set the class attributes and write ``candidates``."""

    id: ClassVar[str]
    kind: ClassVar[Kind]
    summary: ClassVar[str]

    @abstractmethod
    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        """At most ``budget`` open pairs, best first or in any order."""

    def propose(self, state: State, budget: int, rng: np.random.Generator) -> list[Proposal]:
        """At most ``budget`` proposals, highest score first; deterministic given ``rng``.

        Raises ProposalError naming the strategy when it breaks the contract.
        """
        if budget <= 0 or state.eligible.sum() < 2:
            return []
        found = self.candidates(state, budget, rng)
        self._check(state, budget, found)
        ids, generation = state.space.item_ids, state.space.generation
        order = np.argsort(-found.score, kind="stable")
        return [
            Proposal(
                pair=Pair.of(ids[found.i[p]], ids[found.j[p]]),
                kind=self.kind,
                strategy=self.id,
                score=float(found.score[p]),
                reason=found.reasons[p],
                generation=generation,
            )
            for p in order
        ]

    def _check(self, state: State, budget: int, found: Candidates) -> None:
        sizes = {len(found.i), len(found.j), len(found.score), len(found.reasons)}
        if len(sizes) != 1:
            raise self._error("i, j, score and reasons of one length", f"lengths {sizes}")
        if len(found.i) > budget:
            raise self._error(f"at most {budget} pairs", f"{len(found.i)}")
        if not len(found.i):
            return
        ends = np.concatenate([found.i, found.j])
        if ends.min() < 0 or ends.max() >= state.n_items:
            raise self._error(f"positions below {state.n_items}", f"{ends.min()} to {ends.max()}")
        if not (np.isfinite(found.score).all() and (np.abs(found.score - 0.5) <= 0.5).all()):
            raise self._error("scores in [0, 1]", "a score outside or not a number")
        if not state.may_ask(found.i, found.j).all():
            raise self._error("open pairs of eligible items", "a pair that must not be asked")
        low, high = np.minimum(found.i, found.j), np.maximum(found.i, found.j)
        if len(np.unique(low * state.n_items + high)) < len(low):
            raise self._error("each pair once", "a pair twice")

    def _error(self, expected: str, got: str) -> ProposalError:
        return ProposalError(
            f"Strategy {self.id!r}: expected {expected}, got {got}; correct its candidates()."
        )


def best_open(
    state: State,
    i: IndexArray,
    j: IndexArray,
    score: Scores,
    budget: int,
    per_item: int | None = None,
) -> IndexArray:
    """Positions into ``i`` of the ``budget`` best open pairs, best first, each pair once.

    ``per_item`` caps how many pairs an item may be in, so that a dense region does not take all.
    """
    low, high = np.minimum(i, j), np.maximum(i, j)
    order = np.argsort(-score, kind="stable")
    order = order[state.may_ask(low[order], high[order])]
    _, first = np.unique((low * state.n_items + high)[order], return_index=True)
    order = order[np.sort(first)]
    if per_item is None:
        return np.asarray(order[:budget], np.int64)
    used: dict[int, int] = {}
    chosen: list[int] = []
    for p in order:
        if len(chosen) == budget:
            break
        a, b = int(low[p]), int(high[p])
        if used.get(a, 0) < per_item and used.get(b, 0) < per_item:
            used[a], used[b] = used.get(a, 0) + 1, used.get(b, 0) + 1
            chosen.append(int(p))
    return np.asarray(chosen, np.int64)
