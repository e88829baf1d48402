"""One contrastive loss that the pair objectives are presets of.

For anchor ``i`` with positives ``P_i`` (weights ``lam_ip``), eliminated rows ``E_i`` and all other
rows as negatives with weights ``w_ik``::

    S_i  = sum_{k negative} w_ik exp(s_ik / tau)
    S_i' = max((S_i - tau_plus M_i mean_{p own view} exp(s_ip / tau)) / (1 - tau_plus),
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
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

Denominator = Literal["all", "per_positive"]

# Stands for log(0): far below any log-sum of cosines, and unlike -inf it has a gradient of zero
# where a row has no negatives at all.
_LOG_ZERO = -1e9


def anchor_losses(
    vectors: Tensor,
    positive: Tensor,
    *,
    eliminated: Tensor | None = None,
    negative_weight: Tensor | None = None,
    own: Tensor | None = None,
    temperature: float = 0.1,
    tau_plus: float = 0.0,
    denominator: Denominator = "all",
    summed: bool = False,
) -> tuple[Tensor, Tensor]:
    """Loss of every anchor [M] and whether it counts, bool [M] (it has at least one positive).

    ``vectors`` [M, d], normalised inside, half precision is widened to float32. ``positive``
    float [M, M]: ``lam``, 0 where a row is no positive. ``eliminated`` bool [M, M].
    ``negative_weight`` float [M, M], 1 when absent. ``own`` bool [M, M]: the rows whose mean is
    taken with ``tau_plus``; all positives when absent. ``summed`` leaves out the division by the
    sum of ``lam`` (Alkhalefi et al. 2024, eq. 2). Diagonals are ignored. Anchors that do not count
    give 0.
    """
    return losses_of(
        cosine(vectors) / temperature,
        positive,
        eliminated=eliminated,
        negative_weight=negative_weight,
        own=own,
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
    own: Tensor | None = None,
    temperature: float = 0.1,
    tau_plus: float = 0.0,
    denominator: Denominator = "all",
    summed: bool = False,
    beta: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """``anchor_losses`` of cosines already divided by the temperature, ``similarity`` [M, M].

    ``beta`` > 0 weighs negatives by exp(beta s), 1 on average (see ``hard_log_sum``).
    """
    diagonal = torch.eye(len(similarity), dtype=torch.bool, device=similarity.device)
    is_positive = (positive > 0) & ~diagonal
    is_negative = ~(is_positive | diagonal)
    if eliminated is not None:
        is_negative = is_negative & ~eliminated
    pushed = similarity
    if negative_weight is not None:
        tiny = torch.finfo(similarity.dtype).tiny
        pushed = similarity + negative_weight.to(similarity.dtype).clamp_min(tiny).log_()
    negatives = hard_log_sum(pushed, is_negative, beta)
    if tau_plus > 0:
        negatives = debiased(
            negatives,
            _own_mean(similarity, is_positive if own is None else own & ~diagonal, temperature),
            is_negative.sum(1, keepdim=True),
            temperature=temperature,
            tau_plus=tau_plus,
        )
    if denominator == "all":
        weight = positive.to(similarity.dtype).masked_fill(diagonal, 0.0)
        total = torch.logaddexp(_log_sum(similarity, is_positive), negatives)
        pull, mass = (weight * (total - similarity)).sum(1), weight.sum(1)
    else:
        pull, mass = _pulls(similarity, negatives, positive, is_positive)
    counted = mass > 0
    if summed:
        return pull, counted
    return pull / torch.where(counted, mass, torch.ones_like(mass)), counted


def mean_over(losses: Tensor, counted: Tensor) -> Tensor:
    """Mean of ``losses`` [M] over the anchors that count; 0 (with a gradient of 0) if none does."""
    return (losses * counted).sum() / counted.sum().clamp_min(1)


def negatives_of(positive: Tensor, eliminated: Tensor | None = None) -> Tensor:
    """Rows that an anchor is pushed away from, bool [M, M]."""
    negative = ~((positive > 0) | torch.eye(len(positive), dtype=torch.bool).to(positive.device))
    return negative if eliminated is None else negative & ~eliminated


def unit(vectors: Tensor) -> Tensor:
    """``vectors`` [.., d] with norm 1, at least in float32."""
    wide = vectors.float() if vectors.dtype in (torch.float16, torch.bfloat16) else vectors
    return functional.normalize(wide, dim=-1)


def cosine(vectors: Tensor) -> Tensor:
    """Cosine of all pairs of rows [M, M], at least in float32."""
    rows = unit(vectors)
    return rows @ rows.T


def hard_log_sum(logits: Tensor, mask: Tensor, beta: float = 0.0) -> Tensor:
    """log of the sum [M, 1] of exp(``logits`` [M, K]) where ``mask``, each weighed by exp(beta
    logit) over the mean of these (Robinson et al. 2020, eq. 4, with the gradient running through
    the weights as in the authors' code). Weights are never made: with K logits it is
    ``lse((1 + beta) logits) - lse(beta logits) + log K``."""
    if beta == 0:
        return _log_sum(logits, mask)
    count = mask.sum(1, keepdim=True).to(logits.dtype)
    weighed = _log_sum((1.0 + beta) * logits, mask) - _log_sum(beta * logits, mask)
    empty = torch.full_like(count, _LOG_ZERO)
    return torch.where(count > 0, weighed + count.clamp_min(1).log(), empty)


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


def _own_mean(similarity: Tensor, own: Tensor, temperature: float) -> Tensor:
    """Mean [M, 1] of exp(s - 1 / tau) over the few pairs of ``own`` bool [M, M]; 0 without any."""
    anchor, other = own.nonzero(as_tuple=True)
    terms = torch.exp(similarity[anchor, other] - 1.0 / temperature)
    total = similarity.new_zeros(len(own)).index_add(0, anchor, terms)
    return (total / own.sum(1).clamp_min(1))[:, None]


def _pulls(
    similarity: Tensor, negatives: Tensor, positive: Tensor, is_positive: Tensor
) -> tuple[Tensor, Tensor]:
    """Weighted losses and weights [M] with a denominator for each positive: of few pairs."""
    anchor, other = is_positive.nonzero(as_tuple=True)
    together = similarity[anchor, other]
    share = positive[anchor, other].to(similarity.dtype)
    terms = share * (torch.logaddexp(together, negatives.squeeze(1)[anchor]) - together)
    zero = similarity.new_zeros(len(similarity))
    return zero.index_add(0, anchor, terms), zero.index_add(0, anchor, share)


class _MaskedLogSum(torch.autograd.Function):
    """``logsumexp`` over masked entries; its gradient is made in place, in a third of the passes
    that the two operations take one after the other."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, mask: Tensor) -> Tensor:
        inside = logits.masked_fill(~mask, _LOG_ZERO)
        total = torch.logsumexp(inside, dim=1, keepdim=True)
        ctx.save_for_backward(inside, total, mask.any(1, keepdim=True))
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        inside, total, some = ctx.saved_tensors
        return (inside - total).exp_().mul_(gradients[0] * some), None


def _log_sum(logits: Tensor, mask: Tensor) -> Tensor:
    """log of the sum [M, 1] of exp(``logits`` [M, K]) where ``mask``."""
    total: Tensor = _MaskedLogSum.apply(logits, mask)
    return total
