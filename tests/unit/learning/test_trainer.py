from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scenes import Blobs

from curation.errors import TrainingError, UnknownName
from curation.learning import objectives
from curation.learning.adapter import Adapter
from curation.learning.evaluate import held_out_auc
from curation.learning.objectives import registry
from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.entry import Entry
from curation.learning.replay import Sampling
from curation.learning.trainer import TrainProgress, TrainResult, TrainSettings, train
from curation.types import Constraints, FloatArray

LIVE = [row["id"] for row in objectives.catalogue() if row["live"]]
READERS = [row["id"] for row in objectives.catalogue() if row["live"] and "answers" in row["needs"]]
QUICK = TrainSettings(steps=40, sampling=Sampling(n_decided=36, n_undecided=24))


def run(*args: Any, **options: Any) -> tuple[list[TrainProgress], TrainResult]:
    """Exhaust the generator; all progress and the result."""
    options.setdefault("settings", QUICK)
    steps, generator = [], train(*args, **options)
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as end:
            return steps, end.value


@pytest.mark.parametrize("objective", ["human", "occ", "supcon"])
def test_answers_about_some_items_sort_the_others(blobs: Blobs, objective: str) -> None:
    steps, result = run(blobs.base, None, blobs.constraints, objective=objective)
    assert [s.step for s in steps] == list(range(1, 41))
    assert {s.steps for s in steps} == {40}
    vectors = result.adapter.apply(blobs.base)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    pairs, same = blobs.open_pairs()
    before, after = held_out_auc(blobs.base, pairs, same), held_out_auc(vectors, pairs, same)
    assert before is not None
    assert after is not None
    assert after.value > before.high


@pytest.mark.parametrize("objective", READERS)
def test_who_reads_answers_gains_by_them(blobs: Blobs, objective: str) -> None:
    _, result = run(blobs.base, None, blobs.constraints, objective=objective)
    pairs, same = blobs.open_pairs()
    vectors = result.adapter.apply(blobs.base)
    before, after = held_out_auc(blobs.base, pairs, same), held_out_auc(vectors, pairs, same)
    assert before is not None
    assert after is not None
    assert after.value > before.value


@pytest.mark.parametrize("objective", LIVE)
def test_the_same_arguments_give_the_same_weights(blobs: Blobs, objective: str) -> None:
    options = {"objective": objective, "seed": 5, "settings": replace(QUICK, steps=4)}
    _, first = run(blobs.base, None, blobs.constraints, **options)
    _, second = run(blobs.base, None, blobs.constraints, **options)
    np.testing.assert_array_equal(first.adapter.apply(blobs.base), second.adapter.apply(blobs.base))
    if first.assignment is not None:
        np.testing.assert_array_equal(first.assignment, second.assignment)


def test_a_chain_of_generations_can_be_replayed(blobs: Blobs) -> None:
    def chain() -> FloatArray:
        adapter: Adapter | None = None
        for seed in range(3):
            _, result = run(blobs.base, None, blobs.constraints, previous=adapter, seed=seed)
            adapter = result.adapter
        assert adapter is not None
        return adapter.apply(blobs.base)

    np.testing.assert_array_equal(chain(), chain())


def test_a_warm_start_begins_where_the_previous_ended_and_leaves_it_alone(blobs: Blobs) -> None:
    _, first = run(blobs.base, None, blobs.constraints)
    kept = first.adapter.apply(blobs.base)
    cold, _ = run(blobs.base, None, blobs.constraints)
    warm, second = run(blobs.base, None, blobs.constraints, previous=first.adapter)
    assert warm[0].loss < cold[0].loss
    np.testing.assert_array_equal(first.adapter.apply(blobs.base), kept)
    still = TrainSettings(steps=0)
    _, same = run(blobs.base, None, blobs.constraints, previous=second.adapter, settings=still)
    np.testing.assert_array_equal(same.adapter.apply(blobs.base), second.adapter.apply(blobs.base))


def test_training_does_not_touch_the_global_random_state(blobs: Blobs) -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.rand(1), np.random.rand()
    torch.manual_seed(0)
    np.random.seed(0)
    run(blobs.base, None, blobs.constraints, objective="occ")
    assert (torch.rand(1), np.random.rand()) == before


def test_cluster_head_gives_soft_groups_of_all_items(blobs: Blobs) -> None:
    _, result = run(blobs.base, None, blobs.constraints, objective="occ")
    soft = result.assignment
    assert soft is not None
    assert soft.shape == (160, 3)
    assert soft.dtype == np.float32
    np.testing.assert_allclose(soft.sum(1), 1.0, atol=1e-5)
    of_group = soft[np.flatnonzero(blobs.constraints.group == 0)].argmax(1)
    assert (np.bincount(of_group, minlength=3).max() / len(of_group)) > 0.8
    _, plain = run(blobs.base, None, blobs.constraints)
    assert plain.assignment is None


@pytest.mark.parametrize("objective", LIVE)
def test_more_groups_than_a_head_holds_train(
    blobs: Blobs, constraints_of: Callable[..., Constraints], objective: str
) -> None:
    pairs = constraints_of(160, [(2 * k, 2 * k + 1) for k in range(51)])
    _, result = run(blobs.base, None, pairs, objective=objective, settings=TrainSettings(steps=2))
    assert np.isfinite(result.adapter.apply(blobs.base)).all()


