"""Golden vectors of the sources, and agreement with pytorch-metric-learning."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer

from curation.learning import objectives
from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.human import Human
from curation.learning.objectives.occ import OCC, column_loss, constrained_instance_loss
from curation.learning.objectives.sums import hard_log_sum, loss_of_share, pull_of_all
from curation.learning.objectives.supcon import SupCon
from curation.learning.objectives.unified import anchor_losses, mean_over

E1, E2 = [1.0, 0.0], [0.0, 1.0]


def tensor(rows: list[Any]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def unified(vectors: torch.Tensor, positive: torch.Tensor, **options: Any) -> float:
    return float(mean_over(*anchor_losses(vectors, positive, temperature=1.0, **options)))


def two_views(n: int) -> torch.Tensor:
    """Positives of 2 n rows whose row i and i + n are views of one item."""
    return torch.eye(2 * n, dtype=torch.float64).roll(n, dims=0)


def relations(
    m: int,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    ignored: Iterable[tuple[int, int]] = (),
    suspected: Iterable[tuple[int, int]] = (),
    views: bool = True,
) -> Relations:
    """Relations of ``m`` rows; with ``views`` rows i and i + m/2 are views of one item."""

    def symmetric(pairs: Iterable[tuple[int, int]], dtype: torch.dtype) -> torch.Tensor:
        matrix = torch.zeros(m, m, dtype=dtype)
        for i, j in pairs:
            matrix[i, j] = matrix[j, i] = 1
        return matrix

    own = symmetric([(i, i + m // 2) for i in range(m // 2)] if views else [], torch.bool)
    return Relations(
        own=own,
        same=symmetric(same, torch.float64),
        different=symmetric(different, torch.float64),
        ignored=symmetric(ignored, torch.bool),
        suspected=symmetric(suspected, torch.bool),
    )


@pytest.mark.parametrize("denominator", ["all", "per_positive"])
def test_two_views_give_nt_xent(denominator: str) -> None:
    loss = unified(tensor([E1, E2, E1, E2]), two_views(2), denominator=denominator)
    assert loss == pytest.approx(math.log(1 + 2 / math.e), abs=1e-6)
    assert loss == pytest.approx(0.551445, abs=1e-6)


def one_anchor(positives: list[int], **options: Any) -> float:
    """Loss of the anchor e1 among {e1 (anchor), e1, e2, -e1}."""
    vectors = tensor([E1, E1, E2, [-1.0, 0.0]])
    positive = torch.zeros(4, 4, dtype=torch.float64)
    positive[0, positives] = 1.0
    return unified(vectors, positive, **options)


def eliminated(rows: list[int]) -> torch.Tensor:
    mask = torch.zeros(4, 4, dtype=torch.bool)
    mask[0, rows] = True
    return mask


def test_golden_vectors_of_one_anchor() -> None:
    assert one_anchor([1, 2]) == pytest.approx(0.907606, abs=1e-6)
    assert one_anchor([1]) == pytest.approx(0.407606, abs=1e-6)
    assert one_anchor([1], eliminated=eliminated([2])) == pytest.approx(0.126928, abs=1e-6)
    assert one_anchor([1, 2], denominator="per_positive") == pytest.approx(0.220095, abs=1e-6)


def test_positive_weights_are_a_weighted_mean() -> None:
    vectors = tensor([E1, E1, E2, [-1.0, 0.0]])
    weight = torch.zeros(4, 4, dtype=torch.float64)
    weight[0, 1], weight[0, 2] = 3.0, 1.0
    first, second = -math.log(math.e / (math.e + 1 + 1 / math.e)), math.log(math.e + 1 + 1 / math.e)
    assert unified(vectors, weight) == pytest.approx((3 * first + second) / 4, abs=1e-9)


def test_debiased_correction_and_its_floor() -> None:
    vectors = tensor([E1, E1, E2, [-1.0, 0.0]])
    positive = torch.zeros(4, 4, dtype=torch.float64)
    positive[0, 1] = 1.0
    total = 1.0 + 1 / math.e
    for tau_plus in (0.01, 0.1, 0.5):
        corrected = (total - tau_plus * 2 * math.e) / (1 - tau_plus)
        expected = math.log(1 + max(corrected, 2 / math.e) / math.e)
        got = unified(vectors, positive, tau_plus=tau_plus, denominator="per_positive")
        assert got == pytest.approx(expected, abs=1e-9)


def test_gradient_of_the_easiest_supcon_positive_points_away() -> None:
    cosine = torch.tensor([0.5, 0.0, -0.25], dtype=torch.float64, requires_grad=True)
    rest = torch.diag((1 - cosine.square()).sqrt())
    anchor = tensor([[1.0, 0, 0, 0]])
    vectors = torch.cat([anchor, torch.cat([cosine[:, None], rest], dim=1)])
    positive = torch.zeros(4, 4, dtype=torch.float64)
    positive[0, 1:3] = 1.0
    losses, _ = anchor_losses(vectors, positive, temperature=0.25)
    (gradient,) = torch.autograd.grad(losses[0], cosine)
    np.testing.assert_allclose(0.25 * gradient, [0.344, -0.386, 0.042], atol=5e-4)


@pytest.mark.parametrize(
    ("same", "different", "expected"),
    [((), (), 0.839127), (((0, 1),), (), 1.505794), ((), ((0, 1),), 0.681689)],
)
def test_constrained_instance_loss_golden_vectors(
    same: tuple[tuple[int, int], ...], different: tuple[tuple[int, int]], expected: float
) -> None:
    def both_views(pairs: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
        return [(i + a, j + b) for i, j in pairs for a in (0, 2) for b in (0, 2)]

    known = relations(4, same=both_views(same), different=both_views(different))
    loss = constrained_instance_loss(
        tensor([E1, E2, E1, E2]), known.positive, 1.0 + known.different
    )
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_column_loss_prefers_assignments_that_agree_between_views() -> None:
    agree = tensor([[1, 0], [0, 1], [1, 0], [0, 1]])
    swapped = agree.flip(1)
    assert column_loss(agree, agree) < column_loss(agree, swapped)


@pytest.mark.parametrize("seed", range(20))
def test_equals_pytorch_metric_learning(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(32, 8, generator=generator, dtype=torch.float64)
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    labels = torch.arange(32) % 16
    loss = NTXentLoss(temperature=0.3, reducer=MeanReducer())(vectors, labels)
    losses = anchor_losses(vectors, two_views(16), temperature=0.3, denominator="per_positive")
    assert float(mean_over(*losses)) == pytest.approx(float(loss), abs=1e-12)

    labels = torch.randint(4, (32,), generator=generator)
    positive = (labels[:, None] == labels).double()
    loss = SupConLoss(temperature=0.3, reducer=MeanReducer())(vectors, labels)
    losses = anchor_losses(vectors, positive, temperature=0.3)
    assert float(mean_over(*losses)) == pytest.approx(float(loss), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_elimination_equals_an_explicit_pair_list(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(32, 8, generator=generator, dtype=torch.float64)
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    gone = torch.rand(32, 32, generator=generator) < 0.3
    gone = gone | gone.T
    positive = two_views(16)
    negative = ~gone & (positive == 0) & ~torch.eye(32, dtype=torch.bool)
    pairs = (*torch.nonzero(positive, as_tuple=True), *torch.nonzero(negative, as_tuple=True))
    loss = NTXentLoss(temperature=0.3, reducer=MeanReducer())(vectors, indices_tuple=pairs)
    losses = anchor_losses(
        vectors, positive, eliminated=gone, temperature=0.3, denominator="per_positive"
    )
    assert float(mean_over(*losses)) == pytest.approx(float(loss), abs=1e-12)


def test_supcon_is_l_out_on_views_and_closure() -> None:
    vectors = torch.randn(8, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    known = relations(8, same=[(0, 1), (0, 5), (4, 1), (4, 5)])
    labels = torch.tensor([0, 0, 1, 2, 0, 0, 1, 2])
    expected = SupConLoss(temperature=0.1, reducer=MeanReducer())(vectors, labels)
    assert float(SupCon(Head(5, 2, 0))(vectors, known)) == pytest.approx(float(expected), abs=1e-9)


def test_human_weighs_rejections_and_leaves_out_what_is_open() -> None:
    vectors = torch.randn(8, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    human, plain = Human(Head(5, 2, 0)), SupCon(Head(5, 2, 0))
    assert float(human(vectors, relations(8))) == pytest.approx(
        float(plain(vectors, relations(8))), abs=1e-12
    )
    rejected = human(vectors, relations(8, different=[(0, 1)]))
    assert rejected > human(vectors, relations(8))
    ignored = human(vectors, relations(8, ignored=[(0, 1)]))
    assert ignored < human(vectors, relations(8))
    assert float(human(vectors, relations(8, suspected=[(0, 1)]))) == pytest.approx(float(ignored))


def all_objectives() -> list[Objective]:
    return [objectives.create(name, Head(5, 3, 0)) for name in ("human", "occ", "supcon")]


def test_no_positive_no_negative_duplicates_and_half_precision_stay_finite() -> None:
    nothing = relations(6, views=False)
    everything = relations(6, same=[(i, j) for i in range(6) for j in range(i)])
    for objective in all_objectives():
        for known in (nothing, everything, relations(6)):
            for vectors in (torch.ones(6, 5), torch.zeros(6, 5), torch.randn(6, 5)):
                rows = vectors.clone().requires_grad_()
                loss = objective(rows, known)
                loss.backward()
                assert torch.isfinite(loss)
                assert rows.grad is not None
                assert torch.isfinite(rows.grad).all()
    half = torch.randn(6, 5, generator=torch.Generator().manual_seed(0)).half()
    for objective in (SupCon(Head(5, 3, 0)), Human(Head(5, 3, 0))):
        loss = objective(half, relations(6))
        assert loss.dtype in (torch.float32, torch.float64)
        assert torch.isfinite(loss)


def test_assignment_is_a_distribution_over_the_groups() -> None:
    vectors = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    soft = OCC(Head(5, 4, 0)).assignment(vectors)
    assert soft.shape == (7, 4)
    torch.testing.assert_close(soft.sum(1), torch.ones(7))
    assert SupCon(Head(5, 4, 0)).assignment(vectors) is None


@pytest.mark.parametrize(
    "summed",
    [
        lambda logits, mask: hard_log_sum(logits, mask, 1.0),
        lambda logits, mask: pull_of_all(logits, mask.to(logits), ~mask, None)[0],
        lambda logits, mask: loss_of_share(logits, mask.to(logits), ~mask),
    ],
)
def test_second_derivatives_are_refused_rather_than_wrong(
    summed: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    losses = summed(logits, logits.detach() > -1.0)
    (slope,) = torch.autograd.grad(losses.square().sum(), logits, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()
