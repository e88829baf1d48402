"""Positives that share an attribute (Ayush 2021, ICCV: the same place at another time).

https://arxiv.org/abs/2011.09980
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.attributes import codes, repeating_key, seconds
from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.proposals.search import pairs_within

_DAY = 86400.0


@dataclass(eq=False)
class AttrSameKey(Strategy):
    """Pairs of one key value, not taken at the same moment: exp(-dt / T) x (1 - s).

    Diverse positives come first. Every key value gives at most ``per_key`` pairs, drawn at random,
    so that none floods the list; dt counts as 0 where a time is unknown.
    """

    id = "attr_same_key"
    kind = "positive"
    family = "positives by attribute"
    asks = "they share a label, and look different"
    summary = "The same value of an attribute, unlike to look at (Ayush)"
    when = "When a place, product or patient number says what may belong together."
    paper = "Geography-aware SSL, Ayush 2021"
    needs = ("key",)
    days: float = 30.0
    per_key: int = 50
    per_item: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        key = repeating_key(state)
        group = np.where(state.eligible, codes(state.attributes[key]), -1)
        i, j = pairs_within(group, self.per_key, rng)
        apart = np.abs(seconds(state)[i] - seconds(state)[j])
        i, j, apart = i[apart != 0], j[apart != 0], apart[apart != 0]
        unlike = np.clip(1 - state.similarity(i, j), 0, 1)
        late = np.nan_to_num(apart) / (self.days * _DAY)
        score = np.exp(-late) * unlike
        # After some months no score differs from another by a millionth.
        with np.errstate(divide="ignore"):
            order = np.log(unlike) - late
        best = best_open(state, i, j, order, budget, per_item=self.per_item)
        values = state.attributes[key]
        reasons = [f"both {key} = {values[i[p]]}" for p in best]
        words = [f"both {key} {values[i[p]]}, and unlike to look at" for p in best]
        return Candidates(i[best], j[best], score[best], reasons, words)
