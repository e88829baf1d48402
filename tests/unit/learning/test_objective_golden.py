"""Vectors that can be computed by hand, one test a method."""

import math
from dataclasses import replace

import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer

from curation.learning.objectives import (
    cacr,
    cpc,
    create,
    dbpm,
    distilled,
    false_negatives,
    ghose,
    modalities,
    multiview,
    neighbours,
    pairs,
    predictors,
)
from curation.learning.objectives import hard_negatives as hard
from curation.learning.objectives import queues as queued
from curation.learning.objectives.base import Head, Relations, Teachers
from curation.learning.objectives.seed import seed_loss
from curation.learning.objectives.sums import hard_log_sum
from curation.learning.objectives.supcon import inner_losses
from curation.learning.objectives.supremix import label_share
from curation.learning.objectives.unified import anchor_losses, cosine, losses_of

E1, E2 = [1.0, 0.0], [0.0, 1.0]
NO = [-1.0, 0.0]


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)


def close(value, expected):
    assert float(value.detach()) == pytest.approx(expected, abs=1e-5)


def first_anchor(positives, rows=(E1, E1, E2, NO)):
    """Vectors and the positives of row 0 among them."""
    positive = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    positive[0, list(positives)] = 1.0
    return tensor(list(rows)), positive


def test_supcon_inside_the_logarithm():
    vectors, positive = first_anchor([1, 2])
    close(inner_losses(vectors, positive, temperature=1.0)[0][0], 0.787491)
    # Without the division by the number of positives, as the "supcon" of solo-learn has it.
    close(inner_losses(vectors, positive, temperature=1.0)[0][0] - math.log(2), 0.094344)


def test_the_library_gives_the_same_of_listed_pairs():
    rows = tensor([E1, E1, E2, NO])
    listed = tuple(torch.tensor(one) for one in ([0, 0], [1, 2], [0], [3]))
    close(SupConLoss(temperature=1.0)(rows, indices_tuple=listed), 0.907606)
    close(NTXentLoss(temperature=1.0)(rows, indices_tuple=listed), 0.220095)


def test_partners_are_added_not_averaged():
    vectors, positive = first_anchor([1, 2])
    losses, _ = anchor_losses(
        vectors, positive, temperature=1.0, denominator="per_positive", summed=True
    )
    close(losses[0], math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1)))


def test_moco():
    loss = queued.info_nce(tensor([E1]), tensor([E1]), tensor([E2, NO]), temperature=1.0)
    close(loss, 0.407606)


def test_simsiam_and_byol_hold_the_targets_still():
    pytest.importorskip("lightly")
    rows = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z, p = rows.clone().requires_grad_(), rows.clone().requires_grad_()
    compare = predictors.negative_cosine()
    close(predictors.crossed(compare, rows, rows.roll(3, 0)), -1.0)
    predictors.crossed(compare, p, z).backward()
    assert z.grad is None
    assert p.grad.norm() > 0
    # At first the prediction head is the identity: equal views are predicted exactly.
    twice = torch.cat([rows[:3], rows[:3]])
    known = plain_relations(6, twice)
    for name, expected in (("simsiam", -1.0), ("byol", 0.0)):
        close(create(name, Head(3, 2, 0)).double()(twice, known), expected)


def test_directpred():
    close((predictors.direct_predictor(torch.eye(3)) - 1.01 * torch.eye(3)).abs().max(), 0.0)
    draw = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    correlation = draw @ draw.T
    weight = predictors.direct_predictor(correlation)
    torch.testing.assert_close(weight, weight.T)
    torch.testing.assert_close(weight @ correlation, correlation @ weight, rtol=1e-4, atol=1e-4)


