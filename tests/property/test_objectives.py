"""Invariants that hold for every batch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from curation.learning.objectives.occ import constrained_instance_loss
from curation.learning.objectives.unified import Denominator, anchor_losses, mean_over

SEEDS = st.integers(0, 2**31 - 1)
DENOMINATORS = st.sampled_from(["all", "per_positive"])


def batch(seed: int, rows: int = 12, dim: int = 6) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random vectors, symmetric positives with weights, eliminated pairs, negative weights."""
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(rows, dim, generator=generator, dtype=torch.float64)
    draw = torch.rand(rows, rows, generator=generator, dtype=torch.float64).triu(1)
    draw = draw + draw.T
    positive = torch.where(draw > 0.7, draw, torch.zeros_like(draw))
    eliminated = (draw > 0.5) & (draw <= 0.6)
    weight = 1.0 + (draw < 0.3).double()
    return vectors, positive, eliminated, weight


def losses_of(
    vectors: Tensor,
    positive: Tensor,
    eliminated: Tensor,
    weight: Tensor,
    *,
    denominator: Denominator,
    temperature: float = 0.2,
) -> Tensor:
    unified = mean_over(
        *anchor_losses(
            vectors,
            positive,
            eliminated=eliminated,
            negative_weight=weight,
            temperature=temperature,
            denominator=denominator,
        )
    )
    occ = constrained_instance_loss(
        vectors, positive, weight, eliminated=eliminated, temperature=temperature
    )
    return torch.stack([unified, occ])


@settings(max_examples=40)
@given(SEEDS, DENOMINATORS)
def test_permutation_rotation_and_scale_change_nothing(seed: int, denominator: Denominator) -> None:
    vectors, *masks = batch(seed)
    rng = np.random.default_rng(seed)
    before = losses_of(vectors, *masks, denominator=denominator)
    order = torch.from_numpy(rng.permutation(len(vectors)))
    permuted = losses_of(
        vectors[order], *(m[order][:, order] for m in masks), denominator=denominator
    )
    torch.testing.assert_close(permuted, before)
    rotation = torch.from_numpy(np.linalg.qr(rng.standard_normal((6, 6)))[0])
    scale = torch.from_numpy(rng.uniform(0.1, 10, (len(vectors), 1)))
    torch.testing.assert_close(
        losses_of(vectors @ rotation * scale, *masks, denominator=denominator), before
    )


def star(cosines: Tensor) -> Tensor:
    """An anchor and one row per cosine, each in a plane of its own: rows only meet the anchor."""
    count = len(cosines)
    rest = torch.diag((1 - cosines.square()).sqrt())
    anchor = torch.zeros(1, count + 1, dtype=torch.float64)
    anchor[0, 0] = 1.0
    return torch.cat([anchor, torch.cat([cosines[:, None], rest], dim=1)])


def anchor_gradient(seed: int, denominator: Denominator) -> Tensor:
    """Gradient of the first anchor's loss by its cosines, and the roles of the other rows.

    Rows 0-2 are positives, 3-4 eliminated, 5-6 confirmed negatives, 7-8 plain ones.
    """
    rng = np.random.default_rng(seed)
    cosines = torch.from_numpy(rng.uniform(-0.95, 0.95, 9)).requires_grad_()
    positive = torch.zeros(10, 10, dtype=torch.float64)
    positive[0, 1:4] = torch.from_numpy(rng.uniform(0.1, 1, 3))
    eliminated = torch.zeros(10, 10, dtype=torch.bool)
    eliminated[0, 4:6] = True
    weight = torch.ones(10, 10, dtype=torch.float64)
    weight[0, 6:8] = 2.0
    losses, _ = anchor_losses(
        star(cosines),
        positive,
        eliminated=eliminated,
        negative_weight=weight,
        temperature=0.3,
        denominator=denominator,
    )
    (gradient,) = torch.autograd.grad(losses[0], cosines)
    return gradient


@settings(max_examples=60)
@given(SEEDS, DENOMINATORS)
def test_accepted_attract_rejected_repel_eliminated_feel_nothing(
    seed: int, denominator: Denominator
) -> None:
    gradient = anchor_gradient(seed, denominator)
    assert torch.all(gradient[3:5] == 0)
    assert torch.all(gradient[5:] > 0)
    if denominator == "per_positive":
        assert torch.all(gradient[:3] < 0)
    else:
        assert gradient[:3].sum() <= 0


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 8))
def test_a_high_temperature_only_counts_negatives(seed: int, n_negative: int) -> None:
    vectors = batch(seed, rows=n_negative + 2)[0]
    positive = torch.zeros(n_negative + 2, n_negative + 2, dtype=torch.float64)
    positive[0, 1] = 1.0
    loss = mean_over(*anchor_losses(vectors, positive, temperature=1e7))
    assert float(loss) == pytest.approx(math.log(1 + n_negative), abs=1e-5)


@settings(max_examples=40)
@given(SEEDS, DENOMINATORS, st.sampled_from([0.01, 0.07, 1.0]), st.booleans())
def test_finite_in_half_precision_with_duplicates(
    seed: int, denominator: Denominator, temperature: float, lonely: bool
) -> None:
    vectors, positive, eliminated, weight = batch(seed)
    rows = vectors.half()
    rows[1] = rows[0]
    rows.requires_grad_()
    if lonely:
        positive = torch.zeros_like(positive)
    loss = losses_of(
        rows, positive, eliminated, weight, denominator=denominator, temperature=temperature
    ).sum()
    loss.backward()
    assert torch.isfinite(loss)
    assert rows.grad is not None
    assert torch.isfinite(rows.grad).all()
