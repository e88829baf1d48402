"""What every strategy shares: what it says of itself, and the checks on what it returns.

A strategy has one narrow verb, ``candidates``; ``Strategy.propose`` is what callers use. It checks
the result (no self-pair, no duplicate, nothing answered, pending or implied, nothing
ineligible, finite scores in [0, 1]) and turns positions into item ids. Numbers that a strategy can
be set by are the fields of its dataclass, so that defaults stand in one place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, Literal, final, get_args

import numpy as np

from curation import ties
from curation.errors import CurationError, ProposalError
from curation.proposals.membership import (
    Membership,
    Unlike,
    fit_membership,
    group_means,
    softmax,
    unlike_cosine,
)
from curation.proposals.needs import NEEDS
from curation.proposals.smoothing import smooth
from curation.proposals.state import Scores, State, rowwise
from curation.types import IndexArray, Kind, Pair, Proposal

__all__ = [
    "FAMILIES",
    "Candidates",
    "Family",
    "Membership",
    "Scores",
    "State",
    "Strategy",
    "Unlike",
    "best_open",
    "fit_membership",
    "group_means",
    "rowwise",
    "smooth",
    "softmax",
    "unlike_cosine",
]

Family = Literal[
    "positives by embedding",
    "positives by synthesis",
    "positives by attribute",
    "positives across modalities",
    "positives by people",
    "false negatives",
    "hard negatives",
    "uncertain pairs",
    "seeding",
    "conflicts and audits",
    "control",
]
FAMILIES: tuple[Family, ...] = get_args(Family)
"""Groups of strategies, in the order of the survey; those of its human loop come last."""


@dataclass(frozen=True)
class Candidates:
    """Positions ``i``, ``j`` int64 [P], ``score`` float64 [P] in [0, 1], one reason each.

    ``words``: one sentence each for the card, where the strategy says of a pair more than it
    ``asks`` of all; empty where it does not.
    """

    i: IndexArray
    j: IndexArray
    score: Scores
    reasons: Sequence[str]
    words: Sequence[str] = ()

    @classmethod
    def none(cls) -> Candidates:
        """No pairs: arrays [0] of the right types."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, np.empty(0), ())


