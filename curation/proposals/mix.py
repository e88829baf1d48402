"""Several strategies in one queue, by weighted round-robin; the weights follow what is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from curation.proposals.base import State, Strategy
from curation.types import Pair, Proposal

# Shares of the queue apart from random pairs. Explore finds and fills the groups. Most pairs of the
# neighbour strategies are answered "same" as expected, which teaches little: they are there for
# their own queues, and here to be measured.
WEIGHTS: Mapping[str, float] = {
    "explore": 0.90,
    "occ_boundary": 0.04,
    "fnc_max": 0.02,
    "sepp_band": 0.02,
    "knn_k": 0.02,
}
_RANDOM = "random"
_RANDOM_EVERY = 9
_TRUST = 50
"""A strategy's answers count as much as the share above once there are so many."""


class Mix:
    """Weighted round-robin over strategies, each strategy's best first.

    Only ranks within a strategy count, so no scale of scores wins over another. The shares follow
    the information in the answers: see ``learnt_shares``. Every ninth pair is uniform random, from
    a place that ``rng`` draws: at least a tenth even where an audit in twenty is added, which
    keeps estimates unbiased.
    """

    id = "mix"
    kind = "uncertain"
    summary = "Several strategies, more of those whose answers teach; a tenth of it random"
    when = "Unless you look for something in particular: it is the default."
    paper = "as measured here"
    needs = ()
    members = (*WEIGHTS, _RANDOM)

    def __init__(self, strategies: Mapping[str, Strategy]) -> None:
        self._strategies = dict(strategies)

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """Shares of the queue that the strategies have apart from random pairs."""
        return WEIGHTS

    def propose(self, state: State, budget: int, rng: np.random.Generator) -> list[Proposal]:
        """At most ``budget`` proposals in the order to be shown; deterministic given ``rng``."""
        queues = {
            name: strategy.propose(state, budget, generator)
            for (name, strategy), generator in zip(
                self._strategies.items(), rng.spawn(len(self._strategies)), strict=True
            )
        }
        random = queues.pop(_RANDOM, [])
        first = int(rng.integers(_RANDOM_EVERY))
        shares = learnt_shares(state.information)
        return _weave(interleave(queues, shares, budget, rng), random, first)[:budget]


def learnt_shares(information: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    """The fixed shares, each times how much an answer to its strategy taught, relative to all.

    ``information`` gives (bits of surprise, answers) by strategy. The mean of a strategy is that
    of a posterior whose prior is the mean over the mix, worth 50 answers: at first the shares are
    the fixed ones, a slip of the hand (at most 6.6 bits) moves them little, and none falls to
    nothing, so that all go on being measured. A bandit that matches the expected reward rather
    than chasing the best arm, and without a draw of its own: the same record, the same shares.
    """
    told = {name: information.get(name, (0.0, 0)) for name in WEIGHTS}
    answers = sum(count for _, count in told.values())
    if not answers:
        return dict(WEIGHTS)
    mean = sum(bits for bits, _ in told.values()) / answers
    worth = {
        name: WEIGHTS[name] * (_TRUST * mean + bits) / (_TRUST + count)
        for name, (bits, count) in told.items()
    }
    return {name: value / sum(worth.values()) for name, value in worth.items()}


def _weave(chosen: list[Proposal], random: list[Proposal], first: int) -> list[Proposal]:
    """``random`` at every ninth place from ``first`` on, the rest of it at the end; pairs once."""
    woven: dict[Pair, Proposal] = {}
    waiting = iter(random)
    for proposal in chosen:
        while len(woven) % _RANDOM_EVERY == first and (extra := next(waiting, None)):
            woven.setdefault(extra.pair, extra)
        woven.setdefault(proposal.pair, proposal)
    for extra in waiting:
        woven.setdefault(extra.pair, extra)
    return list(woven.values())


def interleave(
    queues: Mapping[str, list[Proposal]],
    weights: Mapping[str, float],
    budget: int,
    rng: np.random.Generator,
) -> list[Proposal]:
    """Draw by weight from the queues until ``budget`` pairs are there; each pair once.

    Smooth weighted round-robin: every strategy gains its weight each turn, the richest is drawn
    and pays one turn. They start with random credit, so that short lists are fair on average.
    """
    credit = {name: rng.random() for name in queues}
    waiting = {name: iter(queue) for name, queue in queues.items()}
    seen: set[Pair] = set()
    drawn: list[Proposal] = []
    while waiting and len(drawn) < budget:
        for name in waiting:
            credit[name] += weights[name]
        name = max(waiting, key=lambda n: credit[n])
        credit[name] -= sum(weights[n] for n in waiting)
        proposal = next((p for p in waiting[name] if p.pair not in seen), None)
        if proposal is None:
            del waiting[name]
            continue
        seen.add(proposal.pair)
        drawn.append(proposal)
    return drawn
