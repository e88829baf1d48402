"""What the answer to a sort question implies, as decisions on pairs: one batch each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def decisions(self, told: Sequence[tuple[str, str, Verdict]]) -> list[Decision]:
        """Decisions of this step on pairs of different items, each once."""
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
                    generation=self.generation,
                    milliseconds=None if number else self.milliseconds,
                    batch_id=self.batch_id,
                )
        return list(found.values())


def named(
    item: str, anchor: str | None, guess: str | None, others: Sequence[str]
) -> list[tuple[str, str, Verdict]]:
    """``item`` is in the group of ``anchor`` (None: in a new one, apart from all ``others``).

    ``guess`` is the anchor of the group that it was supposed to be in.
    """
    if anchor is None:
        return [(item, other, "different") for other in others]
    told: list[tuple[str, str, Verdict]] = [(item, anchor, "same")] if anchor != item else []
    if guess is not None and guess != anchor:
        told.append((item, guess, "different"))
    return told


def swept(
    anchor: str, members: Sequence[str], wrong: Mapping[str, str | None]
) -> list[tuple[str, str, Verdict]]:
    """``members`` are in the group of ``anchor``, ``wrong`` are not: item -> the anchor of the
    group that it is in, None where nobody said."""
    told: list[tuple[str, str, Verdict]] = [(anchor, item, "same") for item in members]
    for item, other in wrong.items():
        told.append((anchor, item, "different"))
        if other is not None:
            told.append((other, item, "same"))
    return told
