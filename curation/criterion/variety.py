"""No image again and again: which of a group's images a pair shows is free, so it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from curation.types import Pair, Proposal

SHARE = 0.04
"""Of the pair questions an image may be in; some were drawn before the others were answered, so it
comes to a twentieth at most."""
FEW = 6
"""Questions that any image may be in: a new one is asked about with each group in turn."""

Mates = Callable[[str], Sequence[str]]
"""The images known to be the same as one that may be asked about, those most like it first."""


def varied(
    drawn: Sequence[Proposal],
    asked: Sequence[Pair],
    mates: Mates,
    closed: Callable[[Pair], bool],
) -> tuple[list[Proposal], list[Proposal]]:
    """``drawn``, with another image of its group for one that was shown too often; and those for
    which there is none.

    ``asked`` are the pairs of the questions so far; a pair that is ``closed`` is not made. What an
    audit asks stays what it is.
    """
    seen = Counter(end for pair in asked for end in (pair.a, pair.b))
    most = max(FEW, int(SHARE * len(asked)))
    first: list[Proposal] = []
    late: list[Proposal] = []
    made = set[Pair]()
    for proposal in drawn:
        pair = proposal.pair
        if proposal.kind != "audit":
            pair = _with_others(pair, seen, most, mates)
        if pair != proposal.pair and (pair in made or closed(pair)):
            pair = proposal.pair
        made.add(pair)
        often = proposal.kind != "audit" and max(seen[pair.a], seen[pair.b]) >= most
        (late if often else first).append(replace(proposal, pair=pair))
        seen.update(() if often else (pair.a, pair.b))
    return first, late


def _with_others(pair: Pair, seen: Counter[str], most: int, mates: Mates) -> Pair:
    """The pair, with the likest image of the same group for one that was shown too often."""
    ends = [
        end if seen[end] < most else next((one for one in mates(end) if seen[one] < most), end)
        for end in (pair.a, pair.b)
    ]
    return pair if ends[0] == ends[1] else Pair.of(*ends)
