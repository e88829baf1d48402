"""What the decisions of a session's criterion make of its bins: pair review carries over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curation.decisions.closure import Implications
from curation.teaching.session import Session


@dataclass(frozen=True, slots=True)
class Carried:
    """A session's bins beside pair review.

    ``taught``: items of each bin, its picks first, then what nobody picked but review joined to
    them. ``refused``: picked items that review sets apart from the rest of their bin, each with the
    bin; they teach nothing. ``apart``: items of each bin's "different" answers, implied ones too.
    """

    taught: Mapping[str, list[str]]
    refused: Mapping[str, str]
    apart: Mapping[str, frozenset[str]]


def carry(session: Session, implications: Implications) -> Carried:
    """Bins after the session's picks and all decisions of its criterion.

    An item that teachers put into different bins is in none.
    """
    taught: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    apart: dict[str, frozenset[str]] = {}
    own = {pick.item for pick in session.picks}
    for name, picked in session.taught().items():
        groups = _agreeing(picked, implications)
        joined = dict.fromkeys(item for group in groups for item in sorted(group))
        kept = [item for item in picked if item in joined]
        refused |= dict.fromkeys((item for item in picked if item not in joined), name)
        taught[name] = [*kept, *(item for item in joined if item not in own)]
        apart[name] = frozenset(item for group in groups for item in implications.apart(group[0]))
    return Carried(taught, refused, apart)


def _agreeing(picked: Sequence[str], implications: Implications) -> list[Sequence[str]]:
    """Must-link groups of the picks, without those known to differ from the largest."""
    groups: list[Sequence[str]] = []
    known: set[str] = set()
    for item in picked:
        if item not in known:
            groups.append(implications.members(item))
            known.update(groups[-1])
    if len(groups) < 2:
        return groups
    mine = set(picked)
    largest = max(groups, key=lambda group: len(mine.intersection(group)))
    return [one for one in groups if implications.relation(one[0], largest[0]) != "different"]
