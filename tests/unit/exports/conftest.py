"""A small workspace snapshot, made without the other rooms, for every export test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.exports import ExportData, chain_lengths
from curation.types import Closure, Conflict, Decision, Item, Pair, Space, Verdict

NAMES = (
    "plain.jpg",
    'quo"te, comma.jpg',
    "apo'strophe.jpg",
    "новый 画像 é.jpg",
    "line\nbreak.jpg",
    "return\rhere.jpg",
    "folder/deep name.jpg",
    "back\\slash\ttab.jpg",
    "=sum(a1).jpg",
    "u2028\u2028.jpg",
    "😀.jpg",
    "long-" + "x" * 240 + ".jpg",
)


@dataclass(frozen=True)
class Grouping:
    labels: Any
    probabilities: Any


def item_id(number: int) -> str:
    return f"{number:032x}"


def decide(answers: Iterable[tuple[int, int, Verdict | None]]) -> list[Decision]:
    """Decisions for (i, j, verdict) in log order."""
    numbers = count(1)
    return [
        Decision(
            id=f"d{n}",
            pair=Pair.of(item_id(i), item_id(j)),
            verdict=verdict,
            criterion="same bin?",
            reviewer="r1",
            strategy="knn_k",
            kind="positive",
            score=0.5,
            generation=2,
            time="2024-05-01T10:00:00+00:00",
            milliseconds=900,
            seq=n,
        )
        for (i, j, verdict), n in zip(answers, numbers, strict=False)
    ]


def close(decisions: Iterable[Decision]) -> Closure:
    """The closure by repeated merging; what contradicts an earlier answer is a conflict."""
    groups: list[set[str]] = []
    apart: list[Pair] = []
    explicit: dict[Pair, Verdict] = {}
    conflicts = []

    def group_of(item: str) -> set[str]:
        found = next((group for group in groups if item in group), None)
        if found is None:
            groups.append(found := {item})
        return found

    def linked(g: set[str], h: set[str]) -> bool:
        return any((p.a in g and p.b in h) or (p.b in g and p.a in h) for p in apart)

    for decision in decisions:
        pair, verdict = decision.pair, decision.verdict
        if verdict is None:
            continue
        explicit[pair] = verdict
        if verdict in ("unsure", "incomparable"):
            continue
        g, h = group_of(pair.a), group_of(pair.b)
        if (verdict == "same" and linked(g, h)) or (verdict == "different" and g is h):
            conflicts.append(Conflict(decision.id, pair, verdict, (), (pair.a, pair.b)))
        elif verdict == "different":
            apart.append(pair)
        elif g is not h:
            groups.remove(h)
            g |= h
    order = sorted(tuple(sorted(group)) for group in groups)
    where = {item: number for number, group in enumerate(order) for item in group}
    links = {(min(e), max(e)) for e in ((where[p.a], where[p.b]) for p in apart)}
    return Closure(tuple(order), frozenset(links), explicit, tuple(conflicts))


def make_data(
    answers: Iterable[tuple[int, int, Verdict | None]] = (),
    n_items: int = len(NAMES),
    dim: int = 8,
    **changes: Any,
) -> ExportData:
    """A snapshot of ``n_items`` items under the awkward names, with these answers."""
    decisions = decide(answers)
    names = [*NAMES, *(f"{n}.jpg" for n in range(len(NAMES), n_items))][:n_items]
    items = {item_id(n): Item(item_id(n), (name,), 64, 48) for n, name in enumerate(names)}
    vectors = np.random.default_rng(0).normal(size=(n_items, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    closure = close(decisions)
    fields: dict[str, Any] = {
        "criterion": "same bin?",
        "log_position": len(decisions),
        "root": Path("photos"),
        "items": items,
        "closure": closure,
        "decisions": decisions,
        "support": chain_lengths(decisions, closure),
        "space": Space(3, tuple(items), vectors),
    }
    return ExportData(**fields | changes)


@pytest.fixture(name="make_data")
def make_data_fixture() -> Callable[..., ExportData]:
    return make_data


@pytest.fixture(name="item_id")
def item_id_fixture() -> Callable[[int], str]:
    return item_id


@pytest.fixture
def grouping() -> type[Grouping]:
    return Grouping


@pytest.fixture
def answers() -> list[tuple[int, int, Verdict]]:
    """Groups 0-1-2-3 (a chain), 4-5, 6-7; 0|4 and 5|6 apart; 8-9 unsure, 10-11 incomparable."""
    return [
        (0, 1, "same"),
        (1, 2, "same"),
        (2, 3, "same"),
        (4, 5, "same"),
        (6, 7, "same"),
        (0, 4, "different"),
        (5, 6, "different"),
        (8, 9, "unsure"),
        (10, 11, "incomparable"),
        (0, 5, "same"),
    ]
