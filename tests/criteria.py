"""What tests of one criterion are made of: decisions, generations and small spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.spaces.neighbours import nearest
from curation.types import Decision, FloatArray, Generation, Pair, Space, Synthetic, Verdict

NAME = "belongs together"


class VectorsOnly:
    """Items of which strategies see nothing but vectors."""

    def columns(self, ids: Sequence[str]) -> dict[str, list[Any]]:  # noqa: ARG002
        return {}

    def second(self, ids: Sequence[str]) -> FloatArray | None:  # noqa: ARG002
        return None

    def synthetic(self, ids: Sequence[str]) -> Synthetic | None:  # noqa: ARG002
        return None


def generation(number: int, parent: int | None = 0, **metrics: Any) -> Generation:
    return Generation(number, parent, "builtin", 0, 0, "human", "", metrics)


def decided(a: str, b: str, verdict: Verdict | None = "same", **more: Any) -> Decision:
    """A decision of ann about two items; its id names the pair unless one is given."""
    more.setdefault("id", f"{a}{b}")
    more.setdefault("reviewer", "ann")
    more.setdefault("strategy", "manual")
    return Decision(pair=Pair.of(a, b), verdict=verdict, criterion=NAME, **more)


def space_of(names: Sequence[str], number: int = 0, seed: int = 0) -> Snapshot:
    """A snapshot of random unit vectors float32 [N, 8]."""
    vectors = np.random.default_rng(seed).normal(size=(len(names), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Snapshot(
        generation=generation(number, None if number == 0 else 0),
        space=Space(number, tuple(names), vectors),
        base=vectors,
        neighbours=nearest(vectors, 5),
        position={name: row for row, name in enumerate(names)},
        eligible=np.ones(len(names), np.bool_),
    )
