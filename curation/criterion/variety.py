"""No image again and again: which of a group's images a pair shows is free, so it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from curation.types import Pair, Proposal

WINDOW = 100
"""Questions that are looked back on."""
MOST = 4
"""Of so many questions an image is in at most so many: a twenty-fifth, as windows overlap."""

Mates = Callable[[str], Sequence[str]]
"""The images known to be the same as one, itself included, that may be asked about."""


def varied(
    drawn: Sequence[Proposal],
    asked: Iterable[Pair],
    mates: Mates,
    closed: Callable[[Pair], bool],
) -> tuple[list[Proposal], list[Proposal]]:
    """``drawn``, with another image of its group for one that was shown too often; and those for
    which there is none.

    ``asked`` are the pairs of the latest questions; a pair that is ``closed`` is not made. What an
    audit asks stays what it is.
    """
    seen = Counter(end for pair in asked for end in (pair.a, pair.b))
    first: list[Proposal] = []
    late: list[Proposal] = []
    made = set[Pair]()
    for proposal in drawn:
        pair = proposal.pair
        if proposal.kind != "audit":
            pair = _with_others(pair, seen, mates)
        if pair != proposal.pair and (pair in made or closed(pair)):
            pair = proposal.pair
        made.add(pair)
        often = proposal.kind != "audit" and max(seen[pair.a], seen[pair.b]) >= MOST
        (late if often else first).append(replace(proposal, pair=pair))
        seen.update(() if often else (pair.a, pair.b))
    return first, late


def _with_others(pair: Pair, seen: Counter[str], mates: Mates) -> Pair:
    """The pair, with the least shown image of the same group for one that was shown too often."""
    ends = [
        end if seen[end] < MOST else min([end, *mates(end)], key=lambda one: (seen[one], one))
        for end in (pair.a, pair.b)
    ]
    return pair if ends[0] == ends[1] else Pair.of(*ends)
