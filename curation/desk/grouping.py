"""Must-link groups as the person made them, and the predicted grouping of all items."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

import numpy as np

from curation import ties
from curation.decisions import regroup
from curation.desk.base import Json
from curation.desk.questions import Questions
from curation.errors import CurationError, DecisionError, UnknownName
from curation.learning.grouping import Grouping, predict_groups
from curation.review import views
from curation.review.track import Track
from curation.settings import SEED
from curation.types import Decision

SHOWN_ITEMS = 120
"""Items listed of a must-link group."""
PREDICTED_ITEMS = 60
NAMED = 5
"""Items named in a message."""


class Groups(Questions):
    """Groups: see, name, split, merge, predict."""

    def groups(self, criterion: str) -> Json:
        """Must-link groups of two or more items, largest first; the odd ones of each come first.

        Odd: far from the group's mean, so that what does not belong is seen, and split off, at
        once.
        """
        track = self._lane(criterion).track
        names = self.log.names(criterion)
        found = []
        for members in track.groups():
            named = [names[item] for item in members if item in names]
            odd_first = self._odd_first(track, members)
            found.append(
                {
                    "id": members[0],
                    "name": named[-1] if named else "",
                    "cover": odd_first[-1],
                    "size": len(members),
                    "items": [views.item(self.item(item)) for item in odd_first[:SHOWN_ITEMS]],
                }
            )
        return {"groups": sorted(found, key=lambda group: -int(group["size"]))}

    @staticmethod
    def _odd_first(track: Track, members: Sequence[str]) -> list[str]:
        """Members from the farthest to the nearest to the group's mean; unknown ones go first.

        Of equally near ones the first is the last, which stands for the group.
        """
        shown = track.snapshot
        known = [item for item in members if shown and item in shown.position]
        if shown is None or not known:
            return list(members)
        vectors = shown.space.vectors[[shown.position[item] for item in known]]
        order = ties.best_first(ties.products(vectors, vectors.mean(0)[None])[:, 0])[::-1]
        unknown = [item for item in members if item not in shown.position]
        return [*unknown, *(known[place] for place in order)]

    def group_labels(self, criterion: str) -> dict[str, str]:
        """Item id -> name (or number by size) of its must-link group."""
        labels = {}
        track = self._lane(criterion).track
        names = self.log.names(criterion)
        members = sorted(track.groups(), key=lambda group: (-len(group), group))
        for number, group in enumerate(members, 1):
            named = [names[item] for item in group if item in names]
            labels.update(dict.fromkeys(group, named[-1] if named else f"group {number}"))
        return labels

    def predict(self, criterion: str, n_groups: int | None = None) -> Grouping:
        """Predicted group of every item in the current space (arrays, not JSON)."""
        track, shown = self._shown(criterion)
        k = n_groups or track.settings.n_groups
        key = (shown.generation.number, shown.n_items, track.position, k)
        kept = self.predictions.get(criterion)
        if kept is not None and kept[0] == key:
            known: Grouping = kept[1]
            return known
        constraints = track.constraints(shown.space.item_ids)
        grouping = predict_groups(shown.space.vectors, constraints, k, SEED, base=shown.base)
        self.predictions[criterion] = (key, grouping)
        return grouping

    def predicted(self, criterion: str, k: int | None = None) -> Json:
        """The predicted groups, largest first, each with the item it is surest of as cover."""
        track, shown = self._shown(criterion)
        grouping = self.predict(criterion, k)
        estimated = not (k or track.settings.n_groups)
        names = self.predicted_names(criterion, grouping)
        groups = []
        for label in range(grouping.n_groups):
            rows = np.flatnonzero((grouping.labels == label) & track.eligible)
            if not len(rows):
                continue
            rows = rows[ties.best_first(grouping.probabilities[rows, label])]
            ids = [shown.space.item_ids[row] for row in rows[:PREDICTED_ITEMS]]
            groups.append(
                {
                    "label": label,
                    "name": names[label],
                    "cover": ids[0],
                    "size": len(rows),
                    "items": [views.item(self.item(item)) for item in ids],
                }
            )
        groups.sort(key=lambda group: -int(group["size"]))
        return {"k": grouping.n_groups, "estimated": estimated, "groups": groups}

    def predicted_names(self, criterion: str, grouping: Grouping) -> list[str]:
        """A name for every label of a predicted grouping of the current space.

        The one that the person gave to a must-link group in it; else "group 1" for the largest,
        and so on.
        """
        track, shown = self._shown(criterion)
        given = {
            int(grouping.labels[row]): name
            for item, name in self.log.names(criterion).items()
            if (row := shown.position.get(item)) is not None
        }
        counts = np.bincount(grouping.labels[track.eligible], minlength=grouping.n_groups)
        order = np.argsort(-counts, kind="stable").tolist()
        plain = {label: f"group {number}" for number, label in enumerate(order, 1)}
        return [given.get(label, plain[label]) for label in range(grouping.n_groups)]

    # --- verdicts on many ------------------------------------------------------------------

    def group_verdict(
        self,
        criterion: str,
        reviewer: str,
        items: Sequence[str],
        verdict: str,
        anchor: str | None = None,
        batch_id: str | None = None,
    ) -> Json:
        """ "These belong together" (same) or "none belongs to the anchor" (different): one step."""
        track = self._lane(criterion).track
        for item in [*items, *([anchor] if anchor else [])]:
            self.item(item)
        if anchor is not None and anchor in items and verdict == "different":
            raise DecisionError(
                f"{self._called([anchor])} is among the items that do not belong to it; untick it."
            )
        gesture = self._gesture(track, reviewer, batch_id)
        with track.lock, self._in_words():
            if verdict == "same":
                chosen = [*([anchor] if anchor else []), *items]
                plan = regroup.join_plan(track.implications, chosen, gesture)
            elif verdict == "different" and anchor is not None:
                plan = regroup.none_plan(track.implications, anchor, items, gesture)
            else:
                raise DecisionError(
                    "A group verdict is 'same', or 'different' with an anchor; "
                    f"got {verdict!r}{'' if anchor else ' without an anchor'}."
                )
            return self._append(track, reviewer, plan)

    @staticmethod
    def _gesture(track: Track, reviewer: str, batch_id: str | None = None) -> regroup.Gesture:
        number = track.snapshot.generation.number if track.snapshot else 0
        return regroup.Gesture(track.name, reviewer, batch_id or uuid.uuid4().hex, number)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What stands against a gesture in the words of the page: file names instead of ids."""
        try:
            yield
        except regroup.ContradictedError as error:
            count = len(error.decision_ids)
            answers = "1 answer" if count == 1 else f"{count} answers"
            if error.known is None:
                raise DecisionError(
                    f"This group holds open contradictions ({self._called(error.items)}), and "
                    f"{answers} would tear it when it is split; resolve the conflicts first "
                    "(Decisions panel), then split."
                ) from error
            change = "change it" if count == 1 else "change one of them"
            raise DecisionError(
                f"{self._called([error.items[0], error.items[-1]])} are known to be {error.known} "
                f"by {answers}; {change} first (Decisions panel), or leave one out."
            ) from error

    def _called(self, items: Sequence[str]) -> str:
        """File names of items for a message, with their folders where they are needed."""
        known = self.catalogue.position
        paths = [self.item(item).name if item in known else item for item in items[:NAMED]]
        short = [PurePosixPath(path).name for path in paths]
        names = short if len(set(short)) == len(set(paths)) else paths
        if len(items) > NAMED:
            return f"{', '.join(names)} and {len(items) - NAMED} more"
        return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)

    def _append(self, track: Track, reviewer: str, plan: Sequence[Decision]) -> Json:
        answered, void = track.decide(plan)
        return self._recorded(track, reviewer, answered, void)

    # --- changing groups -------------------------------------------------------------------

    def _group(self, track: Track, group_id: str) -> tuple[str, ...]:
        for members in track.groups():
            if group_id in members:
                return members
        raise UnknownName("group", group_id, [members[0] for members in track.groups()])

    def rename(self, criterion: str, group_id: str, name: str, reviewer: str) -> Json:
        """Name a group; the name hangs on a member and follows it through splits and merges."""
        track = self._lane(criterion).track
        members = self._group(track, group_id)
        self.log.name_group(criterion, self._odd_first(track, members)[-1], name.strip(), reviewer)
        track.version += 1
        return self.groups(criterion)

    def split(self, criterion: str, reviewer: str, group_id: str, items: Collection[str]) -> Json:
        """Take items out of a group into one of their own; one undoable step."""
        track = self._lane(criterion).track
        with track.lock, self._in_words():
            members = self._group(track, group_id)
            outside = sorted(set(items) - set(members))
            if outside:
                raise DecisionError(
                    f"Not in this group: {self._called(outside)}; choose its items."
                )
            gesture = self._gesture(track, reviewer)
            self._append(track, reviewer, regroup.split_plan(track.implications, items, gesture))
        return self.groups(criterion)

    def merge(self, criterion: str, reviewer: str, group_ids: Sequence[str]) -> Json:
        """Join groups; DecisionError names the decisions that stand against it."""
        track = self._lane(criterion).track
        with track.lock, self._in_words():
            heads = [self._group(track, group_id)[0] for group_id in group_ids]
            gesture = self._gesture(track, reviewer)
            self._append(track, reviewer, regroup.join_plan(track.implications, heads, gesture))
        return self.groups(criterion)

    def adopt_folders(self, criterion: str, reviewer: str, attribute: str = "folder") -> Json:
        """Take an attribute's values as a starting grouping: same within, different across."""
        track, shown = self._shown(criterion)
        if attribute not in self.attributes():
            raise UnknownName("attribute", attribute, self.attributes())
        by_value: dict[str, list[str]] = defaultdict(list)
        for item in shown.space.item_ids:
            value = self.item(item).attributes.get(attribute)
            if value not in (None, "") and track.eligible[shown.position[item]]:
                by_value[str(value)].append(item)
        if len(by_value) < 2:
            raise CurationError(
                f"A starting grouping needs at least two values of {attribute!r}, "
                f"got {len(by_value)}."
            )
        heads = [members[0] for members in by_value.values()]
        gesture = self._gesture(track, reviewer)
        with track.lock, self._in_words():
            plan = [
                decision
                for members in by_value.values()
                for decision in regroup.join_plan(track.implications, members, gesture)
            ]
            for place, head in enumerate(heads[1:], 1):
                plan += regroup.none_plan(track.implications, head, heads[:place], gesture)
            done = self._append(track, reviewer, plan)
            for value, members in by_value.items():
                self.log.name_group(criterion, members[0], value, reviewer)
        return done
