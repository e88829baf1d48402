"""What every strategy must hold, and what each one's score follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import answered, blobs, full_state, positions, some_answers, state_of, unit

from curation.errors import ProposalError, UnknownName
from curation.proposals import registry
from curation.proposals.base import Candidates, Strategy, best_open
from curation.proposals.explore import cover
from curation.proposals.fnc_max import top_above, view_scores
from curation.proposals.knn_k import jaccard
from curation.proposals.membership import Unlike, fit_membership, unlike_cosine
from curation.proposals.mix import WEIGHTS, Mix, learnt_shares
from curation.proposals.occ_boundary import OccBoundary, binary_entropy, novelty, same_cluster
from curation.proposals.sepp_band import SeppBand
from curation.types import Constraints, Neighbours, Pair

NAMES = registry.names()


AUDITS = ("lca", "dbpm_audit")
"""These ask again what is answered or implied."""


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_open_distinct_eligible_and_within_budget(name):
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
def test_without_answers_pairs_come_unless_a_need_is_absent(name):
    state = state_of(blobs()[0])
    strategy = registry.create(name)
    absent = "" if name == "mix" else strategy.absent(state)
    assert bool(strategy.propose(state, 12, np.random.default_rng(3))) == (absent == "")
    assert absent == "" or absent.startswith("needs ")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_pairs(name):
    vectors, labels = blobs()
    first, second = (
        registry.create(name).propose(full_state(vectors, labels), 10, np.random.default_rng(5))
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_items_are_asked_until_none_is_open(name, n):
    vectors, _ = blobs(per_blob=1)
    state = state_of(vectors[:n], second=vectors[:n])
    proposals = registry.create(name).propose(state, 10, np.random.default_rng(0))
    assert len(proposals) <= n * (n - 1) // 2


@pytest.mark.parametrize("name", NAMES)
def test_identical_items_do_no_harm(name):
    alike = unit(np.ones((12, 4)))
    for state in (state_of(alike), full_state(alike, np.arange(12) // 6)):
        registry.create(name).propose(state, 10, np.random.default_rng(0))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in AUDITS])
def test_nothing_is_proposed_where_all_is_implied(name):
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
def test_positives_are_found_more_often_than_at_random(name):
    vectors, labels = blobs(per_blob=100, spread=0.25)
    state = full_state(vectors, labels)
    pairs = positions(registry.create(name).propose(state, 30, np.random.default_rng(0)))
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean() > 0.6


def test_an_unknown_strategy_lists_the_valid_ones():
    with pytest.raises(UnknownName, match="explore") as caught:
        registry.create("explor")
    assert all(name in str(caught.value) for name in NAMES)


class Returns(Strategy):
    """A strategy that returns what it is told to."""

    id = "returns"
    kind = "uncertain"
    family = "control"
    summary = when = paper = "for tests"

    def __init__(self, i, j, score=None):
        self.found = Candidates(
            np.array(i), np.array(j), np.array(score or [0.5] * len(i)), ["why"] * len(i)
        )

    def candidates(self, *_):
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
def test_the_base_refuses_what_a_strategy_must_not_return(strategy, broken):
    vectors, _ = blobs()
    labels = np.zeros(len(vectors), int)
    state = state_of(vectors, answered(labels, [(0, 2)]))
    with pytest.raises(ProposalError, match=broken) as caught:
        strategy.propose(state, 5, np.random.default_rng(0))
    assert "'returns'" in str(caught.value)


@pytest.mark.parametrize("reasons", [None, [None], 3])
def test_reasons_are_texts(reasons):
    strategy = Returns([0], [1])
    strategy.found = replace(strategy.found, reasons=reasons)
    with pytest.raises(ProposalError, match=r"'returns': expected reasons"):
        strategy.propose(state_of(blobs()[0]), 5, np.random.default_rng(0))


def test_positions_may_be_narrow_integers():
    """90 x 90 is beyond int8 and uint8: keys of pairs must not wrap around."""
    state = state_of(blobs()[0])
    for kind in (np.int8, np.uint8, np.uint64):
        i, j = (index[:300].astype(kind) for index in np.triu_indices(90, 1))
        strategy = Returns([0], [1])
        strategy.found = Candidates(i, j, np.full(300, 0.5), ["why"] * 300)
        found = strategy.propose(state, 300, np.random.default_rng(0))
        assert positions(found).tolist() == np.stack([i, j], 1).tolist()


def test_a_strategy_that_fails_or_returns_something_else_is_named():
    state = state_of(blobs()[0])
    strategy = Returns([0], [1])
    strategy.found = [(0, 1)]
    with pytest.raises(ProposalError, match=r"'returns': expected Candidates, got list"):
        strategy.propose(state, 5, np.random.default_rng(0))
    strategy.candidates = lambda *_: 1 / 0
    with pytest.raises(ProposalError, match=r"'returns'.*ZeroDivisionError"):
        strategy.propose(state, 5, np.random.default_rng(0))


def test_proposals_carry_their_rank():
    proposals = registry.create("knn_k").propose(state_of(blobs()[0]), 6, np.random.default_rng(0))
    assert [p.rank for p in proposals] == [1, 2, 3, 4, 5, 6]


def test_a_state_of_unequal_lengths_is_refused():
    vectors, _ = blobs()
    with pytest.raises(ProposalError, match="eligible"):
        state_of(vectors, eligible=np.ones(3, np.bool_))


def test_best_open_respects_the_cap_an_item():
    state = state_of(blobs()[0])
    i, j = np.zeros(10, np.int64), np.arange(1, 11)
    assert len(best_open(state, i, j, np.linspace(1, 0, 10), 10, per_item=3)) == 3


# --- single strategies ---------------------------------------------------------------------


def band_state(cosines):
    """An anchor and one item at each cosine to it, in directions of their own."""
    dim = len(cosines) + 1
    rows = [np.eye(dim)[0]]
    rows += [c * np.eye(dim)[0] + np.sqrt(1 - c * c) * np.eye(dim)[k + 1]
             for k, c in enumerate(cosines)]  # fmt: skip
    return state_of(unit(np.array(rows)))


class FixedBand(SeppBand):
    def lower_bound(self, *_):
        return 0.97


def test_the_band_takes_what_lies_inside_only():
    state = band_state([0.98, 0.995, 0.5])
    pairs = FixedBand().propose(state, 10, np.random.default_rng(0))
    assert [p.pair for p in pairs if int(p.pair.a, 16) == 0] == [Pair(f"{0:032x}", f"{1:032x}")]


def test_the_bounds_of_the_band_are_inside():
    cosines = np.array([0.96, 0.97, 0.98, 0.99, 0.995], np.float32)
    star = band_state(cosines.tolist())
    indices = np.full((6, 5), -1, np.int64)
    indices[0] = np.arange(1, 6)
    near = Neighbours(indices, np.tile(cosines, (6, 1)))
    pairs = FixedBand().propose(replace(star, neighbours=near), 10, np.random.default_rng(0))
    assert sorted(int(p.pair.b, 16) for p in pairs) == [2, 3, 4]


@pytest.mark.parametrize("seed", range(5))
def test_the_band_is_read_once_a_pair_in_any_order(seed):
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


def test_the_band_excludes_identical_images():
    state = state_of(unit(np.array([[1.0, 0], [1, 0], [0, 1]])))
    assert FixedBand().propose(state, 10, np.random.default_rng(0)) == []


def test_the_band_rises_while_people_reject():
    vectors, _ = blobs()
    accepted = state_of(vectors, acceptance={"sepp_band": (40, 40)})
    rejected = state_of(vectors, acceptance={"sepp_band": (4, 40)})
    lows = [
        SeppBand().lower_bound(s, np.empty(0), np.random.default_rng(0))
        for s in (accepted, rejected)
    ]
    assert lows[0] < lows[1] < 0.99


@pytest.mark.parametrize("n", [10, 30, 300])
def test_the_band_goes_on_while_people_accept(n):
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


def test_jaccard_of_neighbour_lists_ignores_padding():
    lists = np.array([[1, 2, 3], [2, 3, 4], [-1, -1, -1]])
    found = jaccard(lists, np.array([0, 0, 2]), np.array([1, 2, 2]))
    np.testing.assert_allclose(found, [0.5, 0, 0])


def test_fnc_takes_the_maximum_over_views():
    scores = np.array([[0.9, 0.2, 0.75], [0.1, 0.8, 0.6]])
    views = scores[None].astype(np.float32)
    found, which = view_scores(views, np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(found[0], [0.9, 0.8, 0.75], rtol=1e-6)
    assert which[0].tolist() == [0, 1, 0]
    assert sorted(top_above(found, 2, 0.7)[1].tolist()) == [0, 1]
    assert sorted(top_above(found, 2, -1.0)[1].tolist()) == [0, 1]
    assert not len(top_above(np.array([[0.5, 0.5, 0.675]]), 2, 0.7)[1])


def test_an_even_chance_scores_highest_at_the_boundary():
    half = np.array([[0.5, 0.5], [0.5, 0.5]], np.float32)
    sure = np.array([[1.0, 0], [1, 0]], np.float32)
    ends = np.array([0]), np.array([1])
    assert binary_entropy(same_cluster(half, *ends))[0] == 1.0
    assert binary_entropy(same_cluster(sure, *ends))[0] == 0.0


def test_the_boundary_follows_the_cluster_head_where_there_is_one():
    vectors, labels = blobs()
    soft = np.eye(3)[labels].astype(np.float32)
    soft[:5] = [0.5, 0.5, 0]
    state = state_of(vectors, assignment=soft)
    pairs = positions(OccBoundary().propose(state, 5, np.random.default_rng(0)))
    assert (pairs < 5).any(axis=1).all()


def test_pairs_like_asked_ones_are_not_new():
    vectors, labels = blobs()
    state = state_of(vectors, answered(labels, [(0, 40)]))
    found = novelty(state, np.array([40, 1]), np.array([0, 70]))
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found[1] > 0.1


def test_explore_asks_items_against_known_groups():
    vectors, labels = blobs(spread=0.2)
    known = [(0, 1), (30, 31), (60, 61), (0, 30), (0, 60), (30, 60)]
    state = state_of(vectors, answered(labels, known))
    pairs = positions(registry.create("explore").propose(state, 10, np.random.default_rng(0)))
    placed = np.isin(pairs, [0, 1, 30, 31, 60, 61])
    assert (placed.sum(1) == 1).all()
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean() >= 0.8


GROUPED = ("explore", "consolidate", "npu", "minmax", "idc_value", "typiclust", "badge")


@pytest.mark.parametrize("name", GROUPED)
def test_an_eligible_member_stands_for_a_group(name):
    """The first, the best supported, is excluded in one group, in all; all members in one."""
    vectors, labels = blobs(spread=0.1)
    known = [(b + k, b + k + 1) for b in (0, 30, 60) for k in range(3)]
    known = answered(labels, [*known, (0, 30), (0, 60), (30, 60)])
    for gone, left in (([0], {0, 1, 2}), ([0, 30, 60], {0, 1, 2}), ([0, 1, 2, 3], {1, 2})):
        strong = np.where(np.isin(np.arange(90), gone), 1, 0.5).astype(np.float32)
        eligible = ~np.isin(np.arange(90), gone)
        state = state_of(vectors, replace(known, strength=strong), eligible=eligible)
        assert set(state.constraints.group[state.membership.representative]) == left
        assert eligible[state.membership.representative].all()
        pairs = positions(registry.create(name).propose(state, 40, np.random.default_rng(0)))
        assert set(labels[pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]].ravel()) >= left


def test_an_excluded_item_that_most_groups_refuse_stands_for_none():
    """Seven groups that differ, and an item that six of them refuse, which makes it one, too."""
    vectors, _ = blobs(n_blobs=8, per_blob=1)
    pairs = [(i, j) for j in range(8) for i in range(j) if (i, j) != (6, 7)]
    known = answered(np.arange(8), pairs)
    for eligible, groups in ((np.ones(8, np.bool_), 8), (np.arange(8) < 7, 7)):
        membership = state_of(vectors, known, eligible=eligible).membership
        assert sorted(membership.representative.tolist()) == list(range(groups))


def test_explore_finds_all_groups_within_a_few_answers():
    vectors, labels = blobs(n_blobs=5, spread=0.2)
    asked: list[tuple[int, int]] = []
    explore = registry.create("explore")
    for turn in range(6):
        constraints = answered(labels, asked) if asked else None
        proposals = explore.propose(state_of(vectors, constraints), 5, np.random.default_rng(turn))
        asked += [(int(i), int(j)) for i, j in positions(proposals)]
    assert len(np.unique(labels[np.unique(asked)])) == 5


def test_explore_asks_large_groups_that_no_answer_sets_apart():
    vectors, labels = blobs(n_blobs=4, spread=0.1)
    triples = [(k + step, k + step + 1) for k in (0, 30, 60, 90) for step in (0, 1)]
    refused = [(0, 30), (60, 90), (5, 35), (6, 66), (7, 97), (36, 67), (37, 98), (68, 99)]
    state = state_of(vectors, answered(labels, triples + refused))
    found = registry.create("explore").propose(state, 12, np.random.default_rng(0))
    between = [p.reason == "two groups that may be one" for p in found]
    assert between == [False] * 4 + [True] + [False] * 4 + [True] + [False] * 2
    asked = positions([p for p, joins in zip(found, between, strict=True) if joins])
    assert {frozenset(pair) for pair in (asked // 30).tolist()} <= {
        frozenset(pair) for pair in ((0, 2), (0, 3), (1, 2), (1, 3))
    }
    assert np.isin(asked % 30, [0, 1, 2]).all()


def test_groups_that_the_embedding_tells_apart_need_not_be_asked():
    vectors, labels = blobs(n_blobs=4, spread=0.1)
    known = answered(labels, [(0, 30), (60, 90)])
    everyone = np.ones(len(labels), np.bool_)
    assert len(fit_membership(vectors, known, everyone).cores) == 2
    unlike = Unlike.of(vectors, known, 0.5)
    assert len(fit_membership(vectors, known, everyone, unlike).cores) == 4


def test_up_to_which_cosine_answers_are_hardly_ever_same():
    cosines = np.linspace(-0.9, 0.9, 10)
    vectors = np.stack([cosines, np.sqrt(1 - cosines**2)], 1)
    vectors = np.concatenate([[[1.0, 0.0]], vectors]).astype(np.float32)
    labels = np.array([0, *[1] * 7, 0, 0, 0])
    known = answered(labels, [(0, row) for row in range(1, 11)])
    # 4/15 of all are the same; up to the seventh 1/12, up to the eighth 2/13
    assert unlike_cosine(vectors, known) == pytest.approx(cosines[6], abs=1e-6)
    assert unlike_cosine(vectors, answered(labels, [(0, 1)])) == -np.inf
    assert unlike_cosine(vectors, Constraints.none(len(vectors))) == -np.inf


@pytest.mark.parametrize("n_labels", [2, 5, 10])
def test_an_embedding_that_answers_contradict_tells_hardly_anything_apart(n_labels):
    vectors, _ = blobs(n_blobs=4, spread=0.5)
    labels = np.random.default_rng(0).integers(n_labels, size=len(vectors))
    known = some_answers(labels, 200)
    cosine = unlike_cosine(vectors, known)
    i, j = known.pairs.T
    assert (np.einsum("pd,pd->p", vectors[i], vectors[j]) <= cosine).mean() < 0.2


def test_cover_takes_what_stands_for_most_mass():
    vectors, labels = blobs(spread=0.1)
    everyone, nobody = np.ones(len(labels), np.bool_), np.zeros(len(labels), np.bool_)
    mass = np.where(labels == 2, 1.0, 0.1)
    even = np.ones(len(labels))
    rng = np.random.default_rng(0)
    assert labels[cover(vectors, everyone, nobody, mass, even, 1, rng)[0]] == 2
    assert set(labels[cover(vectors, everyone, nobody, even, even, 3, rng)]) == {0, 1, 2}


@pytest.mark.parametrize("budget", [19, 40])
@pytest.mark.parametrize("seed", range(5))
def test_a_tenth_of_the_mix_is_random(budget, seed):
    vectors, labels = blobs(per_blob=60)
    state = state_of(vectors, some_answers(labels))
    mixed = registry.create("mix").propose(state, budget, np.random.default_rng(seed))
    assert len(mixed) == budget
    assert sum(p.strategy == "random" for p in mixed) >= 0.1 * budget


def test_the_mix_is_spread_over_the_strategies():
    vectors, labels = blobs(per_blob=60)
    state = state_of(vectors, some_answers(labels))
    mixed = registry.create("mix").propose(state, 60, np.random.default_rng(0))
    assert {p.strategy for p in mixed} == set(Mix.members)


def test_the_shares_of_the_mix_follow_what_answers_teach():
    assert learnt_shares({}) == WEIGHTS
    assert learnt_shares({"random": (90.0, 100), "npu": (9.0, 10)}) == WEIGHTS  # no members
    early = learnt_shares({"explore": (9.0, 18), "occ_boundary": (1.0, 1), "knn_k": (0.1, 1)})
    assert early == pytest.approx(WEIGHTS, rel=0.05)
    slip = learnt_shares({"explore": (18.0, 18), "knn_k": (6.6, 1)})
    assert slip["knn_k"] < 1.2 * WEIGHTS["knn_k"]
    told = {"explore": (200.0, 500), "occ_boundary": (40.0, 50), "knn_k": (1.0, 50)}
    late = learnt_shares(told)
    assert sum(late.values()) == pytest.approx(1)
    assert late["occ_boundary"] > 1.3 * WEIGHTS["occ_boundary"]
    assert WEIGHTS["knn_k"] > late["knn_k"] > 0.4 * WEIGHTS["knn_k"]
    assert late["explore"] > 0.8


def test_the_shares_by_hand():
    """Mean 31 / 110 bits; explore (50 m + 30) / 150, occ_boundary (50 m + 1) / 60, others m."""
    got = learnt_shares({"explore": (30.0, 100), "occ_boundary": (1.0, 10)})
    m = 31 / 110
    worth = {"explore": 0.9 * (50 * m + 30) / 150, "occ_boundary": 0.04 * (50 * m + 1) / 60}
    worth |= dict.fromkeys(("fnc_max", "sepp_band", "knn_k"), 0.02 * m)
    total = sum(worth.values())
    assert got == pytest.approx({name: value / total for name, value in worth.items()})


def test_a_mix_that_learnt_shows_more_of_what_taught():
    vectors, labels = blobs(per_blob=60)
    told = {"explore": (5.0, 4000), "occ_boundary": (4000.0, 4000)}
    counts = []
    for information in ({}, told):
        state = state_of(vectors, some_answers(labels), information=information)
        mixed = registry.create("mix").propose(state, 60, np.random.default_rng(0))
        assert sum(p.strategy == "random" for p in mixed) >= 6
        counts.append(sum(p.strategy == "occ_boundary" for p in mixed))
    assert counts[1] > 5 * counts[0]


@pytest.mark.parametrize("name", NAMES)
def test_many_items_need_no_square_of_them(name):
    """12,000 items: a float32 square would be 576 MB, far over what is allowed here."""
    import tracemalloc

    vectors = unit(np.random.default_rng(0).normal(size=(12000, 16)))
    state = full_state(vectors, np.arange(12000) % 40)
    tracemalloc.start()
    registry.create(name).propose(state, 20, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
