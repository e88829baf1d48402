"""How far reviewers agree, and whether more review still changes anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from curation.types import Decision, Pair, Verdict

WINDOW = 20
"""Answers that the running share of changes looks back on (methods 8.5)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two reviewers on the ``n`` pairs that both answered.

    ``observed`` share of equal verdicts in [0, 1]; ``kappa`` Cohen's, in [-1, 1], None where
    chance alone would already agree everywhere.
    """

    reviewers: tuple[str, str]
    n: int
    observed: float
    kappa: float | None


def agreements(decisions: Iterable[Decision]) -> list[Agreement]:
    """Agreement of every two reviewers with pairs in common, by name.

    ``decisions`` are effective ones in the log's order; a reviewer's newest verdict on a pair
    counts.
    """
    answers: dict[str, dict[Pair, Verdict]] = {}
    for decision in decisions:
        if decision.verdict is not None:
            answers.setdefault(decision.reviewer, {})[decision.pair] = decision.verdict
    found = []
    for first, second in combinations(sorted(answers), 2):
        common = answers[first].keys() & answers[second].keys()
        if common:
            both = [(answers[first][pair], answers[second][pair]) for pair in common]
            found.append(_agreement((first, second), both))
    return found


def _agreement(reviewers: tuple[str, str], both: Sequence[tuple[Verdict, Verdict]]) -> Agreement:
    n = len(both)
    observed = sum(x == y for x, y in both) / n
    left, right = Counter(x for x, _ in both), Counter(y for _, y in both)
    chance = sum(left[verdict] * right[verdict] for verdict in left) / n**2
    kappa = None if chance == 1 else (observed - chance) / (1 - chance)
    return Agreement(reviewers, n, observed, kappa)


def wilson(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share of which ``right`` in ``of`` > 0 were seen (Wilson 1927)."""
    z = 1.959964
    centre = (right + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * (right * (of - right) / of + z * z / 4) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


class ChangeEstimate:
    """Running share of answers that changed something, as in Wildbook's graph identification.

    It starts at 1 (everything may change), so that it falls only by answers that do not.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._weight = 2 / (window + 1)
        self.rate = 1.0
        self.n = 0

    def note(self, changed: bool) -> None:
        """Count one answer: whether it was a surprise or changed what was known."""
        self.rate += self._weight * (changed - self.rate)
        self.n += 1

    def chance(self, ahead: int = 20) -> float | None:
        """Chance in [0, 1] that any of the next ``ahead`` answers changes something.

        None before the first answer.
        """
        return None if self.n == 0 else 1 - (1 - self.rate) ** ahead