def test_nnclr():
    bank = tensor([[0.8, 0.6], [0.0, 1.0]])
    losses = neighbours.nnclr_losses(tensor([E1, E2]), tensor([E1, E2]), bank, temperature=1.0)
    close(losses.mean(), 0.455700)
    plain = queued.info_nce(tensor([E1, E2]), tensor([E1, E2]), temperature=1.0)
    same = neighbours.nnclr_losses(
        tensor([E1, E2]), tensor([E1, E2]), tensor([E1, E2]), temperature=1.0
    )
    torch.testing.assert_close(same, plain)


def test_mean_shift():
    bank = tensor([E1, [0.8, 0.6], E2])
    close(neighbours.mean_shift_losses(tensor([E1]), tensor([E1]), bank, k=2), 0.2)
    p, u = tensor([[0.6, 0.8]]), tensor([E1])
    one = neighbours.mean_shift_losses(p, u, torch.cat([u, bank]), k=1)
    close(one, 2 - 2 * 0.6)  # BYOL


def test_all4one_features_that_do_not_correlate():
    rows = torch.eye(4, dtype=torch.float64)
    close(neighbours.feature_loss((rows, rows), (rows, rows)), 0.0)
    assert neighbours.feature_loss((rows, rows), (rows.flip(0), rows.flip(0))) > 1


def test_hcl():
    vectors, positive = first_anchor([1])

    def loss(beta, tau_plus):
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


def test_debiased():
    rows = (E1, E1, E2, E2)
    vectors, positive = first_anchor([1], rows)
    for tau_plus, expected in ((0.0, 0.551445), (0.1, 0.467054), (0.5, 0.239545)):
        losses, _ = anchor_losses(
            vectors, positive, temperature=1.0, tau_plus=tau_plus, denominator="per_positive"
        )
        close(losses[0], expected)


def test_importance_of_negatives():
    rows = torch.randn(9, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    own = torch.zeros(9, 9, dtype=torch.bool)
    own[0, 1] = own[1, 0] = True
    similarity, negative = cosine(rows), hard.negatives_of(own)
    by_cosine = hard.importance(similarity, own, (0.0, 1.0, 0.0))
    assert by_cosine[0][negative[0]].argsort().tolist() == (
        similarity[0][negative[0]].argsort().tolist()
    )
    even = hard.importance(similarity, own)
    torch.testing.assert_close((even * negative).sum(1), negative.sum(1).double())
    equal = hard.importance(torch.ones(9, 9, dtype=torch.float64), own)
    torch.testing.assert_close(equal, torch.ones_like(equal))


def test_mochi_and_synco_vectors():
    q, n1, n2 = tensor([E1]), tensor([[0.6, 0.8]]), tensor([[0.8, -0.6]])
    close((q * queued.mixed(n1, n2, 0.5)).sum(), 0.989949)
    close((q * queued.mixed(q, n1, 0.25)).sum(), 0.759257)
    close((q * queued.extrapolated(q, n1, 1.25)).sum(), 0.447214)
    close((q * queued.unit(n1 + 0.01 * q)).sum(), 0.606343)
    torch.testing.assert_close(queued.mixed(q, n1, 0.0), n1)
    torch.testing.assert_close(queued.extrapolated(q, n1, 1.0), n1)
    for share in torch.linspace(0, 0.49, 8):
        assert (q * queued.mixed(q, n1, float(share))).sum() >= 0.6 - 1e-12


def test_adversaries_climb_the_loss():
    generator = torch.Generator().manual_seed(0)
    query, key = (queued.unit(torch.randn(6, 4, generator=generator).double()) for _ in range(2))
    bank = torch.randn(9, 4, generator=generator, dtype=torch.float64).requires_grad_()

    def loss(rows):
        return queued.info_nce(query, key, queued.unit(rows), temperature=0.5).mean()

    (slope,) = torch.autograd.grad(loss(bank), bank)
    rise = queued.ascent(query, key, bank.detach(), temperature=0.5)
    torch.testing.assert_close(rise, slope)
    assert loss(bank + 1e-3 * rise) > loss(bank)


def test_feature_transformation():
    q, k = tensor([E1]), tensor([[0.5, math.sqrt(0.75)]])
    far = queued.drawn_apart(q, k, 1.5)
    close((far[0] * far[1]).sum(), -0.25)
    for before, after in zip((q, k), queued.drawn_apart(q, k, 1.0), strict=True):
        torch.testing.assert_close(after, before)


def test_false_negatives_by_support_views():
    similarity = torch.zeros(5, 5, dtype=torch.float64)
    similarity[0, 2:] = tensor([0.9, 0.2, 0.75])
    similarity[1, 2:] = tensor([0.1, 0.8, 0.6])
    own = torch.zeros(5, 5, dtype=torch.bool)
    own[0, 1] = own[1, 0] = True

    def found(threshold):
        scores = false_negatives.view_scores(similarity, own)
        hits = false_negatives.detect(scores, own, k=2, threshold=threshold)
        return torch.nonzero(hits[0]).squeeze(1).tolist()

    assert found(0.7) == [2, 3]
    assert found(0.85) == [2]
    assert found(-1.0) == [2, 3]


def test_items_may_differ_in_their_number_of_views():
    similarity = cosine(torch.randn(7, 3, generator=torch.Generator().manual_seed(2)).double())
    item = torch.tensor([0, 1, 0, 2, 0, 1, 3])
    own = (item[:, None] == item).fill_diagonal_(False)
    scores = false_negatives.view_scores(similarity, own)
    for row in range(7):
        torch.testing.assert_close(scores[row], similarity[item == item[row]].amax(0))


def test_incremental_detection_trusts_more_and_more():
    label = torch.tensor([0, 0, 1, 1, 0])
    confidence = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5])
    counts = [
        int(false_negatives.trusted_pairs(label, confidence, share).sum())
        for share in (0.0, 0.4, 0.8, 1.0)
    ]
    assert counts == [0, 2, 4, 8]


