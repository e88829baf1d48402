"""Strategies that pick items: what they pick is asked against the groups it may belong to."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import IndexArray


@dataclass(frozen=True)
class Picks:
    """Items int64 [M] with a score in [0, 1] each; ``preference`` [M, C] of the C core groups
    to ask them against (None: how likely each is), ``reason`` what is said of all."""

    items: IndexArray
    score: Scores
    reason: str
    preference: Scores | None = None


class ItemStrategy(Strategy):
    """Subclasses write ``pick``; the pairs are made here.

    An item is asked against the best known member of the group it most likely belongs to, of
    those that no decision excludes. Before there is a group the items are asked against the first.
    """

    @abstractmethod
    def pick(self, state: State, count: int, rng: np.random.Generator) -> Picks:
        """About ``count`` items worth asking, best first."""

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        picks = self.pick(state, 2 * budget, rng)
        partner = _partners(state, picks)
        asked = np.flatnonzero(partner >= 0)
        i, j, score = picks.items[asked], partner[asked], picks.score[asked]
        best = best_open(state, i, j, score, budget)
        return Candidates(i[best], j[best], score[best], [picks.reason] * len(best))


def _partners(state: State, picks: Picks) -> IndexArray:
    """Whom to ask each item against [M]; -1 for nobody."""
    known = state.membership
    if not len(known.cores):
        first = picks.items[:1]
        return np.asarray(np.where(picks.items == first, -1, first), np.int64)
    preference = known.preference[picks.items] if picks.preference is None else picks.preference
    items, others = np.broadcast_arrays(picks.items[:, None], known.representative[None, :])
    open_ = state.may_ask(items.ravel(), others.ravel()).reshape(items.shape)
    wanted = np.where(open_, preference, -np.inf)
    best = ties.first_best(wanted)
    fine = np.isfinite(wanted[np.arange(len(best)), best])
    return np.asarray(np.where(fine, known.representative[best], -1), np.int64)


def unplaced(state: State) -> IndexArray:
    """Eligible items int64 [M] in none of the groups that decisions tell apart."""
    placed = np.isin(state.constraints.group, state.membership.cores)
    return np.flatnonzero(state.eligible & ~placed)


def named(state: State) -> IndexArray:
    """Eligible items int64 [M] that a same or different answer names."""
    return np.flatnonzero(state.eligible & (state.constraints.group >= 0))


def unnamed(state: State) -> IndexArray:
    """Eligible items int64 [M] that no same or different answer names."""
    return np.flatnonzero(state.eligible & (state.constraints.group < 0))


def falling(count: int) -> Scores:
    """Scores float64 [count] from 1 downwards, all above 0, for items that come in order."""
    return np.linspace(1, 0, count, endpoint=False)
