"""What a strategy may look at: one space, the decisions on it, and what is known of the items."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.errors import ProposalError
from curation.proposals.membership import Membership, fit_membership
from curation.proposals.smoothing import smooth
from curation.types import (
    DEFAULT_CALIBRATION,
    BoolArray,
    Constraints,
    FloatArray,
    HalfArray,
    IndexArray,
    Neighbours,
    Space,
    Synthetic,
)

Scores = npt.NDArray[np.float64]
T = TypeVar("T")

_BLOCK = 1024
"""Pairs compared at once: their vectors fit the processor's cache."""


@dataclass(frozen=True)
class State:
    """Everything a strategy may look at; N items, the same order everywhere.

    ``space.vectors`` float32 [N, D], ``base`` float32 [N, D0] frozen embeddings, both unit norm;
    ``neighbours`` of the space; ``eligible`` bool [N] (false: excluded, missing or held out);
    ``views`` float16 [N, V, D0] embeddings of augmented views; ``assignment`` float32 [N, K] soft
    clusters (rows sum to 1); ``calibration`` (a, b) of P(same) = sigmoid(a * cosine + b);
    ``acceptance`` strategy id -> (accepted, answered); ``information`` strategy id -> (bits of
    surprise in its answers, their number);
    ``attributes`` column -> N values (None: unknown), ``key`` the column whose equal values hint
    at `same` (empty: found by itself); ``second`` float32 [N, D2] unit embeddings in another
    modality, rows of zeros where an item has none; ``synthetic`` images made of the items, None
    without a generator; ``losses`` float32 [P, T] of the answered
    ``constraints.pairs`` in the last T generations (NaN: not answered yet), ``rechecked`` bool [P]
    where a pair was audited before; ``names`` of groups, by the position of the item that each
    hangs on, the newest last. ``memory`` holds what is computed once for the space.
    """

    space: Space
    base: FloatArray
    neighbours: Neighbours
    eligible: BoolArray
    constraints: Constraints
    views: HalfArray | None = None
    assignment: FloatArray | None = None
    calibration: tuple[float, float] = DEFAULT_CALIBRATION
    acceptance: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    information: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    attributes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    key: str = ""
    second: FloatArray | None = None
    synthetic: Synthetic | None = None
    losses: FloatArray | None = None
    rechecked: BoolArray | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    memory: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        n = self.n_items
        answered = len(self.constraints.pairs)
        sizes = {
            "item_ids": len(self.space.item_ids),
            "base": len(self.base),
            "neighbours": len(self.neighbours.indices),
            "eligible": len(self.eligible),
            "constraints": len(self.constraints.group),
            "views": n if self.views is None else len(self.views),
            "assignment": n if self.assignment is None else len(self.assignment),
            "second": n if self.second is None else len(self.second),
            "synthetic": n if self.synthetic is None else len(self.synthetic.rows),
            **{f"attribute {name}": len(column) for name, column in self.attributes.items()},
        }
        wrong = {name: size for name, size in sizes.items() if size != n}
        if wrong:
            raise ProposalError(
                f"Expected {n} rows (as in the space) everywhere, got {wrong}; "
                "build the state from one snapshot."
            )
        for name, of_pairs in (("losses", self.losses), ("rechecked", self.rechecked)):
            if of_pairs is not None and len(of_pairs) != answered:
                raise ProposalError(
                    f"Expected {answered} rows of {name} (one an answered pair), got "
                    f"{len(of_pairs)}; build the state from one snapshot."
                )

    @property
    def n_items(self) -> int:
        """N, the items of the space, eligible or not."""
        return len(self.space.vectors)

    def called(self, rows: IndexArray) -> list[str]:
        """Name of the must-link group of each of ``rows`` int64 [M], "" where it has none."""
        group = self.constraints.group
        by_group = {int(group[row]): name for row, name in self.names.items() if group[row] >= 0}
        return [by_group.get(int(group[row]), "") or self.names.get(int(row), "") for row in rows]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, computed once for this space; it must not depend on decisions."""
        if key not in self.memory:
            self.memory[key] = make()
        return cast(T, self.memory[key])

    @property
    def features(self) -> FloatArray:
        """Vectors float32 [N, D] smoothed along the neighbour graph, unit norm."""
        return self.once("features", lambda: smooth(self.space.vectors, self.neighbours))

    @cached_property
    def membership(self) -> Membership:
        """How likely each item is in each group that the decisions tell apart."""
        return fit_membership(self.features, self.constraints, self.eligible)

    @property
    def density(self) -> Scores:
        """How typical each item is, float64 [N]: rank in (0, 1] of its mean similarity to
        neighbours."""
        return self.once("density", self._density)

    def _density(self) -> Scores:
        found = self.neighbours.indices >= 0
        total = np.where(found, self.neighbours.similarities, 0.0).sum(1)
        mean = total / np.maximum(found.sum(1), 1)
        rank = np.empty(self.n_items)
        rank[ties.best_first(-mean)] = np.arange(1, self.n_items + 1)
        return rank / max(self.n_items, 1)

    def same_probability(self, similarity: Scores) -> Scores:
        """Calibrated P(same) in [0, 1] of cosines [..], float64 in their shape."""
        a, b = self.calibration
        return np.asarray(1 / (1 + np.exp(-(a * similarity + b))), np.float64)

    def similarity(self, i: IndexArray, j: IndexArray) -> Scores:
        """Cosine in the space of index arrays of one shape [P]."""
        return rowwise(self.space.vectors, i, j)

    def may_ask(self, i: IndexArray, j: IndexArray) -> BoolArray:
        """True [P] where a pair of positions ``i``, ``j`` int64 [P] is open: two eligible items,
        not answered, pending or implied."""
        fine = (i != j) & self.eligible[i] & self.eligible[j]
        return np.asarray(fine & ~self.constraints.closed(i, j))

    def may_audit(self, i: IndexArray, j: IndexArray) -> BoolArray:
        """True [P] where a pair of positions ``i``, ``j`` int64 [P] may be asked again: two
        eligible items, not on somebody's screen."""
        n, pending = self.n_items, self.constraints.pending
        keys = np.minimum(i, j) * n + np.maximum(i, j)
        free = ~np.isin(keys, pending[:, 0] * n + pending[:, 1])
        return np.asarray((i != j) & self.eligible[i] & self.eligible[j] & free)

    def neighbour_pairs(self, k: int) -> tuple[IndexArray, IndexArray, Scores]:
        """Distinct pairs i < j int64 [P], [P] where one is among the k nearest of the other, with
        cosines float64 [P]."""
        near = self.neighbours.indices[:, :k]
        rows, columns = np.nonzero(near >= 0)
        i, j = rows.astype(np.int64), near[rows, columns]
        keys = np.minimum(i, j) * self.n_items + np.maximum(i, j)
        keys, first = np.unique(keys, return_index=True)
        similarity = self.neighbours.similarities[rows[first], columns[first]]
        low, high = np.divmod(keys, max(self.n_items, 1))
        return low, high, similarity.astype(np.float64)

    def random_similarities(self, rng: np.random.Generator, rows: int = 1024) -> Scores:
        """Cosines float64 [P] of up to ``rows``^2 / 2 random pairs, to place a threshold on."""
        pick = rng.permutation(self.n_items)[:rows]
        vectors = self.space.vectors[pick]
        return ties.products(vectors, vectors)[np.triu_indices(len(pick), 1)]


def rowwise(vectors: FloatArray, i: IndexArray, j: IndexArray) -> Scores:
    """Inner products float64 [P] of rows ``i`` and ``j`` of ``vectors`` [N, D], in blocks."""
    out = np.empty(len(i), np.float64)
    for start in range(0, len(i), _BLOCK):
        rows = slice(start, start + _BLOCK)
        left, right = (vectors[side[rows]].astype(np.float64) for side in (i, j))
        out[rows] = np.einsum("pd,pd->p", left, right)
    return out