def test_info_loob_and_clip():
    rows = tensor([E1, E2])
    close(modalities.info_loob(rows, rows, 1.0), -1.0)
    close(modalities.clip_loss(rows, rows, 1.0), 0.313262)


def test_cloob_retrieves_each_row_from_a_sharp_memory():
    rows, known = tensor([E1, E2, E1, E2]), plain_relations(4)
    sharp = create("cloob", Head(2, 2, 0), temperature=1.0, beta=1e3).double()
    close(sharp(rows, replace(known, text=rows)), -2.0)  # InfoLOOB in both directions


def test_cpc():
    rows = tensor([E1, E2])
    close(cpc.cpc_loss(rows, rows, torch.eye(2, dtype=torch.float64)), 0.313262)


def test_cwcl():
    rows = tensor([E1, E2])
    weight, none = tensor([[1.0, 0.5], [0.5, 1.0]]), torch.zeros(2, 2, dtype=torch.bool)
    close(modalities.cwcl_losses(rows @ rows.T, weight, none)[0], 0.646595)
    hard_targets = modalities.cwcl_losses(rows @ rows.T, torch.eye(2), none)
    torch.testing.assert_close(hard_targets, queued.info_nce(rows, rows, temperature=1.0))
    gone = torch.tensor([[False, True], [False, False]])
    close(modalities.cwcl_losses(rows @ rows.T, weight, gone)[0], 0.0)


def test_cacr():
    distance = tensor([[2.0, 4.0]])
    every = torch.ones(1, 2, dtype=torch.bool)
    close(cacr.repulsion(distance, every, 1.0), -2.238406)
    close(cacr.repulsion(distance, every, 0.0), -3.0)
    close(cacr.attraction(distance, torch.tensor([[True, False]])), 2.0)
    assert cacr.attraction(distance, every) > 3.0


def test_multiview():
    views = tensor([[E1, E2], [E1, E2]])
    close(multiview.mv_info_nce(views, temperature=1.0), 0.551445)
    # One pair of views an item with similarity 1, and within each view one negative with 0:
    # -log(e^1 / (e^0 e^0)).
    close(multiview.mv_dhel(views, temperature=1.0), -1.0)


