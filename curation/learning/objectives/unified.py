"""One contrastive loss that the pair objectives are presets of.

For anchor ``i`` with positives ``P_i`` (weights ``lam_ip``), eliminated rows ``E_i`` and all other
rows as negatives with weights ``w_ik``::

    S_i  = sum_{k negative} w_ik exp(s_ik / tau)
    S_i' = max((S_i - tau_plus M_i mean_p exp(s_ip / tau)) / (1 - tau_plus),
               M_i exp(-1 / tau))                                 only when tau_plus > 0
    L_i  = - sum_p lam_ip log(exp(s_ip / tau) / den_ip) / sum_p lam_ip

    den_ip = exp(s_ip / tau) + S_i'                denominator "per_positive"
           = sum_p' exp(s_ip' / tau) + S_i'        denominator "all"

"per_positive" with one positive is NT-Xent (Chen et al. 2020) and, with eliminated rows, false
negative elimination (Huynh et al. 2022); "all" is SupCon's L_out (Khosla et al. 2020, eq. 2);
``tau_plus`` > 0 is the debiased loss (Chuang et al. 2020, eq. 8); negative weights that grow with
the similarity are HCL (Robinson et al. 2020). The presets are in ``views``, ``supcon``,
``false_negatives``, ``hard_negatives`` and ``human``.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.sums import hard_log_sum, pull_of_all

Denominator = Literal["all", "per_positive"]


def anchor_losses(
    vectors: Tensor,
    positive: Tensor,
    *,
    eliminated: Tensor | None = None,
    negative_weight: Tensor | None = None,
    temperature: float = 0.1,
    tau_plus: float = 0.0,
    denominator: Denominator = "all",
    summed: bool = False,
) -> tuple[Tensor, Tensor]:
    """Loss of every anchor [M] and whether it counts, bool [M] (it has at least one positive).

    ``vectors`` [M, d], normalised inside, half precision is widened to float32. ``positive``
    float [M, M]: ``lam``, 0 where a row is no positive. ``eliminated`` bool [M, M].
    ``negative_weight`` float [M, M], held still, 1 when absent. ``summed`` leaves out the division
    by the sum of ``lam`` (Alkhalefi et al. 2024, eq. 2). Diagonals are ignored. Anchors that do not
    count give 0.
    """
    return losses_of(
        cosine(vectors, temperature),
        positive,
        eliminated=eliminated,
        negative_weight=negative_weight,
        temperature=temperature,
        tau_plus=tau_plus,
        denominator=denominator,
        summed=summed,
    )


def losses_of(
    similarity: Tensor,
    positive: Tensor,
    *,
    eliminated: Tensor | None = None,
    negative_weight: Tensor | None = None,
    temperature: float = 0.1,
    tau_plus: float = 0.0,
    denominator: Denominator = "all",
    summed: bool = False,
    beta: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """``anchor_losses`` of cosines already divided by the temperature, ``similarity`` [M, M].

    ``beta`` > 0 weighs negatives by exp(beta s), 1 on average (see ``hard_log_sum``).
    """
    is_positive = positives_of(positive)
    if tau_plus == beta == 0 and (denominator == "all" or _lone(is_positive)):
        pull, mass = _in_one(similarity, positive, is_positive, eliminated, negative_weight)
    else:
        pairs = is_positive.nonzero(as_tuple=True)
        together = similarity[pairs]
        own = _mean_chance(together, pairs[0], len(similarity), temperature) if tau_plus else None
        negatives = _negatives(
            _weighed(similarity, negative_weight),
            negatives_of(is_positive, eliminated),
            own,
            temperature=temperature,
            tau_plus=tau_plus,
            beta=beta,
        )
        if denominator == "all":
            total = torch.logaddexp(hard_log_sum(similarity, is_positive), negatives)[pairs[0], 0]
        else:
            total = torch.logaddexp(together, negatives[pairs[0], 0])
        share, zero = positive[pairs].to(similarity.dtype), similarity.new_zeros(len(similarity))
        pull = zero.index_add(0, pairs[0], share * (total - together))
        mass = zero.index_add(0, pairs[0], share)
    counted = mass > 0
    if summed:
        return pull, counted
    return pull / torch.where(counted, mass, torch.ones_like(mass)), counted


def mean_over(losses: Tensor, counted: Tensor) -> Tensor:
    """Mean of ``losses`` [M] over the anchors that count; 0 (with a gradient of 0) if none does."""
    return (losses * counted).sum() / counted.sum().clamp_min(1)


def positives_of(positive: Tensor) -> Tensor:
    """Where ``positive`` [M, M] attracts: bool, with an empty diagonal."""
    found = positive.clone() if positive.dtype == torch.bool else positive > 0
    return found.fill_diagonal_(False)


def negatives_of(positive: Tensor, eliminated: Tensor | None = None) -> Tensor:
    """Rows that an anchor is pushed away from, bool [M, M]."""
    negative = ~positive if positive.dtype == torch.bool else positive <= 0
    negative.fill_diagonal_(False)
    return negative if eliminated is None else negative.logical_and_(~eliminated)


def unit(vectors: Tensor) -> Tensor:
    """``vectors`` [.., d] with norm 1, at least in float32."""
    wide = vectors.float() if vectors.dtype in (torch.float16, torch.bfloat16) else vectors
    return functional.normalize(wide, dim=-1)


def cosine(vectors: Tensor, temperature: float = 1.0) -> Tensor:
    """Cosine of all pairs of rows [M, M] over the temperature, at least in float32."""
    rows = unit(vectors)
    return rows / temperature @ rows.T


def debiased(
    negatives: Tensor, own_mean: Tensor, count: Tensor, *, temperature: float, tau_plus: float
) -> Tensor:
    """log S_i' [M, 1] from log S_i [M, 1], the mean of exp((s - 1) / tau) over the own views
    [M, 1] and the number of negatives [M, 1].

    Sums are taken relative to exp(1 / tau), which bounds every term.
    """
    top = 1.0 / temperature
    counted = count.to(negatives.dtype)
    corrected = torch.exp(negatives - top) - tau_plus * counted * own_mean
    floor = (counted * math.exp(-2.0 * top)).clamp_min(torch.finfo(negatives.dtype).tiny)
    return torch.maximum(corrected / (1.0 - tau_plus), floor).log() + top


def _lone(is_positive: Tensor) -> bool:
    """Whether no anchor has two positives; then both denominators are the same."""
    return bool((torch.count_nonzero(is_positive, dim=1) <= 1).all())


def _negatives(
    logits: Tensor,
    is_negative: Tensor,
    own_mean: Tensor | None,
    *,
    temperature: float,
    tau_plus: float,
    beta: float,
) -> Tensor:
    """log S_i [M, 1] of ``logits`` [M, M], or log S_i' where ``own_mean`` [M, 1] is given."""
    count = torch.count_nonzero(is_negative, dim=1)[:, None] if beta or tau_plus else None
    negatives = hard_log_sum(logits, is_negative, beta, count)
    if own_mean is None or count is None:
        return negatives
    return debiased(negatives, own_mean, count, temperature=temperature, tau_plus=tau_plus)


