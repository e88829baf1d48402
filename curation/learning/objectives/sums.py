"""Sums over the rows of [M, K] logits with gradients of their own.

Autograd would take every pass over such a matrix twice, and keep the steps between. Here one matrix
of exponentials is made, kept, and turned into the gradient. Exponents are taken relative to each
row's largest one that counts, so that nothing overflows and the largest term is 1. There are no
second derivatives: asking for one raises RuntimeError.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Stands for log(0): far below any log-sum of cosines, and unlike -inf it has a gradient of zero
# where a row has no terms at all.
LOG_ZERO = -1e9


def hard_log_sum(
    logits: Tensor, mask: Tensor, beta: float = 0.0, count: Tensor | None = None
) -> Tensor:
    """log of the sum [M, 1] of exp(``logits`` [M, K]) where ``mask``, each weighed by exp(beta
    logit) over the mean of these (Robinson et al. 2020, eq. 4, with the gradient running through
    the weights as in the authors' code). ``count`` [M, 1], of a row's terms, need not be given."""
    total: Tensor = _HardLogSum.apply(logits, ~mask, beta)
    if beta == 0:
        return total
    if count is None:
        count = torch.count_nonzero(mask, dim=1)[:, None]
    return total + count.clamp_min(1).to(total.dtype).log()


def pull_of_all(
    logits: Tensor, share: Tensor, outside: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor]:
    """``sum_p share_ip (t_i - logit_ip)`` [M] and ``sum_p share_ip`` [M], where ``t_i`` is the log
    of the sum of ``weight_ik exp(logit_ik)`` over all k that are not ``outside``.

    ``logits``, ``share`` and ``weight`` (1 when None) float [M, K], ``outside`` bool [M, K]; the
    gradient is that of the logits.
    """
    pull: Tensor = _PullOfAll.apply(logits, share, outside, weight)
    return pull, share.sum(1)


def loss_of_share(logits: Tensor, share: Tensor, outside: Tensor) -> Tensor:
    """``-log(sum_p share_ip exp(logit_ip) / sum_p share_ip / sum_k exp(logit_ik))`` [M] over all k
    that are not ``outside``; 0 where a row has no share. Arguments as for ``pull_of_all``; logits
    of a row must lie within the range of their type's exponentials."""
    loss: Tensor = _LossOfShare.apply(logits, share, outside)
    return loss


class _HardLogSum(torch.autograd.Function):
    """``log sum_k e_k h_k - log sum_k h_k`` for e = exp(logit) and h = e ** beta; without the
    second term where beta is 0."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, outside: Tensor, beta: float) -> Tensor:
        chance, top = _chances(logits, outside)
        some = top > LOG_ZERO / 2
        if beta == 0:
            mass = chance.sum(1, keepdim=True)
            ctx.save_for_backward(chance, some / mass)
            return mass.log() + top
        hardness = chance if beta == 1 else chance.pow(beta)
        strong = (chance * hardness).sum(1, keepdim=True)
        whole = hardness.sum(1, keepdim=True)
        ctx.save_for_backward(chance, (1 + beta) * some / strong, hardness, beta * some / whole)
        return (strong / whole).log() + top

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        chance, factor, *hard = ctx.saved_tensors
        gradient = chance * (factor * gradients[0])
        if hard:
            hardness, less = hard
            gradient.sub_(less * gradients[0]).mul_(hardness)
        return gradient, None, None


class _PullOfAll(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, share: Tensor, outside: Tensor, weight: Tensor | None
    ) -> Tensor:
        chance, top = _chances(logits, outside)
        if weight is not None:
            chance.mul_(weight)
        mass = share.sum(1, keepdim=True)
        total = chance.sum(1, keepdim=True).clamp_min(torch.finfo(logits.dtype).tiny)
        ctx.save_for_backward(chance, share, mass / total)
        pulled = (share * logits).sum(1)
        return (mass * (total.log() + top)).squeeze(1) - pulled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        chance, share, factor = ctx.saved_tensors
        row = gradients[0][:, None]
        return (chance * (factor * row)).addcmul_(share, row, value=-1), None, None, None


class _LossOfShare(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, share: Tensor, outside: Tensor) -> Tensor:
        chance, _ = _chances(logits, outside)
        mass, total = share.sum(1, keepdim=True), chance.sum(1, keepdim=True)
        some = mass > 0
        drawn = torch.where(some, (share * chance).sum(1, keepdim=True), 1.0)
        ctx.save_for_backward(chance, share, some / total, some / drawn)
        return torch.where(some, total * mass / drawn, 1.0).log().squeeze(1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        chance, share, every, drawn = ctx.saved_tensors
        row = gradients[0][:, None]
        return torch.addcmul(every * row, share, drawn * row, value=-1).mul_(chance), None, None


def _chances(logits: Tensor, outside: Tensor) -> tuple[Tensor, Tensor]:
    """exp(``logits`` [M, K] - top), 0 ``outside``, and the largest logit inside, ``top`` [M, 1].

    A row with nothing inside has a top of ``LOG_ZERO`` and ones.
    """
    inside = torch.where(outside, LOG_ZERO, logits)
    top = inside.amax(1, keepdim=True)
    return inside.sub_(top).exp_(), top
