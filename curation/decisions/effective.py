"""Which entries of a log still hold, when later ones replace or retract earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from curation.types import Decision, Verdict


class ReversePass:
    """Tells, entry by entry from the newest to the oldest, whether it still holds.

    A change (an entry with a verdict that supersedes another) takes the other's place, and with it
    whatever the other had replaced. A retraction (no verdict) only cancels: what the retracted
    entry had replaced or retracted holds again.
    """

    def __init__(self) -> None:
        self._replaced: set[str] = set()
        self._retracted: set[str] = set()

    def replaced(self, id: str) -> bool:
        """Whether a later entry that was passed takes the place of this one."""
        return id in self._replaced

    def holds(self, id: str, verdict: Verdict | None, supersedes: str | None) -> bool:
        """Whether the entry holds; every later entry must have been passed before."""
        replaced = id in self._replaced
        if not replaced and id in self._retracted:
            return False
        if supersedes is not None:
            change = replaced or verdict is not None
            (self._replaced if change else self._retracted).add(supersedes)
        return not replaced


def taken_back(entries: Sequence[Decision]) -> set[str]:
    """Ids of the verdicts that were retracted after all and not replaced by another."""
    latest_first = ReversePass()
    return {
        entry.id
        for entry in reversed(entries)
        if not latest_first.holds(entry.id, entry.verdict, entry.supersedes)
        and not latest_first.replaced(entry.id)
        and entry.verdict is not None
    }


def still_standing(
    standing: Mapping[str, Decision], new: Iterable[Decision]
) -> list[Decision] | None:
    """The verdicts that hold after ``new`` entries, from those that held before, oldest first.

    None where only the whole log tells: older entries hold again where a change is retracted or a
    retraction is, and where an entry is changed that holds no more.
    """
    holds = dict(standing)
    for entry in new:
        target = None if entry.supersedes is None else holds.pop(entry.supersedes, None)
        if entry.supersedes is not None and target is None:
            return None
        if entry.verdict is not None:
            holds[entry.id] = entry
        elif target is None or target.supersedes is not None:
            return None
    return list(holds.values())


def effective(entries: Sequence[Decision]) -> list[Decision]:
    """The verdicts that hold after ``entries`` (a whole log up to some position, oldest first)."""
    latest_first = ReversePass()
    kept = [
        entry
        for entry in reversed(entries)
        if latest_first.holds(entry.id, entry.verdict, entry.supersedes)
        and entry.verdict is not None
    ]
    kept.reverse()
    return kept
