"""What a card says of a pair, in plain words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scenes import answered, blobs, full_state, state_of

from curation.errors import ProposalError
from curation.proposals import registry
from curation.proposals.attributes import ago
from curation.proposals.base import Candidates, State, Strategy
from curation.types import Proposal

TERMS = ("cosine", "cluster", "embedding", "anchor", "synthetic", "k-means", "sd")


def proposed(name: str, state: State, budget: int = 20) -> list[Proposal]:
    return registry.create(name).propose(state, budget, np.random.default_rng(0))


@pytest.mark.parametrize("name", registry.names())
def test_every_pair_has_words_without_a_term(name: str) -> None:
    vectors, labels = blobs(spread=0.2)
    for proposal in proposed(name, full_state(vectors, labels)):
        assert proposal.words
        assert not set(TERMS) & set(proposal.words.lower().replace(",", "").split())


def test_explore_names_the_groups_that_an_image_may_be_in() -> None:
    vectors, labels = blobs(n_blobs=3, spread=0.45)
    known = [(0, 1), (30, 31), (60, 61), (0, 30), (0, 60), (30, 60)]
    names = {0: "glass", 30: "plastic", 60: "paper"}
    state = state_of(vectors, answered(labels, known), names=names)
    words = {one.words for one in proposed("explore", state)}
    both = {f"unsure: {a} or {b}?" for a in names.values() for b in names.values() if a != b}
    assert words & both
    assert words <= both | {f"probably {name}?" for name in names.values()}
    unnamed = proposed("explore", state_of(vectors, answered(labels, known)))
    assert {one.words for one in unnamed} == {"unsure: does it belong to this group?"}


def test_a_name_goes_with_its_group() -> None:
    labels = np.zeros(4, np.int64)
    state = state_of(np.eye(4, dtype=np.float32), answered(labels, [(0, 1), (1, 2)]),
                     names={1: "old", 2: "glass", 3: "alone"})  # fmt: skip
    assert state.called(np.array([0, 1, 2, 3])) == ["glass", "glass", "glass", "alone"]


def test_places_and_times_are_told_as_one_says_them() -> None:
    degree = 6_371_000 * np.pi / 180
    attributes: dict[str, list[Any]] = {
        "lat": [0.0, 3 / degree, 60 / degree, None],
        "lon": [0.0, 0.0, 0.0, None],
        "capture_time": ["2024-01-01", "2024-01-13", "2024-01-13T05:00:00", None],
    }
    state = state_of(np.eye(4, dtype=np.float32), attributes=attributes)
    words = {(p.pair.a[-1], p.pair.b[-1]): p.words for p in proposed("geo_time", state)}
    assert words["0", "1"] == "same place, 12 days apart"
    assert words["1", "2"] == "57 m from each other, 5 hours apart"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, "moments"), (60, "1 minute"), (90 * 60, "2 hours"), (86_400, "1 day"),
        (12 * 86_400, "12 days"), (800 * 86_400, "2 years"),
    ],
)  # fmt: skip
def test_spans_of_time(seconds: float, said: str) -> None:
    assert ago(seconds) == said


@pytest.mark.parametrize("words", [["one"], [1, 2], 3])
def test_words_that_do_not_fit_are_refused(words: Any) -> None:
    class Odd(Strategy):
        id, kind, family = "odd", "positive", "control"
        summary = when = paper = "for tests"

        def candidates(self, *_: Any) -> Candidates:
            ends = np.array([0, 1]), np.array([2, 3])
            return Candidates(*ends, np.array([0.5, 0.4]), ["why", "why"], words)

    state = state_of(np.eye(4, dtype=np.float32))
    with pytest.raises(ProposalError, match="words"):
        Odd().propose(state, 2, np.random.default_rng(0))
