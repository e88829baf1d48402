"""The rows of each export, against brute force."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.decisions.closure import build
from curation.errors import ExportError
from curation.exports.data import ExportData
from curation.exports.groups import groups
from curation.exports.negatives import negatives
from curation.exports.pairs import pairs
from curation.exports.support import chain_lengths
from curation.exports.table import Table
from curation.exports.triplets import triplets
from curation.types import Closure, Decision, Item, Pair, Verdict

VERDICTS = ("same", "different", "unsure", "incomparable")
random_answers = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(VERDICTS)).filter(
        lambda answer: answer[0] != answer[1]
    ),
    max_size=25,
)
shared_fixtures = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


def records(table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def relations(data: ExportData) -> dict[Pair, Verdict]:
    """Every implied or answered same / different pair of the closure, naively."""
    found: dict[Pair, Verdict] = {}
    for group in data.closure.groups:
        found |= {Pair.of(x, y): "same" for x, y in combinations(group, 2)}
    for g, h in data.closure.cannot_link:
        for x in data.closure.groups[g]:
            found |= {Pair.of(x, y): "different" for y in data.closure.groups[h]}
    return found


def test_pairs_are_the_answers_with_everything_known_about_them(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]]
) -> None:
    data = make_data(answers)
    table = pairs(data, with_implied=False)
    rows = records(table)
    conflicting = {conflict.decision_id for conflict in data.closure.conflicts}
    kept = [decision for decision in data.decisions if decision.id not in conflicting]
    assert len(conflicting) == 1
    assert [(row["id_a"], row["id_b"], row["verdict"]) for row in rows] == [
        (decision.pair.a, decision.pair.b, decision.verdict) for decision in kept
    ]
    assert rows[0] == {
        "file_a": "plain.jpg",
        "file_b": 'quo"te, comma.jpg',
        "id_a": kept[0].pair.a,
        "id_b": kept[0].pair.b,
        "verdict": "same",
        "kind": "positive",
        "explicit": True,
        "support": 1,
        "reviewer": "r1",
        "strategy": "knn_k",
        "score": 0.5,
        "generation": 2,
        "time": "2024-05-01T10:00:00+00:00",
    }
    assert table.counts["left_out_conflicts"] == 1
    assert table.counts["explicit"] == len(kept)
    assert table.counts["explicit_unsure"] == 1


def test_implied_pairs_have_their_support(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]]
) -> None:
    rows = records(pairs(make_data(answers), with_implied=True))
    support = {
        (int(row["id_a"], 16), int(row["id_b"], 16)): (row["verdict"], row["support"])
        for row in rows
        if not row["explicit"]
    }
    assert support[0, 2] == ("same", 2)
    assert support[0, 3] == ("same", 3)
    assert support[3, 4] == ("different", 4)
    assert support[4, 6] == ("different", 2)
    assert (0, 5) not in support  # answered, and in conflict
    assert (0, 1) not in support


def test_retractions_are_no_rows(make_data: Callable[..., ExportData]) -> None:
    rows = records(pairs(make_data([(0, 1, "same"), (2, 3, None)]), with_implied=True))
    assert len(rows) == 1


@shared_fixtures
@given(random_answers)
def test_implied_pairs_are_what_brute_force_implies(
    make_data: Callable[..., ExportData], drawn: list[tuple[int, int, Verdict]]
) -> None:
    data = make_data(drawn)
    table = pairs(data, with_implied=True)
    rows = [row for row in records(table) if not row["explicit"]]
    expected = {p: v for p, v in relations(data).items() if p not in data.closure.explicit}
    assert Counter((Pair(row["id_a"], row["id_b"]), row["verdict"]) for row in rows) == Counter(
        expected.items()
    )
    assert table.counts["implied"] == len(expected)


@shared_fixtures
@given(random_answers)
def test_negatives_are_every_pair_that_must_not_repel(
    make_data: Callable[..., ExportData], drawn: list[tuple[int, int, Verdict]]
) -> None:
    data = make_data(drawn)
    rows = records(negatives(data))
    disputed = {conflict.pair for conflict in data.closure.conflicts}
    expected: dict[Pair, str] = {p: "implied" for p, v in relations(data).items() if v == "same"}
    expected |= {p: v for p, v in data.closure.explicit.items() if v != "different"}
    expected = {
        p: reason for p, reason in expected.items() if data.closure.explicit.get(p) != "different"
    } | dict.fromkeys(disputed, "conflict")
    assert Counter((Pair(r["id_a"], r["id_b"]), r["reason"]) for r in rows) == Counter(
        expected.items()
    )


@shared_fixtures
@given(random_answers)
def test_triplets_are_must_link_times_cannot_link(
    make_data: Callable[..., ExportData], drawn: list[tuple[int, int, Verdict]]
) -> None:
    data = make_data(drawn)
    relation = relations(data)
    disputed = {conflict.pair for conflict in data.closure.conflicts}

    def is_(x: str, y: str, verdict: str) -> bool:
        pair = Pair.of(x, y)
        answered = data.closure.explicit.get(pair, verdict)
        return relation.get(pair) == verdict == answered and pair not in disputed

    expected = {
        (a, p, n)
        for a, p, n in permutations(list(data.items)[:10], 3)
        if is_(a, p, "same") and is_(a, n, "different")
    }
    rows = records(triplets(data, limit=10_000, seed=0))
    got = [(r["id_anchor"], r["id_positive"], r["id_negative"]) for r in rows]
    assert sorted(got) == sorted(expected)


def test_more_triplets_than_the_limit_are_drawn_by_seed(
    make_data: Callable[..., ExportData],
) -> None:
    answers = [(n, n + 1, "same") for n in range(9)] + [(n, n + 1, "same") for n in range(10, 19)]
    data = make_data([*answers, (0, 10, "different")], n_items=20)
    everything = records(triplets(data, limit=2000, seed=0))
    assert len(everything) == 2 * 10 * 9 * 10

    def draw(seed: int) -> list[tuple[str, ...]]:
        return [tuple(row.values()) for row in records(triplets(data, limit=100, seed=seed))]

    assert draw(1) == draw(1) != draw(2)
    assert len(set(draw(1))) == 100
    assert set(draw(1)) <= {tuple(row.values()) for row in everything}
    with pytest.raises(ExportError, match="at least 1 triplet, got 0"):
        triplets(data, limit=0, seed=0)


def test_groups_mark_explicit_implied_and_predicted(
    make_data: Callable[..., ExportData],
    answers: list[tuple[int, int, Verdict]],
    item_id: Callable[[int], str],
    grouping: type[Any],
) -> None:
    labels = np.arange(12) % 3
    probabilities = np.full((12, 3), 0.25, np.float32)
    probabilities[np.arange(12), labels] = 0.5
    data = make_data(
        answers, names={item_id(3): "bottles"}, predicted=grouping(labels, probabilities)
    )
    table = groups(data)
    rows = records(table)
    decided = [row for row in rows if row["source"] != "predicted"]
    # 1 is the chain's best-connected item (first of 1 and 2): 3 hangs on it only through 2.
    assert [(int(r["id"], 16), r["source"]) for r in decided if r["group"] == item_id(0)] == [
        (0, "explicit"),
        (1, "explicit"),
        (2, "explicit"),
        (3, "implied"),
    ]
    assert {r["name"] for r in decided if r["group"] == item_id(0)} == {"bottles"}
    assert {r["name"] for r in decided if r["group"] == item_id(4)} == {None}
    assert {r["probability"] for r in decided} == {None}
    predicted = [row for row in rows if row["source"] == "predicted"]
    assert sorted(row["id"] for row in rows) == sorted(data.items), "each once"
    assert {row["probability"] for row in predicted} == {0.5}
    assert table.counts["items_predicted"] == len(predicted)
    groups_of = {row["id"]: (row["group"], row["name"]) for row in rows}
    for row in predicted:  # most of the decided items with the same label say which group it is
        label = labels[int(row["id"], 16)]
        votes = Counter(groups_of[one["id"]] for one in decided
                        if labels[int(one["id"], 16)] == label)  # fmt: skip
        best = max(votes.values())
        assert (row["group"], row["name"]) in {one for one, n in votes.items() if n == best}


def test_what_was_accepted_unseen_is_told_apart(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], grouping: type[Any]
) -> None:
    labels = np.repeat([0, 1, 2], 4)
    probabilities = np.eye(3, dtype=np.float32)[labels]
    accepted = {item_id(2): (item_id(0), 0.98), item_id(9): (item_id(8), 0.99)}
    data = make_data(
        [(0, 1, "same")], names={item_id(4): "cups"}, accepted=accepted,
        predicted=grouping(labels, probabilities),
    )  # fmt: skip
    rows = {int(row["id"], 16): row for row in records(groups(data))}
    assert [rows[n]["source"] for n in range(4)] == ["explicit", "explicit", "auto", "predicted"]
    assert {rows[n]["group"] for n in range(4)} == {item_id(0)}
    assert rows[2]["probability"] == 0.98
    assert rows[4]["source"] == "explicit", "a name alone is an answer"
    assert {rows[n]["name"] for n in range(4, 8)} == {"cups"}
    assert rows[9]["source"] == "predicted", "the group that it was accepted in is gone"
    assert {rows[n]["group"] for n in range(8, 12)} == {item_id(8)}
    assert {rows[n]["name"] for n in range(8, 12)} == {None}


def test_the_name_of_a_group_stays_when_it_grows(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str]
) -> None:
    others: tuple[int, int, Verdict] = (8, 9, "same")
    before = records(groups(make_data([(5, 6, "same"), others])))
    after = records(groups(make_data([(5, 6, "same"), others, (1, 6, "same")])))
    named = {row["group"] for row in before}
    assert named == {row["group"] for row in after} == {item_id(5), item_id(8)}


def test_a_prediction_of_another_space_is_refused(
    make_data: Callable[..., ExportData], grouping: type[Any]
) -> None:
    wrong = grouping(np.zeros(5, np.int64), np.ones((5, 1), np.float32))
    with pytest.raises(ExportError, match="each of the 12 items of the space, got 5"):
        groups(make_data(predicted=wrong))


def test_every_path_of_an_item_is_in_its_group(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str]
) -> None:
    items = {item_id(n): Item(item_id(n), (f"{n}.jpg", f"copy/{n}.jpg")) for n in range(2)}
    rows = records(groups(make_data([(0, 1, "same")], items=items)))
    assert [row["file"] for row in rows] == ["0.jpg", "copy/0.jpg", "1.jpg", "copy/1.jpg"]


def test_implied_pairs_of_a_large_group_are_streamed(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str]
) -> None:
    ids = tuple(item_id(n) for n in range(3000))
    data = make_data(
        items={i: Item(i, (f"{i}.jpg",)) for i in ids},
        closure=Closure(groups=(ids,)),
        support=lambda _x, _y: 2,
    )
    table = pairs(data, with_implied=True)
    next(table.rows)
    tracemalloc.start()
    for _ in range(30_000):
        next(table.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000  # 4.5 million pairs follow; their rows would be a gigabyte


def test_support_is_asked_item_by_item(make_data: Callable[..., ExportData]) -> None:
    asked = []

    def support(x: str, _y: str) -> int:
        asked.append(x)
        return 2

    answers = [(n, n + 1, "same") for n in range(5)] + [(6, 7, "same"), (0, 6, "different")]
    list(pairs(make_data(answers, support=support), with_implied=True).rows)
    runs = [x for x, before in zip(asked, [None, *asked], strict=False) if x != before]
    assert max(Counter(runs).values()) == 1


@shared_fixtures
@given(random_answers)
def test_support_is_the_length_of_the_path_of_decisions(
    make_data: Callable[..., ExportData], drawn: list[tuple[int, int, Verdict]]
) -> None:
    data = make_data(drawn)
    implications = build(data.decisions)
    support = chain_lengths(data.decisions, data.closure)
    for x, y in permutations(list(data.items)[:10], 2):
        assert support(x, y) == implications.support(x, y)


def test_decisions_of_two_reviewers_are_two_rows(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str]
) -> None:
    pair = Pair.of(item_id(0), item_id(1))
    two = [Decision(f"d{n}", pair, "same", "c", reviewer=f"r{n}") for n in (1, 2)]
    rows = records(pairs(make_data([(0, 1, "same")], decisions=two), with_implied=True))
    assert [row["reviewer"] for row in rows] == ["r1", "r2"]
