"""Whether a new generation may replace the one in use without asking."""

from __future__ import annotations

from curation.learning.evaluate import AUC

MIN_PAIRS = 20


def beyond_interval(new: AUC | None, old: AUC | None) -> bool:
    """True if ``new`` fell below the interval of ``old``, both on the same held-out pairs.

    Then the person is asked. With fewer than 20 pairs there is no evidence, and the answer is no.
    """
    if new is None or old is None or min(new.n, old.n) < MIN_PAIRS:
        return False
    return new.value < old.low
