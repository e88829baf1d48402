"""Each method becomes a simpler one where its extra is switched off, on 20 random batches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer

from curation.learning.objectives import create, multiview, names
from curation.learning.objectives import queues as queued
from curation.learning.objectives.base import Head, Relations, Teachers
from curation.learning.objectives.false_negatives import detect, trusted_pairs, view_scores
from curation.learning.objectives.sums import hard_log_sum
from curation.learning.objectives.unified import (
    anchor_losses,
    cosine,
    mean_over,
    negatives_of,
    unit,
)

M, D = 32, 8
HEAD = Head(D, 4, 0)
SEEDS = pytest.mark.parametrize("seed", range(20))


def batch(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return unit(torch.randn(M, D, generator=generator, dtype=torch.float64))


def relations(same: torch.Tensor | None = None, m: int = M) -> Relations:
    own = torch.eye(m, dtype=torch.bool).roll(m // 2, 0)
    none = torch.zeros(m, m, dtype=torch.float64)
    return Relations(own, none if same is None else same, none, none.bool(), none.bool())


def taught(rows: torch.Tensor) -> Relations:
    """Nothing decided; all teachers see the rows as they are."""
    return replace(relations(), teachers=Teachers(rows, rows, rows))


def labelled(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Must-links of random labels; both views of an item have its label."""
    label = torch.randint(4, (M // 2,), generator=torch.Generator().manual_seed(seed)).repeat(2)
    return (label[:, None] == label).double().fill_diagonal_(0), label


def answered(seed: int) -> Relations:
    """Answers on a third of the pairs of items, with strengths, and other open pairs left out."""
    n = M // 2
    draw = torch.rand(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    draw = (draw.triu(1) + draw.triu(1).T).repeat(2, 2)
    return replace(
        relations(),
        same=draw * (draw > 0.85),
        different=draw * ((draw > 0.65) & (draw <= 0.85)),
        ignored=(draw > 0.55) & (draw <= 0.65),
        suspected=(draw > 0.45) & (draw <= 0.55),
    )


def anchors(
    vectors: torch.Tensor, known: Relations, temperature: float
) -> Iterator[tuple[int, Any, dict[int, float], list[int]]]:
    """Of each row: exp(s / tau) to all rows, its positives with their strengths, its negatives."""
    for i, similarity in enumerate((vectors @ vectors.T / temperature).exp()):
        linked = known.same[i].masked_fill(known.own[i], 1.0)
        positive = {k: float(linked[k]) for k in range(M) if linked[k] > 0}
        yield i, similarity, positive, [k for k in range(M) if k != i and k not in positive]


def value(name: str, vectors: torch.Tensor, known: Relations, **settings: Any) -> float:
    return float(create(name, HEAD, **settings)(vectors, known).detach())


def same(
    first: float | torch.Tensor, second: float | torch.Tensor, tolerance: float = 1e-9
) -> None:
    assert float(first) == pytest.approx(float(second), abs=tolerance)


@SEEDS
def test_simclr_is_the_libraries_nt_xent(seed: int) -> None:
    z = batch(seed)
    ours = value("simclr", z, relations(), temperature=0.3)
    theirs = SelfSupervisedLoss(NTXentLoss(temperature=0.3, reducer=MeanReducer()))
    same(ours, theirs(z[: M // 2], z[M // 2 :]))
    lightly = pytest.importorskip("lightly.loss")
    same(ours, lightly.NTXentLoss(temperature=0.3)(z[: M // 2], z[M // 2 :]))


@SEEDS
def test_supcon_is_the_library_s(seed: int) -> None:
    z, (linked, label) = batch(seed), labelled(seed)
    theirs = SupConLoss(temperature=0.3, reducer=MeanReducer())(z, label)
    same(value("supcon", z, relations(linked), temperature=0.3), theirs)
    inside = value("supcon_in", z, relations(linked), temperature=0.3)
    assert inside <= float(theirs) + 1e-12  # Jensen
    same(
        value("supcon_in", z, relations(), temperature=0.3),
        value("supcon", z, relations(), temperature=0.3),
    )


@SEEDS
def test_debiased_hcl_and_fnc_are_the_authors_forms(seed: int) -> None:
    z, n = batch(seed), M // 2
    s = z @ z.T
    own = s[torch.arange(M), torch.arange(M).roll(n)]
    apart = ~(torch.eye(M, dtype=torch.bool) | torch.eye(M, dtype=torch.bool).roll(n, 0))
    negatives = s[apart].reshape(M, -1)
    for tau_plus, beta in ((0.1, 0.0), (0.0, 1.0), (0.1, 1.0)):
        pos, neg = (own / 0.5).exp(), (negatives / 0.5).exp()
        weight = neg**beta
        reweighted = (weight * neg).sum(1) / weight.mean(1)
        left = (reweighted - tau_plus * (M - 2) * pos) / (1 - tau_plus)
        left = left.clamp_min((M - 2) * math.exp(-2.0))
        expected = -(pos / (pos + left)).log().mean()
        got = value("hcl", z, relations(), temperature=0.5, tau_plus=tau_plus, beta=beta)
        same(got, expected)
    found, _ = labelled(seed)
    found = found.bool()
    positive = found | relations().own
    chance = (s / 0.5).masked_fill(torch.eye(M, dtype=torch.bool), -torch.inf).log_softmax(1)
    expected = -(chance.masked_fill(~positive, 0).sum(1) / positive.sum(1)).mean()
    attraction = mean_over(*anchor_losses(z, positive.double(), temperature=0.5))
    same(attraction, expected)


@SEEDS
def test_found_false_negatives_are_the_library_s_pair_lists(seed: int) -> None:
    """With the pairs that FNC finds, both of its forms are pytorch-metric-learning's."""
    z, own = batch(seed), relations().own
    scores = view_scores(cosine(z), own)
    found = detect(scores, own, k=4, threshold=0.5)
    options = {"temperature": 0.3, "k": 4, "threshold": 0.5}
    apart = ~(own | torch.eye(M, dtype=torch.bool))

    def listed(positive: torch.Tensor, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (*torch.nonzero(positive, as_tuple=True), *torch.nonzero(negative, as_tuple=True))

    left = NTXentLoss(temperature=0.3, reducer=MeanReducer())
    eliminated = left(z, indices_tuple=listed(own, apart & ~found))
    same(value("fnc_elimination", z, relations(), **options), eliminated)
    drawn = SupConLoss(temperature=0.3, reducer=MeanReducer())
    attracted = drawn(z, indices_tuple=listed(own | found, apart & ~found))
    same(value("fnc_attraction", z, relations(), **options), attracted)
    assert found.any()


@SEEDS
def test_debiased_is_not_what_lightly_calls_dcl(seed: int) -> None:
    """lightly's DCL is decoupled: the positive is left out of its denominator, as in InfoLOOB."""
    lightly = pytest.importorskip("lightly.loss")
    z = batch(seed)
    decoupled = lightly.DCLLoss(temperature=0.5)(z[: M // 2], z[M // 2 :])
    similarity = cosine(z, 0.5)
    own = similarity[torch.arange(M), torch.arange(M).roll(M // 2)]
    apart = negatives_of(relations().own)
    same(decoupled, (hard_log_sum(similarity, apart)[:, 0] - own).mean(), 1e-6)
    assert value("debiased", z, relations(), tau_plus=0.0) > float(decoupled)
    assert not {"dcl", "dclw"} & set(names())


@SEEDS
def test_extras_switched_off(seed: int) -> None:
    z, known = batch(seed), relations()
    simclr = value("simclr", z, known, temperature=0.5)
    debiased = value("debiased", z, known)
    same(value("sepp", z, known, temperature=0.5), simclr, 0.0)
    same(value("hcl", z, known, beta=0.0), debiased)
    same(value("hcl", z, known, beta=0.0, tau_plus=0.0), simclr)
    same(value("sscl", z, known, beta=0.0, mixes=0), debiased)
    same(value("pucl", z, known), debiased)
    same(value("fnc_elimination", z, known, temperature=0.5, threshold=2.0), simclr)
    same(value("fnc_attraction", z, known, temperature=0.5, threshold=2.0), simclr)
    same(value("ifnd", z, known, temperature=0.5), simclr)  # trusts nothing at first
    linked, _ = labelled(seed)
    flat = value("multi_head", z, relations(linked), heads=1, adaptive=False)
    same(flat, value("supcon", z, relations(linked)), 1e-6)
    same(
        value("dbpm", z, relations(linked)), value("supcon", z, relations(linked), temperature=0.2)
    )


@SEEDS
def test_human_is_the_sum_over_its_pairs(seed: int) -> None:
    """An accept attracts by its strength, a reject counts up to twice, open pairs do not count."""
    z, known = batch(seed), answered(seed)
    losses = []
    for i, chance, positive, negative in anchors(z, known, 0.3):
        left = [k for k in negative if not known.ignored[i, k] and not known.suspected[i, k]]
        total = sum(chance[k] for k in positive)
        total += sum((1.0 + known.different[i, k]) * chance[k] for k in left)
        drawn = sum(lam * (total / chance[p]).log() for p, lam in positive.items())
        losses.append(drawn / sum(positive.values()))
    same(value("human", z, known, temperature=0.3), torch.stack(losses).mean())


@SEEDS
def test_sepp_adds_a_term_for_each_partner(seed: int) -> None:
    z, known = batch(seed), answered(seed)
    losses = []
    for i, chance, positive, negative in anchors(z, known, 0.3):
        left = sum(chance[k] for k in negative if not known.ignored[i, k])
        losses.append(
            sum(lam * ((chance[p] + left) / chance[p]).log() for p, lam in positive.items())
        )
    same(value("sepp", z, known, temperature=0.3), torch.stack(losses).mean())


@SEEDS
def test_unremix_of_negatives_that_matter_alike_is_simclr(seed: int) -> None:
    """Each item in a plane of its own: all negatives of a row are as near, and as near each
    other."""
    turn = torch.linalg.qr(torch.randn(M, M, generator=torch.Generator().manual_seed(seed))).Q
    basis, angle = turn.double(), torch.tensor(0.05 * seed)
    second = angle.cos() * basis[: M // 2] + angle.sin() * basis[M // 2 :]
    z = torch.cat([basis[: M // 2], second])
    alike = value("unremix", z, relations(), temperature=0.3)
    same(alike, value("simclr", z, relations(), temperature=0.3), 1e-6)
    z = batch(seed)
    hardest = value("unremix", z, relations(), temperature=0.3)
    assert hardest > value("simclr", z, relations(), temperature=0.3) + 1e-3


@SEEDS
def test_queues_without_additions_are_moco(seed: int) -> None:
    z = batch(seed)
    made = {
        "moco": create("moco", HEAD),
        "mochi": create("mochi", HEAD, mixes=0, query_mixes=0),
        "synco": create("synco", HEAD, each=0),
    }
    losses = {}
    for name, objective in made.items():
        objective(z.flip(0), taught(z.flip(0)))  # fills the queue
        losses[name] = float(objective(z, taught(z)))
    same(losses["mochi"], losses["moco"], 0.0)
    same(losses["synco"], losses["moco"], 0.0)
    lightly = pytest.importorskip("lightly.loss")
    theirs = lightly.NTXentLoss(temperature=0.2, memory_bank_size=(M // 2, D)).double()
    bank = z.flip(0)[M // 2 :]
    theirs.memory_bank.bank = bank
    theirs.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
    expected = theirs(z[: M // 2], z[M // 2 :])
    got = queued.info_nce(z[: M // 2], z[M // 2 :], bank, temperature=0.2).mean()
    same(got, expected)


@SEEDS
def test_all_pairs_of_trusted_classes_are_eliminated(seed: int) -> None:
    z, (linked, label) = batch(seed), labelled(seed)
    gone = trusted_pairs(label, torch.rand(M), 1.0) & ~relations().own
    assert torch.equal(gone | relations().own, (linked > 0) | relations().own)
    kept = anchor_losses(
        z, relations().own, eliminated=gone, temperature=0.5, denominator="per_positive"
    )
    assert mean_over(*kept) <= value("simclr", z, relations(), temperature=0.5)


@SEEDS
def test_two_views_of_mv_infonce_bound_nt_xent(seed: int) -> None:
    """Of one item with denominators D1, D2 it is log((D1 + D2) / 2) - s, where NT-Xent is
    (log D1 + log D2) / 2 - s: the mean inside the logarithm, so at least as large, and equal where
    D1 = D2 (as where both views are the same)."""
    z = batch(seed)
    views = torch.stack([z[: M // 2], z[M // 2 :]])
    nt_xent = value("simclr", z, relations(), temperature=0.5)
    assert float(multiview.mv_info_nce(views, temperature=0.5)) >= nt_xent - 1e-12
    twice = torch.cat([z[: M // 2]] * 2)
    equal = multiview.mv_info_nce(torch.stack([z[: M // 2]] * 2), temperature=0.5)
    same(equal, value("simclr", twice, relations(), temperature=0.5))


@SEEDS
def test_vicreg_weighs_the_spread_of_both_views_by_half(seed: int) -> None:
    """The libraries halve the two terms of variance; one public implementation adds them."""
    z = batch(seed)
    lightly = pytest.importorskip("lightly.loss")
    wide = z * D**0.5
    theirs = lightly.VICRegLoss()(wide[: M // 2], wide[M // 2 :])
    same(value("vicreg", z, relations()), theirs, 1e-6)


@SEEDS
def test_hardness_never_lowers_the_sum(seed: int) -> None:
    similarity = cosine(batch(seed)) / 0.5
    negative = ~torch.eye(M, dtype=torch.bool)
    sums = [
        float(hard_log_sum(similarity, negative, beta).exp().sum()) for beta in (0.0, 0.5, 1.0, 2.0)
    ]
    assert sums == sorted(sums)
