"""What is shown of a criterion, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from curation.types import (
    BoolArray,
    Closure,
    Constraints,
    FloatArray,
    Generation,
    Neighbours,
    Space,
)


@dataclass(frozen=True, slots=True)
class SpaceView:
    """The space in use with what the decisions imply, of one moment.

    ``base`` float32 [N, D0] are the frozen embeddings, ``eligible`` bool [N] the items that may be
    proposed; ``constraints`` are the ``closure`` on rows of the space.
    """

    generation: Generation
    space: Space
    base: FloatArray
    neighbours: Neighbours
    closure: Closure
    constraints: Constraints
    eligible: BoolArray
