"""Which image is asked against which groups."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scenes import answered, blobs, state_of

from curation.criterion.questions import next_question
from curation.proposals import membership
from curation.proposals.idc_value import IdcValue
from curation.proposals.membership import classify


def test_an_image_like_one_already_placed_is_not_asked_next() -> None:
    """Worth h + r beside d to every item that answers placed, by a loop."""
    vectors, labels = blobs(per_blob=10)
    state = state_of(vectors, answered(labels, [(0, 10), (0, 20), (10, 20), (3, 0), (3, 10)]))
    items = np.setdiff1d(np.arange(30), [0, 3, 10, 20])
    alone = IdcValue().value(state, items)
    new = [min(np.log(1 - vectors[i] @ vectors[j]) for j in (0, 3, 10, 20)) for i in items]
    assert alone.argmax() != (alone + new).argmax()
    question = next_question(state, [])
    assert question is not None
    assert question.item == f"{items[(alone + new).argmax()]:032x}"


def test_covers_are_groups_known_to_differ() -> None:
    """The last item is told apart from six of seven groups, so that it may be of the seventh."""
    vectors, labels = blobs(per_blob=6, n_blobs=7)
    firsts = [6 * group for group in range(7)]
    known = list(itertools.combinations(firsts, 2))
    known += [(40, first) for first in firsts[:6]]
    differ = set(map(frozenset, known))
    state = state_of(vectors, answered(labels, known))
    rest = [name for row, name in enumerate(state.space.item_ids) if row != 41]
    question = next_question(state, rest)
    assert question is not None
    covers = [int(cover, 16) for cover in question.covers]
    assert len({36, 40} & set(covers)) == 1
    assert all(frozenset(pair) in differ for pair in itertools.combinations(covers, 2))


def test_a_question_learns_once_how_likely_items_are_in_the_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, labels = blobs(per_blob=10)
    state = state_of(vectors, answered(labels, [(0, 10), (0, 20), (10, 20)]))
    learnt: list[Any] = []

    def noted(*given: Any) -> Any:
        learnt.append(given)
        return classify(*given)

    monkeypatch.setattr(membership, "classify", noted)
    assert next_question(state, [])
    assert len(learnt) == 1