def test_seed_of_equal_temperatures_is_the_entropy():
    rows = torch.randn(7, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    keys = queued.unit(rows)
    chance = (keys @ keys.T / 0.3).softmax(1)
    loss = seed_loss(rows, rows, keys, student_temperature=0.3, teacher_temperature=0.3)
    close(loss, float(torch.special.entr(chance).sum(1).mean()))


def test_sphere_pair():
    cosines = tensor([1.0, 0.0, math.cos(math.pi / 4), -0.3])
    same, different = pairs.sphere_losses(cosines)
    close(same[0], 0.0)
    close(same[1], math.log(2))
    close(different[2], math.log(2))
    close(different[1], 0.0)
    close(different[3], 0.0)


def test_logistic_constrained_clustering():
    soft = tensor([[0.5, 0.5], [0.5, 0.5]])
    same = tensor([[0.0, 1.0], [1.0, 0.0]])
    close(pairs.pair_losses(soft @ soft.T, same, torch.zeros(2, 2)), math.log(2))


def test_positive_unlabelled_risks():
    risks = (tensor(0.2), tensor(0.3), tensor(0.9))
    close(pairs.nnpu_risk(0.5, *risks), 0.10)  # the unbiased risk is -0.05
    close(pairs.nnpu_risk(0.0, *risks), 0.3)
    assert all(pairs.nnpu_risk(prior, *risks) >= 0 for prior in (0.1, 0.6, 1.0))


def test_picks_are_drawn_to_their_centroid():
    vectors = tensor([E1, E2]).requires_grad_()
    same = tensor([[0.0, 1.0], [1.0, 0.0]])
    loss = ghose.human_term(vectors, same)
    loss.backward()
    close(loss, -0.707107)
    close(vectors.grad.norm(), 0.5)
    close(ghose.human_term(tensor([E1, E1]), same), -1.0)
    close(ghose.human_term(tensor([E1, E2]), torch.zeros(2, 2)), 0.0)
    three = torch.ones(3, 3, dtype=torch.float64)
    for rows in ([E1, E2, NO], [NO, E2, E1]):  # to their mean (0, 1 / 3), in whatever order
        close(ghose.human_term(tensor(rows), three.fill_diagonal_(0.0)), -1 / 3)


def test_bad_pairs():
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


def test_proxies_and_distilled_structure():
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


def test_numbers_interpolate_to_the_anchor():
    number, low, high = tensor([3.0, 2.5]), tensor([1.0, 2.0]), tensor([4.0, 4.0])
    share = label_share(number, low, high)
    torch.testing.assert_close(share * low + (1 - share) * high, number)


def plain_relations(m, taught=None):
    """Two views of m / 2 items, nothing decided; all teachers see the rows as ``taught``."""
    own = torch.eye(m, dtype=torch.bool).roll(m // 2, 0)
    none = torch.zeros(m, m)
    teachers = None if taught is None else Teachers(taught, taught, taught)
    return Relations(own, none, none, none.bool(), none.bool(), teachers=teachers)


def test_library_losses():
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
    views = queued.unit(views)  # their own cosines to the two prototypes
    swapped = [
        (sinkhorn(of, 3, 0.05) * (by / 0.1).log_softmax(1)).sum(1).mean()
        for of, by in (views, views.flip(0))
    ]
    close(swav(views.flatten(0, 1), known), float(-sum(swapped) / 2))


def test_a_constant_on_all_of_dinos_teacher_changes_nothing():
    pytest.importorskip("lightly")
    made = create("dino", Head(3, 2, 0), prototypes=5).double().eval()
    draw = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    teacher, student = list(draw), list(draw.flip(2))
    shifted = [logits + 3.0 for logits in teacher]
    before = float(made.loss(teacher, student))
    made.loss.center.zero_()
    close(made.loss(shifted, student), before)
