"""Doubtful answers: slips come first, what is right is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from curation.decisions.closure import build
from curation.learning.beliefs import Evidence, propagate, wrong
from curation.learning.doubts import FEWEST, Doubt, doubt_steps
from curation.learning.spreading import Surroundings
from curation.spaces.neighbours import nearest
from curation.types import Constraints, Decision, FloatArray, IndexArray, Pair, Verdict

Answer = tuple[int, int, Verdict]


def blobs(each: int = 30, groups: int = 3, seed: int = 0) -> tuple[FloatArray, IndexArray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), each)
    vectors = np.eye(8)[labels] + rng.normal(0, 0.25, (len(labels), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), labels


def stars(told: IndexArray, each: int = 30) -> list[Answer]:
    """Every item is the same as the first of the group that it is said to be in."""
    n = len(told) // each
    heads = [group * each for group in range(n)]
    apart: list[Answer] = [(a, b, "different") for b in heads for a in heads if a < b]
    return apart + [
        (heads[group], row, "same") for row, group in enumerate(told.tolist()) if row % each
    ]


def constraints(n_items: int, answers: list[Answer]) -> Constraints:
    ids = [f"{row:032x}" for row in range(n_items)]
    decisions = [
        Decision(str(seq), Pair.of(ids[i], ids[j]), verdict, "c", "r", seq=seq + 1)
        for seq, (i, j, verdict) in enumerate(answers)
    ]
    return build(decisions).constraints(ids)


def doubts(vectors: FloatArray, labels: IndexArray, answers: list[Answer]) -> list[Doubt]:
    around = Surroundings.of(vectors, nearest(vectors, 10))
    steps = doubt_steps(around, constraints(len(vectors), answers), labels, 0)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            found: list[Doubt] = stop.value
            return found


def test_items_in_a_wrong_group_are_found_with_the_group_they_are_like() -> None:
    vectors, labels = blobs()
    told = labels.copy()
    told[[5, 40]] = [2, 0]
    found = doubts(vectors, told, stars(told))
    assert {one.odd for one in found} == {5, 40}
    assert {one.odd: labels[one.like] for one in found} == {5: 0, 40: 1}
    assert [one.wrong for one in found] == sorted((one.wrong for one in found), reverse=True)
    assert all(one.same and one.wrong > 0.5 for one in found)


def test_right_answers_are_not_doubted() -> None:
    vectors, labels = blobs()
    assert doubts(vectors, labels, stars(labels)) == []


def test_a_wrong_different_is_found() -> None:
    vectors, labels = blobs()
    answers = [one for one in stars(labels) if one[1] != 7]
    (found,) = doubts(vectors, labels, [*answers, (0, 7, "different")])
    assert {found.i, found.j} == {0, 7}
    assert not found.same


def test_nothing_is_said_of_groups_too_small_to_tell() -> None:
    vectors, labels = blobs()
    told = labels.copy()
    told[5] = 1
    few = [one for one in stars(told) if one[1] % 30 < FEWEST - 1 or one[2] == "different"]
    assert doubts(vectors, told, [*few, (30, 5, "same")]) == []


@pytest.mark.parametrize("answers", [[], [(0, 1, "same")], [(0, 1, "unsure")]])
def test_few_answers_give_no_doubt(answers: list[Answer]) -> None:
    vectors, labels = blobs()
    assert doubts(vectors, labels, answers) == []


def test_contradictions_are_told_elsewhere() -> None:
    vectors, labels = blobs()
    answers = [*stars(labels), (3, 4, "different")]
    assert doubts(vectors, labels, answers) == []


def test_the_chance_is_what_enumerating_all_worlds_gives() -> None:
    """On a tree sum-product is exact: Pearl 1988."""
    evidence = Evidence(
        np.array([0, 1]), np.array([1, 2]), np.array([True, False]), np.array([0.1, 0.2])
    )
    items = np.arange(3)
    prior = np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]])
    floor = 0.01 / 2
    local = 0.99 * prior + floor
    mass, off = 0.0, np.zeros(2)
    for x in range(2):
        for y in range(2):
            for z in range(2):
                right = np.array([x == y, y != z])
                told = np.where(right, 1 - evidence.error, evidence.error).prod()
                weight = local[0, x] * local[1, y] * local[2, z] * told
                mass += weight
                off += weight * ~right
    np.testing.assert_allclose(wrong(evidence, items, prior), off / mass, atol=1e-6)
    assert propagate(evidence, items, prior).shape == (3, 2)


def test_no_answers_no_chances() -> None:
    none = np.empty(0, np.int64)
    nothing = Evidence(none, none, np.empty(0, np.bool_), np.empty(0))
    assert wrong(nothing, none, np.empty((0, 2))).shape == (0,)
