"""Group of each answered item, weighing every answer against the others and against a model.

Answers can be wrong, so nothing is applied as certain: each is evidence of a given reliability,
combined by sum-product belief propagation (Pearl 1988) over the graph of answered pairs. One
`same` between two well supported groups is outvoted by what sets them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from curation import ties
from curation.types import VERDICTS, BoolArray, Constraints, FloatArray, IndexArray

_ROUNDS = 25
_DAMPING = 0.3
_FLOOR = 0.01

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Answered pairs: ``i``, ``j`` int64 [E] positions, ``same`` bool [E], ``error`` float64 [E]
    the chance that the answer is wrong (0.5: says nothing)."""

    i: IndexArray
    j: IndexArray
    same: BoolArray
    error: Scores

    @property
    def items(self) -> IndexArray:
        """Sorted positions of all items named."""
        return np.unique(np.concatenate([self.i, self.j]))

    def where(self, mask: BoolArray) -> Evidence:
        return Evidence(self.i[mask], self.j[mask], self.same[mask], self.error[mask])


def collect(constraints: Constraints, error: float = 0.05) -> Evidence:
    """What the answers say, with one chance of ``error`` for all.

    An `unsure` pair inside a group, or between groups set apart, is one whose answers contradict
    the others (it is not applied, and neither pulls nor pushes): it counts as weak evidence
    against what is implied. Implications whose linking item is gone are added as answers.
    """
    i, j = constraints.pairs[:, 0], constraints.pairs[:, 1]
    names = np.asarray(VERDICTS)[constraints.verdicts]
    relation = constraints.relation(i, j)
    disputed = (names == "unsure") & (relation != 0)
    same = (names == "same") | (disputed & (relation < 0))
    keep = (names == "same") | (names == "different") | disputed
    chance = np.where(disputed, 0.25, error)
    found = Evidence(i[keep], j[keep], same[keep], chance[keep])
    return _join(_complete(constraints, found.where(found.same)), found, error)


def _complete(constraints: Constraints, links: Evidence) -> list[tuple[int, int, bool]]:
    """Pairs that tie together groups whose answers do not reach all members, and the apart."""
    part = components(len(constraints.group), links)
    named = np.flatnonzero(constraints.group >= 0)
    first = {int(constraints.group[p]): int(p) for p in named[::-1]}
    _, once = np.unique(part[named], return_index=True)
    ties = [(first[int(constraints.group[p])], int(p), True) for p in named[once]]
    ties = [(a, b, same) for a, b, same in ties if part[a] != part[b]]
    known = set(map(tuple, np.sort(constraints.group[constraints.pairs], axis=1).tolist()))
    apart = [edge for edge in map(tuple, constraints.cannot_link.tolist()) if edge not in known]
    return ties + [(first[g], first[h], False) for g, h in apart if g in first and h in first]


def _join(extra: list[tuple[int, int, bool]], found: Evidence, error: float) -> Evidence:
    if not extra:
        return found
    i, j, same = (np.asarray(column) for column in zip(*extra, strict=True))
    return Evidence(
        np.concatenate([found.i, i]).astype(np.int64),
        np.concatenate([found.j, j]).astype(np.int64),
        np.concatenate([found.same, same]).astype(bool),
        np.concatenate([found.error, np.full(len(i), error)]),
    )


def components(n_items: int, links: Evidence) -> IndexArray:
    """Component number int64 [N] of every item under the links, singletons included."""
    ones = np.ones(len(links.i), np.int8)
    graph = sparse.coo_array((ones, (links.i, links.j)), shape=(n_items, n_items))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def propagate(evidence: Evidence, items: IndexArray, prior: Scores) -> Scores:
    """Belief float64 [m, K] of the ``items`` (sorted) given ``prior`` [m, K] and the answers."""
    local = _log(prior)
    if not len(evidence.i):
        return _normal(local)
    return _normal(local + _told(evidence, items, local)[0])


def wrong(evidence: Evidence, items: IndexArray, prior: Scores) -> Scores:
    """Chance float64 [E] that each answer is wrong, given ``prior`` [m, K] of the ``items``
    (sorted), all other answers and how often an answer is wrong."""
    if not len(evidence.i):
        return np.empty(0)
    local = _log(prior)
    total, message = _told(evidence, items, local)
    half = len(evidence.i)
    a, b = np.searchsorted(items, evidence.i), np.searchsorted(items, evidence.j)
    one = _normal((local + total)[a] - message[half:])
    other = _normal((local + total)[b] - message[:half])
    together = np.clip(np.einsum("ek,ek->e", one, other), 0.0, 1.0)
    right = np.where(evidence.same, together, 1 - together)
    odd = evidence.error * (1 - right)
    return np.asarray(odd / (odd + (1 - evidence.error) * right), np.float64)


