"""Positives taken in a like context (Pantazis 2021, ICCV)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.proposals.attributes import cameras, seconds
from curation.proposals.base import Candidates, Scores, State, Strategy, best_open
from curation.types import BoolArray, IndexArray

_BLOCK = 32


@dataclass(eq=False)
class Context(Strategy):
    """P_c(j|i) x P_e(j|i): softmax of -|g_i - g_j| / 0.05 and of <z_i, z_j> / 0.5 (methods 4.2).

    g is the year, the date and time as points on circles in [0, 1], and the camera one-hot. A
    different camera all but excludes a pair, so a fifth of the anchors look at other cameras only
    (ours): the same background must not be the only clue. At most 512 anchors a call.
    """

    id = "context"
    kind = "positive"
    family = "positives by attribute"
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
        far = np.arange(len(anchors)) < self.across * len(anchors)
        i, j, score = [], [], []
        for start in range(0, len(anchors), _BLOCK):
            rows = slice(start, start + _BLOCK)
            joint = self._joint(state, known, anchors[rows], far[rows])
            top = min(self.top, joint.shape[1])
            best = np.argpartition(-joint, top - 1, axis=1)[:, :top]
            i.append(np.repeat(anchors[rows], top))
            j.append(best.ravel())
            score.append(np.take_along_axis(joint, best, 1).ravel())
        if not i:
            return Candidates.none()
        left, right, worth = np.concatenate(i), np.concatenate(j), np.concatenate(score)
        left, right, worth = left[worth > 0], right[worth > 0], worth[worth > 0]
        chosen = best_open(state, left, right, worth, budget, per_item=self.top)
        reasons = [_told(state, int(left[p]), int(right[p])) for p in chosen]
        return Candidates(left[chosen], right[chosen], worth[chosen], reasons)

    def _joint(self, state: State, known: BoolArray, anchors: IndexArray, far: BoolArray) -> Scores:
        """P_c P_e [A, N], each row divided by its largest; 0 for what an anchor may not have."""
        context = state.once("context", lambda: np.nan_to_num(context_vectors(state)))
        camera, vectors = cameras(state), state.space.vectors
        length = (context**2).sum(1)
        squared = length[anchors, None] + length - 2 * context[anchors] @ context.T
        other = camera[anchors, None] != camera
        fine = known & (other | ~far[:, None])
        fine[np.arange(len(anchors)), anchors] = False
        near = -np.sqrt(np.maximum(squared, 0) + 2.0 * other) / self.context_temperature
        alike = (vectors[anchors] @ vectors.T) / self.temperature
        joint = np.asarray(log_softmax(near) + log_softmax(alike))  # the rest only scales a row
        joint[~fine] = -np.inf
        most = joint.max(1, keepdims=True)
        return np.asarray(np.exp(joint - np.where(np.isfinite(most), most, 0.0)), np.float64)


def log_softmax(logits: npt.NDArray[np.floating[Any]]) -> Scores:
    """Over the last axis, in float64."""
    shifted = np.asarray(logits, np.float64) - np.max(logits, axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), np.float64)


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


def _told(state: State, i: int, j: int) -> str:
    minutes = abs(seconds(state)[i] - seconds(state)[j]) / 60
    same = cameras(state)[i] == cameras(state)[j]
    return f"{minutes:.0f} min apart, {'the same' if same else 'another'} camera"
