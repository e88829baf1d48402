"""COBRAS: a whole run, question by question, beside a naive one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from naive import falling, first, is_open
from scenes import answered, blobs, cosines, found, same_scores, state_of

from curation.proposals.base import State
from curation.proposals.search import kmeans

VECTORS, LABELS = blobs(per_blob=12, spread=0.4)


def pieces_of(part: list[int], k: int) -> list[list[int]]:
    """The parts that k-means makes of a part, largest first."""
    labels = kmeans(VECTORS[part], min(k, len(part))).labels
    pieces = [[i for i, label in zip(part, labels, strict=True) if label == n] for n in range(k)]
    return sorted((piece for piece in pieces if piece), key=len, reverse=True)


def lead(part: list[int]) -> int:
    """The item nearest to the mean, of equally near ones the first: two items are."""
    mean = VECTORS[part].astype(np.float64).mean(0)
    return first(part, lambda i: VECTORS[i] @ mean)


def by_hand(state: State, budget: int) -> list[tuple[int, int]]:
    """The open questions of the first step that cannot be taken without an answer."""
    known, cosine = state.constraints, cosines(state)
    parts, whole = [list(range(state.n_items))], list[list[int]]()
    while True:
        leads = [lead(part) for part in parts]
        merges = [pair for pair in combinations(leads, 2) if is_open(state, *pair)]
        if merges:
            return sorted(merges, key=lambda pair: -cosine[pair])[:budget]
        largest = max((p for p in parts if p not in whole), key=len, default=[])
        if len(largest) < 4:
            return []
        level, rest = 0, largest
        while True:  # halve until two halves are the same
            halves = pieces_of(rest, 2)
            a, b = lead(halves[0]), lead(halves[1])
            if is_open(state, a, b):
                return [(a, b)]
            if known.group[a] == known.group[b]:
                break
            level, rest = level + 1, halves[0]
            if len(rest) < 2:
                break
        pieces = pieces_of(largest, 2 ** max(level, 1))
        place = parts.index(largest)
        parts[place : place + 1] = pieces[:1]
        parts += pieces[1:]


@pytest.mark.parametrize("budget", [1, 4])
def test_cobras_by_a_loop(budget: int) -> None:
    """Until all is asked, at every step; then all groups are named."""
    asked: list[tuple[int, int]] = []
    for _ in range(60):
        state = state_of(VECTORS, answered(LABELS, asked) if asked else None)
        questions = [(min(pair), max(pair)) for pair in by_hand(state, budget)]
        got = found("cobras", state, budget)
        if not questions:
            break
        same_scores(got, dict(zip(questions, falling(len(questions)), strict=True)))
        asked += questions
    assert len(asked) > 20
    assert set(LABELS[np.unique(asked)]) == {0, 1, 2}
