"""Plain dictionaries for screens and the HTTP API; nothing here changes state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from curation import ties
from curation.criterion.answering import Answering
from curation.criterion.snapshot import Snapshot
from curation.decisions.rows import plain_values
from curation.items.values import moment
from curation.proposals import registry
from curation.types import BoolArray, Conflict, Decision, FloatArray, Item, Proposal

Json = dict[str, Any]
Lookup = Callable[[str], Item]
NEAR = 5
FEW_VALUES = 12
"""Numbers and times with so few values are coloured as categories."""


def item(found: Item, group: str | None = None) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "w": found.width,
        "h": found.height,
        "group": group,
    }


def card(answering: Answering, snapshot: Snapshot, proposal: Proposal, lookup: Lookup) -> Json:
    """What the review screen paints for one pair."""
    a, b = proposal.pair.a, proposal.pair.b
    return {
        "key": proposal.pair.key,
        "a": item(lookup(a), answering.group_of(a)),
        "b": item(lookup(b), answering.group_of(b)),
        "kind": proposal.kind,
        "strategy": proposal.strategy,
        "score": round(float(proposal.score), 4),
        "reason": proposal.reason,
        "words": proposal.words,
        "summary": registry.summary(proposal.strategy),
        "cosine": round(snapshot.cosine(a, b), 4),
        "cosine_before": round(snapshot.cosine_before(a, b), 4),
        "generation": snapshot.generation.number,
        "near_a": near(answering, snapshot, a, NEAR, lookup),
        "near_b": near(answering, snapshot, b, NEAR, lookup),
        "facts_a": dict(lookup(a).attributes),
        "facts_b": dict(lookup(b).attributes),
    }


def near(
    answering: Answering, snapshot: Snapshot, anchor: str, k: int, lookup: Lookup
) -> list[Json]:
    """The k nearest eligible items with their relation to the anchor."""
    row = snapshot.position[anchor]
    found = snapshot.neighbours.indices[row]
    pairs = zip(found, snapshot.neighbours.similarities[row], strict=True)
    fine = [(int(i), float(s)) for i, s in pairs if i >= 0 and snapshot.eligible[i]]
    return tiles(answering, snapshot, anchor, fine[:k], lookup)


def ranked(
    eligible: BoolArray, vector: FloatArray, vectors: FloatArray, k: int
) -> list[tuple[int, float]]:
    """The k eligible rows most similar to a vector [D] of a space, of equal ones the lower."""
    # einsum adds up in one order on all processors, so that copies of an item stay equal.
    scores = np.where(eligible, np.einsum("nd,d->n", vectors, vector), -np.inf)
    best = ties.best_first(scores)[:k]
    return [(int(i), float(scores[i])) for i in best if np.isfinite(scores[i])]


def tiles(
    answering: Answering,
    snapshot: Snapshot,
    anchor: str | None,
    rows: Iterable[tuple[int, float]],
    lookup: Lookup,
) -> list[Json]:
    """Gallery tiles of rows with similarities."""
    ids = snapshot.space.item_ids
    return [
        {
            "id": ids[row],
            "name": (found := lookup(ids[row])).name,
            "title": str(found.attributes.get("title") or ""),
            "similarity": round(similarity, 4),
            "relation": (anchor and answering.relation(anchor, ids[row])) or "",
        }
        for row, similarity in rows
    ]


def decision_row(
    decision: Decision, effective: set[str], conflicting: set[str], lookup: Lookup
) -> Json:
    """One line of the Decisions panel."""
    return {
        **plain_values(decision),
        "seq": decision.seq,
        "a": item(lookup(decision.pair.a)),
        "b": item(lookup(decision.pair.b)),
        "effective": decision.id in effective,
        "conflict": decision.id in conflicting,
        "effect": "contradicts other decisions" if decision.id in conflicting else "",
    }


def conflict(found: Conflict, rows: Mapping[str, Json], lookup: Lookup) -> Json:
    """A contradiction with the decisions behind it, in the order of the path."""
    return {
        "decision": rows[found.decision_id],
        "path": [rows[step] for step in found.path],
        "items": [item(lookup(step)) for step in found.items],
    }


def proposal_row(proposal: Proposal) -> Json:
    """A proposal as the command line and the HTTP API print it."""
    return {
        "a": proposal.pair.a,
        "b": proposal.pair.b,
        "kind": proposal.kind,
        "strategy": proposal.strategy,
        "score": round(float(proposal.score), 6),
        "reason": proposal.reason,
        "words": proposal.words,
        "generation": proposal.generation,
    }


def colours(values: Sequence[Any]) -> Json:
    """Colour values aligned with the map: numbers as they are, times as seconds since 1970 by the
    clock that they were written by, anything else as categories; an empty text is no value."""
    values = [None if v == "" else v for v in values]
    known = [v for v in values if v is not None]
    if len(set(map(str, known))) > FEW_VALUES:
        if _are_numbers(known):
            return {"kind": "number", "values": values, "names": []}
        times = [None if v is None else moment(v) for v in values]
        if times.count(None) == values.count(None):
            return {"kind": "time", "values": [_clock(time) for time in times], "names": []}
    names = sorted({str(v) for v in known})
    index = {name: place for place, name in enumerate(names)}
    return {
        "kind": "category",
        "values": [-1 if v is None else index[str(v)] for v in values],
        "names": names,
    }


def _clock(time: datetime | None) -> float | None:
    return None if time is None else time.replace(tzinfo=UTC).timestamp()


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
