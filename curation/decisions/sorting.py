"""What the answer to a sort question implies, as decisions on pairs: one batch each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curation.types import Decision, Pair, Verdict


@dataclass(frozen=True, slots=True)
class SortStep:
    """An answer: by whom, under which batch id, to which form, after how long.

    Decisions get their ids from the batch's, so that an answer sent again is no second one.
    """

    criterion: str
    reviewer: str
    batch_id: str
    form: str
    generation: int = 0
    milliseconds: int | None = None

    def decisions(
        self, told: Sequence[tuple[str, str, Verdict]], chances: Mapping[Pair, float]
    ) -> list[Decision]:
        """Decisions of this step on pairs of different items, each once.

        ``chances`` of `same` are known of the pairs of an image and the group that it was supposed
        to be in: they become the score, by which ``judges`` tells these.
        """
        found: dict[Pair, Decision] = {}
        for one, other, verdict in told:
            pair = Pair.of(one, other)
            if pair not in found:
                number = len(found)
                found[pair] = Decision(
                    id=f"{self.batch_id}-{number}",
                    pair=pair,
                    verdict=verdict,
                    criterion=self.criterion,
                    reviewer=self.reviewer,
                    strategy=self.form,
                    kind="uncertain",
                    score=chances.get(pair),
                    generation=self.generation,
                    milliseconds=None if number else self.milliseconds,
                    batch_id=self.batch_id,
                )
        return list(found.values())


def judges(decision: Decision) -> bool:
    """Whether a decision says of an image whether it is in the group that it was supposed to be
    in."""
    return decision.strategy in ("name", "sweep") and decision.score is not None


def last_grids(
    standing: Iterable[Decision], group_of: Mapping[str, str]
) -> dict[str, tuple[int, int]]:
    """Anchor of a group -> wrong tiles and tiles of its newest grid, of decisions oldest first.

    ``group_of``: item -> the anchor of the group that it is in now.
    """
    grids: dict[str, list[Decision]] = {}
    for one in standing:
        if one.strategy == "sweep" and judges(one) and one.batch_id is not None:
            grids.setdefault(one.batch_id, []).append(one)
    found: dict[str, tuple[int, int]] = {}
    for grid in grids.values():
        common = set.intersection(*({one.pair.a, one.pair.b} for one in grid))
        ends = {group_of[item] for item in common if item in group_of}
        wrong = sum(one.verdict == "different" for one in grid)
        found |= dict.fromkeys(ends if len(ends) == 1 else (), (wrong, len(grid)))
    return found


def named(
    item: str, end: str | None, guess: str | None, others: Sequence[str]
) -> list[tuple[str, str, Verdict]]:
    """``item`` is in the group of ``end`` (None: in a new one, apart from those of ``others``).

    ``guess`` is an item of the group that it was supposed to be in. All are other items.
    """
    if end is None:
        return [(item, other, "different") for other in others]
    told: list[tuple[str, str, Verdict]] = [(item, end, "same")]
    if guess is not None and guess != end:
        told.append((item, guess, "different"))
    return told


def swept(
    members: Mapping[str, str], wrong: Mapping[str, str], moved: Mapping[str, str]
) -> list[tuple[str, str, Verdict]]:
    """Item -> another item of its group: of the group that was swept for ``members``, which are in
    it, and the ``wrong``, which are not; of the group that they are in for those ``moved``."""
    told: list[tuple[str, str, Verdict]] = [(end, item, "same") for item, end in members.items()]
    for item, end in wrong.items():
        told.append((end, item, "different"))
        if item in moved:
            told.append((moved[item], item, "same"))
    told += [(end, item, "same") for item, end in moved.items() if item not in wrong]
    return told
