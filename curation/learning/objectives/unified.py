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
from typing import Literal

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
) -> tuple[Tensor, Tensor]:
    """``anchor_losses`` of cosines already divided by the temperature, ``similarity`` [M, M]."""
    diagonal = torch.eye(len(similarity), dtype=torch.bool, device=similarity.device)
    weight = positive.to(similarity.dtype).masked_fill(diagonal, 0.0)
    is_positive = weight > 0
    is_negative = ~(is_positive | diagonal)
    if eliminated is not None:
        is_negative = is_negative & ~eliminated
    pushed = similarity
    if negative_weight is not None:
        tiny = torch.finfo(similarity.dtype).tiny
        pushed = similarity + negative_weight.to(similarity.dtype).clamp_min(tiny).log()
    negatives = _log_sum(pushed, is_negative)
    if tau_plus > 0:
        own_views = is_positive if own is None else own & ~diagonal
        negatives = debiased(
            negatives,
            _log_sum(similarity, own_views) - own_views.sum(1, keepdim=True).clamp_min(1).log(),
            is_negative.sum(1, keepdim=True),
            temperature=temperature,
            tau_plus=tau_plus,
        )
    if denominator == "all":
        total = torch.logaddexp(_log_sum(similarity, is_positive), negatives)
    else:
        total = torch.logaddexp(similarity, negatives)
    pull = weight * (total - similarity)
    mass = weight.sum(1)
    counted = mass > 0
    if summed:
        return pull.sum(1), counted
    return pull.sum(1) / torch.where(counted, mass, torch.ones_like(mass)), counted


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


def debiased(
    negatives: Tensor, own_mean: Tensor, count: Tensor, *, temperature: float, tau_plus: float
) -> Tensor:
    """log S_i' [M, 1] from log S_i, the log of the own views' mean and the number of negatives.

    Sums are taken relative to exp(1 / tau), which bounds every term.
    """
    top = 1.0 / temperature
    counted = count.to(negatives.dtype)
    corrected = torch.exp(negatives - top) - tau_plus * counted * torch.exp(own_mean - top)
    floor = (counted * math.exp(-2.0 * top)).clamp_min(torch.finfo(negatives.dtype).tiny)
    return torch.maximum(corrected / (1.0 - tau_plus), floor).log() + top


def _log_sum(logits: Tensor, mask: Tensor) -> Tensor:
    return torch.logsumexp(logits.masked_fill(~mask, _LOG_ZERO), dim=1, keepdim=True)
