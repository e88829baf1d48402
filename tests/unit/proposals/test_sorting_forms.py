"""The forms of questions: which images and groups they ask about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curation.proposals.sorting.board import Board
from curation.proposals.sorting.choosing import draw
from curation.proposals.sorting.merging import many_small, merges, pile_merges
from curation.proposals.sorting.naming import exploring, margins, namings
from curation.proposals.sorting.pace import Pace
from curation.proposals.sorting.questions import Form, Merge, Naming, Piles, Sweep
from curation.proposals.sorting.sweeping import TILES, sweeps

NOBODY = np.empty(0, np.int64)


def board(n: int = 90, k: int = 3, decided: int = 60, seed: int = 0) -> Board:
    """``n`` images in ``k`` groups by turns, of which the first ``decided`` are answered."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % max(k, 1)
    features = np.eye(24)[label] + rng.normal(0, 0.2, (n, 24))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    chances = 0.6 * np.eye(max(k, 1))[label] + rng.dirichlet(np.ones(max(k, 1)), n) * 0.4
    return Board(
        features=features.astype(np.float32),
        chances=chances[:, :k],
        group=np.where(np.arange(n) < decided, label, -1) if k else np.full(n, -1, np.int64),
        refused=np.zeros((n, k), np.bool_),
        open=np.ones(n, np.bool_),
        apart=~np.eye(k, dtype=np.bool_),
        clusters=np.arange(n) % 6,
        typical=rng.uniform(0.5, 1, n).astype(np.float32),
    )


def test_the_first_images_to_name_are_typical_of_different_clusters() -> None:
    start = board(k=0)
    assert exploring(start)
    asked = namings(start, NOBODY)
    assert start.clusters is not None
    assert start.typical is not None
    assert len({start.clusters[one.item] for one in asked}) == len(asked) == 5
    for one in asked:
        others = start.typical[start.clusters == start.clusters[one.item]]
        assert start.typical[one.item] == others.max()
    assert all(one.guesses == () for one in asked)


def test_before_there_are_clusters_images_from_all_over_are_asked_about() -> None:
    start = replace(board(k=0), clusters=None, typical=None)
    assert [one.item for one in namings(start, NOBODY)] == [0, 22, 44, 66, 89]
    away = np.arange(1, 89)
    assert [one.item for one in namings(start, away)] == [0, 89]


def test_named_clusters_are_asked_about_last() -> None:
    start = board(k=0)
    first = [one.item for one in namings(start, NOBODY)]
    group = start.group.copy()
    group[first] = 0
    after = replace(start, group=group, chances=np.ones((90, 1)), refused=np.zeros((90, 1), bool),
                    apart=np.zeros((1, 1), bool))  # fmt: skip
    assert not {one.item for one in namings(after, NOBODY)} & set(first)


def test_images_taken_out_of_groups_and_put_nowhere_are_named_before_more_is_swept() -> None:
    known = board()
    refused = known.refused.copy()
    refused[[60, 63, 66], 0] = True
    chances = np.where(refused, 0.0, known.chances)
    astray = replace(known, refused=refused, chances=chances)
    (asked,) = draw(astray, Pace())
    assert isinstance(asked, Naming)
    assert asked.item in {60, 63, 66}
    assert 0 not in asked.guesses
    assert isinstance(draw(astray, Pace(), exclude=np.array([60]))[0], Sweep)  # two are few
    sure = chances.copy()
    sure[[60, 63, 66], 1] = 0.95
    assert isinstance(draw(replace(astray, chances=sure), Pace())[0], Sweep)


def test_later_it_is_the_smallest_margins() -> None:
    known = board(decided=30)
    assert not exploring(known)
    rows = known.undecided
    near = set(rows[np.argsort(margins(known, rows))[:20]].tolist())
    asked = namings(known, NOBODY)
    assert {one.item for one in asked} <= near
    for one in asked:
        assert one.guesses[0] == int(known.chances[one.item].argmax())


def test_a_grid_holds_unsure_members_of_one_group_that_differ() -> None:
    known = board(n=300)
    for sweep in sweeps(known, Pace(), NOBODY):
        rows = np.array(sweep.items)
        assert len(rows) == min(TILES, sweep.supposed)
        assert (known.guess[rows] == sweep.group).all()
        assert (known.group[rows] < 0).all()
        members = known.undecided[known.guess[known.undecided] == sweep.group]
        unsure = np.sort(known.sureness[members])[: 3 * TILES]
        assert (known.sureness[rows] <= unsure.max() + 1e-6).all()
        assert (np.diff(known.sureness[rows]) >= -1e-6).all(), "least sure first"


def test_of_images_that_look_alike_a_grid_shows_one() -> None:
    rng = np.random.default_rng(3)
    known = board(n=3 + 3 * TILES, k=1, decided=3)
    kinds = np.tile(np.linalg.qr(rng.normal(size=(TILES, TILES)))[0], (3, 1))
    features = np.concatenate([known.features[:3], kinds]).astype(np.float32)
    (sweep,) = sweeps(replace(known, features=features), Pace(), NOBODY)
    assert sorted((row - 3) % TILES for row in sweep.items) == list(range(TILES))


