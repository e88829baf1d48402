"""How long steps took, as the log tells it."""

from __future__ import annotations

import pytest

from curation.criterion.timing import AWAY_SECONDS, Timing
from curation.proposals.sorting.pace import Pace
from curation.types import Decision, Pair, Verdict


def entry(
    seq: int,
    verdict: Verdict | None = "same",
    batch: str | None = None,
    strategy: str = "mix",
    milliseconds: int | None = None,
    score: float | None = None,
) -> Decision:
    return Decision(
        id=str(seq),
        pair=Pair(f"a{seq}", f"b{seq}"),
        verdict=verdict,
        criterion="c",
        reviewer="ann",
        strategy=strategy,
        score=score,
        milliseconds=milliseconds,
        batch_id=batch,
        seq=seq,
    )


def grid(number: int, seconds: float, tiles: int, wrong: int) -> list[Decision]:
    first = 100 * number
    verdicts: list[Verdict] = ["different" if place < wrong else "same" for place in range(tiles)]
    return [
        entry(first + place, verdict, f"g{number}", "sweep",
              int(1000 * seconds) if place == 0 else None, 0.5)
        for place, verdict in enumerate(verdicts)
    ]  # fmt: skip


def test_a_batch_is_one_step() -> None:
    timing = Timing([entry(1, milliseconds=1500), *grid(1, 6.0, 24, 2)])
    assert timing.seconds("ann") == pytest.approx(7.5)
    assert timing.seconds("bob") == 0


def test_time_at_a_position_of_the_log() -> None:
    timing = Timing([entry(3, milliseconds=1000), entry(7, milliseconds=2000)])
    timing.note([entry(9), entry(12, milliseconds=500)])
    assert [timing.seconds_at(at) for at in (0, 3, 6, 7, 11, 12)] == [0, 1, 1, 3, 3, 3.5]


def test_whoever_is_away_does_not_sort() -> None:
    assert Timing([entry(1, milliseconds=10**7)]).seconds("ann") == AWAY_SECONDS


def test_undone_steps_took_their_time_and_an_undo_none() -> None:
    timing = Timing([entry(1, milliseconds=1000), entry(2, None)])
    assert timing.seconds("ann") == 1


def test_times_are_told_and_used_once_there_are_twenty_of_a_kind() -> None:
    names = [
        entry(seq, "same", f"n{seq}", "name", 1000 if seq % 2 else 3000) for seq in range(1, 20)
    ]
    timing = Timing(names)
    assert timing.medians("ann")["name"] is None
    assert timing.pace("ann") == Pace()
    timing.note([entry(30, "different", "new", "name", 60_000)])  # a new group is another kind
    assert timing.medians("ann")["name"] is None
    timing.note([entry(31, "same", "n31", "name", 1000)])
    assert timing.medians("ann")["name"] == 1.0
    assert timing.medians("ann")["new_name"] is None
    assert timing.pace("ann") == Pace(known=1.0)
    assert timing.pace("bob") == Pace()


def test_a_grid_at_half_the_pace_halves_all_its_parts() -> None:
    model = Pace()
    timing = Timing()
    for number in range(1, 21):
        timing.note(grid(number, model.sweep(24, number % 5) / 2, 24, number % 5))
    half = timing.pace("ann")
    assert half.sweep(24, 3) == pytest.approx(model.sweep(24, 3) / 2, rel=0.01)
    tile = timing.medians("ann")["sweep_tile"]
    assert tile is not None
    assert 0.1 < tile < 0.2


def test_a_gallery_was_not_timed() -> None:
    assert Timing([entry(1, batch="gesture"), entry(2, batch="gesture")]).seconds("ann") == 0
