"""Class names of a folder tree as decisions: told apart by their strategy, one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curation.decisions.closure import Implications, build
from curation.decisions.regroup import Gesture, split_plan
from curation.types import Decision, Pair

FOLDERS = "folders"
"""Strategy of the decisions that a folder's name made, and nobody's look."""
CHECKED = "check"
"""Strategy of the answers to doubts: somebody has looked again."""


def adoption_plan(
    known: Implications, classes: Mapping[str, Sequence[str]], gesture: Gesture
) -> tuple[list[Decision], list[str]]:
    """`same` within each class, `different` across; and the items that answers place elsewhere.

    The first member that is free stands for its class. What answers have joined with items of
    another class, or set apart from its own, is left as they have it.
    """
    class_of = {item: name for name, members in classes.items() for item in members}
    left = [
        item
        for item in class_of
        if len({class_of[other] for other in known.members(item) if other in class_of}) > 1
    ]
    apart = set(left)
    free = {name: [m for m in members if m not in apart] for name, members in classes.items()}
    heads = [members[0] for members in free.values() if members]
    after = build(known.decisions.values())
    plan: list[Decision] = []

    def tell(one: str, other: str, same: bool) -> None:
        plan.append(gesture.decision(Pair.of(one, other), "same" if same else "different"))
        after.add(plan[-1])

    for place, head in enumerate(heads):
        for earlier in heads[:place]:
            if after.relation(head, earlier) is None:
                tell(head, earlier, same=False)
    for members in filter(None, free.values()):
        head = members[0]
        for item in members[1:]:
            relation = after.relation(head, item)
            if relation is None:
                tell(head, item, same=True)
            elif relation == "different":
                left.append(item)
    return plan, left


def kept_plan(item: str, end: str, gesture: Gesture) -> list[Decision]:
    """The item is in the group of ``end``, as was said."""
    return [gesture.decision(Pair.of(item, end), "same")]


def moved_plan(
    known: Implications, item: str, into: str, out_of: str | None, gesture: Gesture
) -> list[Decision]:
    """The item is in the group of ``into`` and not where it was.

    What put it there is taken back; ``out_of`` is an item of the group that it must not come back
    to. Raises ContradictedError where open contradictions would tear that group.
    """
    plan: list[Decision] = []
    if len(known.members(item)) > 1:
        plan = split_plan(known, [item], gesture)
    elif out_of is not None and known.relation(item, out_of) is None:
        plan = [gesture.decision(Pair.of(item, out_of), "different")]
    stands = [one for one in known.answers(Pair.of(item, into)) if one.verdict == "different"]
    newest = stands[-1].id if stands else None
    return [*plan, gesture.decision(Pair.of(item, into), "same", newest)]
