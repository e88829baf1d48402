"""Neighbours in a burst or film (Pantazis 2021, ICCV: sequence positives).

https://arxiv.org/abs/2108.06435
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.attributes import seconds, sequences
from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.types import IndexArray


@dataclass(eq=False)
class Sequence(Strategy):
    """The next images of the same burst; score = cosine / places apart, ours.

    Nearly all of these are `same` and teach little, so it serves to join bursts quickly, the safest
    pairs first: times cosine, where diverse positives would be found by exp(-dt / T) (1 - cosine).
    Places stand for dt, which a burst that a column names need not have. The mix does not draw on
    it.
    """

    id = "sequence"
    kind = "positive"
    family = "positives by attribute"
    asks = "taken right after each other"
    summary = "Next to each other in a burst or film (Pantazis)"
    when = "To join the images of each burst before anything else."
    paper = "Focus on the positives, Pantazis 2021"
    needs = ("sequence",)
    gap: int = 2
    per_item: int = 2

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        found = sequences(state)
        assert found is not None  # the need says so
        i, j, apart = following(np.where(state.eligible, found, -1), state, self.gap)
        score = np.clip(state.similarity(i, j), 0, 1) / np.maximum(apart, 1)
        best = best_open(state, i, j, score, budget, per_item=self.per_item)
        reasons = [f"{apart[p]} apart in one burst" for p in best]
        words = [_words(int(apart[p])) for p in best]
        return Candidates(i[best], j[best], score[best], reasons, words)


def _words(apart: int) -> str:
    return "taken right after each other" if apart == 1 else f"{apart} images apart in one burst"


def following(
    sequence: IndexArray, state: State, gap: int
) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Pairs int64 [P], [P] of one ``sequence`` int64 [N] at most ``gap`` places apart in time, and
    how many places int64 [P]."""
    known = np.flatnonzero(sequence >= 0)
    time = np.nan_to_num(seconds(state)[known])
    order = known[np.lexsort((known, time, sequence[known]))]
    left, right, apart = [], [], []
    for step in range(1, gap + 1):
        a, b = order[:-step], order[step:]
        one = sequence[a] == sequence[b]
        left.append(a[one])
        right.append(b[one])
        apart.append(np.full(int(one.sum()), step, np.int64))
    return np.concatenate(left), np.concatenate(right), np.concatenate(apart)
