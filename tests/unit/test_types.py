"""Core types and errors."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation import errors
from curation.types import KINDS, VERDICTS, Closure, Constraints, Decision, IndexArray, Item, Pair


def test_a_pair_is_canonical() -> None:
    assert Pair.of("y", "x") == Pair.of("x", "y") == Pair("x", "y")
    assert Pair("x", "y").key == "x-y"
    assert len({Pair.of("y", "x"), Pair.of("x", "y")}) == 1


@pytest.mark.parametrize(("a", "b"), [("x", "x"), ("y", "x")])
def test_a_pair_refuses_self_and_wrong_order(a: str, b: str) -> None:
    with pytest.raises(ValueError, match="a < b"):
        Pair(a, b)


def test_a_self_pair_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="a < b"):
        Pair.of("x", "x")


@given(
    st.lists(
        st.tuples(st.text("abc", max_size=3), st.text("abc", max_size=3)).filter(
            lambda t: t[0] != t[1]
        )
    )
)
def test_pairs_sort_like_their_ends(ends: list[tuple[str, str]]) -> None:
    assert sorted(Pair.of(*e) for e in ends) == [Pair(*e) for e in sorted(map(sorted, ends))]


def test_an_item_is_called_by_its_first_path_or_its_id() -> None:
    assert Item("id", ("a.jpg", "b.jpg")).name == "a.jpg"
    assert Item("id", ()).name == "id"


def test_the_words_are_those_of_the_product() -> None:
    assert VERDICTS == ("same", "different", "unsure", "incomparable")
    assert KINDS == ("positive", "false_negative", "hard_negative", "uncertain", "audit")


@pytest.mark.parametrize("value", [Item("i", ()), Pair("a", "b"), Closure(), Constraints.none(1)])
def test_types_are_frozen(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)


def test_a_decision_needs_only_what_a_person_says() -> None:
    decision = Decision("d", Pair("a", "b"), "same", "bins", "r")
    assert (decision.strategy, decision.seq, decision.supersedes) == ("manual", 0, None)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_no_decisions_constrain_nothing(n: int) -> None:
    none = Constraints.none(n)
    assert none.n_groups == 0
    assert none.group.shape == none.strength.shape == (n,)
    i, j = np.triu_indices(n, 1)
    assert not none.closed(i, j).any()
    assert none.relation(i, j).tolist() == [0] * i.size


@st.composite
def constraints(draw: st.DrawFn) -> Constraints:
    n = draw(st.integers(2, 8))
    k = draw(st.integers(1, 4))
    index_pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    ordered = st.lists(index_pairs.filter(lambda p: p[0] < p[1]), max_size=5, unique=True)
    links = st.lists(
        st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)).filter(lambda p: p[0] < p[1]),
        max_size=4,
        unique=True,
    )

    def array(rows: list[tuple[int, int]]) -> IndexArray:
        return np.array(rows, np.int64).reshape(-1, 2)

    pairs = draw(ordered)
    # groups are numbered without gaps up to their count; the last item holds the highest number
    group = draw(st.lists(st.integers(-1, k - 1), min_size=n - 1, max_size=n - 1))
    return Constraints(
        group=np.array([*group, k - 1], np.int64),
        strength=np.ones(n, np.float32),
        cannot_link=array(draw(links)),
        pairs=array(pairs),
        verdicts=np.zeros(len(pairs), np.int8),
        pending=array(draw(ordered)),
    )


@given(constraints())
def test_relation_asked_and_closed_are_what_naive_loops_say(known: Constraints) -> None:
    n = known.group.size
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(n), np.arange(n)))
    i, j = i[i != j], j[i != j]
    links = {frozenset(link) for link in known.cannot_link.tolist()}
    seen = {frozenset(pair) for pair in [*known.pairs.tolist(), *known.pending.tolist()]}

    def relation(x: int, y: int) -> int:
        g, h = known.group[x], known.group[y]
        if g < 0 or h < 0:
            return 0
        return 1 if g == h else -int(frozenset((g, h)) in links)

    relations = [relation(x, y) for x, y in zip(i, j, strict=True)]
    asked = [frozenset((x, y)) in seen for x, y in zip(i, j, strict=True)]
    assert known.relation(i, j).tolist() == relations
    assert known.asked(i, j).tolist() == asked
    assert known.closed(i, j).tolist() == [
        a or r != 0 for a, r in zip(asked, relations, strict=True)
    ]


def test_an_unknown_name_lists_near_and_valid_names() -> None:
    error = errors.UnknownName("strategy", "knn", ["random", "knn_k"])
    assert str(error) == "Unknown strategy 'knn'. Did you mean knn_k? Valid: knn_k, random."
    assert str(errors.UnknownName("x", "a", [])) == "Unknown x 'a'. Valid: none."


def test_every_error_is_drawn_in_the_docstring_and_has_one_base() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    found = [error for error in classes if issubclass(error, Exception)]
    assert len(found) > 8
    for error in found:
        assert issubclass(error, errors.CurationError)
        assert error.__name__ in errors.__doc__