def _told(evidence: Evidence, items: IndexArray, local: Scores) -> tuple[Scores, Scores]:
    """What the answers tell in sum about each item [m, K], and each of them [2 E, K]: from ``i`` to
    ``j`` first, then from ``j`` to ``i``. ``local`` [m, K] are logarithms of the prior."""
    source = np.searchsorted(items, np.concatenate([evidence.i, evidence.j]))
    target = np.searchsorted(items, np.concatenate([evidence.j, evidence.i]))
    half = len(evidence.i)
    back = np.concatenate([np.arange(half, 2 * half), np.arange(half)])
    error = np.tile(evidence.error, 2)[:, None]
    same = np.tile(evidence.same, 2)[:, None]
    equal, unequal = np.where(same, 1 - error, error), np.where(same, error, 1 - error)
    gather = sparse.csr_array(
        (np.ones(2 * half), (target, np.arange(2 * half))), shape=(len(items), 2 * half)
    )
    message = np.zeros((2 * half, local.shape[1]))
    for _ in range(_ROUNDS):
        cavity = _normal((local + gather @ message)[source] - message[back])
        sent = np.log(equal * cavity + unequal * (1 - cavity))
        message = _DAMPING * message + (1 - _DAMPING) * (sent - sent.max(1, keepdims=True))
    return gather @ message, message


def supported_units(evidence: Evidence, features: FloatArray) -> IndexArray:
    """Component number int64 [N] of every item under the `same` answers that hold up.

    Inside a component, `different` answers contradict the chain between their ends. Its weakest
    link is cut: the one that most of them lie across, then the least similar one by ``features``
    [N, D]. One against one, the vectors decide which of the two answers to disregard.
    """
    n = len(features)
    link, apart = evidence.same.copy(), ~evidence.same
    while True:
        units = components(n, evidence.where(link))
        inside = np.flatnonzero(apart & (units[evidence.i] == units[evidence.j]))
        if not len(inside):
            return units
        dispute = int(inside[0])
        cut, votes, cosine = _weakest(evidence, link, inside, dispute, features)
        if votes > 1 or (votes == 1 and ties.below(cosine, 0)):
            link[cut] = False
        else:
            apart[dispute] = False


def _weakest(
    evidence: Evidence, link: BoolArray, inside: IndexArray, dispute: int, features: FloatArray
) -> tuple[int, int, float]:
    """The link to cut so that the ends of ``dispute`` come apart, the number of disputes across
    it, and the cosine of its two sides; 0 disputes where no single link separates the ends."""
    n = len(features)
    best = (-1, 0, 1.0)
    for edge in _chain(evidence, link, int(evidence.i[dispute]), int(evidence.j[dispute]), n):
        without = link.copy()
        without[edge] = False
        sides = components(n, evidence.where(without))
        a, b = sides[evidence.i[edge]], sides[evidence.j[edge]]
        if a == b:
            continue
        votes = int((sides[evidence.i[inside]] != sides[evidence.j[inside]]).sum())
        means = [features[sides == side].astype(np.float64).mean(0) for side in (a, b)]
        cosine = float(means[0] @ means[1])
        if votes > best[1] or (votes == best[1] and ties.below(cosine, best[2])):
            best = (edge, votes, cosine)
    return best


def _chain(evidence: Evidence, link: BoolArray, start: int, end: int, n: int) -> list[int]:
    """Links (positions in the evidence) of a shortest chain from ``start`` to ``end``."""
    kept = np.flatnonzero(link)
    number = {frozenset((int(evidence.i[e]), int(evidence.j[e]))): int(e) for e in kept}
    ones = np.ones(len(kept), np.int8)
    graph = sparse.csr_array((ones, (evidence.i[kept], evidence.j[kept])), shape=(n, n))
    _, before = breadth_first_order(graph, start, directed=False)
    chain = []
    while end != start:
        chain.append(number[frozenset((int(before[end]), end))])
        end = int(before[end])
    return chain


def doubted(evidence: Evidence, items: IndexArray, belief: Scores) -> BoolArray:
    """True [E] for the `same` answers that the beliefs contradict more likely than not.

    Only where both items have other answers: an only answer stands against any model.
    """
    a, b = np.searchsorted(items, evidence.i), np.searchsorted(items, evidence.j)
    answers = np.bincount(np.concatenate([a, b]), minlength=len(items))
    together = np.einsum("ek,ek->e", belief[a], belief[b])
    outvoted = ties.below(together, 0.5) & (answers[a] > 1) & (answers[b] > 1)
    return np.asarray(evidence.same & outvoted)


def _log(prior: Scores) -> Scores:
    floor = _FLOOR / prior.shape[1]
    return np.asarray(np.log((1 - _FLOOR) * prior + floor), np.float64)


def _normal(logits: Scores) -> Scores:
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True), np.float64)
