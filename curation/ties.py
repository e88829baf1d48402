"""Which of equals comes first: by a rule, never by rounding.

Two members are exactly equally near to their mean, copies of an image to everything; what a BLAS
kernel makes of the last bits of such numbers differs from processor to processor. So whatever
chooses by similarities, distances or scores counts in steps of a millionth down from the largest
one, and takes the lower index of those on one step.

Steps are counted from the largest value, so that what ties with it lies at a fixed place inside of
the first step and no boundary can come between. Elsewhere the boundaries are an irrational part of
a step away from whole steps: differences by construction are fractions such as 1/128, many of which
end exactly on a half or a whole millionth. Of other values one in as many lies on a boundary as its
error is parts of a step: with ``products`` one in a thousand million.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

EQUAL = 1e-6
"""Similarities, distances and scores that differ by less count as equal."""
_OFFSET = (3 - 5**0.5) / 2
"""Boundaries of steps stand off whole ones by the part that fractions approximate worst."""

_FIRST_STEP = (1 - _OFFSET) * EQUAL

Numbers = npt.NDArray[np.floating[Any]]
Singles = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


def products(a: Numbers, b: Numbers) -> Scores:
    """Inner products float64 [A, B] of the rows of ``a`` [A, D] and ``b`` [B, D].

    In double precision, whose last bits (1e-15) are far below what counts as equal.
    """
    return np.asarray(a, np.float64) @ np.asarray(b, np.float64).T


def steps_down(values: Numbers, axis: int = -1) -> Scores:
    """Whole steps float64, as ``values``, by which each is below the largest along ``axis``.

    0 for what equals the largest; inf for -inf.
    """
    top = np.max(values, axis, keepdims=True, initial=-np.inf).astype(np.float64)
    with np.errstate(invalid="ignore"):  # -inf below -inf, inf below inf
        below = np.where(values == top, 0.0, top - values)
    return np.floor(below / EQUAL + _OFFSET)


def best_first(values: Numbers, axis: int = -1) -> Places:
    """The order int64 of ``values`` along ``axis``, largest first, of equal ones as they stand."""
    return np.asarray(np.argsort(steps_down(values, axis), axis, kind="stable"), np.int64)


def first_best(values: Numbers, axis: int = -1) -> Places:
    """Index int64 of the largest of ``values`` along ``axis``, of equal ones the first."""
    top = np.max(values, axis, keepdims=True).astype(np.float64)
    return np.asarray((values >= top - _FIRST_STEP).argmax(axis), np.int64)


def first_best_product(a: Singles, b: Singles) -> Places:
    """Row int64 [A] of ``b`` float32 [B, D] of the largest product with each of ``a`` float32
    [A, D], of equal ones the first; no row is longer than 1.

    As ``first_best`` of ``products`` has it, in less time: double precision is left to the rows
    whose largest product single precision cannot tell from another.
    """
    rough = a @ b.T
    best = np.asarray(rough.argmax(1), np.int64)
    close = rough >= rough.max(1, keepdims=True) - (2 * single_error(a.shape[1]) + EQUAL)
    unsure = np.flatnonzero(np.count_nonzero(close, axis=1) > 1)
    best[unsure] = first_best(products(a[unsure], b))
    return best


def single_error(dim: int) -> float:
    """What a product of two vectors [dim] no longer than 1 is off by at most in single precision,
    in whatever order it is summed: Higham 2002, eq. 3.5, https://doi.org/10.1137/1.9780898718027."""
    return dim * 2.0**-24 / (1 - dim * 2.0**-24)


def few_best(values: Numbers, k: int) -> Places:
    """Columns int64 [Q, k] of the k largest of each row of ``values`` [Q, M], best first.

    As ``best_first`` has them, in less time. Where fewer than k are finite, the last ones are any.
    """
    chosen = np.sort(np.argpartition(-values, k - 1, axis=1)[:, :k], axis=1)
    taken = np.take_along_axis(values, chosen, 1)
    order = best_first(taken)
    best = np.take_along_axis(chosen, order, 1)
    least = taken.min(1)
    # Only where others equal the last one taken can these be the wrong ones.
    cut = np.isfinite(least) & ((values > least[:, None] - EQUAL).sum(1) > k)
    best[cut] = best_first(values[cut])[:, :k]
    return best


def step_of(total: float) -> float:
    """Whole steps by which ``total`` is above 1, each a millionth of what it has come to: for sums
    of any size. -inf for 0, and for what rounding makes of it."""
    return math.floor(math.log(total) / EQUAL + _OFFSET) if total > EQUAL**2 else -math.inf


def below(values: npt.ArrayLike, bound: npt.ArrayLike) -> Truths:
    """Where ``values`` are below ``bound``, equal ones not counted, bool as the two broadcast."""
    return np.asarray(np.asarray(values) < np.asarray(bound, np.float64) - EQUAL)