class Strategy(ABC):
    """A way to propose pairs. Subclasses set the class attributes and write ``candidates``.

    ``asks`` is what the card of a pair says in plain words (the ``summary`` where it is empty),
    ``summary`` what is proposed, ``when`` in one sentence when to use it, ``paper`` where it is
    from; ``needs`` are names of ``needs.NEEDS``. A strategy of kind `audit` may ask again what
    is answered or implied. What is marked final guards all strategies: a class of another package
    that overrides it is refused.
    """

    id: ClassVar[str]
    kind: ClassVar[Kind]
    family: ClassVar[Family]
    asks: ClassVar[str] = ""
    summary: ClassVar[str]
    when: ClassVar[str]
    paper: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        """At most ``budget`` open pairs, best first or in any order."""

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """What the strategy can be set by, with the values used."""
        if not is_dataclass(cls):
            return {}
        return {field.name: field.default for field in fields(cls) if field.init}

    @classmethod
    def absent(cls, state: State) -> str:
        """What the state lacks, in words; empty where the strategy can propose."""
        lacking = [NEEDS[need][1] for need in cls.needs if not NEEDS[need][0](state)]
        return "; ".join(lacking)

    @final
    @classmethod
    def lacks(cls, state: State) -> str:
        """What callers ask: what ``absent`` says, or how it failed."""
        try:
            return str(cls.absent(state) or "")
        except Exception as error:
            return f"its absent() failed: {type(error).__name__}: {error}"

    @final
    def propose(self, state: State, budget: int, rng: np.random.Generator) -> list[Proposal]:
        """At most ``budget`` proposals, highest score first; deterministic given ``rng``.

        None where a need is absent. Raises ProposalError naming the strategy when it breaks the
        contract or fails.
        """
        if budget <= 0 or state.eligible.sum() < 2 or self.lacks(state):
            return []
        found = self._found(state, budget, rng)
        ids, generation = state.space.item_ids, state.space.generation
        order = ties.best_first(found.score)
        return [
            Proposal(
                pair=Pair.of(ids[found.i[p]], ids[found.j[p]]),
                kind=self.kind,
                strategy=self.id,
                score=float(found.score[p]),
                reason=found.reasons[p],
                generation=generation,
                rank=rank,
                words=found.words[p] if found.words else self.asks,
            )
            for rank, p in enumerate(order, 1)
        ]

    @final
    def _found(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        try:
            found = self.candidates(state, budget, rng)
        except CurationError:
            raise
        except Exception as error:
            raise self._error("pairs", f"{type(error).__name__}: {error}") from error
        if not isinstance(found, Candidates):
            raise self._error("Candidates", type(found).__name__)
        self._check_arrays(found)
        # Narrow integers would overflow where positions are multiplied.
        found = replace(found, i=found.i.astype(np.int64), j=found.j.astype(np.int64))
        self._check(state, budget, found)
        return found

    @final
    def _check_arrays(self, found: Candidates) -> None:
        for name, wanted in (("i", np.integer), ("j", np.integer), ("score", np.floating)):
            array = getattr(found, name)
            if not _is_list_of(array, wanted):
                raise self._error(f"{name} as a one-dimensional array of {wanted.__name__}", array)
        for name, texts in (("reasons", found.reasons), ("words", found.words)):
            if not isinstance(texts, Sequence) or not all(isinstance(one, str) for one in texts):
                raise self._error(f"{name} as a sequence of texts", type(texts).__name__)
        if found.words and len(found.words) != len(found.reasons):
            raise self._error("words for all pairs or for none", f"{len(found.words)}")
        sizes = {len(found.i), len(found.j), len(found.score), len(found.reasons)}
        if len(sizes) != 1:
            raise self._error("i, j, score and reasons of one length", f"lengths {sizes}")

    @final
    def _check(self, state: State, budget: int, found: Candidates) -> None:
        if len(found.i) > budget:
            raise self._error(f"at most {budget} pairs", f"{len(found.i)}")
        if not len(found.i):
            return
        ends = np.concatenate([found.i, found.j])
        if ends.min() < 0 or ends.max() >= state.n_items:
            raise self._error(f"positions below {state.n_items}", f"{ends.min()} to {ends.max()}")
        if not (np.isfinite(found.score).all() and (np.abs(found.score - 0.5) <= 0.5).all()):
            raise self._error("scores in [0, 1]", "a score outside or not a number")
        may = state.may_audit if self.kind == "audit" else state.may_ask
        if not may(found.i, found.j).all():
            raise self._error("open pairs of eligible items", "a pair that must not be asked")
        low, high = np.minimum(found.i, found.j), np.maximum(found.i, found.j)
        if len(np.unique(low * state.n_items + high)) < len(low):
            raise self._error("each pair once", "a pair twice")

    def _error(self, expected: str, got: Any) -> ProposalError:
        told = f"shape {got.shape} of {got.dtype}" if isinstance(got, np.ndarray) else got
        return ProposalError(
            f"Strategy {self.id!r}: expected {expected}, got {told}; correct its candidates()."
        )


def _is_list_of(array: Any, wanted: type[np.generic]) -> bool:
    return isinstance(array, np.ndarray) and array.ndim == 1 and np.issubdtype(array.dtype, wanted)


def best_open(
    state: State,
    i: IndexArray,
    j: IndexArray,
    score: Scores,
    budget: int,
    per_item: int | None = None,
) -> IndexArray:
    """Positions int64 [B] into ``i`` of the ``budget`` best open pairs, best first, each pair once.

    Equal ones come as they stand. ``i``, ``j`` int64 [P] are positions of items, ``score``
    float64 [P], higher is better;
    ``per_item`` caps how many pairs an item may be in, so that a dense region does not take all.
    """
    low, high = np.minimum(i, j), np.maximum(i, j)
    order = ties.best_first(score)
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
