"""Negatives computed by hand: weighed, made up or taken for false ones; one test a method."""

from __future__ import annotations

import math

import torch
from golden import E1, E2, NO, close, first_anchor, tensor

from curation.learning.objectives import cacr, false_negatives
from curation.learning.objectives import hard_negatives as hard
from curation.learning.objectives import queues as queued
from curation.learning.objectives.sums import hard_log_sum
from curation.learning.objectives.unified import (
    anchor_losses,
    cosine,
    losses_of,
    negatives_of,
    unit,
)


def test_moco() -> None:
    loss = queued.info_nce(tensor([E1]), tensor([E1]), tensor([E2, NO]), temperature=1.0)
    close(loss, 0.407606)


def test_hcl() -> None:
    vectors, positive = first_anchor([1])

    def loss(beta: float, tau_plus: float) -> torch.Tensor:
        return losses_of(
            cosine(vectors),
            positive,
            temperature=1.0,
            tau_plus=tau_plus,
            denominator="per_positive",
            beta=beta,
        )[0][0]

    close(loss(0.0, 0.0), 0.407606)
    close(loss(1.0, 0.0), 0.476655)
    close(loss(1.0, 0.1), 0.375905)
    assert loss(2.0, 0.0) > loss(1.0, 0.0)
    negative = torch.tensor([[False, False, True, True]])
    close(hard_log_sum(cosine(vectors)[:1], negative, 1.0).exp(), 1.659993)


def test_debiased() -> None:
    rows = (E1, E1, E2, E2)
    vectors, positive = first_anchor([1], rows)
    for tau_plus, expected in ((0.0, 0.551445), (0.1, 0.467054), (0.5, 0.239545)):
        losses, _ = anchor_losses(
            vectors, positive, temperature=1.0, tau_plus=tau_plus, denominator="per_positive"
        )
        close(losses[0], expected)


def test_importance_of_negatives() -> None:
    rows = torch.randn(9, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    own = torch.zeros(9, 9, dtype=torch.bool)
    own[0, 1] = own[1, 0] = True
    similarity, negative = cosine(rows), negatives_of(own)
    by_cosine = hard.importance(similarity, own, (0.0, 1.0, 0.0))
    assert by_cosine[0][negative[0]].argsort().tolist() == (
        similarity[0][negative[0]].argsort().tolist()
    )
    even = hard.importance(similarity, own)
    torch.testing.assert_close((even * negative).sum(1), negative.sum(1).double())
    equal = hard.importance(torch.ones(9, 9, dtype=torch.float64), own)
    torch.testing.assert_close(equal, torch.ones_like(equal))


def test_mochi_and_synco_vectors() -> None:
    q, n1, n2 = tensor([E1]), tensor([[0.6, 0.8]]), tensor([[0.8, -0.6]])
    close((q * queued.mixed(n1, n2, 0.5)).sum(), 0.989949)
    close((q * queued.mixed(q, n1, 0.25)).sum(), 0.759257)
    close((q * queued.extrapolated(q, n1, 1.25)).sum(), 0.447214)
    close((q * unit(n1 + 0.01 * q)).sum(), 0.606343)
    torch.testing.assert_close(queued.mixed(q, n1, 0.0), n1)
    torch.testing.assert_close(queued.extrapolated(q, n1, 1.0), n1)
    for share in torch.linspace(0, 0.49, 8):
        assert (q * queued.mixed(q, n1, float(share))).sum() >= 0.6 - 1e-12


def test_adversaries_climb_the_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key = (unit(torch.randn(6, 4, generator=generator).double()) for _ in range(2))
    bank = torch.randn(9, 4, generator=generator, dtype=torch.float64).requires_grad_()

    def loss(rows: torch.Tensor) -> torch.Tensor:
        return queued.info_nce(query, key, unit(rows), temperature=0.5).mean()

    (slope,) = torch.autograd.grad(loss(bank), bank)
    rise = queued.ascent(query, key, bank.detach(), temperature=0.5)
    torch.testing.assert_close(rise, slope)
    assert loss(bank + 1e-3 * rise) > loss(bank)


def test_feature_transformation() -> None:
    q, k = tensor([E1]), tensor([[0.5, math.sqrt(0.75)]])
    far = queued.drawn_apart(q, k, 1.5)
    close((far[0] * far[1]).sum(), -0.25)
    for before, after in zip((q, k), queued.drawn_apart(q, k, 1.0), strict=True):
        torch.testing.assert_close(after, before)


def test_false_negatives_by_support_views() -> None:
    similarity = torch.zeros(5, 5, dtype=torch.float64)
    similarity[0, 2:] = tensor([0.9, 0.2, 0.75])
    similarity[1, 2:] = tensor([0.1, 0.8, 0.6])
    own = torch.zeros(5, 5, dtype=torch.bool)
    own[0, 1] = own[1, 0] = True

    def found(threshold: float) -> list[int]:
        scores = false_negatives.view_scores(similarity, own)
        hits = false_negatives.detect(scores, own, k=2, threshold=threshold)
        return torch.nonzero(hits[0]).squeeze(1).tolist()

    assert found(0.7) == [2, 3]
    assert found(0.85) == [2]
    assert found(-1.0) == [2, 3]


def test_items_may_differ_in_their_number_of_views() -> None:
    similarity = cosine(torch.randn(7, 3, generator=torch.Generator().manual_seed(2)).double())
    item = torch.tensor([0, 1, 0, 2, 0, 1, 3])
    own = (item[:, None] == item).fill_diagonal_(False)
    scores = false_negatives.view_scores(similarity, own)
    for row in range(7):
        torch.testing.assert_close(scores[row], similarity[item == item[row]].amax(0))


def test_incremental_detection_trusts_more_and_more() -> None:
    label = torch.tensor([0, 0, 1, 1, 0])
    confidence = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5])
    counts = [
        int(false_negatives.trusted_pairs(label, confidence, share).sum())
        for share in (0.0, 0.4, 0.8, 1.0)
    ]
    assert counts == [0, 2, 4, 8]


def test_cacr() -> None:
    distance = tensor([[2.0, 4.0]])
    every = torch.ones(1, 2, dtype=torch.bool)
    close(cacr.repulsion(distance, every, 1.0), -2.238406)
    close(cacr.repulsion(distance, every, 0.0), -3.0)
    close(cacr.attraction(distance, torch.tensor([[True, False]])), 2.0)
    assert cacr.attraction(distance, every) > 3.0
    for of_nothing in (cacr.attraction(distance, ~every), cacr.repulsion(distance, ~every)):
        close(of_nothing, 0.0)
