"""A session's losses by hand, and the two defects that must not return."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import torch

from curation.errors import TrainingError
from curation.learning.adapter import Adapter
from curation.teaching import learning, scores
from curation.teaching.answers import judge_from
from curation.teaching.learning import (
    LearnSettings,
    centroid,
    human_loss,
    learn,
    nnpu,
    structure_loss,
)
from curation.types import FloatArray, IndexArray

E1, E2 = [1.0, 0.0], [0.0, 1.0]


def run(steps: Generator[Any, None, Adapter]) -> Adapter:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            learnt: Adapter = stop.value
            return learnt


def test_human_loss_of_two_picks() -> None:
    picks = torch.tensor([E1, E2], dtype=torch.float64, requires_grad=True)
    assert centroid(picks).tolist() == [0.5, 0.5]
    loss = human_loss(picks)
    loss.backward()
    assert loss.item() == pytest.approx(-0.707107, abs=1e-6)
    assert picks.grad is not None
    assert picks.grad.norm().item() == pytest.approx(0.5, abs=1e-6)  # mu alone is detached


def test_human_loss_of_equal_and_of_no_picks() -> None:
    assert human_loss(torch.tensor([E1, E1, E1])).item() == pytest.approx(-1)
    assert human_loss(torch.empty(0, 2)).item() == 0


def test_the_order_of_arrival_does_not_move_the_centroid() -> None:
    picks = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(centroid(picks), centroid(picks[torch.randperm(7)]))


def test_the_centroid_follows_all_picks_however_long_training_lasts(
    blobs: tuple[FloatArray, IndexArray],
) -> None:
    """The public code counts picks again in every batch, so its centroid stops moving."""
    base, rows = blobs
    seen = []
    original = learning.centroid

    def noted(picks: torch.Tensor) -> torch.Tensor:
        seen.append((len(picks), original(picks).detach().clone()))
        return original(picks)

    learning.centroid = noted
    try:
        run(learn(base, [rows], settings=LearnSettings(steps=20)))
    finally:
        learning.centroid = original
    assert {count for count, _ in seen} == {len(rows)}
    moved = [float((b - a).norm()) for (_, a), (_, b) in zip(seen[1:], seen[3:], strict=False)]
    assert min(moved[:20]) > 0


def test_nnpu_by_hand() -> None:
    values = torch.tensor(0.2), torch.tensor(0.3), torch.tensor(0.9)
    assert nnpu(*values, 0.5).item() == pytest.approx(0.10)
    assert nnpu(*values, 0.0).item() == pytest.approx(0.3)


@pytest.fixture
def blobs() -> tuple[FloatArray, IndexArray]:
    rng = np.random.default_rng(3)
    middles = rng.normal(size=(4, 12))
    x = np.concatenate([m + 1.2 * rng.normal(size=(40, 12)) for m in middles]).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True), np.arange(12)


def auc(vectors: FloatArray, rows: IndexArray, n: int = 40) -> float:
    found = scores.support_scores(vectors, vectors[rows])
    own, rest = found[len(rows) : n], found[n:]
    return float((own[:, None] > rest[None]).mean())


def test_an_update_separates_the_category(blobs: tuple[FloatArray, IndexArray]) -> None:
    base, rows = blobs
    adapter = run(learn(base, [rows], prior=0.25))
    assert auc(adapter.apply(base), rows) > auc(Adapter.fit(base).apply(base), rows)


def test_an_update_is_warm_and_the_same_for_the_same_picks(
    blobs: tuple[FloatArray, IndexArray],
) -> None:
    base, rows = blobs
    first = run(learn(base, [rows[:6]]))
    twice = [run(learn(base, [rows], previous=first, seed=1)).weight for _ in range(2)]
    assert torch.equal(*twice)
    assert not torch.equal(first.weight, twice[0])


def test_bins_teach_each_other(blobs: tuple[FloatArray, IndexArray]) -> None:
    base, _ = blobs
    bins = [np.arange(0, 6), np.arange(40, 46), np.arange(80, 81)]
    vectors = run(learn(base, bins)).apply(base)
    judge = judge_from(
        vectors,
        {str(row): row for row in range(len(base))},
        {str(b): [str(row) for row in rows] for b, rows in enumerate(bins)},
        {},
    )
    chosen, confidence = judge.judge(vectors[:120])
    assert (chosen == np.repeat([0, 1, 2], 40)).mean() > 0.7
    assert ((confidence >= 1 / 3) & (confidence <= 1)).all()


def test_no_pick_teaches_nothing(blobs: tuple[FloatArray, IndexArray]) -> None:
    with pytest.raises(TrainingError, match="picks"):
        run(learn(blobs[0], []))


def test_scores_are_the_mean_of_the_five_largest_cosines() -> None:
    support = np.eye(8, dtype=np.float32)[:7]
    item = np.array([[0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0]], np.float32)
    assert scores.support_scores(item, support)[0] == pytest.approx(0.5)
    assert scores.support_scores(item, support[:2])[0] == pytest.approx(0.65)
    assert scores.support_scores(item, support[:0])[0] == -1
    assert scores.own_scores(support[:3]).tolist() == [0, 0, 0]
    assert scores.own_scores(support[:1]).tolist() == [-1]


def test_ranks_and_lines_need_no_label() -> None:
    belt = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    assert scores.ranks(np.array([0.5, 0.35, 0.0], np.float32), belt).tolist() == [0.2, 0.4, 1.0]
    assert scores.prior(np.array([0.1, 0.1, 0.12, 0.12, 0.9])) == pytest.approx(0.15)
    assert scores.sober(np.array([0.4]), np.array([0.025])).tolist() == pytest.approx([0.2])


def test_a_line_parts_the_class_from_the_rest_without_a_label() -> None:
    rng = np.random.default_rng(0)
    high, low = rng.normal(0.8, 0.03, 60), rng.normal(0.2, 0.1, 540)
    belt = np.concatenate([high, low]).astype(np.float32)
    for prior in (0.03, 0.1, 0.3):  # a prior that is wrong gives way to two heaps apart
        line, width = scores.draw_line(belt, prior)
        assert low.max() < line < high.min()
        assert 0 < width < 0.1


def test_a_line_of_overlapping_scores_promises_the_best_f1() -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(4000) < 800
    belt = np.where(truth, rng.normal(0.6, 0.1, 4000), rng.normal(0.4, 0.1, 4000))
    line, _ = scores.draw_line(belt.astype(np.float32), 0.2)

    def f1(at: float) -> float:
        return float(2 * (truth & (belt >= at)).sum() / (truth.sum() + (belt >= at).sum()))

    assert f1(line) > max(f1(at) for at in np.linspace(0.2, 0.8, 61)) - 0.02


@pytest.mark.parametrize("belt", [[0.3], [0.3, 0.3, 0.3], [0.1, 0.9]])
def test_a_line_of_next_to_nothing_is_a_number(belt: list[float]) -> None:
    line, width = scores.draw_line(np.array(belt, np.float32), 0.2)
    assert min(belt) - 1e-6 < line < max(belt) + 1e-6
    assert width > 0


def test_an_empty_belt_has_no_line() -> None:
    assert scores.draw_line(np.empty(0, np.float32), 0.2)[0] > 1


def test_a_pick_alone_draws_no_line_and_moves_no_score(
    blobs: tuple[FloatArray, IndexArray],
) -> None:
    base, rows = blobs
    vectors = run(learn(base, [rows[:1]])).apply(base)
    judge = judge_from(vectors, {"0": 0}, {"wanted": ["0"]}, {})
    assert not judge.knows
    assert (judge.judge(vectors)[0] == -1).all()


def test_what_decides_is_what_is_trained(blobs: tuple[FloatArray, IndexArray]) -> None:
    base, rows = blobs
    belt = base[len(rows) :]
    taken, rest = learning._scores(torch.from_numpy(base[rows]), torch.from_numpy(belt))
    assert np.allclose(taken, scores.own_scores(base[rows]), atol=1e-6)
    assert np.allclose(rest, scores.support_scores(belt, base[rows]), atol=1e-6)


def test_structure_loss_is_zero_for_the_same_geometry_and_without_rows() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(6, 4), dim=1)
    rotated = vectors @ torch.linalg.qr(torch.randn(4, 4))[0]
    every, none = torch.ones(6, dtype=torch.bool), torch.zeros(6, dtype=torch.bool)
    assert float(structure_loss(rotated, vectors, every, 0.1)) == pytest.approx(0.0, abs=1e-5)
    assert float(structure_loss(vectors.flip(0), vectors, every, 0.1)) > 0
    assert float(structure_loss(vectors.flip(0), vectors, none, 0.1)) == 0.0
