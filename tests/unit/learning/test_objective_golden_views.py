"""Views, modalities and teachers computed by hand, one test a method."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from golden import E1, E2, close, plain_relations, tensor

from curation.learning.objectives import cpc, create, modalities, multiview, neighbours, predictors
from curation.learning.objectives import queues as queued
from curation.learning.objectives.base import Head
from curation.learning.objectives.seed import seed_loss
from curation.learning.objectives.unified import unit


def test_simsiam_and_byol_hold_the_targets_still() -> None:
    pytest.importorskip("lightly")
    rows = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z, p = rows.clone().requires_grad_(), rows.clone().requires_grad_()
    compare = predictors.negative_cosine()
    close(predictors.crossed(compare, rows, rows.roll(3, 0)), -1.0)
    predictors.crossed(compare, p, z).backward()
    assert z.grad is None
    assert p.grad is not None
    assert p.grad.norm() > 0
    # At first the prediction head is the identity: equal views are predicted exactly.
    twice = torch.cat([rows[:3], rows[:3]])
    known = plain_relations(6, twice)
    for name, expected in (("simsiam", -1.0), ("byol", 0.0)):
        close(create(name, Head(3, 2, 0)).double()(twice, known), expected)


def test_directpred() -> None:
    close((predictors.direct_predictor(torch.eye(3)) - 1.01 * torch.eye(3)).abs().max(), 0.0)
    draw = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    correlation = draw @ draw.T
    weight = predictors.direct_predictor(correlation)
    torch.testing.assert_close(weight, weight.T)
    torch.testing.assert_close(weight @ correlation, correlation @ weight, rtol=1e-4, atol=1e-4)


def test_nnclr() -> None:
    bank = tensor([[0.8, 0.6], [0.0, 1.0]])
    losses = neighbours.nnclr_losses(tensor([E1, E2]), tensor([E1, E2]), bank, temperature=1.0)
    close(losses.mean(), 0.455700)
    plain = queued.info_nce(tensor([E1, E2]), tensor([E1, E2]), temperature=1.0)
    same = neighbours.nnclr_losses(
        tensor([E1, E2]), tensor([E1, E2]), tensor([E1, E2]), temperature=1.0
    )
    torch.testing.assert_close(same, plain)


def test_mean_shift() -> None:
    bank = tensor([E1, [0.8, 0.6], E2])
    close(neighbours.mean_shift_losses(tensor([E1]), tensor([E1]), bank, k=2), 0.2)
    p, u = tensor([[0.6, 0.8]]), tensor([E1])
    one = neighbours.mean_shift_losses(p, u, torch.cat([u, bank]), k=1)
    close(one, 2 - 2 * 0.6)  # BYOL


def test_all4one_features_that_do_not_correlate() -> None:
    rows = torch.eye(4, dtype=torch.float64)
    close(neighbours.feature_loss((rows, rows), (rows, rows)), 0.0)
    assert neighbours.feature_loss((rows, rows), (rows.flip(0), rows.flip(0))) > 1


def test_info_loob_and_clip() -> None:
    rows = tensor([E1, E2])
    close(modalities.info_loob(rows, rows, 1.0), -1.0)
    close(modalities.clip_loss(rows, rows, 1.0), 0.313262)


def test_cloob_retrieves_each_row_from_a_sharp_memory() -> None:
    rows, known = tensor([E1, E2, E1, E2]), plain_relations(4)
    sharp = create("cloob", Head(2, 2, 0), temperature=1.0, beta=1e3).double()
    close(sharp(rows, replace(known, text=rows)), -2.0)  # InfoLOOB in both directions


def test_cpc() -> None:
    rows = tensor([E1, E2])
    close(cpc.cpc_loss(rows, rows, torch.eye(2, dtype=torch.float64)), 0.313262)


def test_cwcl() -> None:
    rows = tensor([E1, E2])
    weight, none = tensor([[1.0, 0.5], [0.5, 1.0]]), torch.zeros(2, 2, dtype=torch.bool)
    close(modalities.cwcl_losses(rows @ rows.T, weight, none)[0], 0.646595)
    hard_targets = modalities.cwcl_losses(rows @ rows.T, torch.eye(2), none)
    torch.testing.assert_close(hard_targets, queued.info_nce(rows, rows, temperature=1.0))
    gone = torch.tensor([[False, True], [False, False]])
    close(modalities.cwcl_losses(rows @ rows.T, weight, gone)[0], 0.0)


def test_multiview() -> None:
    views = tensor([[E1, E2], [E1, E2]])
    close(multiview.mv_info_nce(views, temperature=1.0), 0.551445)
    # One pair of views an item with similarity 1, and within each view one negative with 0:
    # -log(e^1 / (e^0 e^0)).
    close(multiview.mv_dhel(views, temperature=1.0), -1.0)
    for loss in (multiview.mv_info_nce, multiview.mv_dhel):
        close(loss(views[:, :1]), 0.0)  # a single item has no negatives


def test_the_scale_of_clip_stays_in_range_and_comes_back() -> None:
    made = modalities.CLIP(Head(2, 2, 0))
    made.log_scale.data.fill_(math.log(200.0))
    made.temperature().backward()
    close(made.temperature(), 0.01)
    assert made.log_scale.grad != 0


def test_seed_of_equal_temperatures_is_the_entropy() -> None:
    rows = torch.randn(7, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    keys = unit(rows)
    chance = (keys @ keys.T / 0.3).softmax(1)
    loss = seed_loss(rows, rows, keys, student_temperature=0.3, teacher_temperature=0.3)
    close(loss, float(torch.special.entr(chance).sum(1).mean()))


def test_library_losses() -> None:
    pytest.importorskip("lightly")
    from lightly.loss.swav_loss import sinkhorn

    square = tensor([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    head, known = Head(2, 2, 0), plain_relations(8)
    barlow = create("barlow", head, scale=1.0).double()
    close(barlow(torch.cat([square, square]), known), 0.0)
    close(barlow(torch.cat([square, square[:, [0, 0]]]), known), 1.005)
    nothing = torch.zeros(8, 2, dtype=torch.float64)
    close(create("vicreg", head).double()(nothing, known), 24.75)
    taught = plain_relations(8, nothing)
    close(create("dino", head, prototypes=7).double()(nothing, taught), math.log(7))
    codes = sinkhorn(tensor([[1.0, 0.0], [0.9, 0.0], [0.8, 0.0], [0.7, 0.0]]), 3, 0.05)
    torch.testing.assert_close(
        codes[:, 0], tensor([0.928091, 0.635926, 0.191194, 0.031000]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(codes.sum(1), torch.ones(4, dtype=torch.float64))
    swav = create("swav", head, prototypes=2).double()
    swav.centres.data = torch.eye(2, dtype=torch.float64)
    views = torch.randn(2, 4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    views = unit(views)  # their own cosines to the two prototypes
    swapped = [
        (sinkhorn(of, 3, 0.05) * (by / 0.1).log_softmax(1)).sum(1).mean()
        for of, by in (views, views.flip(0))
    ]
    close(swav(views.flatten(0, 1), known), float(-sum(swapped) / 2))


def test_a_constant_on_all_of_dinos_teacher_changes_nothing() -> None:
    pytest.importorskip("lightly")
    made: Any = create("dino", Head(3, 2, 0), prototypes=5).double().eval()
    draw = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    teacher, student = list(draw), list(draw.flip(2))
    shifted = [logits + 3.0 for logits in teacher]
    before = float(made.loss(teacher, student))
    made.loss.center.zero_()
    close(made.loss(shifted, student), before)
