"""Must-link groups and what cannot link with what: sets that only grow together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from curation.types import Decision, Pair


@dataclass(eq=False, slots=True)
class Group:
    """``members``, and the groups ``apart`` from it with the oldest decision of each pair that
    says so.

    These decisions are one object, shared by the two groups. ``number`` is that of the group's
    oldest member, counted as items are first named.
    """

    number: int
    members: list[str]
    apart: dict[Group, dict[Pair, Decision]] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        return len(self.members) + len(self.apart)


class Groups:
    """Disjoint groups of items. Finding one is a look-up; joining two relabels the lighter one."""

    def __init__(self) -> None:
        self._of: dict[str, Group] = {}

    def named(self, item: str) -> Group:
        """The item's group; a group of one where it had none."""
        group = self._of.get(item)
        if group is None:
            group = self._of[item] = Group(len(self._of), [item])
        return group

    def find(self, item: str) -> Group | None:
        """The item's group, None where nothing named it."""
        return self._of.get(item)

    def join(self, a: Group, b: Group) -> None:
        """Make one group of two different ones that are not apart: O(log n) an item, amortised."""
        small, large = sorted((a, b), key=lambda group: group.weight)
        large.number = min(a.number, b.number)
        large.members.extend(small.members)
        for item in small.members:
            self._of[item] = large
        for other, decisions in small.apart.items():
            del other.apart[small]
            if other in large.apart:
                large.apart[other].update(decisions)
            else:
                large.apart[other] = other.apart[large] = decisions

    def __iter__(self) -> Iterator[Group]:
        """Every group once, in order of its oldest member."""
        return iter(dict.fromkeys(self._of.values()))

    def separated(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """The members of every two groups that are apart, once."""
        for group in self:
            for other in group.apart:
                if group.number < other.number:
                    yield group.members, other.members

    def counts(self) -> tuple[int, int]:
        """Pairs within groups, and pairs across groups that are apart."""
        same = sum(len(group.members) * (len(group.members) - 1) // 2 for group in self)
        return same, sum(len(a) * len(b) for a, b in self.separated())
