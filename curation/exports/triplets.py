"""Triplets (anchor, positive, negative): must-link times cannot-link."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from curation.errors import ExportError
from curation.exports.data import ExportData
from curation.exports.implied import disputed, members
from curation.exports.table import ItemCells, Row, Table
from curation.types import Pair, Verdict

Triplet = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Block:
    """All triplets with anchor and positive in one group and the negative in another."""

    near: Sequence[str]
    far: Sequence[str]

    def __len__(self) -> int:
        return len(self.near) * (len(self.near) - 1) * len(self.far)

    def __getitem__(self, index: int) -> Triplet:
        rest, negative = divmod(index, len(self.far))
        anchor, positive = divmod(rest, len(self.near) - 1)
        positive += positive >= anchor  # the anchor itself is no positive
        return self.near[anchor], self.near[positive], self.far[negative]


def triplets(data: ExportData, *, limit: int, seed: int) -> Table:
    """At most ``limit`` triplets, explicit or implied on both sides; raises ExportError for < 1.

    Where more exist, a uniform sample without repetition, the same for the same seed. Left out is
    any triplet with a pair whose own answer is unsure, incomparable or in conflict.
    """
    if limit < 1:
        raise ExportError(f"Expected a limit of at least 1 triplet, got {limit}. Ask for more.")
    cells = ItemCells(data, ("anchor", "positive", "negative"))
    counts: Counter[str] = Counter()
    return Table(cells.columns, _rows(data, cells, counts, limit, seed), counts)


def _rows(
    data: ExportData, cells: ItemCells, counts: Counter[str], limit: int, seed: int
) -> Iterator[Row]:
    blocks = _blocks(data)
    counts["possible"] = sum(map(len, blocks))
    in_dispute = disputed(data)

    def undoubted(x: str, y: str, verdict: Verdict) -> bool:
        pair = Pair.of(x, y)
        return pair not in in_dispute and data.closure.explicit.get(pair, verdict) == verdict

    for anchor, positive, negative in _draw(blocks, limit, seed):
        if undoubted(anchor, positive, "same") and undoubted(anchor, negative, "different"):
            yield cells.row(anchor, positive, negative)
        else:
            counts["left_out_doubtful"] += 1


def _blocks(data: ExportData) -> list[_Block]:
    groups = members(data)
    links = sorted(data.closure.cannot_link)
    both = (_Block(groups[x], groups[y]) for g, h in links for x, y in ((g, h), (h, g)))
    return [block for block in both if len(block)]


def _draw(blocks: Sequence[_Block], limit: int, seed: int) -> Iterator[Triplet]:
    ends = list(accumulate(map(len, blocks)))
    everything = range(ends[-1] if ends else 0)
    few = len(everything) <= limit
    for index in everything if few else random.Random(seed).sample(everything, limit):
        block = bisect_right(ends, index)
        yield blocks[block][index - (ends[block - 1] if block else 0)]
