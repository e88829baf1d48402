"""The same place at another time (geography-aware SSL, Ayush 2021, ICCV).

https://arxiv.org/abs/2011.09980
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.proposals.attributes import ago, places, seconds
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import IndexArray

_EARTH_METRES = 6_371_000.0
_SPOT = 25.0
"""Metres within which two photos are of one place: what a receiver errs by."""


@dataclass(eq=False)
class GeoTime(Strategy):
    """The nearest on the ground, taken later: exp(-d / R) x (1 - exp(-dt / T)).

    The paper pairs images of one place and different times; distance and time in place of its
    place numbers are ours.
    """

    id = "geo_time"
    kind = "positive"
    family = "positives by attribute"
    asks = "the same place, another time"
    summary = "The same place at another time (Ayush)"
    when = "For aerial, street or trap images with coordinates and times."
    paper = "Geography-aware SSL, Ayush 2021"
    needs = ("place", "time")
    metres: float = 30.0
    minutes: float = 10.0
    k: int = 10
    per_item: int = 3

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        i, j, distance = nearest_places(state, self.k)
        gap = np.abs(seconds(state)[i] - seconds(state)[j])
        later = 1 - np.exp(-gap / (60 * self.minutes))
        score = np.exp(-distance / self.metres) * later
        # Where all are far from each other, no score differs from another by a millionth.
        with np.errstate(divide="ignore"):
            order = np.log(later) - distance / self.metres
        best = best_open(state, i, j, order, budget, per_item=self.per_item)
        best = best[score[best] > 0]
        reasons = [f"{distance[p]:.0f} m and {gap[p] / 60:.0f} min apart" for p in best]
        words = [f"{_where(distance[p])}, {ago(gap[p])} apart" for p in best]
        return Candidates(i[best], j[best], score[best], reasons, words)


def _where(metres: float) -> str:
    return "same place" if metres < _SPOT else f"{metres:,.0f} m from each other"


def nearest_places(state: State, k: int) -> tuple[IndexArray, IndexArray, Scores]:
    """Items int64 [M] with place and time, the k nearest of each on the ground int64 [M, k], and
    the metres to them float64 [M, k]."""
    from sklearn.neighbors import BallTree

    known = np.isfinite(places(state)).all(1) & np.isfinite(seconds(state)) & state.eligible
    rows = np.flatnonzero(known)
    if len(rows) < 2:
        return rows, rows, np.zeros(len(rows))
    radians = np.radians(places(state)[rows])
    tree = BallTree(radians, metric="haversine")
    distance, found = tree.query(radians, k=min(k + 1, len(rows)))
    left = np.repeat(rows, found.shape[1])
    right = rows[found.ravel()]
    other = left != right
    return left[other], right[other], distance.ravel()[other] * _EARTH_METRES
