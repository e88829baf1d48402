"""Must-link groups: as the person made them, and verdicts on many items at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from curation import ties
from curation.criterion.criterion import Criterion
from curation.decisions import regroup
from curation.errors import DecisionError, UnknownName
from curation.types import Decision
from curation.workspace import views
from curation.workspace.context import Context, Json
from curation.workspace.recording import recorded
from curation.workspace.wording import called, in_words

SHOWN_ITEMS = 120
"""Items listed of a group."""


class Groups:
    """Must-link groups: see, name, split, merge, and say at once of many what belongs together."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, criterion: str) -> Json:
        """Must-link groups of two or more items, largest first; the odd ones of each come first.

        Odd: far from the group's mean, so that what does not belong is seen, and split off, at
        once.

        Raises UnknownName.
        """
        owner = self._context.owner(criterion)
        names = self._context.log.names(criterion)
        found = []
        for members in owner.answering.groups():
            named = [names[item] for item in members if item in names]
            odd_first = self._odd_first(owner, members)
            found.append(
                {
                    "id": members[0],
                    "name": named[-1] if named else "",
                    "cover": odd_first[-1],
                    "size": len(members),
                    "items": [
                        views.item(self._context.item(item)) for item in odd_first[:SHOWN_ITEMS]
                    ],
                }
            )
        return {"groups": sorted(found, key=lambda group: -int(group["size"]))}

    @staticmethod
    def _odd_first(owner: Criterion, members: Sequence[str]) -> list[str]:
        """Members from the farthest to the nearest to the group's mean; unknown ones go first.

        Of equally near ones the first is the last, which stands for the group.
        """
        shown = owner.showing.snapshot
        known = [item for item in members if shown and item in shown.position]
        if shown is None or not known:
            return list(members)
        vectors = shown.space.vectors[[shown.position[item] for item in known]]
        order = ties.best_first(ties.products(vectors, vectors.mean(0)[None])[:, 0])[::-1]
        unknown = [item for item in members if item not in shown.position]
        return [*unknown, *(known[place] for place in order)]

    def labels(self, criterion: str) -> dict[str, str]:
        """Item id -> name (or number by size) of its must-link group.

        Raises UnknownName.
        """
        labels = {}
        owner = self._context.owner(criterion)
        names = self._context.log.names(criterion)
        members = sorted(owner.answering.groups(), key=lambda group: (-len(group), group))
        for number, group in enumerate(members, 1):
            named = [names[item] for item in group if item in names]
            labels.update(dict.fromkeys(group, named[-1] if named else f"group {number}"))
        return labels

    # --- verdicts on many ------------------------------------------------------------------

    def decide(
        self,
        criterion: str,
        reviewer: str,
        items: Sequence[str],
        verdict: str,
        anchor: str | None = None,
        batch_id: str | None = None,
    ) -> Json:
        """ "These belong together" (same) or "none belongs to the anchor" (different): one step.

        Raises UnknownName for an item that is none, and DecisionError, in the words of the
        page, where answers stand against it; nothing is recorded then.
        """
        owner = self._context.owner(criterion)
        for item in [*items, *([anchor] if anchor else [])]:
            self._context.item(item)
        if anchor is not None and anchor in items and verdict == "different":
            raise DecisionError(
                f"{called(self._context, [anchor])} is among the items that do not belong to it; "
                "untick it."
            )
        gesture = self._gesture(owner, reviewer, batch_id)
        with owner.changes.writing, in_words(self._context):
            if verdict == "same":
                chosen = [*([anchor] if anchor else []), *items]
                plan = regroup.join_plan(owner.answering.implications, chosen, gesture)
            elif verdict == "different" and anchor is not None:
                plan = regroup.none_plan(owner.answering.implications, anchor, items, gesture)
            else:
                raise DecisionError(
                    "A group verdict is 'same', or 'different' with an anchor; "
                    f"got {verdict!r}{'' if anchor else ' without an anchor'}."
                )
            return self._append(owner, reviewer, plan)

    @staticmethod
    def _gesture(owner: Criterion, reviewer: str, batch_id: str | None = None) -> regroup.Gesture:
        number = owner.showing.snapshot.generation.number if owner.showing.snapshot else 0
        return regroup.Gesture(owner.name, reviewer, batch_id or uuid.uuid4().hex, number)

    def _append(self, owner: Criterion, reviewer: str, plan: Sequence[Decision]) -> Json:
        answered, void = owner.decide(plan)
        return recorded(owner, reviewer, answered, void)

    # --- changing groups -------------------------------------------------------------------

    def _group(self, owner: Criterion, group_id: str) -> tuple[str, ...]:
        for members in owner.answering.groups():
            if group_id in members:
                return members
        raise UnknownName("group", group_id, [members[0] for members in owner.answering.groups()])

    def rename(self, criterion: str, group_id: str, name: str, reviewer: str) -> Json:
        """Name a group; the name hangs on a member and follows it through splits and merges.

        All groups then. Raises UnknownName for a group that is none.
        """
        owner = self._context.owner(criterion)
        members = self._group(owner, group_id)
        self._context.log.name_group(
            criterion, self._odd_first(owner, members)[-1], name.strip(), reviewer
        )
        owner.changes.note()
        return self.all(criterion)

    def split(self, criterion: str, reviewer: str, group_id: str, items: Collection[str]) -> Json:
        """Take items out of a group into one of their own; one undoable step.

        All groups then. Raises UnknownName for a group that is none, and DecisionError for items
        that are not in it or where open contradictions would tear it.
        """
        owner = self._context.owner(criterion)
        with owner.changes.writing, in_words(self._context):
            members = self._group(owner, group_id)
            outside = sorted(set(items) - set(members))
            if outside:
                raise DecisionError(
                    f"Not in this group: {called(self._context, outside)}; choose its items."
                )
            gesture = self._gesture(owner, reviewer)
            known = owner.answering.implications
            self._append(owner, reviewer, regroup.split_plan(known, items, gesture))
        return self.all(criterion)

    def merge(self, criterion: str, reviewer: str, group_ids: Sequence[str]) -> Json:
        """Join groups; DecisionError names the decisions that stand against it."""
        owner = self._context.owner(criterion)
        with owner.changes.writing, in_words(self._context):
            heads = [self._group(owner, group_id)[0] for group_id in group_ids]
            gesture = self._gesture(owner, reviewer)
            known = owner.answering.implications
            self._append(owner, reviewer, regroup.join_plan(known, heads, gesture))
        return self.all(criterion)

    def in_the_way(self, criterion: str, group_ids: Sequence[str]) -> list[Json]:
        """The answers by which two of these groups are different, so that they cannot be merged;
        none where they can be. Raises UnknownName for a group that is none."""
        owner = self._context.owner(criterion)
        heads = [self._group(owner, group_id)[0] for group_id in group_ids]
        with owner.changes.lock:
            known = owner.answering.implications
            walks = (
                known.path(one, other)[0]
                for place, other in enumerate(heads)
                for one in heads[:place]
                if known.relation(one, other) == "different"
            )
            found = [known.decisions[id] for id in dict.fromkeys(id for ids in walks for id in ids)]
            conflicting = {conflict.decision_id for conflict in known.conflicts}
        ids = {one.id for one in found}
        rows = sorted(found, key=lambda one: (one.verdict != "different", one.seq))
        return [views.decision_row(one, ids, conflicting, self._context.item) for one in rows]
