"""How many decisions an implied pair rests on."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from curation.types import Closure, Decision


def chain_lengths(decisions: Iterable[Decision], closure: Closure) -> Callable[[str, str], int]:
    """``support(x, y)``: length of the shortest chain of applied decisions from x to y.

    `same` steps and at most one `different` step; 0 where nothing is known. One search serves all
    partners of an ``x`` that are asked in a row, so listing every implied pair takes time in
    proportion to their number. The function holds its own copy of the decisions: it may be used
    while others are being recorded, but by one thread.
    """
    conflicting = {conflict.decision_id for conflict in closure.conflicts}
    same: defaultdict[str, set[str]] = defaultdict(set)
    apart: defaultdict[str, set[str]] = defaultdict(set)
    steps = {"same": same, "different": apart}
    for decision in decisions:
        if decision.verdict in steps and decision.id not in conflicting:
            partners = steps[decision.verdict]
            partners[decision.pair.a].add(decision.pair.b)
            partners[decision.pair.b].add(decision.pair.a)

    def search(start: str) -> tuple[dict[str, int], dict[str, int]]:
        near, across = {start: 0}, dict[str, int]()
        queue = deque([(start, near)])
        while queue:
            item, found = queue.popleft()
            ways = [(other, found) for other in same.get(item, ())]
            if found is near:
                ways += [(other, across) for other in apart.get(item, ())]
            for other, side in ways:
                if other not in side:
                    side[other] = found[item] + 1
                    queue.append((other, side))
        return near, across

    last: tuple[str, dict[str, int], dict[str, int]] | None = None

    def support(x: str, y: str) -> int:
        nonlocal last
        if last is None or last[0] != x:
            last = (x, *search(x))
        _, near, across = last
        return near.get(y, across.get(y, 0))

    return support
