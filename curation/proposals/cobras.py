"""Super-instances, split and merged by questions (COBRAS, Van Craenendonck 2018, IDA).

https://arxiv.org/abs/1803.11060
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation import ties
from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.proposals.search import kmeans
from curation.types import FloatArray, IndexArray

_DEEPEST = 6


@dataclass(eq=False)
class Cobras(Strategy):
    """Questions between representatives: merge all super-instances, then split the largest.

    The run is replayed from the start with the answers given so far, and what it
    would ask next is proposed: for merging, the nearest pairs whose relation is open; for the
    split level, the halves of repeated 2-way splits until two are the same. The number of groups
    is not needed. k-means is cached for the space.
    """

    id = "cobras"
    kind = "uncertain"
    family = "uncertain pairs"
    asks = "does one pile belong to the other?"
    summary = "Split into super-instances, merge by asking their representatives (COBRAS)"
    when = "When you do not know how many groups there are."
    paper = "COBRAS, Van Craenendonck 2018"
    most_parts: int = 150
    smallest: int = 4

    def candidates(
        self,
        state: State,
        budget: int,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Candidates:
        parts: list[IndexArray] = [np.arange(state.n_items)]
        finished: set[int] = set()
        while len(parts) < self.most_parts:
            leads = [representative(state, part) for part in parts]
            asked = unmerged(state, leads, budget)
            if len(asked):
                return _asked(state, asked, budget, "are these two parts one group?")
            sizes = [0 if n in finished else len(part) for n, part in enumerate(parts)]
            largest = int(np.argmax(sizes))
            if sizes[largest] < self.smallest:
                break
            level, question = split_level(state, parts[largest])
            if question is not None:
                asked = np.array([question], np.int64)
                return _asked(state, asked, budget, "does this part hold one group?")
            pieces = split(state, parts[largest], 2**level)
            if len(pieces) < 2:
                finished.add(largest)
                continue
            parts[largest : largest + 1] = [pieces[0]]
            parts += pieces[1:]
        return Candidates.none()


def _asked(state: State, pairs: IndexArray, budget: int, reason: str) -> Candidates:
    score = np.linspace(1, 0, len(pairs), endpoint=False)
    best = best_open(state, pairs[:, 0], pairs[:, 1], score, budget)
    return Candidates(pairs[best, 0], pairs[best, 1], score[best], [reason] * len(best))


def representative(state: State, part: IndexArray) -> int:
    """The eligible item of ``part`` int64 [P] nearest to its mean; -1 where none is eligible."""
    vectors = state.space.vectors[part]
    near = ties.products(vectors, vectors.mean(0)[None])[:, 0]
    typical = np.where(state.eligible[part], near, -np.inf)
    best = int(ties.first_best(typical))
    return int(part[best]) if np.isfinite(typical[best]) else -1


def unmerged(state: State, leads: list[int], count: int) -> IndexArray:
    """Pairs [P, 2] of representatives whose relation is open, most alike first, P <= count."""
    known = np.array([lead for lead in leads if lead >= 0], np.int64)
    a, b = np.triu_indices(len(known), 1)
    i, j = known[a], known[b]
    open_ = (state.constraints.relation(i, j) == 0) & state.may_ask(i, j)
    i, j = i[open_], j[open_]
    order = ties.best_first(state.similarity(i, j))[:count]
    return np.stack([i[order], j[order]], axis=1)


def split_level(state: State, part: IndexArray) -> tuple[int, tuple[int, int] | None]:
    """How many times to halve a ``part`` int64 [P], and the question to answer before it is
    known."""
    level, rest = 0, part
    while level < _DEEPEST:
        halves = split(state, rest, 2)
        if len(halves) < 2:
            break
        a, b = (representative(state, half) for half in halves)
        if a < 0 or b < 0:
            break
        ends = np.array([a]), np.array([b])
        relation = int(state.constraints.relation(*ends)[0])
        if relation == 0 and state.may_ask(*ends)[0]:
            return level, (a, b)
        if relation >= 0:  # the same, or a question without an answer: unsure, incomparable
            break
        level += 1
        rest = max(halves, key=len)
    return max(level, 1), None


def split(state: State, part: IndexArray, k: int) -> list[IndexArray]:
    """k-means parts of a ``part`` int64 [P], those that are not empty, largest first; cached."""
    key = ("cobras", int(part[0]), len(part), int(part.sum()), k)
    labels = state.once(key, lambda: _labels(state.space.vectors[part], k))
    pieces = [part[labels == one] for one in range(k)]
    return sorted((piece for piece in pieces if len(piece)), key=len, reverse=True)


def _labels(vectors: FloatArray, k: int) -> IndexArray:
    return kmeans(vectors, min(k, len(vectors))).labels
