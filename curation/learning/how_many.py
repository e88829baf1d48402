"""How many groups there are, from the images that were named: those seen once tell of those unseen.

Chao's estimator of the number of classes (Chao 1984, 1987, https://doi.org/10.2307/2531532), bias
corrected, with the upper end of its log-normal interval. It takes the named images as a sample of
all: the questions spread over the space, which finds small groups sooner than chance does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from curation.types import IndexArray

FEWEST = 40
"""Named images from which a number is told."""
EACH = 3
"""Named images a group, on average, from which the groups found tell of the others."""
SEEN_ONCE = 0.25
"""Largest share of the named images that may be the only one of their group: of more, too many
groups are unseen to say how many there are."""
_DEVIATIONS = 1.96
_RARE = 3
"""Where a group was named no more often, one like it may have been missed: the log-normal interval
is too short where few groups are rare (coverage by simulation)."""
_MISSED = 3.0
"""A group that n names all missed has, at 95 %, no more than 3 in n of the images."""


@dataclass(frozen=True, slots=True)
class Number:
    """About ``about`` groups, at most ``high`` at 95 % confidence, and ``low`` are found; groups of
    less than a share ``smallest`` of the images may be unseen beside these."""

    about: int
    low: int
    high: int
    smallest: float


def how_many(named: IndexArray, images: int, decided: int) -> Number | None:
    """The number of groups among ``images``, of which answers have ``decided`` some.

    ``named`` int64 [G]: how many images of each group were named one by one. None where that is too
    little to say; exact where all images are decided.
    """
    known = len(named)
    if known and decided >= images:
        return Number(known, known, known, 0.0)
    total = int(named.sum())
    once, twice = int((named == 1).sum()), int((named == 2).sum())
    if total < max(FEWEST, EACH * known) or once > SEEN_ONCE * total:
        return None
    unseen = (total - 1) / total * once * (once - 1) / (2 * (twice + 1))
    high = known + _upper(known, unseen, once, twice, total)
    high += int(named.min() <= _RARE) + int(once > 0)
    most = known + images - decided
    about = min(round(known + unseen), most)
    return Number(about, known, min(max(high, about), most), min(_MISSED / total, 1.0))


def _upper(known: int, unseen: float, once: int, twice: int, total: int) -> int:
    """The upper end of the log-normal interval of the ``unseen`` groups."""
    shrink = (total - 1) / total
    if twice:
        ratio = once / twice
        variance = twice * (shrink * ratio**2 / 2 + shrink**2 * (ratio**3 + ratio**4 / 4))
    else:
        variance = (
            shrink * once * (once - 1) / 2
            + shrink**2 * once * (2 * once - 1) ** 2 / 4
            - shrink**2 * once**4 / (4 * (known + unseen))
        )
    if unseen <= 0:
        return once
    factor = math.exp(_DEVIATIONS * math.sqrt(math.log1p(max(variance, 0.0) / unseen**2)))
    return math.ceil(unseen * factor)
