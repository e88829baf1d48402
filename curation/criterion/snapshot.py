"""The immutable state that every reader shares: one generation's space and what belongs to it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from curation.spaces.generations import GenerationStore
from curation.spaces.store import EmbeddingStore
from curation.types import (
    DEFAULT_CALIBRATION,
    BoolArray,
    FloatArray,
    Generation,
    HalfArray,
    IndexArray,
    Neighbours,
    Pair,
    Space,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A generation's space, swapped as a whole.

    ``eligible`` bool [N] items that may be proposed: present and not excluded;
    ``base`` float32 [N, D0] frozen embeddings, ``views`` float16 [N, V, D0] or None, ``layout``
    float32 [M <= N, 2] or None until the map is drawn, of generation ``layout_of`` (an earlier one
    while the new map is being drawn), ``assignment`` float32 [N, K] or None.
    """

    generation: Generation
    space: Space
    base: FloatArray
    neighbours: Neighbours
    position: Mapping[str, int]
    eligible: BoolArray
    views: HalfArray | None = None
    layout: FloatArray | None = None
    layout_of: int = -1
    assignment: FloatArray | None = None
    calibration: tuple[float, float] = DEFAULT_CALIBRATION

    @property
    def mapped(self) -> bool:
        """Whether the map is this generation's, with all its items."""
        drawn = self.layout is not None and len(self.layout) == self.n_items
        return drawn and self.layout_of == self.generation.number

    def drawn(self) -> tuple[IndexArray, str]:
        """Rows int64 of the eligible items that the layout has a place for, and the key of these:
        map, colours and status carry it, so that a page never mixes those of two moments."""
        there = self.eligible[: 0 if self.layout is None else len(self.layout)]
        if self.layout is None:
            return np.flatnonzero(there), ""
        which = zlib.crc32(np.packbits(there).tobytes())
        return np.flatnonzero(there), f"{self.layout_of}-{len(there)}-{which:08x}"

    @property
    def n_items(self) -> int:
        return len(self.space.item_ids)

    def may_ask(self, pair: Pair) -> bool:
        """Whether both items of a pair are here and may be proposed."""
        a, b = self.position.get(pair.a), self.position.get(pair.b)
        return a is not None and b is not None and bool(self.eligible[a] and self.eligible[b])

    def cosine(self, a: str, b: str) -> float:
        """Cosine of two items in this space."""
        vectors = self.space.vectors
        return float(vectors[self.position[a]] @ vectors[self.position[b]])

    def cosine_before(self, a: str, b: str) -> float:
        """Cosine of two items in the frozen embedding."""
        return float(self.base[self.position[a]] @ self.base[self.position[b]])

    def cosines(self, pairs: Sequence[Pair]) -> FloatArray:
        """Cosines float32 [P] of pairs in this space."""
        rows = np.array([(self.position[p.a], self.position[p.b]) for p in pairs], np.int64)
        a, b = rows.reshape(-1, 2).T
        return np.asarray(np.einsum("nd,nd->n", self.space.vectors[a], self.space.vectors[b]))

    def expected(self, pair: Pair) -> Verdict | None:
        """The likelier answer, None for a pair that is not embedded."""
        if not {pair.a, pair.b} <= self.position.keys():
            return None
        return "same" if self.probability(self.cosine(pair.a, pair.b)) > 0.5 else "different"

    def probability(self, cosine: float) -> float:
        """Calibrated P(same) at a cosine of this space."""
        slope, intercept = self.calibration
        return float(1 / (1 + np.exp(-(slope * cosine + intercept))))


def load(
    generations: GenerationStore,
    number: int,
    n_items: int,
    store: EmbeddingStore,
    eligible: Callable[[Sequence[str]], BoolArray],
) -> Snapshot:
    """Snapshot of generation ``number`` over the first ``n_items`` embedded items.

    ``eligible`` tells of item ids which may be proposed, bool [N]. FileNotFoundError where the
    generation is not projected for so many items.
    """
    generation = generations.read(number)
    vectors = generations.array(number, "vectors", n_items)
    near = generations.neighbours(number, n_items)
    if vectors is None or near is None:
        raise FileNotFoundError(f"generation {number} is not projected for {n_items} items")
    ids = store.ids[:n_items]
    views = store.views()
    slope, intercept = generation.metrics.get("calibration", DEFAULT_CALIBRATION)
    return Snapshot(
        generation=generation,
        space=Space(number, ids, vectors),
        base=store.vectors()[:n_items],
        neighbours=near,
        position={item: row for row, item in enumerate(ids)},
        eligible=eligible(ids),
        views=None if views is None or len(views) < n_items else views[:n_items],
        layout=generations.array(number, "layout", n_items),
        layout_of=number,
        assignment=generations.array(number, "assignment", n_items),
        calibration=(float(slope), float(intercept)),
    )
