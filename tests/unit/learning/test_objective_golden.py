"""What answers teach, computed by hand, one test a method."""

from __future__ import annotations

import math

import pytest
import torch
from golden import E1, E2, NO, close, first_anchor, tensor
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer

from curation.learning.objectives import dbpm, distilled, ghose, pairs
from curation.learning.objectives.base import Head
from curation.learning.objectives.supcon import inner_losses
from curation.learning.objectives.supremix import label_share
from curation.learning.objectives.unified import anchor_losses


def test_supcon_inside_the_logarithm() -> None:
    vectors, positive = first_anchor([1, 2])
    close(inner_losses(vectors, positive, temperature=1.0)[0][0], 0.787491)
    # Without the division by the number of positives, as the "supcon" of solo-learn has it.
    close(inner_losses(vectors, positive, temperature=1.0)[0][0] - math.log(2), 0.094344)


def test_the_library_gives_the_same_of_listed_pairs() -> None:
    rows = tensor([E1, E1, E2, NO])
    listed = tuple(torch.tensor(one) for one in ([0, 0], [1, 2], [0], [3]))
    close(SupConLoss(temperature=1.0)(rows, indices_tuple=listed), 0.907606)
    close(NTXentLoss(temperature=1.0)(rows, indices_tuple=listed), 0.220095)


def test_partners_are_added_not_averaged() -> None:
    vectors, positive = first_anchor([1, 2])
    losses, _ = anchor_losses(
        vectors, positive, temperature=1.0, denominator="per_positive", summed=True
    )
    close(losses[0], math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1)))


def test_sphere_pair() -> None:
    cosines = tensor([1.0, 0.0, math.cos(math.pi / 4), -0.3])
    same, different = pairs.sphere_losses(cosines)
    close(same[0], 0.0)
    close(same[1], math.log(2))
    close(different[2], math.log(2))
    close(different[1], 0.0)
    close(different[3], 0.0)


def test_logistic_constrained_clustering() -> None:
    soft = tensor([[0.5, 0.5], [0.5, 0.5]])
    same = tensor([[0.0, 1.0], [1.0, 0.0]])
    close(pairs.pair_losses(soft @ soft.T, same, torch.zeros(2, 2)), math.log(2))


def test_positive_unlabelled_risks() -> None:
    risks = (tensor(0.2), tensor(0.3), tensor(0.9))
    close(pairs.nnpu_risk(0.5, *risks), 0.10)  # the unbiased risk is -0.05
    close(pairs.nnpu_risk(0.0, *risks), 0.3)
    assert all(pairs.nnpu_risk(prior, *risks) >= 0 for prior in (0.1, 0.6, 1.0))


def test_picks_are_drawn_to_their_centroid() -> None:
    vectors = tensor([E1, E2]).requires_grad_()
    same = tensor([[0.0, 1.0], [1.0, 0.0]])
    loss = ghose.human_term(vectors, same)
    loss.backward()
    close(loss, -0.707107)
    assert vectors.grad is not None
    close(vectors.grad.norm(), 0.5)
    close(ghose.human_term(tensor([E1, E1]), same), -1.0)
    close(ghose.human_term(tensor([E1, E2]), torch.zeros(2, 2)), 0.0)
    three = torch.ones(3, 3, dtype=torch.float64)
    for rows in ([E1, E2, NO], [NO, E2, E1]):  # to their mean (0, 1 / 3), in whatever order
        close(ghose.human_term(tensor(rows), three.fill_diagonal_(0.0)), -1 / 3)


def test_bad_pairs() -> None:
    made = dbpm.DBPM(Head(2, 2, 0))
    made._grow(torch.tensor([2]))
    for loss in (1.0, 2.0):  # of the two rows of item 2
        made._remember(torch.tensor([2, 2]), torch.tensor([loss - 0.5, loss + 0.5]))
    close(made.means[2], 1.25)
    means = tensor([1.0] * 9 + [5.0])
    centre, spread = means.mean(), means.std(correction=0)
    close(centre, 1.4)
    close(spread, 1.2)
    weight = dbpm.pair_weights(means, means, centre, spread)
    # The normal density at three deviations, exp(-4.5) / (1.2 sqrt(2 pi)) = 0.003693, is the
    # weight in the authors' code; without the factor 1 / (sd sqrt(2 pi)) it cannot exceed 1.
    close(weight[9] / (1.2 * math.sqrt(2 * math.pi)), 0.003693)
    close(weight[9], math.exp(-4.5))
    assert torch.all(weight[:9] == 1)
    tight = dbpm.pair_weights(tensor([-0.04]), tensor([-0.04]), tensor(0.0), tensor(0.02))
    assert tight <= 1


def test_proxies_and_distilled_structure() -> None:
    rows, group = tensor([E1, E2, NO]), torch.tensor([0, 1, -1])
    losses, counted = distilled.proxy_losses(rows, group, tensor([E1, E2]), temperature=1.0)
    close(losses[0], math.log(1 + math.exp(-1)))
    assert counted.tolist() == [True, True, False]
    assert float(losses[2]) == 0
    # Nothing remembered: SupCon (L_out) of the rows with their groups' proxies.
    member, proxies = torch.tensor([0, 1, 1]), tensor([E1, [0.6, 0.8]])
    shares, every = distilled.proxy_losses(rows, member, proxies, temperature=0.5)
    supcon = SupConLoss(temperature=0.5, reducer=MeanReducer())
    close(
        shares.sum() / every.sum(),
        float(supcon(rows, member, ref_emb=proxies[member], ref_labels=member.clone())),
    )
    old = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    other = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    kept = distilled.structure_losses(old, old).mean()
    assert kept < distilled.structure_losses(other, old).mean()
    assert distilled.cycle(0, 0.5625, 1.8, 500) == pytest.approx(0.5625)
    assert distilled.cycle(250, 0.5625, 1.8, 500) == pytest.approx(1.8)
    assert distilled.cycle(79, 0.5625, 1.8, 500) == pytest.approx(0.84, abs=0.01)


def test_numbers_interpolate_to_the_anchor() -> None:
    number, low, high = tensor([3.0, 2.5]), tensor([1.0, 2.0]), tensor([4.0, 4.0])
    share = label_share(number, low, high)
    torch.testing.assert_close(share * low + (1 - share) * high, number)
