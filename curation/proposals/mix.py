"""Several strategies in one queue, by weighted round-robin."""

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
_DEFAULT_WEIGHT = 0.05
_RANDOM = "random"
_RANDOM_EVERY = 9


class Mix:
    """Weighted round-robin over strategies, each strategy's best first (methods 9).

    Only ranks within a strategy count, so no scale of scores wins over another. Every ninth pair
    is uniform random, from a place that ``rng`` draws: at least a tenth even where an audit in
    twenty is added, which keeps estimates unbiased.
    """

    id = "mix"
    kind = "uncertain"
    summary = "Several strategies by weighted round-robin, a tenth of it random"
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
        return _weave(interleave(queues, budget, rng), random, first)[:budget]


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
    queues: Mapping[str, list[Proposal]], budget: int, rng: np.random.Generator
) -> list[Proposal]:
    """Draw by weight from the queues until ``budget`` pairs are there; each pair once.

    Smooth weighted round-robin: every strategy gains its weight each turn, the richest is drawn
    and pays one turn. They start with random credit, so that short lists are fair on average.
    """
    weights = {name: WEIGHTS.get(name, _DEFAULT_WEIGHT) for name in queues}
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
