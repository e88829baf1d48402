"""What strategies need beyond the embeddings, and how to say that it is absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from curation.proposals.attributes import places, repeating_key, seconds, sequences
from curation.proposals.state import State

Check = Callable[[State], bool]


def _views(state: State) -> bool:
    return state.views is not None and state.views.shape[1] > 0


def _second(state: State) -> bool:
    return state.second is not None and bool(np.any(state.second))


def _same(state: State) -> bool:
    group = state.constraints.group
    return bool(np.bincount(group[group >= 0]).max(initial=0) > 1)


def _losses(state: State) -> bool:
    return state.losses is not None and state.losses.shape[1] > 1


NEEDS: Mapping[str, tuple[Check, str]] = {
    "views": (_views, "needs embeddings of augmented views; vectors of a file come without"),
    "second": (
        _second,
        "needs a second embedding: --embeddings2 FILE, or a column caption and an encoder that "
        "reads text",
    ),
    "key": (
        lambda state: repeating_key(state) != "",
        "needs an attribute whose values repeat, such as a place, a product or a patient",
    ),
    "time": (
        lambda state: int(np.isfinite(seconds(state)).sum()) > 1,
        "needs capture times: EXIF or a column capture_time",
    ),
    "place": (
        lambda state: int(np.isfinite(places(state)).all(1).sum()) > 1,
        "needs coordinates: EXIF, or columns such as lat and lon",
    ),
    "sequence": (
        lambda state: sequences(state) is not None,
        "needs bursts: a column sequence_id, or capture times",
    ),
    "decisions": (
        lambda state: len(state.constraints.pairs) > 0,
        "needs answers; give a few first",
    ),
    "same": (_same, "needs a pair answered same; there is none yet"),
    "apart": (
        lambda state: len(state.constraints.cannot_link) > 0,
        "needs two groups known to differ; answer a pair different first",
    ),
    "losses": (_losses, "needs answers that two generations were trained on"),
}
"""Name of a need -> whether a state has it, and what to say where it has not."""
