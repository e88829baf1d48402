"""What the decisions of a session's criterion make of its bins: pair review carries over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from curation.decisions.closure import Implications
from curation.teaching.session import SessionState


@dataclass(frozen=True, slots=True)
class Carried:
    """A session's bins beside pair review.

    ``taught``: items of each bin, its picks first, then what nobody picked but review joined to
    them. ``refused``: picked items that review took out of the must-link group of their bin, each
    with the bin; they teach nothing. ``apart``: items of each bin's "different" answers, implied
    ones too. ``joined``: first items of two bins that review calls the same.
    """

    taught: Mapping[str, list[str]]
    refused: Mapping[str, str]
    apart: Mapping[str, frozenset[str]]
    joined: Sequence[tuple[str, str]]


def carry(session: SessionState, implications: Implications) -> Carried:
    """Bins after the session's picks and all decisions of its criterion.

    An item that teachers put into different bins is in none.
    """
    taught: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    apart: dict[str, frozenset[str]] = {}
    own = {pick.item for pick in session.picks}
    for name, picked in session.taught().items():
        group = _largest(picked, implications)
        kept = [item for item in picked if item in group]
        refused |= dict.fromkeys((item for item in picked if item not in group), name)
        taught[name] = [*kept, *(item for item in sorted(group) if item not in own)]
        apart[name] = frozenset(implications.apart(kept[0]) if kept else ())
    firsts = [items[0] for items in taught.values() if items]
    joined = [two for two in combinations(firsts, 2) if implications.relation(*two) == "same"]
    return Carried(taught, refused, apart, joined)


def _largest(picked: Sequence[str], implications: Implications) -> Collection[str]:
    """The must-link group that most of the picks are in."""
    found: set[str] = set()
    groups = []
    for item in picked:
        if item not in found:
            groups.append(set(implications.members(item)))
            found |= groups[-1]
    mine = set(picked)
    return max(groups, key=lambda group: len(mine & group), default=set())