def test_rejections_alone_push_apart(
    blobs: Blobs, constraints_of: Callable[..., Constraints]
) -> None:
    near = int(np.argsort(-(blobs.base @ blobs.base[0]))[1])
    pair = (0, near) if near > 0 else (near, 0)
    alone = constraints_of(160, [(0,), (near,)], [(0, 1)], [(*pair, "different")])
    _, start = run(blobs.base, None, alone, settings=TrainSettings(steps=0))
    _, result = run(blobs.base, None, alone)
    before, after = start.adapter.apply(blobs.base), result.adapter.apply(blobs.base)
    assert after[0] @ after[near] < before[0] @ before[near]


@pytest.mark.parametrize("objective", LIVE)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_and_identical_items_train(
    constraints_of: Callable[..., Constraints], objective: str, n: int
) -> None:
    base = np.repeat(np.eye(1, 6, dtype=np.float32), n, axis=0)
    decided = constraints_of(n, [tuple(range(n))])
    _, result = run(base, None, decided, objective=objective, settings=TrainSettings(steps=3))
    assert np.isfinite(result.adapter.apply(base)).all()


def test_cached_views_train(blobs: Blobs) -> None:
    views = np.repeat(blobs.base[:, None], 2, axis=1).astype(np.float16)
    steps, _ = run(blobs.base, views, blobs.constraints)
    assert steps[-1].loss < steps[0].loss


class Spoilt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, value: float) -> torch.Tensor:
        ctx.given = rows.shape, value
        return rows.sum() * 0

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, None]:
        shape, value = ctx.given
        return slope.new_full(shape, value), None


class Broken(Objective):
    """Finite losses; gradients as ``slope`` says at step ``at``, soft groups as ``groups``."""

    def __init__(
        self,
        head: Head,
        *,
        at: int = 0,
        slope: float = 0.0,
        groups: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        del head
        super().__init__()
        self.step, self.at, self.slope, self.groups = 0, at, slope, groups

    def forward(self, vectors: torch.Tensor, relations: Relations) -> torch.Tensor:
        del relations
        self.step += 1
        lost: torch.Tensor = Spoilt.apply(vectors, self.slope if self.step == self.at else 0.0)
        return lost

    def assignment(self, vectors: torch.Tensor) -> torch.Tensor:
        assert self.groups is not None
        return self.groups(vectors)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the objective "mine" be Broken with these settings."""

    def declare(**settings: Any) -> None:
        place = f"{__name__}:mine"
        monkeypatch.setitem(registry._REGISTERED, "mine", Entry("mine", "", "", place))
        monkeypatch.setitem(globals(), "mine", lambda head: Broken(head, **settings))

    return declare


@pytest.mark.parametrize("at", [2, 3])
@pytest.mark.parametrize("slope", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_refused_by_name(
    blobs: Blobs, broken: Callable[..., None], at: int, slope: float
) -> None:
    broken(at=at, slope=slope)
    with pytest.raises(TrainingError, match=rf"finite gradient.* at step {at} with .*'mine'"):
        run(blobs.base, None, blobs.constraints, objective="mine", settings=TrainSettings(steps=3))


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        (lambda rows: rows[:3], r"shape \(3, 25\)"),
        (lambda rows: rows[:, 0], r"shape \(160,\)"),
        (lambda rows: rows[:, :0], r"shape \(160, 0\)"),
        (lambda rows: rows * torch.nan, "NaN"),
        (lambda rows: rows.numpy(), "ndarray"),
        (lambda rows: rows[1000], "IndexError"),
    ],
)
def test_soft_groups_that_are_none_are_refused_by_name(
    blobs: Blobs, broken: Callable[..., None], groups: Callable[..., Any], reason: str
) -> None:
    broken(groups=groups)
    with pytest.raises(TrainingError, match=rf"'mine'.*{reason}"):
        run(blobs.base, None, blobs.constraints, objective="mine", settings=TrainSettings(steps=1))


def test_what_cannot_be_trained_is_named(blobs: Blobs) -> None:
    with pytest.raises(TrainingError, match="Answer some pairs"):
        next(train(blobs.base, None, Constraints.none(160)))
    with pytest.raises(TrainingError, match="Encode all items"):
        next(train(blobs.base[:5], None, blobs.constraints))
    with pytest.raises(TrainingError, match="Encode the views"):
        next(train(blobs.base, np.zeros((160, 2, 5), np.float16), blobs.constraints))
    with pytest.raises(TrainingError, match=r"'clip' needs"):
        next(train(blobs.base, None, blobs.constraints, objective="clip"))
    with pytest.raises(UnknownName, match="human"):
        next(train(blobs.base, None, blobs.constraints, objective="humane"))
    _, result = run(blobs.base, None, blobs.constraints, settings=TrainSettings(steps=1))
    with pytest.raises(TrainingError, match="width 24"):
        next(train(blobs.base[:, :9], None, blobs.constraints, previous=result.adapter))
    broken = np.full_like(blobs.base, np.nan)
    with pytest.raises(TrainingError, match="finite vectors"):
        next(train(broken, None, blobs.constraints))
