"""Find the groups, then place the items that teach most about the others.

After Explore and Consolidate (Basu 2004, SDM): https://doi.org/10.1137/1.9781611972740.31
"""

from __future__ import annotations

import heapq

import numpy as np

from curation import ties
from curation.proposals.base import (
    Candidates,
    Membership,
    Scores,
    State,
    Strategy,
    Unlike,
    best_open,
    fit_membership,
    group_means,
    rowwise,
    unlike_cosine,
)
from curation.types import BoolArray, FloatArray, IndexArray

_POOL = 3000
_WIDTH = 0.25
_LARGE = 3
_TURN = 4
_RIVAL = 0.25
"""Chance of a second group, beside the first one's, from which both are named."""


class Explore(Strategy):
    """Typical, uncertain items, each asked against the group it most likely belongs to.

    Explore and Consolidate (Basu 2004) with three changes, ours: items are taken by how much
    uncertain, uncovered mass they stand for (as TypiClust and ProbCover, Hacohen 2022, Yehuda
    2022: cover first, refine later), and groups are asked in order of the probability that a
    classifier on the groups gives (as NPU, Xiong 2014). An item that all groups refuse starts a new
    one; groups so unlike it in the frozen embedding that such pairs were hardly ever the same need
    not be asked, so that many groups are found without asking each pair of them. Every fifth pair
    asks two large groups that only this sets apart: what belongs together may look quite different.
    Before there are groups, typical items are compared with each other.
    """

    id = "explore"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "unsure: does it belong to this group?"
    summary = "Typical, uncertain items against their most probable group"
    when = "To find all groups and fill them from few answers; the default's largest part."
    paper = "Explore and Consolidate, Basu 2004"

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        known = known_groups(state)
        if len(known.cores) < 2:
            return self._compare(state, state.features, budget, rng)
        placed = self._place(state, state.features, known, budget, rng)
        return _in_turn(placed, self._join(state, known, budget), budget)

    def _compare(
        self, state: State, features: FloatArray, budget: int, rng: np.random.Generator
    ) -> Candidates:
        """Pairs among a few typical items, most similar first."""
        count = int(np.ceil(np.sqrt(2 * budget))) + 2
        even = np.ones(state.n_items)
        nobody = np.zeros(state.n_items, np.bool_)
        items = cover(features, state.eligible, nobody, even, even, count, rng)
        a, b = np.triu_indices(len(items), 1)
        i, j = items[a], items[b]
        similarity = rowwise(features, i, j)
        score = np.clip((similarity + 1) / 2, 0, 1)
        best = best_open(state, i, j, score, budget)
        words = ["two typical images: one, or two?"] * len(best)
        return Candidates(i[best], j[best], score[best], ["two typical items"] * len(best), words)

    def _place(
        self,
        state: State,
        features: FloatArray,
        known: Membership,
        budget: int,
        rng: np.random.Generator,
    ) -> Candidates:
        """Each item worth asking against the core group it most likely belongs to."""
        group = state.constraints.group
        placed = np.isin(group, known.cores)
        top = ties.first_best(known.preference)
        likely = known.probabilities.max(1)
        # An item asked before needs fewer further answers than a new one.
        worth = np.where(group >= 0, 1 + 2 * likely, 1.0)
        items = cover(features, state.eligible, placed, known.uncertainty, worth, 2 * budget, rng)
        items = items[likely[items] > 0]
        order = np.linspace(1, 0, len(items), endpoint=False)
        best = best_open(state, items, known.representative[top[items]], order, budget)
        chosen = items[best]
        reasons = [f"{likely[item]:.0%} likely in this group" for item in chosen]
        words = _between(state, known, chosen, top[chosen])
        return Candidates(chosen, known.representative[top[chosen]], order[best], reasons, words)

    def _join(self, state: State, known: Membership, budget: int) -> Candidates:
        """Core groups of three or more that are only taken to differ, most alike first."""
        group = state.constraints.group
        sizes = np.bincount(group[group >= 0], minlength=state.constraints.n_groups)
        large = np.flatnonzero(sizes[known.cores] >= _LARGE)
        means = group_means(state.features, state.constraints.group)[known.cores[large]]
        a, b = np.triu_indices(len(large), 1)
        alike = ties.products(means, means)[a, b]
        score = np.clip((alike + 1) / 2, 0, 1)
        i, j = known.representative[large[a]], known.representative[large[b]]
        best = best_open(state, i, j, score, budget)
        ends = zip(state.called(i[best]), state.called(j[best]), strict=True)
        words = [
            f"{one} and {other}: are they one?" if one and other else "two groups that may be one"
            for one, other in ends
        ]
        reasons = ["two groups that may be one"] * len(best)
        return Candidates(i[best], j[best], score[best], reasons, words)


