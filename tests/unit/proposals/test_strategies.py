"""What every strategy must hold, and what each one's score follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scenes import answered, blobs, full_state, positions, state_of, unit

from curation.errors import ProposalError, UnknownName
from curation.proposals import registry
from curation.proposals.base import Candidates, State, Strategy, best_open
from curation.proposals.fnc_max import top_above, view_scores
from curation.proposals.knn_k import jaccard
from curation.proposals.mix import Mix
from curation.proposals.occ_boundary import OccBoundary, binary_entropy, novelty, same_cluster
from curation.proposals.sepp_band import SeppBand
from curation.types import Constraints, Neighbours, Pair

NAMES = registry.names()


AUDITS = ("lca", "dbpm_audit")
"""These ask again what is answered or implied."""


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_open_distinct_eligible_and_within_budget(name: str) -> None:
    vectors, labels = blobs()
    eligible = np.arange(len(labels)) % 5 != 0
    state = full_state(vectors, labels, eligible=eligible)
    proposals = registry.create(name).propose(state, 12, np.random.default_rng(3))
    assert 0 < len(proposals) <= 12
    pairs = positions(proposals)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert eligible[pairs].all()
    if name not in AUDITS:
        assert not state.constraints.closed(pairs[:, 0], pairs[:, 1]).any()
    assert all(0 <= p.score <= 1 and p.reason for p in proposals)


@pytest.mark.parametrize("name", NAMES)
def test_without_answers_pairs_come_unless_a_need_is_absent(name: str) -> None:
    state = state_of(blobs()[0])
    strategy = registry.create(name)
    absent = "" if isinstance(strategy, Mix) else strategy.absent(state)
    assert bool(strategy.propose(state, 12, np.random.default_rng(3))) == (absent == "")
    assert absent == "" or absent.startswith("needs ")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_pairs(name: str) -> None:
    vectors, labels = blobs()
    first, second = (
        registry.create(name).propose(full_state(vectors, labels), 10, np.random.default_rng(5))
        for _ in range(2)
    )
    assert first == second


ASK_ALL = ("mix", "random", "explore", "minmax", "idc_value", "occ_boundary", "knn_k")
"""Strategies that leave no pair of a few items open; others want pairs of one kind."""


@pytest.mark.parametrize("name", ASK_ALL)
@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_items_are_asked_until_none_is_open(name: str, n: int) -> None:
    vectors, labels = blobs(per_blob=1, n_blobs=4)
    asked: list[tuple[int, int]] = []
    for turn in range(n * (n - 1) // 2 + 1):
        state = state_of(vectors[:n], answered(labels[:n], asked) if asked else None)
        proposals = registry.create(name).propose(state, 2, np.random.default_rng(turn))
        asked += [tuple(pair) for pair in positions(proposals).tolist()]
    assert sorted(asked) == [(i, j) for i in range(n) for j in range(i + 1, n)]


@pytest.mark.parametrize("name", NAMES)
def test_few_items_do_no_harm(name: str) -> None:
    vectors, strategy = blobs(per_blob=1)[0], registry.create(name)
    assert strategy.propose(state_of(vectors[:1]), 10, np.random.default_rng(0)) == []
    for n in (2, 3):
        for state in (state_of(vectors[:n]), full_state(vectors[:n], np.arange(n) // 2)):
            strategy.propose(state, 10, np.random.default_rng(0))


@pytest.mark.parametrize("name", NAMES)
def test_identical_items_do_no_harm(name: str) -> None:
    alike = unit(np.ones((12, 4)))
    for state in (state_of(alike), full_state(alike, np.arange(12) // 6)):
        registry.create(name).propose(state, 10, np.random.default_rng(0))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in AUDITS])
def test_nothing_is_proposed_where_all_is_implied(name: str) -> None:
    labels = np.zeros(6, int)
    vectors = blobs(per_blob=2)[0]
    implied = answered(labels, [(i, i + 1) for i in range(5)])
    state = full_state(vectors, labels, constraints=implied)
    assert registry.create(name).propose(state, 10, np.random.default_rng(0)) == []


LIKELY_SAME = (
    "sepp_band", "nn_top1", "knn_k", "centroid", "synthetic_pos", "text_agree", "pool_topk",
    "fnc_max", "ifnd",
)  # fmt: skip


@pytest.mark.parametrize("name", LIKELY_SAME)
def test_positives_are_found_more_often_than_at_random(name: str) -> None:
    vectors, labels = blobs(per_blob=100, spread=0.25)
    state = full_state(vectors, labels)
    pairs = positions(registry.create(name).propose(state, 30, np.random.default_rng(0)))
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean() > 0.6


def test_an_unknown_strategy_lists_the_valid_ones() -> None:
    with pytest.raises(UnknownName, match="explore") as caught:
        registry.create("explor")
    assert all(name in str(caught.value) for name in NAMES)


class Returns(Strategy):
    """A strategy that returns what it is told to."""

    id = "returns"
    kind = "uncertain"
    family = "control"
    summary = when = paper = "for tests"

    def __init__(self, i: list[Any], j: list[Any], score: Any = None) -> None:
        self.found: Any = Candidates(
            np.array(i), np.array(j), np.array(score or [0.5] * len(i)), ["why"] * len(i)
        )

    def candidates(self, *_: Any) -> Any:
        return self.found


@pytest.mark.parametrize(
    ("strategy", "broken"),
    [
        (Returns([1], [1]), "open pairs"),
        (Returns([0, 1], [1, 0]), "each pair once"),
        (Returns([0], [99]), "positions"),
        (Returns([0], [2]), "open pairs"),
        (Returns([0], [1], [float("nan")]), "scores"),
        (Returns([0], [1], [1.5]), "scores"),
        (Returns([0] * 9, list(range(1, 10))), "at most 5"),
        (Returns([0.5], [1]), "i as a one-dimensional array of integer"),
        (Returns([[0]], [[1]]), "i as a one-dimensional array"),
        (Returns([0], [1, 2]), "one length"),
        (Returns([0], [1], ["high"]), "score as"),
    ],
)
def test_the_base_refuses_what_a_strategy_must_not_return(strategy: Returns, broken: str) -> None:
    vectors, _ = blobs()
    labels = np.zeros(len(vectors), int)
    state = state_of(vectors, answered(labels, [(0, 2)]))
    with pytest.raises(ProposalError, match=broken) as caught:
        strategy.propose(state, 5, np.random.default_rng(0))
    assert "'returns'" in str(caught.value)


@pytest.mark.parametrize("reasons", [None, [None], 3])
def test_reasons_are_texts(reasons: Any) -> None:
    strategy = Returns([0], [1])
    strategy.found = replace(strategy.found, reasons=reasons)
    with pytest.raises(ProposalError, match=r"'returns': expected reasons"):
        strategy.propose(state_of(blobs()[0]), 5, np.random.default_rng(0))


def test_positions_may_be_narrow_integers() -> None:
    """90 x 90 is beyond int8 and uint8: keys of pairs must not wrap around."""
    state = state_of(blobs()[0])
    for kind in (np.int8, np.uint8, np.uint64):
        narrow: list[Any] = [index[:300].astype(kind) for index in np.triu_indices(90, 1)]
        i, j = narrow
        strategy = Returns([0], [1])
        strategy.found = Candidates(i, j, np.full(300, 0.5), ["why"] * 300)
        found = strategy.propose(state, 300, np.random.default_rng(0))
        assert positions(found).tolist() == np.stack([i, j], 1).tolist()


def test_a_strategy_that_fails_or_returns_something_else_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = state_of(blobs()[0])
    strategy = Returns([0], [1])
    strategy.found = [(0, 1)]
    with pytest.raises(ProposalError, match=r"'returns': expected Candidates, got list"):
        strategy.propose(state, 5, np.random.default_rng(0))
    monkeypatch.setattr(strategy, "candidates", lambda *_: 1 / 0)
    with pytest.raises(ProposalError, match=r"'returns'.*ZeroDivisionError"):
        strategy.propose(state, 5, np.random.default_rng(0))


def test_proposals_carry_their_rank() -> None:
    proposals = registry.create("knn_k").propose(state_of(blobs()[0]), 6, np.random.default_rng(0))
    assert [p.rank for p in proposals] == [1, 2, 3, 4, 5, 6]


def test_a_state_of_unequal_lengths_is_refused() -> None:
    vectors, _ = blobs()
    with pytest.raises(ProposalError, match="eligible"):
        state_of(vectors, eligible=np.ones(3, np.bool_))


def test_best_open_respects_the_cap_an_item() -> None:
    state = state_of(blobs()[0])
    i, j = np.zeros(10, np.int64), np.arange(1, 11)
    assert len(best_open(state, i, j, np.linspace(1, 0, 10), 10, per_item=3)) == 3


# --- single strategies ---------------------------------------------------------------------


def band_state(cosines: list[float]) -> State:
    """An anchor and one item at each cosine to it, in directions of their own."""
    dim = len(cosines) + 1
    rows = [np.eye(dim)[0]]
    rows += [c * np.eye(dim)[0] + np.sqrt(1 - c * c) * np.eye(dim)[k + 1]
             for k, c in enumerate(cosines)]  # fmt: skip
    return state_of(unit(np.array(rows)))


class FixedBand(SeppBand):
    def lower_bound(self, *_: Any) -> float:
        return 0.97


def test_the_band_takes_what_lies_inside_only() -> None:
    state = band_state([0.98, 0.995, 0.5])
    pairs = FixedBand().propose(state, 10, np.random.default_rng(0))
    assert [p.pair for p in pairs if int(p.pair.a, 16) == 0] == [Pair(f"{0:032x}", f"{1:032x}")]


def test_the_bounds_of_the_band_are_inside() -> None:
    cosines = np.array([0.96, 0.97, 0.98, 0.99, 0.995], np.float32)
    star = band_state(cosines.tolist())
    indices = np.full((6, 5), -1, np.int64)
    indices[0] = np.arange(1, 6)
    near = Neighbours(indices, np.tile(cosines, (6, 1)))
    pairs = FixedBand().propose(replace(star, neighbours=near), 10, np.random.default_rng(0))
    assert sorted(int(p.pair.b, 16) for p in pairs) == [2, 3, 4]


@pytest.mark.parametrize("seed", range(5))
def test_the_band_is_read_once_a_pair_in_any_order(seed: int) -> None:
    """The paper's Algorithm 1 runs over the whole matrix, which counts every pair twice."""
    rng = np.random.default_rng(seed)
    vectors = blobs(per_blob=5, seed=seed, spread=0.08)[0]
    cosine = vectors @ vectors.T
    band = {
        (i, j)
        for i in range(len(vectors))
        for j in range(i + 1, len(vectors))
        if 0.97 <= cosine[i, j] <= 0.99
    }
    order = rng.permutation(len(vectors))
    assert band
    for rows in (np.arange(len(vectors)), order):
        found = FixedBand(per_item=99).propose(state_of(vectors[rows]), 999, rng)
        pairs = [tuple(sorted(rows[pair].tolist())) for pair in positions(found)]
        assert len(pairs) == len(set(pairs))
        assert set(pairs) == band


