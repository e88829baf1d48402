"""Small spaces, decisions and states that the tests of strategies share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curation.proposals import registry
from curation.proposals.base import State
from curation.spaces.neighbours import nearest
from curation.types import VERDICTS, Constraints, FloatArray, IndexArray, Proposal, Space

EVERYTHING = 10_000
"""A budget beyond all pairs of a small space."""
Scores = Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class Blobs:
    """Unit vectors ``base`` [N, D], the label of each, and answers about some of them."""

    base: np.ndarray
    labels: np.ndarray
    constraints: Constraints

    def open_pairs(self, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
        """Random pairs of undecided items and whether they belong together."""
        free = np.flatnonzero(self.constraints.group < 0)
        pairs = np.random.default_rng(1).choice(free, (count, 2))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        return pairs, self.labels[pairs[:, 0]] == self.labels[pairs[:, 1]]


def unit(vectors: np.ndarray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def blobs(
    per_blob: int = 30, n_blobs: int = 3, dim: int = 8, seed: int = 0, spread: float = 0.35
) -> tuple[FloatArray, np.ndarray]:
    """Unit vectors of Gaussian blobs, and the blob of each."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_blobs), per_blob)
    return unit(np.eye(dim)[labels] + rng.normal(0, spread, (len(labels), dim))), labels


def state_of(vectors: FloatArray, constraints: Constraints | None = None, **changes: Any) -> State:
    n = len(vectors)
    given: dict[str, Any] = {
        "space": Space(0, tuple(f"{row:032x}" for row in range(n)), vectors),
        "base": vectors,
        "neighbours": nearest(vectors, 20),
        "eligible": np.ones(n, np.bool_),
        "constraints": constraints or Constraints.none(n),
    }
    return State(**{**given, **changes})


def answered(labels: np.ndarray, pairs: Sequence[tuple[int, int]]) -> Constraints:
    """Constraints that true answers to ``pairs`` make, by brute force over the groups."""
    n = len(labels)
    group = np.full(n, -1, np.int64)
    ends = np.unique(np.asarray(pairs, np.int64))
    part = {int(item): {int(item)} for item in ends}
    for i, j in pairs:
        if labels[i] == labels[j] and part[i] is not part[j]:
            part[i] |= part[j]
            for item in part[i]:
                part[item] = part[i]
    distinct: list[set[int]] = []
    for members in part.values():
        if all(members is not known for known in distinct):
            distinct.append(members)
    for number, members in enumerate(distinct):
        group[list(members)] = number
    apart = {tuple(sorted((group[i], group[j]))) for i, j in pairs if labels[i] != labels[j]}
    return Constraints(
        group=group,
        strength=np.ones(n, np.float32),
        cannot_link=np.array(sorted(apart), np.int64).reshape(-1, 2),
        pairs=np.sort(np.asarray(pairs, np.int64), axis=1),
        verdicts=np.array(
            [VERDICTS.index("same" if labels[i] == labels[j] else "different") for i, j in pairs],
            np.int8,
        ),
        pending=np.empty((0, 2), np.int64),
    )


def some_answers(labels: np.ndarray, count: int = 25, seed: int = 1) -> Constraints:
    rng = np.random.default_rng(seed)
    pairs = {tuple(sorted(rng.choice(len(labels), 2, replace=False))) for _ in range(count)}
    return answered(labels, sorted((int(i), int(j)) for i, j in pairs))


def positions(proposals: Iterable[Proposal]) -> IndexArray:
    return np.array([[int(p.pair.a, 16), int(p.pair.b, 16)] for p in proposals], np.int64)


def full_state(vectors: FloatArray, labels: np.ndarray, **changes: Any) -> State:
    """A state that lacks nothing: every strategy can propose from it."""
    n = len(vectors)
    constraints = changes.pop("constraints", None) or some_answers(labels)
    rng = np.random.default_rng(9)
    times = np.arange(n) * 20
    given: dict[str, Any] = {
        "attributes": {
            "product": [f"p{row // 4}" for row in range(n)],
            "capture_time": [f"2024-03-01T{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}"
                             for t in times],
            "camera": [f"c{row % 2}" for row in range(n)],
            "lat": (50 + np.arange(n) % 7 * 1e-4).tolist(),
            "lon": (8 + np.arange(n) % 5 * 1e-4).tolist(),
        },
        "second": unit(np.eye(5)[labels % 5] + rng.normal(0, 0.2, (n, 5))),
        "views": np.repeat(vectors[:, None].astype(np.float16), 2, axis=1),
        "losses": rng.exponential(1, (len(constraints.pairs), 3)).astype(np.float32),
    }  # fmt: skip
    given["losses"][0] = 50.0
    return state_of(vectors, constraints, **{**given, **changes})


def found(
    name: str, state: State, budget: int = EVERYTHING, **settings: float
) -> dict[tuple[int, int], float]:
    """Pair of positions -> score of what a strategy proposes, by default of all."""
    strategy = registry.create(name)
    for setting, value in settings.items():
        setattr(strategy, setting, value)
    proposals = strategy.propose(state, budget, np.random.default_rng(0))
    rows = map(tuple, positions(proposals).tolist())
    return {row: p.score for row, p in zip(rows, proposals, strict=True)}


def same_scores(got: Scores, expected: Scores, atol: float = 1e-5) -> None:
    """The same pairs, at least one, with the same scores within 1e-5."""
    assert expected
    assert got.keys() == expected.keys()
    np.testing.assert_allclose([got[pair] for pair in expected], list(expected.values()), atol=atol)


def cosines(state: State) -> np.ndarray:
    return state.space.vectors.astype(np.float64) @ state.space.vectors.T.astype(np.float64)


def nearest_lists(state: State, k: int) -> list[list[int]]:
    """The k nearest of each item, by a loop."""
    all_pairs = cosines(state)
    return [
        sorted((j for j in range(state.n_items) if j != i), key=lambda j: -all_pairs[i, j])[:k]
        for i in range(state.n_items)
    ]


def best_of_two(pairs: Iterable[tuple[int, int, float]]) -> dict[tuple[int, int], float]:
    """Unordered pair -> its largest score, of (i, j, score) in either order."""
    best: dict[tuple[int, int], float] = {}
    for i, j, score in pairs:
        pair = (int(min(i, j)), int(max(i, j)))
        best[pair] = max(float(score), best.get(pair, 0.0))
    return best


def capped(scores: Scores, per_item: int) -> dict[tuple[int, int], float]:
    """The best pairs first, without those of an item that has been in ``per_item``."""
    kept: dict[tuple[int, int], float] = {}
    used: Counter[int] = Counter()
    for pair in sorted(scores, key=lambda pair: -scores[pair]):
        if max(used[pair[0]], used[pair[1]]) < per_item:
            used.update(pair)
            kept[pair] = scores[pair]
    return kept
