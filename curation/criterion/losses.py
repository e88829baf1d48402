"""How well the answers fit the spaces that were trained on them, over the last generations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curation.criterion.snapshot import Snapshot
from curation.decisions.closure import Implications
from curation.spaces.generations import GenerationStore
from curation.types import BoolArray, FloatArray, IndexArray, Pair

_KEPT = 10
_FILE = "losses"
_ROW = np.dtype([("a", "S32"), ("b", "S32"), ("loss", "<f8")])


class LossHistory:
    """-log P(answer) of each answered pair in the last ten generations shown."""

    def __init__(self) -> None:
        self._losses: dict[int, dict[Pair, float]] = {}

    def note(self, snapshot: Snapshot, implications: Implications) -> None:
        """Take down the losses of all same and different answers in a space."""
        answers = {
            one.pair: one.verdict == "same"
            for one in implications.decisions.values()
            if one.verdict in ("same", "different")
            and {one.pair.a, one.pair.b} <= snapshot.position.keys()
        }
        if not answers:
            return
        pairs = list(answers)
        slope, intercept = snapshot.calibration
        logits = slope * snapshot.cosines(pairs).astype(np.float64) + intercept
        sign = np.where([answers[pair] for pair in pairs], -1.0, 1.0)
        losses = np.logaddexp(0, sign * logits)
        number = snapshot.generation.number
        self._losses[number] = dict(zip(pairs, losses.tolist(), strict=True))
        for old in sorted(self._losses)[:-_KEPT]:
            del self._losses[old]

    def keep(self, number: int, generations: GenerationStore) -> None:
        """Write down a generation's losses beside it, for ``recall``; WorkspaceError."""
        losses = self._losses.get(number)
        if losses:
            rows = [(pair.a, pair.b, loss) for pair, loss in losses.items()]
            generations.extend(number, {_FILE: np.array(rows, _ROW)})

    def recall(self, generations: GenerationStore) -> None:
        """Have the losses again that were kept before a restart."""
        for number in reversed(generations.numbers()):
            if len(self._losses) == _KEPT:
                return
            rows = generations.array(number, _FILE)
            if rows is not None:
                found = rows.tolist()
                self._losses[number] = {Pair(a.decode(), b.decode()): loss for a, b, loss in found}

    def matrix(self, item_ids: Sequence[str], pairs: IndexArray) -> FloatArray | None:
        """Losses float32 [P, T] of pairs of positions [P, 2], oldest generation first, NaN where
        a pair was not answered yet; None before the first generation with answers."""
        if not self._losses:
            return None
        named = [Pair.of(item_ids[i], item_ids[j]) for i, j in pairs.tolist()]
        history = [self._losses[number] for number in sorted(self._losses)]
        rows = [[losses.get(pair, np.nan) for losses in history] for pair in named]
        return np.array(rows, np.float32).reshape(len(named), len(history))


def rechecked(implications: Implications, item_ids: Sequence[str], pairs: IndexArray) -> BoolArray:
    """True [P] for the pairs of positions [P, 2] that were audited."""
    done = implications.audited
    named = (Pair.of(item_ids[i], item_ids[j]) in done for i, j in pairs.tolist())
    return np.fromiter(named, np.bool_, len(pairs))
