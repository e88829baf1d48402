"""One update of a session: from its picks and its last update to an adapter and its lines."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from curation.learning.adapter import Adapter
from curation.teaching import scores
from curation.teaching.learning import LearnSettings, learn
from curation.types import FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class Update:
    """What an update leaves to the next: ``picks``, the items of each bin that it learnt, and
    ``ranks``, by item, of the picks when they were new (see ``curation.teaching.scores``).
    ``adapter`` is None before the first."""

    adapter: Adapter | None = None
    ranks: Mapping[str, float] = field(default_factory=dict)
    picks: Mapping[str, Sequence[str]] = field(default_factory=dict)


def update(
    base: FloatArray,
    ids: Sequence[str],
    bins: Mapping[str, IndexArray],
    last: Update,
    *,
    seed: int = 0,
    settings: LearnSettings | None = None,
) -> Generator[int, None, Update]:
    """Learn the picks ``bins`` (rows int64 of each bin), warm-started from ``last``; yields the
    step after each, 0 before the first.

    ``base`` float32 [N, D0] unit norm, of the items ``ids``. Raises TrainingError without picks.
    """
    previous = last.adapter or Adapter.fit(base)
    before = previous.apply(base)
    found = _ranks(np.asarray(base), before, ids, bins, last)
    yield 0
    adapter = yield from learn(
        base,
        list(bins.values()),
        prior=_prior(before, ids, next(iter(bins.values())), found),
        previous=previous,
        seed=seed,
        settings=settings,
    )
    return Update(adapter, found, {name: [ids[row] for row in own] for name, own in bins.items()})


def _ranks(
    base: FloatArray,
    vectors: FloatArray,
    ids: Sequence[str],
    bins: Mapping[str, IndexArray],
    last: Update,
) -> dict[str, float]:
    """Rank of every pick when it was new, in a space that had not learnt it; kept from then on."""
    found: dict[str, float] = {}
    picked = np.concatenate([*bins.values(), np.empty(0, np.int64)]).astype(np.int64)
    belt = np.setdiff1d(np.arange(len(ids)), picked)
    for name, own in bins.items():
        old = set(last.picks.get(name, ()))
        support = np.array([row for row in own if ids[row] in old], np.int64)
        fresh = np.array([row for row in own if ids[row] not in old], np.int64)
        found |= {ids[row]: last.ranks[ids[row]] for row in support if ids[row] in last.ranks}
        if len(support) >= scores.TOP:
            mine = scores.support_scores(vectors[fresh], vectors[support])
            others = scores.support_scores(vectors[belt], vectors[support])
        else:  # too few were known: each one against all others, in the embedding as it came
            fresh, mine = own, scores.own_scores(base[own])
            others = scores.support_scores(base[belt], base[own])
        found |= dict(
            zip((ids[row] for row in fresh), scores.ranks(mine, others).tolist(), strict=True)
        )
    return found


def _prior(
    vectors: FloatArray, ids: Sequence[str], own: IndexArray, found: Mapping[str, float]
) -> float:
    """Class prior to train under: bold with up to five picks, which have to spread, and ever more
    cautious up to twenty, when the rest has to stay out (chosen by measuring)."""
    belt = np.setdiff1d(np.arange(len(vectors)), own)
    now = scores.ranks(
        scores.own_scores(vectors[own]), scores.support_scores(vectors[belt], vectors[own])
    )
    weight = 0.5 * min(max((len(own) - 5) / 15, 0.0), 1.0)
    return scores.prior(scores.sober(np.array([found[ids[row]] for row in own]), now, weight))
