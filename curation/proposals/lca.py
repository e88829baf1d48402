"""Where another grouping would fit the evidence as well (LCA, Stewart; Wildbook).

https://github.com/WildbookOrg/wbia-tpl-lca
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from curation import ties
from curation.proposals.base import Candidates, Scores, State, Strategy
from curation.types import VERDICTS, BoolArray, IndexArray

_HUMAN = 100.0
_RELIABLE = 0.97
_MEMBERS = 24
_NEAR = 3
_PASSES = 4

Alternative = tuple[float, IndexArray, IndexArray]
"""What another grouping would gain, and the pairs [P, 2] it groups differently, best first."""


@dataclass(eq=False)
class Lca(Strategy):
    """Local clusters and their alternatives: the inconsistent pairs of the largest gains.

    A grouping scores its weights inside groups less those across. Weights are
    +-100 for an answer, and for other pairs the log-odds of the calibrated similarity, scaled
    so that one as sure as a person (0.97) has 100. Looked at are splits of each group in two and
    joins with its nearest groups (by at most 24 best supported members each); a loss of 180 or
    more is not asked about. Pairs without an answer come first, then the heaviest answers.
    """

    id = "lca"
    kind = "audit"
    family = "conflicts and audits"
    asks = "an answer here may change the groups"
    summary = "Pairs whose answer would most likely change the grouping (LCA)"
    when = "After about one answer an item, or when answers contradict each other."
    paper = "LCA, Stewart 2021"
    needs = ("same",)
    least: float = -180.0
    a_split: int = 2

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        parts = local_groups(state)
        human = human_weights(state)
        found = [split_of(state, human, part) for part in parts if len(part) > 1]
        found += joins_of(state, human, parts)
        pairs: list[tuple[int, int]] = []
        gains: list[float] = []
        order = ties.best_first(np.array([one[0] for one in found]))
        for gain, i, j in (found[k] for k in order):
            if gain <= self.least or len(pairs) >= budget:
                break
            fine = np.flatnonzero(self._may_ask(state, i, j))[: self.a_split]
            pairs += zip(i[fine].tolist(), j[fine].tolist(), strict=True)
            gains += [gain] * len(fine)
        ends = np.array(pairs[:budget], np.int64).reshape(-1, 2)
        score = np.linspace(1, 0, len(ends), endpoint=False)
        reasons = [f"another grouping gains {gain:+.0f}" for gain in gains[:budget]]
        return Candidates(ends[:, 0], ends[:, 1], score, reasons)

    def _may_ask(self, state: State, i: IndexArray, j: IndexArray) -> BoolArray:
        fine = state.may_audit(i, j)
        if state.rechecked is None or not state.rechecked.any():
            return fine
        n, again = state.n_items, state.constraints.pairs[state.rechecked]
        keys = np.minimum(i, j) * n + np.maximum(i, j)
        return fine & ~np.isin(keys, again[:, 0] * n + again[:, 1])


def local_groups(state: State) -> list[IndexArray]:
    """The best supported eligible members int64 [M] of each must-link group, single ones too."""
    group, strength = state.constraints.group, state.constraints.strength
    named = np.flatnonzero(state.eligible & (group >= 0))
    named = named[np.lexsort((named, -strength[named], group[named]))]
    starts = np.flatnonzero(np.diff(group[named], prepend=-1))
    return [part[:_MEMBERS] for part in np.split(named, starts[1:])] if len(named) else []


def human_weights(state: State) -> sparse.csr_array:
    """+-100 [N, N] for each pair answered same or different, symmetric."""
    pairs, verdicts = state.constraints.pairs, state.constraints.verdicts
    sign = np.select(
        [verdicts == VERDICTS.index("same"), verdicts == VERDICTS.index("different")], [1, -1], 0
    )
    known = pairs[sign != 0]
    weight = np.tile(_HUMAN * sign[sign != 0], 2)
    rows, columns = np.concatenate([known, known[:, ::-1]]).T
    return sparse.csr_array((weight, (rows, columns)), shape=(state.n_items, state.n_items))


def weights_between(
    state: State, human: sparse.csr_array, i: IndexArray, j: IndexArray
) -> tuple[Scores, Scores]:
    """Weights [I, J] of items, and what of them people said (0: nothing)."""
    cosine = ties.products(state.space.vectors[i], state.space.vectors[j])
    a, b = state.calibration
    sure = float(np.log(_RELIABLE / (1 - _RELIABLE)))
    model = _HUMAN * np.clip((a * cosine + b) / sure, -1, 1)
    said = human[i][:, j].toarray().astype(np.float64)
    return np.where(said != 0, said, model), said


def best_split(weights: Scores) -> IndexArray:
    """Labels 0 and 1 [m] of the two sides of least weight between, by greedy moves.

    Started from the two items least alike; each side keeps an item at least.
    """
    m = len(weights)
    apart = weights + np.diag(np.full(m, np.inf))
    left, right = divmod(int(ties.first_best(-apart.ravel())), m)
    labels = ties.below(weights[:, left], weights[:, right]).astype(np.int64)
    labels[left], labels[right] = 0, 1
    off = weights - np.diag(np.diag(weights))
    for _ in range(_PASSES):
        moved = False
        for item in range(m):
            pull = off[item, labels == 1].sum() - off[item, labels == 0].sum()
            wanted = int(ties.below(0, pull))
            if wanted != labels[item] and (labels == labels[item]).sum() > 1:
                labels[item], moved = wanted, True
        if not moved:
            break
    return labels


def split_of(state: State, human: sparse.csr_array, part: IndexArray) -> Alternative:
    """The best split in two of a group ``part`` int64 [M]; ``human`` [N, N] holds the answers."""
    weight, said = weights_between(state, human, part, part)
    labels = best_split(weight)
    i, j = np.nonzero((labels[:, None] == 0) & (labels[None, :] == 1))
    order = open_first(weight[i, j], said[i, j])
    return -2 * float(weight[i, j].sum()), part[i[order]], part[j[order]]


def joins_of(state: State, human: sparse.csr_array, parts: list[IndexArray]) -> list[Alternative]:
    """Each group of ``parts`` int64 [M] joined with each of its nearest ones."""
    if len(parts) < 2:
        return []
    means = np.stack([state.space.vectors[part].mean(0) for part in parts])
    cosine = ties.products(means, means)
    np.fill_diagonal(cosine, -np.inf)
    near = ties.best_first(cosine)[:, : min(_NEAR, len(parts) - 1)]
    chosen = sorted({(min(g, int(h)), max(g, int(h))) for g, row in enumerate(near) for h in row})
    found = []
    for g, h in chosen:
        weight, said = weights_between(state, human, parts[g], parts[h])
        i, j = (side.ravel() for side in np.indices(weight.shape))
        order = open_first(weight.ravel(), said.ravel())
        found.append((2 * float(weight.sum()), parts[g][i[order]], parts[h][j[order]]))
    return found


def open_first(weight: Scores, said: Scores) -> IndexArray:
    """Order int64 [P] of inconsistent pairs: those without an answer first, and of either the
    heaviest."""
    return np.asarray(np.lexsort((ties.steps_down(np.abs(weight)), said != 0)), np.int64)
