"""How many images of a sorted collection can still be in a wrong group, by a uniform audit.

What is found wrong in the audit is put right, so a claim is about what was *not* looked at. It is
looked at a few times only, after numbers of audits that are fixed beforehand; each look has its
part of the error that the claim as a whole may make, so that going on after a failed look costs
nothing of its confidence. Bounds are exact for samples without replacement (hypergeometric);
of a large collection they are those of Clopper and Pearson (1934),
https://doi.org/10.1093/biomet/26.4.404.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from curation.types import BoolArray, IndexArray

WRONG_AT_LOOKS = (0, 2, 5, 11, 23)
"""So many wrong ones a claim survives at each of its looks."""
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Parts of the images, the surest first, that a look tries one after the other."""


def lower_bound(right: int, of: int, confidence: float = 0.95) -> float:
    """One-sided lower bound of a share, of which ``right`` of ``of`` uniform draws were right.

    The bound of Clopper and Pearson: 299 right of 299 give .99.
    """
    if right == 0:
        return 0.0
    from scipy import stats

    return float(stats.beta.ppf(1 - confidence, right, of - right + 1))


@lru_cache(maxsize=16_384)  # a claim is looked at whenever it is shown
def most_wrong(population: int, audited: int, wrong: int, error: float) -> int:
    """The largest number of wrong ones among ``population`` that goes with no more than ``wrong``
    of ``audited`` drawn without replacement, but for a chance of ``error``."""
    from scipy import stats  # slow to import, and seldom needed

    low, high = wrong, population - audited + wrong
    while low < high:
        middle = (low + high + 1) // 2
        if stats.hypergeom.cdf(wrong, population, middle, audited) > error:
            low = middle
        else:
            high = middle - 1
    return low


Sizes = Sequence[tuple[int, int]]
"""Of each group the images that answers put into it, and those that a claim puts there unseen."""


def pairs_true(wrong: int, sizes: Sizes) -> float:
    """The share that is true at least of the pairs that a claim adds to groups, where ``wrong`` of
    its images are in a group that is not theirs: each spoils all its pairs, at worst in the
    largest group."""
    pairs = _pairs_added(sizes)
    return max(0.0, 1 - wrong * _partners(sizes) / pairs) if pairs else 1.0


def images_true(wrong: int, sizes: Sizes) -> float:
    """The share of the images of a claim that is in its group, where ``wrong`` are not."""
    images = sum(more for _, more in sizes)
    return max(0.0, 1 - wrong / images) if images else 1.0


def allowed_wrong(target: float, of: str, sizes: Sizes) -> int:
    """How many images may be wrong for a share ``target`` of the ``of`` ("pairs" or "images") that
    a claim is about. What answers decided is not in it."""
    if of == "images":
        return math.floor((1 - target) * sum(more for _, more in sizes) + 1e-9)
    return math.floor((1 - target) * _pairs_added(sizes) / max(1, _partners(sizes)) + 1e-9)


def _pairs_added(sizes: Sizes) -> int:
    return sum(math.comb(known + more, 2) - math.comb(known, 2) for known, more in sizes)


def _partners(sizes: Sizes) -> int:
    """The most pairs that one image of a claim can spoil."""
    return max((known + more for known, more in sizes if more), default=1) - 1


@dataclass(frozen=True, slots=True)
class Look:
    """After ``audits`` audits the claim is tried, wrongly held with a chance of ``error`` at most;
    it holds where at most ``wrong`` of them are wrong."""

    audits: int
    wrong: int
    error: float


@lru_cache(maxsize=64)
def looks(population: int, allowed: int, confidence: float) -> tuple[Look, ...]:
    """When a claim that at most ``allowed`` of ``population`` stay wrong is tried; never where
    only looking at all of them could tell."""
    planned: list[Look] = []
    for number, wrong in enumerate(WRONG_AT_LOOKS, 1):
        error = (1 - confidence) / 2**number
        audits = _enough(population, allowed, wrong, error)
        if audits >= population:
            break
        planned.append(Look(audits, wrong, error))
    return tuple(planned)


def _enough(population: int, allowed: int, wrong: int, error: float) -> int:
    """The fewest audits after which ``wrong`` wrong ones leave at most ``allowed``."""
    low, high = min(wrong, population), population
    while low < high:
        middle = (low + high) // 2
        if most_wrong(population, middle, wrong, error) - wrong <= allowed:
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(frozen=True, slots=True)
class Held:
    """What a look holds: the surest ``images``, of which at most ``left`` are still wrong."""

    images: int
    left: int


def held(
    places: IndexArray,
    wrong: BoolArray,
    parts: Sequence[Sizes],
    target: float,
    of: str,
    population: int,
    error: float,
) -> Held | None:
    """The largest part of the images for which a claim holds, None where it holds for none.

    ``places`` int64 [n] of the audited images in the order of sureness, surest first, and whether
    each was ``wrong`` bool [n]; ``parts`` the sizes of the groups with each of ``SHARES`` of the
    images in. The parts are tried from the smallest that so few audits could hold to the largest,
    up to the first that does not hold, each at the full ``error``: a fixed sequence of tests
    (Maurer 1995) needs no correction.
    """
    best = None
    for share, sizes in zip(SHARES, parts, strict=True):
        images = part(share, population)
        inside = places < images
        audited, bad = int(inside.sum()), int((inside & wrong).sum())
        allowed = allowed_wrong(target, of, sizes)
        if most_wrong(images, audited, 0, error) > allowed:
            continue  # not even without a mistake
        left = most_wrong(images, audited, bad, error) - bad
        if left > allowed:
            break
        best = Held(images, left)
    return best


def part(share: float, of: int) -> int:
    """How many images a share of them is, rounded up."""
    return math.ceil(share * of - 1e-9)
