"""Positives taken in a like context (Pantazis 2021, ICCV).

https://arxiv.org/abs/2108.06435
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from curation import ties
from curation.proposals.attributes import ago, cameras, seconds
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import BoolArray, IndexArray

_BLOCK = 128
_MOMENT = 1e-9
"""Squared distance of contexts below that of any two moments; rounding makes such of none."""


@dataclass(eq=False)
class Context(Strategy):
    """P_c(j|i) x P_e(j|i): softmax of -|g_i - g_j| / 0.05 and of <z_i, z_j> / 0.5.

    g is the year, the date and time as points on circles in [0, 1], and the camera one-hot. A
    different camera all but excludes a pair, so a fifth of the anchors look at other cameras only
    (ours): the same background must not be the only clue. The score is the rank of the product,
    normalised over what an anchor may have, among these anchors or among the rest (ours), so that
    of however many best pairs about a fifth are across cameras. At most 512 anchors a call.
    """

    id = "context"
    kind = "positive"
    family = "positives by attribute"
    asks = "alike, and taken in like circumstances"
    summary = "Alike, and taken at a like time by the same camera (Pantazis)"
    when = "For camera traps and fixed cameras, where time and place tell much."
    paper = "Focus on the positives, Pantazis 2021"
    needs = ("time",)
    context_temperature: float = 0.05
    temperature: float = 0.5
    across: float = 0.2
    anchors: int = 512
    top: int = 3

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        known = np.isfinite(seconds(state)) & state.eligible
        anchors = rng.permutation(np.flatnonzero(known))[: self.anchors]
        across = round(self.across * len(anchors))
        found = [
            self._ranked(state, known, some, far)
            for some, far in ((anchors[:across], True), (anchors[across:], False))
        ]
        i, j, score = (np.concatenate(one) for one in zip(*found, strict=True))
        chosen = best_open(state, i, j, score, budget, per_item=self.top)
        reasons = [_told(state, int(i[p]), int(j[p])) for p in chosen]
        words = [_plainly(state, int(i[p]), int(j[p])) for p in chosen]
        return Candidates(i[chosen], j[chosen], score[chosen], reasons, words)

    def _ranked(
        self, state: State, known: BoolArray, anchors: IndexArray, far: bool
    ) -> tuple[IndexArray, IndexArray, Scores]:
        """Each anchor with its most probable items, and the ranks of these in (0, 1], [P] each."""
        top = min(self.top, state.n_items)
        item = np.empty((len(anchors), top), np.int64)
        joint = np.empty((len(anchors), top))  # logarithms
        for start in range(0, len(anchors), _BLOCK):
            rows = slice(start, start + _BLOCK)
            all_ = self._joint(state, known, anchors[rows], far)
            item[rows] = ties.few_best(all_, top)
            joint[rows] = np.take_along_axis(all_, item[rows], 1)
        row, column = np.nonzero(np.isfinite(joint))
        order = ties.best_first(-joint[row, column])
        rank = np.empty(len(order))
        rank[order] = np.arange(1, len(order) + 1) / max(len(order), 1)
        return anchors[row], item[row, column], rank

    def _joint(self, state: State, known: BoolArray, anchors: IndexArray, far: bool) -> Scores:
        """log P_c P_e [A, N], P of sum 1 in each row; -inf for what an anchor may not have.

        Logarithms, as a probability among many items is less than a millionth.
        """
        context = state.once("context", lambda: np.nan_to_num(context_vectors(state)))
        camera, vectors = cameras(state), state.space.vectors
        length = (context**2).sum(1)
        squared = length[anchors, None] + length - 2 * ties.products(context[anchors], context)
        squared[squared < _MOMENT] = 0.0
        other = camera[anchors, None] != camera
        fine = known & other if far else np.tile(known, (len(anchors), 1))
        fine[np.arange(len(anchors)), anchors] = False
        near = -np.sqrt(squared + 2.0 * other) / self.context_temperature
        alike = ties.products(vectors[anchors], vectors) / self.temperature
        return log_softmax(np.where(fine, near + alike, -np.inf))


def log_softmax(logits: Scores) -> Scores:
    """Over the last axis; -inf where all are."""
    most = logits.max(-1, keepdims=True)
    logits = logits - np.where(np.isfinite(most), most, 0.0)
    total = np.exp(logits).sum(-1, keepdims=True)
    return np.asarray(logits - np.log(np.maximum(total, 1.0)), np.float64)


def context_vectors(state: State) -> Scores:
    """Year / largest year, then cosine and sine of day, hour, minute and second, in [0, 1].

    float64 [N, 9]; rows of NaN where the time is unknown. The camera is compared apart: one-hot,
    two different ones are at distance sqrt(2).
    """
    found = np.full((state.n_items, 9), np.nan)
    time = seconds(state)
    for row in np.flatnonzero(np.isfinite(time)):
        taken = datetime.fromtimestamp(time[row], UTC)
        day = taken.timetuple().tm_yday / 366
        turns = np.array([day, taken.hour / 24, taken.minute / 60, taken.second / 60])
        angle = 2 * np.pi * turns
        found[row] = [taken.year, *((np.cos(angle) + 1) / 2), *((np.sin(angle) + 1) / 2)]
    found[:, 0] /= np.nanmax(found[:, 0], initial=1.0)
    return found


def _plainly(state: State, i: int, j: int) -> str:
    apart = ago(abs(seconds(state)[i] - seconds(state)[j]))
    same = cameras(state)[i] == cameras(state)[j]
    return f"alike, {apart} apart, {'the same camera' if same else 'another camera'}"


def _told(state: State, i: int, j: int) -> str:
    minutes = abs(seconds(state)[i] - seconds(state)[j]) / 60
    same = cameras(state)[i] == cameras(state)[j]
    return f"{minutes:.0f} min apart, {'the same' if same else 'another'} camera"