def _in_turn(often: Candidates, seldom: Candidates, budget: int) -> Candidates:
    """Four of ``often``, one of ``seldom``, and so on; at most ``budget``."""
    turn = [*range(len(often.i)), *(_TURN * (k + 1) - 0.5 for k in range(len(seldom.i)))]
    order = np.argsort(turn, kind="stable")[:budget]
    i, j = np.concatenate([often.i, seldom.i]), np.concatenate([often.j, seldom.j])
    reasons = [*often.reasons, *seldom.reasons]
    score = np.linspace(1, 0, len(order), endpoint=False)
    words = [*often.words, *seldom.words]
    return Candidates(
        i[order], j[order], score, [reasons[k] for k in order], [words[k] for k in order]
    )


def _between(state: State, known: Membership, items: IndexArray, top: IndexArray) -> list[str]:
    """Of each item the groups that it may be in, by their names where they have some."""
    chances = np.array(known.probabilities[items])
    rows = np.arange(len(items))
    first = chances[rows, top].copy()
    chances[rows, top] = -1
    second = ties.first_best(chances)
    rivals = chances[rows, second] > _RIVAL * first
    names = state.called(known.representative)
    return [
        _unsure(names[a], names[b] if rival else "")
        for a, b, rival in zip(top, second, rivals, strict=True)
    ]


def _unsure(likely: str, other: str) -> str:
    if likely and other:
        return f"unsure: {likely} or {other}?"
    return f"probably {likely}?" if likely else "unsure: does it belong to this group?"


def known_groups(state: State) -> Membership:
    """The groups that answers tell apart, or the frozen embedding where answers bear it out.

    A trained space is no witness here: it sets apart what was answered.
    """
    cosine = unlike_cosine(state.base, state.constraints)
    unlike = Unlike.of(state.base, state.constraints, cosine)
    return fit_membership(state.features, state.constraints, state.eligible, unlike)


def cover(
    features: FloatArray,
    eligible: BoolArray,
    placed: BoolArray,
    mass: Scores,
    worth: Scores,
    count: int,
    rng: np.random.Generator,
) -> IndexArray:
    """Up to ``count`` eligible items, not ``placed``, that stand for most ``mass``; best first.

    Greedy facility location: an item stands for another by exp((cosine - 1) / 0.25) of their
    ``features`` [N, D], as far as no placed item, and none picked before, does; its gain is
    multiplied by its ``worth`` [N]. At most 3,000 items, drawn at random, are looked at.
    """
    pool = np.sort(rng.permutation(np.flatnonzero(eligible))[:_POOL])
    rows = features[pool].astype(np.float64)
    kernel = np.exp((ties.products(rows, rows) - 1) / _WIDTH)
    covered = np.zeros(len(pool))
    anchors = np.flatnonzero(placed)
    if len(anchors):
        nearest = ties.products(rows, features[anchors]).max(1)
        covered = np.exp((nearest - 1) / _WIDTH)
    free = ~placed[pool]
    weight, value = mass[pool], worth[pool]
    # Gains only fall as more is covered, so one that still leads when computed anew is the largest
    # (lazy greedy: Minoux 1978).
    waiting = [
        (-ties.step_of(_gain(kernel[row], covered, weight) * float(value[row])), row)
        for row in np.flatnonzero(free).tolist()
    ]
    heapq.heapify(waiting)
    picks: list[int] = []
    while waiting and len(picks) < count:
        row = heapq.heappop(waiting)[1]
        loss = -ties.step_of(_gain(kernel[row], covered, weight) * float(value[row]))
        if waiting and (loss, row) > waiting[0]:
            heapq.heappush(waiting, (loss, row))
            continue
        picks.append(row)
        covered = np.maximum(covered, kernel[row])
    return np.asarray(pool[np.asarray(picks, np.int64)], np.int64)


def _gain(near: Scores, covered: Scores, weight: Scores) -> float:
    return float(weight @ np.maximum(near - covered, 0))