def test_the_band_excludes_identical_images() -> None:
    state = state_of(unit(np.array([[1.0, 0], [1, 0], [0, 1]])))
    assert FixedBand().propose(state, 10, np.random.default_rng(0)) == []


def test_the_band_rises_while_people_reject() -> None:
    vectors, _ = blobs()
    accepted = state_of(vectors, acceptance={"sepp_band": (40, 40)})
    rejected = state_of(vectors, acceptance={"sepp_band": (4, 40)})
    lows = [
        SeppBand().lower_bound(s, np.empty(0), np.random.default_rng(0))
        for s in (accepted, rejected)
    ]
    assert lows[0] < lows[1] < 0.99


@pytest.mark.parametrize("n", [10, 30, 300])
def test_the_band_goes_on_while_people_accept(n: int) -> None:
    """A pair for every ten items is offered, again and again, until they reject too many."""
    vectors, _ = blobs(per_blob=n, n_blobs=1, dim=16)
    asked: list[tuple[int, int]] = []
    for _ in range(4):
        known = replace(Constraints.none(n), pending=np.array(asked, np.int64).reshape(-1, 2))
        state = state_of(vectors, known, acceptance={"sepp_band": (len(asked), len(asked))})
        found = positions(SeppBand().propose(state, 999, np.random.default_rng(0)))
        assert len(found) >= n / 10
        asked += [tuple(pair) for pair in found.tolist()]
    refused = replace(state, acceptance={"sepp_band": (len(asked) // 2, len(asked))})
    assert len(SeppBand().propose(refused, 999, np.random.default_rng(0))) < n / 10


def test_jaccard_of_neighbour_lists_ignores_padding() -> None:
    lists = np.array([[1, 2, 3], [2, 3, 4], [-1, -1, -1]])
    found = jaccard(lists, np.array([0, 0, 2]), np.array([1, 2, 2]))
    np.testing.assert_allclose(found, [0.5, 0, 0])


def test_fnc_takes_the_maximum_over_views() -> None:
    scores = np.array([[0.9, 0.2, 0.75], [0.1, 0.8, 0.6]])
    views = scores[None].astype(np.float32)
    found, which = view_scores(views, np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(found[0], [0.9, 0.8, 0.75], rtol=1e-6)
    assert which[0].tolist() == [0, 1, 0]
    assert sorted(top_above(found, 2, 0.7)[1].tolist()) == [0, 1]
    assert sorted(top_above(found, 2, -1.0)[1].tolist()) == [0, 1]
    assert not len(top_above(np.array([[0.5, 0.5, 0.675]]), 2, 0.7)[1])


def test_an_even_chance_scores_highest_at_the_boundary() -> None:
    half = np.array([[0.5, 0.5], [0.5, 0.5]], np.float32)
    sure = np.array([[1.0, 0], [1, 0]], np.float32)
    ends = np.array([0]), np.array([1])
    assert binary_entropy(same_cluster(half, *ends))[0] == 1.0
    assert binary_entropy(same_cluster(sure, *ends))[0] == 0.0


def test_the_boundary_follows_the_cluster_head_where_there_is_one() -> None:
    vectors, labels = blobs()
    soft = np.eye(3)[labels].astype(np.float32)
    soft[:5] = [0.5, 0.5, 0]
    state = state_of(vectors, assignment=soft)
    pairs = positions(OccBoundary().propose(state, 5, np.random.default_rng(0)))
    assert (pairs < 5).any(axis=1).all()


def test_pairs_like_asked_ones_are_not_new() -> None:
    vectors, labels = blobs()
    state = state_of(vectors, answered(labels, [(0, 40)]))
    found = novelty(state, np.array([40, 1]), np.array([0, 70]))
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found[1] > 0.1


GROUPED = ("explore", "consolidate", "npu", "minmax", "idc_value", "typiclust", "badge")


@pytest.mark.parametrize("name", GROUPED)
def test_an_eligible_member_stands_for_a_group(name: str) -> None:
    """The first, the best supported, is excluded in one group, in all; all members in one."""
    vectors, labels = blobs(spread=0.1)
    chains = [(b + k, b + k + 1) for b in (0, 30, 60) for k in range(3)]
    known = answered(labels, [*chains, (0, 30), (0, 60), (30, 60)])
    for gone, left in (([0], {0, 1, 2}), ([0, 30, 60], {0, 1, 2}), ([0, 1, 2, 3], {1, 2})):
        strong = np.where(np.isin(np.arange(90), gone), 1, 0.5).astype(np.float32)
        eligible = ~np.isin(np.arange(90), gone)
        state = state_of(vectors, replace(known, strength=strong), eligible=eligible)
        assert set(state.constraints.group[state.membership.representative]) == left
        assert eligible[state.membership.representative].all()
        pairs = positions(registry.create(name).propose(state, 40, np.random.default_rng(0)))
        assert set(labels[pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]].ravel()) >= left


def test_an_excluded_item_that_most_groups_refuse_stands_for_none() -> None:
    """Seven groups that differ, and an item that six of them refuse, which makes it one, too."""
    vectors, _ = blobs(n_blobs=8, per_blob=1)
    pairs = [(i, j) for j in range(8) for i in range(j) if (i, j) != (6, 7)]
    known = answered(np.arange(8), pairs)
    for eligible, groups in ((np.ones(8, np.bool_), 8), (np.arange(8) < 7, 7)):
        membership = state_of(vectors, known, eligible=eligible).membership
        assert sorted(membership.representative.tolist()) == list(range(groups))


@pytest.fixture(scope="module")
def many() -> State:
    """12,000 items, of which nothing was computed yet."""
    vectors = unit(np.random.default_rng(0).normal(size=(12000, 16)))
    return full_state(vectors, np.arange(12000) % 40)


@pytest.mark.parametrize("name", NAMES)
def test_many_items_need_no_square_of_them(name: str, many: State) -> None:
    """12,000 items: a float32 square would be 576 MB, far over what is allowed here."""
    import tracemalloc

    state = replace(many, memory={})
    tracemalloc.start()
    registry.create(name).propose(state, 20, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