def test_what_was_refused_never_comes_back_in_that_group() -> None:
    known = board()
    row = int(known.undecided[0])
    refused = known.refused.copy()
    refused[row, known.guess[row]] = True
    before = int(known.guess[row])
    known = replace(known, refused=refused)
    assert known.guess[row] != before
    assert all(row not in s.items for s in sweeps(known, Pace(), NOBODY) if s.group == before)
    assert all(before not in q.guesses for q in namings(known, NOBODY) if q.item == row)


def test_an_image_refused_by_all_groups_is_in_no_grid_but_can_be_named() -> None:
    known = board(n=62)
    refused = known.refused.copy()
    refused[60] = True
    known = replace(known, refused=refused)
    assert known.guess[60] == -1
    assert all(60 not in sweep.items for sweep in sweeps(known, Pace(), NOBODY))
    assert 60 in {one.item for one in namings(known, NOBODY)}


def test_what_is_on_another_screen_or_excluded_is_not_asked() -> None:
    known = board()
    free = known.open.copy()
    free[:75] = False
    known = replace(known, open=free)
    away = np.array([80], np.int64)
    shown = {one.item for one in namings(known, away)}
    shown |= {row for sweep in sweeps(known, Pace(), away) for row in sweep.items}
    assert min(shown) >= 75
    assert 80 not in shown


def test_groups_known_to_differ_are_never_asked_to_be_one() -> None:
    known = board()
    assert merges(known) == []
    blended = replace(known, apart=np.zeros((3, 3), np.bool_), chances=np.full((90, 3), 1 / 3))
    asked = merges(blended)
    assert asked
    for merge in asked:
        assert merge.one != merge.other
        assert (blended.group[list(merge.of_one)] == merge.one).all()
        assert (blended.group[list(merge.of_other)] == merge.other).all()


def test_the_product_names_first_then_sweeps_and_joins_as_soon_as_it_can() -> None:
    pace = Pace()
    assert isinstance(draw(board(decided=20), pace)[0], Naming)
    known = board(n=200, decided=60)
    assert isinstance(draw(known, pace)[0], Sweep)
    doubtful = replace(known, apart=np.zeros((3, 3), np.bool_), chances=np.full((200, 3), 1 / 3))
    assert isinstance(draw(doubtful, pace)[0], Merge)


@pytest.mark.parametrize("form", [None, "merge"])
def test_piles_that_were_put_off_are_not_asked_about_at_once(form: Form | None) -> None:
    known = board(n=200, decided=60)
    doubtful = replace(known, apart=np.zeros((3, 3), np.bool_), chances=np.full((200, 3), 1 / 3))
    first = draw(doubtful, Pace(), form)[0]
    assert isinstance(first, Merge)
    held = [int(np.flatnonzero(doubtful.group == one)[0]) for one in (first.one, first.other)]
    again = draw(doubtful, Pace(), form, exclude=np.array(sorted(held), np.int64))
    joined = [{piles.one, piles.other} for piles in again if isinstance(piles, Merge)]
    assert again or form == "merge"  # there may be no other two
    assert {first.one, first.other} not in joined


@pytest.mark.parametrize("form", [None, "name", "sweep", "merge"])
@pytest.mark.parametrize("k", [0, 1, 2, 24])
def test_where_all_is_decided_nothing_is_asked(form: str | None, k: int) -> None:
    done = board(n=48, k=k, decided=48)
    if k == 0:
        done = replace(done, open=np.zeros(48, np.bool_))
    assert draw(done, Pace(), form) == []  # type: ignore[arg-type]


def test_a_grid_of_one_group_only() -> None:
    found = draw(board(n=300), Pace(), group=1)
    assert [one.group for one in found if isinstance(one, Sweep)] == [1]


def test_seconds_of_a_grid() -> None:
    assert Pace().sweep(24, 2) == pytest.approx(1 + 24 * 0.2 + 2 * 0.7)


def many(n: int = 540, named: int = 40, each: int = 1) -> Board:
    """So many groups with ``each`` so many images named, and piles of three."""
    start = board(n=n, k=24, decided=0)
    group = np.full(n, -1, np.int64)
    group[: named * each] = np.arange(named * each) % named
    return replace(
        start, group=group, chances=np.full((n, named), 1 / named),
        refused=np.zeros((n, named), bool), apart=~np.eye(named, dtype=np.bool_),
        piles=np.arange(n) // 3,
        beside=np.array([[300, 303], [300, 306], [309, 312], [0, 318]]),
    )  # fmt: skip


def test_many_groups_of_few_images_are_asked_about_as_piles_once_they_are_known() -> None:
    assert many_small(many())
    assert isinstance(draw(many(), Pace())[0], Naming)
    known = many(each=4)
    assert many_small(known)
    asked = draw(known, Pace())
    assert [one for one in asked if isinstance(one, Piles)] == asked
    assert [(one.one, one.other) for one in asked if isinstance(one, Piles)] == [
        (300, 303), (309, 312), (0, 318),
    ]  # fmt: skip
    assert asked[0].of_one == (300, 301, 302)  # type: ignore[union-attr]


def test_piles_that_are_put_off_or_on_another_screen_are_not_asked_about() -> None:
    known = many()
    free = known.open.copy()
    free[309] = False
    asked = pile_merges(replace(known, open=free), np.array([300]))
    assert [(one.one, one.other) for one in asked] == [(0, 318)]


def test_few_large_groups_are_not_many_small_ones() -> None:
    assert not many_small(board(n=540, k=6, decided=60))
    assert not many_small(many(named=30))
