"""How fast answers settle the predicted grouping."""

from __future__ import annotations

import numpy as np
import pytest

from curation.engine.settling import Settling
from curation.learning.grouping import Grouping, rivals


def grouping(labels: list[int], chance: list[float], k: int = 2) -> Grouping:
    rest = (1 - np.array(chance)) / max(k - 1, 1)
    probabilities = np.repeat(rest[:, None], k, axis=1)
    probabilities[np.arange(len(labels)), labels] = chance
    return Grouping(np.array(labels, np.int64), probabilities.astype(np.float32), k)


def seconds(_: str, position: int) -> float:
    return float(position)


def test_nothing_is_foretold_in_the_first_three_quarters_of_a_minute() -> None:
    settling = Settling(seconds)
    for position in (0, 20, 44):
        settling.note("s", "c", position, 1, grouping([0, 1], [0.6, 0.6]))
    assert settling.next_minute("s") is None
    settling.note("s", "c", 45, 1, grouping([0, 1], [0.6, 0.6]))
    assert settling.next_minute("s") == 0
    assert settling.next_minute("other") is None


def test_the_next_minute_settles_as_many_of_the_unsure_as_the_last_one_did() -> None:
    settling = Settling(seconds)
    before = grouping([0] * 50 + [1] * 50, [0.6] * 100)
    after = grouping([0] * 50 + [1] * 50, [1.0] * 20 + [0.6] * 80)
    settling.note("s", "c", 0, 1, before)
    settling.note("s", "c", 60, 1, after)
    assert settling.next_minute("s") == pytest.approx(20 / 100 * 80)


def test_groups_in_another_order_are_no_change() -> None:
    settling = Settling(seconds)
    settling.note("s", "c", 0, 1, grouping([0, 0, 0, 1, 1], [0.6] * 5))
    settling.note("s", "c", 60, 1, grouping([1, 1, 1, 0, 0], [0.6] * 5))
    assert settling.next_minute("s") == 0
    settling.note("s", "c", 120, 1, grouping([1, 1, 0, 0, 0], [0.6] * 5))
    assert settling.next_minute("s") == 1


def test_another_generation_starts_anew() -> None:
    settling = Settling(seconds)
    settling.note("s", "c", 0, 1, grouping([0, 0, 1, 1], [0.6] * 4))
    settling.note("s", "c", 60, 1, grouping([0, 0, 1, 1], [0.6] * 4))
    settling.note("s", "c", 90, 2, grouping([0, 1, 0, 1], [0.6] * 4))
    settling.note("s", "c", 150, 2, grouping([0, 1, 0, 1], [0.6] * 4))
    assert settling.next_minute("s") == 0


def test_a_group_is_told_with_what_it_is_mixed_up_with() -> None:
    mixed = grouping([0, 0, 0, 0, 1, 1, 2, 2], [0.95, 0.95, 0.6, 0.6, 1, 1, 1, 1], 3)
    assert rivals(mixed) == [(1, 0.5), (0, 0.0), (0, 0.0)]
    assert rivals(grouping([0, 0], [1, 1], 1)) == [(0, 0.0)]