def _mean_chance(together: Tensor, anchor: Tensor, rows: int, temperature: float) -> Tensor:
    """Mean [rows, 1], over the positives of each anchor, of exp(``together`` - 1 / tau)."""
    terms = torch.exp(together - 1.0 / temperature)
    total = together.new_zeros(rows).index_add(0, anchor, terms)
    return (total / torch.bincount(anchor, minlength=rows).clamp_min(1))[:, None]


def _weighed(similarity: Tensor, weight: Tensor | None) -> Tensor:
    """Logits whose exponentials are those of ``similarity`` times ``weight``."""
    if weight is None:
        return similarity
    tiny = torch.finfo(similarity.dtype).tiny
    return similarity + weight.detach().to(similarity.dtype).clamp_min(tiny).log_()


def _in_one(
    similarity: Tensor,
    positive: Tensor,
    is_positive: Tensor,
    eliminated: Tensor | None,
    negative_weight: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Weighted losses and weights [M] with one denominator for all positives of an anchor."""
    share = positive.to(similarity.dtype, copy=True).fill_diagonal_(0.0)
    outside = torch.zeros_like(is_positive) if eliminated is None else eliminated & ~is_positive
    weight = None
    if negative_weight is not None:
        weight = negative_weight.to(similarity.dtype).masked_fill(is_positive, 1.0)
    return pull_of_all(similarity, share, outside.fill_diagonal_(True), weight)
