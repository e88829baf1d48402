"""What the robot would do with each item, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation import ties
from curation.teaching import scores
from curation.types import BoolArray, FloatArray, IndexArray

SURE = 0.8
"""Confidence from which the robot counts as confident."""
_SLOPE = 12.0
"""Logits per cosine between the scores of two bins."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides about vectors of one space from the picks of each bin.

    ``names`` of the bins with picks, ``supports`` their vectors [P_b, D]. With one bin, ``line``
    is the score from which an item is taken, and ``width`` that of a logit beside it.
    """

    names: tuple[str, ...]
    supports: tuple[FloatArray, ...]
    line: float = scores.NOTHING[0]
    width: float = scores.NOTHING[1]

    @property
    def knows(self) -> bool:
        """Whether enough was picked to tell items apart."""
        return len(self.names) > 1 or (len(self.names) == 1 and self.line <= 1)

    def judge(
        self, vectors: FloatArray, barred: BoolArray | None = None
    ) -> tuple[IndexArray, npt.NDArray[np.float64]]:
        """Bin int64 [N] of ``vectors`` [N, D] (-1: none) and confidence float64 [N].

        No item goes into a bin that it is ``barred`` from, bool [N, B]; where the likeliest is, it
        goes into none. Confidence is at least 0.5 with one bin; with many it is the probability of
        the likeliest among all, of those left where that is barred.
        """
        if not self.knows:
            return np.full(len(vectors), -1), np.full(len(vectors), 0.5)
        out = np.zeros((len(vectors), len(self.names)), np.bool_) if barred is None else barred
        table = np.stack([scores.support_scores(vectors, one) for one in self.supports], 1)
        if len(self.names) == 1:
            taken = np.where(out[:, 0], 0.0, _sigmoid((table[:, 0] - self.line) / self.width))
            above = ~(out[:, 0] | ties.below(table[:, 0], self.line))
            return np.where(above, 0, -1), np.maximum(taken, 1 - taken)
        logits = _SLOPE * table.astype(np.float64)
        odds = np.exp(logits - logits.max(1, keepdims=True))
        probability = odds / odds.sum(1, keepdims=True)
        best = ties.first_best(probability)
        blocked = out[np.arange(len(out)), best]
        return np.where(blocked, -1, best), np.where(out, 0.0, probability).max(1)


def judge_from(
    vectors: FloatArray,
    position: Mapping[str, int],
    taught: Mapping[str, Sequence[str]],
    new_ranks: Mapping[str, float],
) -> Judge:
    """The judge of a space ``vectors`` [N, D] with items at ``position``, from the picks alone.

    ``new_ranks``: rank of picks when they were new; picks without one count as they rank now.
    """
    rows = {name: scores.rows_of(position, items) for name, items in taught.items()}
    rows = {name: own for name, own in rows.items() if len(own)}
    names, supports = tuple(rows), tuple(vectors[own] for own in rows.values())
    if len(names) != 1:
        return Judge(names, supports)
    own = rows[names[0]]
    belt = np.setdiff1d(np.arange(len(vectors)), own)
    on_belt = scores.support_scores(vectors[belt], supports[0])
    now = scores.ranks(scores.own_scores(supports[0]), on_belt)
    items = [item for item in taught[names[0]] if item in position]
    new = np.array([new_ranks.get(item, rank) for item, rank in zip(items, now, strict=True)])
    if len(own) < scores.FEW:
        return Judge(names, supports)
    line, width = scores.draw_line(on_belt, scores.prior(scores.sober(new, now)))
    return Judge(names, supports, line, width)


def _sigmoid(x: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -50, 50))), np.float64)
