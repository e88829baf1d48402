"""Re-ask what follows from answers: one wrong `same` joins two groups without any contradiction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, zip_longest

import numpy as np

from curation import ties
from curation.decisions.closure import Implications, Relation
from curation.errors import ProposalError
from curation.types import FloatArray, Pair, Proposal

STRATEGY = "audit"
LOOKED_AT = 4096
"""Implied pairs of either relation drawn and compared for one call, at most."""
_REASON: dict[Relation, str] = {
    "same": "implied same, but they look unlike",
    "different": "implied different, but they look alike",
}


def propose_audits(
    implications: Implications,
    similarity: Callable[[list[Pair]], FloatArray],
    budget: int,
    rng: np.random.Generator,
    generation: int,
    *,
    may_ask: Callable[[Pair], bool] = lambda _pair: True,
) -> list[Proposal]:
    """At most ``budget`` implied, never answered pairs, least plausible first.

    In turn the implied `same` pair with the lowest ``similarity`` (float [P], any increasing scale)
    and the implied `different` pair with the highest. Of many implied pairs a bounded sample is
    compared, drawn item by item and group by group. ``may_ask`` false: not shown now. Deterministic
    given ``rng``. Raises ProposalError for a similarity that is not a finite number.
    """
    if budget <= 0:
        return []
    ranked: list[list[Proposal]] = []
    sources: tuple[tuple[Relation, list[Pair]], ...] = (
        ("same", _implied_same(implications, rng)),
        ("different", _implied_different(implications, rng)),
    )
    for relation, drawn in sources:
        fresh = dict.fromkeys(p for p in drawn if implications.verdict(p) is None and may_ask(p))
        ranked.append(_rank(list(fresh), relation, similarity, budget, generation))
    turns = (proposal for turn in zip_longest(*ranked) for proposal in turn if proposal)
    return list(islice(turns, budget))


def _rank(
    pairs: list[Pair],
    relation: Relation,
    similarity: Callable[[list[Pair]], FloatArray],
    budget: int,
    generation: int,
) -> list[Proposal]:
    if not pairs:
        return []
    values = np.asarray(similarity(pairs), np.float64)
    if values.shape != (len(pairs),) or not np.isfinite(values).all():
        raise ProposalError(
            f"Audits: expected {len(pairs)} finite similarities, got shape {values.shape} with "
            f"{int((~np.isfinite(values)).sum())} not finite; check the space."
        )
    order = ties.best_first(-values if relation == "same" else values)[:budget]
    return [
        Proposal(
            pair=pairs[p],
            kind="audit",
            strategy=STRATEGY,
            score=1 - place / len(pairs),
            reason=_REASON[relation],
            generation=generation,
        )
        for place, p in enumerate(order)
    ]


def _implied_same(implications: Implications, rng: np.random.Generator) -> list[Pair]:
    """Pairs within groups: all of them where they are few, else a random partner for each item."""
    groups = [members for members in implications.groups() if len(members) > 2]
    if sum(len(members) * (len(members) - 1) // 2 for members in groups) <= LOOKED_AT:
        return [Pair.of(a, b) for m in groups for i, a in enumerate(m) for b in m[i + 1 :]]
    places = [(members, i) for members in groups for i in range(len(members))]
    rounds = max(1, LOOKED_AT // len(places))
    pairs = []
    for index in _some(len(places), rng):
        members, i = places[index]
        for step in rng.integers(1, len(members), size=rounds):
            pairs.append(Pair.of(members[i], members[(i + int(step)) % len(members)]))
    return pairs


def _implied_different(implications: Implications, rng: np.random.Generator) -> list[Pair]:
    """Pairs across groups set apart: all of them where they are few, else some for each two."""
    sides = [(a, b) for a, b in implications.separated() if len(a) * len(b) > 1]
    if sum(len(a) * len(b) for a, b in sides) <= LOOKED_AT:
        return [Pair.of(x, y) for a, b in sides for x in a for y in b]
    rounds = max(1, LOOKED_AT // len(sides))
    pairs = []
    for index in _some(len(sides), rng):
        a, b = sides[index]
        for _ in range(rounds):
            pairs.append(Pair.of(_one(a, rng), _one(b, rng)))
    return pairs


def _some(n: int, rng: np.random.Generator) -> Sequence[int]:
    return [int(index) for index in rng.permutation(n)[:LOOKED_AT]]


def _one(items: Sequence[str], rng: np.random.Generator) -> str:
    return items[int(rng.integers(len(items)))]
