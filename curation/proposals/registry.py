"""Strategies by name."""

from __future__ import annotations

from curation.errors import UnknownName
from curation.proposals.base import Strategy
from curation.proposals.explore import Explore
from curation.proposals.fnc_max import FncMax
from curation.proposals.knn_k import KnnK
from curation.proposals.mix import Mix
from curation.proposals.occ_boundary import OccBoundary
from curation.proposals.random_pairs import RandomPairs
from curation.proposals.sepp_band import SeppBand

_STRATEGIES: dict[str, type[Strategy]] = {}


def register(strategy: type[Strategy]) -> type[Strategy]:
    """Make a strategy available under its id; a second one of the same id replaces the first."""
    _STRATEGIES[strategy.id] = strategy
    return strategy


def create(name: str) -> Strategy | Mix:
    """The strategy called ``name``; ``mix`` draws on all the others. Raises UnknownName."""
    if name == Mix.id:
        return Mix({id: kind() for id, kind in _STRATEGIES.items()})
    if name not in _STRATEGIES:
        raise UnknownName("strategy", name, [Mix.id, *_STRATEGIES])
    return _STRATEGIES[name]()


def names() -> tuple[str, ...]:
    """Ids of all strategies, the mix first."""
    return (Mix.id, *_STRATEGIES)


def catalogue() -> list[dict[str, str]]:
    """One row a strategy: ``id``, ``kind`` (what it proposes) and a one-line ``summary``."""
    rows = [(Mix.id, "any", Mix.summary)]
    rows += [(s.id, s.kind, s.summary) for s in _STRATEGIES.values()]
    return [{"id": id, "kind": kind, "summary": summary} for id, kind, summary in rows]


for _strategy in (Explore, OccBoundary, FncMax, SeppBand, KnnK, RandomPairs):
    register(_strategy)
