"""Class names of a folder tree as decisions: told apart by their strategy, one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from curation.decisions.closure import Implications, build
from curation.decisions.regroup import Gesture, split_plan
from curation.types import Decision, Pair


@dataclass(frozen=True, slots=True)
class Adoption:
    """``plan`` says what names of folders say and no answer does yet; ``left`` are the items that
    answers place elsewhere, ``heads`` the item that stands for each class (class -> item)."""

    plan: list[Decision]
    left: list[str]
    heads: dict[str, str]


def adoption_plan(
    known: Implications, classes: Mapping[str, Sequence[str]], gesture: Gesture
) -> Adoption:
    """`same` within each class, `different` across.

    The first free member of the largest group that answers made stands for its class. What answers
    have joined with items of another class, or set apart from its own, is left as they have it.
    """
    class_of = {item: name for name, members in classes.items() for item in members}
    size, apart = _grouped(known, class_of)
    left = [item for item in class_of if item in apart]
    free = {name: [m for m in members if m not in apart] for name, members in classes.items()}
    heads = {
        name: max(members, key=lambda item: size.get(item, 1))
        for name, members in free.items()
        if members
    }
    after = build(known.decisions.values())
    plan: list[Decision] = []

    def tell(one: str, other: str, same: bool) -> None:
        plan.append(gesture.decision(Pair.of(one, other), "same" if same else "different"))
        after.add(plan[-1])

    for head, earlier in ((b, a) for a, b in combinations(heads.values(), 2)):
        if after.relation(head, earlier) is None:
            tell(head, earlier, same=False)
    for name, head in heads.items():
        for item in free[name]:
            relation = None if item == head else after.relation(head, item)
            if item != head and relation is None:
                tell(head, item, same=True)
            elif relation == "different":
                left.append(item)
    return Adoption(plan, left, heads)


def _grouped(known: Implications, class_of: Mapping[str, str]) -> tuple[dict[str, int], set[str]]:
    """Size of the group of each item that is in one, and the items in a group of several
    classes."""
    size: dict[str, int] = {}
    apart: set[str] = set()
    for members in known.groups():
        size.update(dict.fromkeys(members, len(members)))
        if len({class_of[item] for item in members if item in class_of}) > 1:
            apart.update(members)
    return size, apart


def new_names(
    known: Implications, names: Mapping[str, str], heads: Mapping[str, str]
) -> dict[str, str]:
    """Head -> class, of the classes whose group is not called so; ``names`` are item -> name, the
    newest last."""
    newest = {item: place for place, item in enumerate(names)}
    found = {}
    for called, head in heads.items():
        named = [item for item in known.members(head) if item in newest]
        if not named or names[max(named, key=newest.__getitem__)] != called:
            found[head] = called
    return found


def kept_plan(
    known: Implications, item: str, end: str, other: str | None, gesture: Gesture
) -> list[Decision]:
    """The item is in the group of ``end``, as was said; said again of the ``other`` item, where
    something is known of it."""
    relation = None if other is None else known.relation(item, other)
    if other is None or relation is None:
        return [gesture.decision(Pair.of(item, end), "same")]
    return [gesture.decision(Pair.of(item, other), relation)]


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
