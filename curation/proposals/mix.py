"""Several strategies in one queue, by weighted round-robin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from curation.proposals.base import Candidates, State, Strategy
from curation.types import Pair, Proposal

# Shares of the queue. Of the three parts that a person sees, explore finds and fills the groups;
# the others keep both queues (proposed positives, proposed false negatives) supplied.
WEIGHTS: Mapping[str, float] = {
    "explore": 0.78,
    "occ_boundary": 0.04,
    "fnc_max": 0.03,
    "sepp_band": 0.025,
    "knn_k": 0.025,
    "random": 0.1,
}
_DEFAULT_WEIGHT = 0.05
_RANDOM_SHARE = 0.10


class Mix(Strategy):
    """Weighted round-robin over strategies, each strategy's best first (methods 9).

    Only ranks within a strategy count, so no scale of scores wins over another. At any point of
    the list at least a tenth is uniform random, which keeps estimates honest.
    """

    id = "mix"
    kind = "uncertain"
    summary = "All strategies by weighted round-robin, a tenth of it random"

    def __init__(self, strategies: Mapping[str, Strategy]) -> None:
        self._strategies = dict(strategies)

    def candidates(self, state: State, budget: int, rng: np.random.Generator) -> Candidates:
        raise NotImplementedError

    def propose(self, state: State, budget: int, rng: np.random.Generator) -> list[Proposal]:
        """At most ``budget`` proposals in the order to be shown; deterministic given ``rng``."""
        queues = {
            name: strategy.propose(state, budget, generator)
            for (name, strategy), generator in zip(
                self._strategies.items(), rng.spawn(len(self._strategies)), strict=True
            )
        }
        return interleave(queues, budget, rng)


def interleave(
    queues: Mapping[str, list[Proposal]], budget: int, rng: np.random.Generator
) -> list[Proposal]:
    """Draw by weight from the queues until ``budget`` pairs are there; each pair once.

    Smooth weighted round-robin: every strategy gains its weight each turn, the richest is drawn
    and pays one turn.
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
