"""Closure: methods 8.1 vector, conflicts with their paths, several reviewers, arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curation.decisions.closure import Effect, build, held_out, split
from curation.types import VERDICTS, Conflict, Decision, Pair


@pytest.fixture
def vector(make: Callable[..., Decision]) -> list[Decision]:
    """ML(1,2), ML(2,3), CL(3,4), ML(4,5) of methods 8.1."""
    return [
        make("1", "2", "same"),
        make("2", "3", "same"),
        make("3", "4", "different"),
        make("4", "5", "same"),
    ]


def test_methods_vector(vector: list[Decision]) -> None:
    implications = build(vector)
    closure = implications.closure()
    assert closure.groups == (("1", "2", "3"), ("4", "5"))
    assert closure.cannot_link == {(0, 1)}
    assert implications.counts() == (4, 6)
    explicit = list(closure.explicit.values())
    assert 4 - explicit.count("same") == 1
    assert 6 - explicit.count("different") == 5
    assert not closure.conflicts


def test_methods_vector_conflict_names_its_path(
    vector: list[Decision], make: Callable[..., Decision]
) -> None:
    implications = build(vector)
    before = implications.closure()
    effect = implications.add(make("1", "5", "same"))
    expected = Conflict(
        "d5", Pair("1", "5"), "same", ("d1", "d2", "d3", "d4"), ("1", "2", "3", "4", "5")
    )
    assert effect == Effect(conflict=expected)
    assert effect.summary == "contradicts 4 decisions"
    after = implications.closure()
    assert (after.groups, after.cannot_link) == (before.groups, before.cannot_link)
    assert after.conflicts == (expected,)


def test_effects(make: Callable[..., Decision]) -> None:
    implications = build([])
    assert implications.add(make("a", "b", "same")) == Effect(joins=(1, 1))
    assert implications.add(make("c", "a", "same")).joins == (2, 1)
    assert implications.add(make("b", "c", "same")) == Effect(evidence=True)
    assert implications.add(make("c", "d", "different")) == Effect(separates=True)
    assert implications.add(make("a", "d", "different")) == Effect(evidence=True)
    assert implications.add(make("a", "e", "unsure")) == Effect()
    conflict = implications.add(make("a", "b", "different")).conflict
    assert conflict is not None
    assert conflict.path == ("d1",)
    assert implications.relation("e", "a") is None
    assert "e" not in {item for group in implications.closure().groups for item in group}


def test_shortest_path_wins(make: Callable[..., Decision]) -> None:
    implications = build(
        [
            make("a", "b", "same"),
            make("b", "c", "same"),
            make("c", "d", "same"),
            make("d", "x", "different"),
            make("a", "c", "same"),
            make("a", "y", "different"),
            make("x", "y", "same"),
        ]
    )
    assert implications.path("d", "a") == (("d3", "d5"), ("d", "c", "a"))
    assert implications.path("a", "x") == (("d6", "d7"), ("a", "y", "x"))
    assert implications.path("x", "a") == (("d7", "d6"), ("x", "y", "a"))
    assert implications.support("a", "x") == 2
    assert implications.support("a", "y") == 1
    assert implications.support("a", "z") == 0
    assert implications.path("a", "z") == ((), ())


def test_two_reviewers_disagreeing_is_a_conflict(make: Callable[..., Decision]) -> None:
    implications = build(
        [make("a", "b", "same"), make("a", "b", "different", reviewer="s", kind="audit")]
    )
    assert [c.path for c in implications.conflicts] == [("d1",)]
    assert implications.relation("a", "b") == "same"
    assert implications.verdict(Pair("a", "b")) == "same"
    assert VERDICTS[implications.constraints(["a", "b"]).verdicts[0]] == "unsure"


def test_the_verdict_that_stands(make: Callable[..., Decision]) -> None:
    pair = Pair("a", "b")
    unsure, final = make("a", "b", "unsure"), make("a", "b", "incomparable", reviewer="s")
    assert build([unsure]).verdict(pair) == "unsure"
    assert build([unsure, final]).verdict(pair) == "incomparable"
    assert build([final, unsure]).verdict(pair) == "incomparable"
    same = make("a", "b", "same", reviewer="t")
    assert build([same, final, unsure]).verdict(pair) == "same"
    conflicting = [make("a", "c", "same"), make("b", "c", "same"), make("a", "b", "different")]
    assert build(conflicting).verdict(pair) == "different"
    assert build([*conflicting, same]).verdict(pair) == "same"


def test_add_refuses_what_needs_a_rebuild(make: Callable[..., Decision]) -> None:
    implications = build([make("a", "b", "same")])
    with pytest.raises(ValueError, match="anew"):
        implications.add(make("a", "b", None, supersedes="d1"))
    with pytest.raises(ValueError, match="anew"):
        implications.add(make("a", "b", "different", supersedes="d1"))
    assert implications.relation("a", "b") == "same"


def test_adding_again_changes_nothing(make: Callable[..., Decision]) -> None:
    first = make("a", "b", "same")
    implications = build([first])
    assert implications.add(first) == Effect()
    assert implications.links["a"] == {"b": ["d1"]}


def test_constraints(make: Callable[..., Decision]) -> None:
    implications = build(
        [
            make("a", "b", "same"),
            make("b", "c", "same"),
            make("b", "c", "same", reviewer="s"),
            make("c", "x", "different"),
            make("x", "gone", "same"),
            make("gone", "far", "different"),
            make("a", "u", "unsure"),
        ]
    )
    items = ["x", "u", "c", "b", "a"]
    found = implications.constraints(items, pending=[Pair("a", "x"), Pair("a", "gone")])
    assert found.group.tolist() == [0, -1, 1, 1, 1]
    assert found.cannot_link.tolist() == [[0, 1]]
    assert found.n_groups == 2
    assert found.pairs.tolist() == [[3, 4], [2, 3], [0, 2], [1, 4]]
    assert [VERDICTS[v] for v in found.verdicts] == ["same", "same", "different", "unsure"]
    assert found.pending.tolist() == [[0, 4]]
    # b is the centre; c is linked twice, a once; gone is the centre of x's group (same degree,
    # smaller id), though it is not among the items.
    expected = [0.97, 1, 1 - 0.03**2, 1, 0.97]
    np.testing.assert_allclose(found.strength, expected, rtol=1e-6)


def test_strength_falls_along_a_chain_and_takes_the_best_one(make: Callable[..., Decision]) -> None:
    chain = [make(str(i), str(i + 1), "same") for i in range(5)]
    hub = [make("1", x, "same") for x in ("p", "q")]
    around = build([*chain, *hub]).constraints([str(i) for i in range(6)], reliability=0.9)
    np.testing.assert_allclose(around.strength, [0.9, 1, 0.9, 0.81, 0.729, 0.6561], rtol=1e-6)
    thrice = [make("a", "b", "same", reviewer=r) for r in "rst"]
    detour = [make("b", "c", "same", reviewer=r) for r in "rst"]
    weak = [make("a", "c", "same"), make("a", "d", "same")]
    found = build([*thrice, *detour, *weak]).constraints(["a", "b", "c"], reliability=0.5)
    np.testing.assert_allclose(found.strength, [1, 0.875, 0.875**2], rtol=1e-6)


def test_no_decisions() -> None:
    implications = build([])
    found = implications.constraints(["a", "b"])
    assert found.group.tolist() == [-1, -1]
    assert found.pairs.shape == found.pending.shape == found.cannot_link.shape == (0, 2)
    assert found.strength.dtype == np.float32
    assert implications.closure().groups == ()
    assert implications.constraints([]).group.shape == (0,)


def test_held_out_is_a_tenth_and_fixed() -> None:
    pairs = [Pair.of(str(i), str(j)) for i in range(100) for j in range(i)]
    share = sum(held_out(pair) for pair in pairs) / len(pairs)
    assert 0.08 < share < 0.12
    assert held_out(Pair("0", "11")) is True
    assert held_out(Pair("0", "1")) is False


def test_split_keeps_what_held_out_answers_imply_out_of_training(
    make: Callable[..., Decision],
) -> None:
    pairs = [Pair.of(str(i), str(j)) for i in range(40) for j in range(i)]
    held = [pair for pair in pairs if held_out(pair)]
    a, b = held[0].a, held[0].b
    c = next(
        str(i)
        for i in range(40)
        if str(i) not in (a, b)
        and not held_out(Pair.of(a, str(i)))
        and not held_out(Pair.of(b, str(i)))
    )
    alone = make(a, b, "same")
    train, evaluation = split([alone, make(b, c, "same")])
    assert [d.id for d in train] == ["d2"]
    assert evaluation == [alone]
    assert build(train).relation(a, c) is None
    # Once the training closure implies the held-out pair, it says nothing about the space.
    train, evaluation = split([alone, make(b, c, "same"), make(a, c, "same")])
    assert len(train) == 2
    assert evaluation == []
    disputed = [alone, make(a, b, "different", reviewer="s")]
    assert split(disputed) == ([], [])
    assert split([make(a, b, "unsure")])[1] == []
