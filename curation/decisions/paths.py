"""Walks along the `same` decisions: why two items belong together."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

Links = Mapping[str, Mapping[str, Sequence[str]]]
"""Item -> linked item -> ids of the `same` decisions between the two, oldest first."""
Walk = tuple[tuple[str, ...], tuple[str, ...]]
"""Ids of the decisions stepped along, and the items stepped on (one more)."""


def walk(links: Links, start: str, end: str) -> Walk:
    """A shortest walk from ``start`` to ``end`` in one group."""
    return trace(links, reached(links, start, end), end)


def reached(links: Links, start: str, end: str | None = None) -> dict[str, tuple[str, int]]:
    """Item -> (the item before it, steps from ``start``), breadth first, up to ``end``."""
    found = {start: (start, 0)}
    queue = deque([start])
    while queue and end not in found:
        item = queue.popleft()
        steps = found[item][1] + 1
        for other in links.get(item, ()):
            if other not in found:
                found[other] = (item, steps)
                queue.append(other)
    return found


def trace(links: Links, found: Mapping[str, tuple[str, int]], end: str) -> Walk:
    """The walk to ``end`` out of what ``reached`` found."""
    items = [end]
    ids = []
    while found[items[-1]][1]:
        before = found[items[-1]][0]
        ids.append(links[before][items[-1]][0])
        items.append(before)
    return tuple(reversed(ids)), tuple(reversed(items))


def components(links: Links, items: Sequence[str]) -> list[list[str]]:
    """``items`` divided by the links among them alone, in order of their first item."""
    inside, seen = set(items), set[str]()
    parts = []
    for first in items:
        if first in seen:
            continue
        part, waiting = [], [first]
        seen.add(first)
        while waiting:
            item = waiting.pop()
            part.append(item)
            fresh = [o for o in links.get(item, ()) if o in inside and o not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        parts.append(part)
    return parts
