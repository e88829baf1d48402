"""Small piles, and which of them lie side by side."""

from __future__ import annotations

import numpy as np

from curation.learning.piles import piles, side_by_side
from curation.spaces.neighbours import nearest


def test_piles_are_of_one_thing_and_close_ones_come_first() -> None:
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(20), 6)
    vectors = rng.normal(size=(20, 32))[label] + rng.normal(0, 0.15, (120, 32))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    near = nearest(vectors, 10)
    pile = piles(near)
    for one in np.unique(pile):
        assert len(set(label[pile == one])) == 1
    beside = side_by_side(vectors, pile, near)
    assert len(np.unique(np.sort(pile[beside], axis=1), axis=0)) == len(beside)
    assert (pile[beside[:, 0]] != pile[beside[:, 1]]).all()
    within = label[beside[:, 0]] == label[beside[:, 1]]
    assert within[: within.sum()].mean() > 0.9


def test_of_one_pile_there_is_nothing_beside_it() -> None:
    vectors = np.tile(np.eye(4, dtype=np.float32)[0], (3, 1))
    near = nearest(vectors, 2)
    assert len(set(piles(near))) == 1
    assert side_by_side(vectors, piles(near), near).shape == (0, 2)
