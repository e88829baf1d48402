"""Presets of the unified loss that weigh negatives: HCL, UnReMix, SSCL.

HCL: https://arxiv.org/abs/2010.04592
UnReMix: https://arxiv.org/abs/2206.01197
SSCL: https://doi.org/10.1007/s11063-024-11522-2
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Relations
from curation.learning.objectives.queues import choose, mixed
from curation.learning.objectives.sums import hard_log_sum
from curation.learning.objectives.unified import (
    cosine,
    debiased,
    losses_of,
    mean_over,
    negatives_of,
    unit,
)
from curation.learning.objectives.views import Debiased, SimCLR


class HCL(Debiased):
    """Hard negatives (Robinson et al. 2020, eq. 4): weights grow with exp(beta s / tau).

    As in the authors' code ``beta`` multiplies the similarity divided by the temperature.
    """

    def __init__(
        self, head: Head, *, temperature: float = 0.5, tau_plus: float = 0.1, beta: float = 1.0
    ) -> None:
        super().__init__(head, temperature=temperature, tau_plus=tau_plus)
        self.beta = beta

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = losses_of(
            cosine(vectors, self.temperature),
            relations.own,
            temperature=self.temperature,
            tau_plus=self.tau_plus,
            denominator="per_positive",
            beta=self.beta,
        )
        return mean_over(losses, counted)


class UnReMix(SimCLR):
    """UnReMix (Tabassum et al. 2022): negatives weighed by uncertainty, similarity to the anchor
    and representativeness.

    The three parts are the survey's; how they are put together is ours (see ``importance``).
    """

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        similarity = cosine(vectors, self.temperature)
        weight = importance(similarity.detach(), relations.own)
        losses, counted = losses_of(
            similarity,
            relations.own,
            negative_weight=weight,
            temperature=self.temperature,
            denominator="per_positive",
        )
        return mean_over(losses, counted)


class SSCL(HCL):
    """SSCL (Dong et al. 2024): mixed hard negatives, weighed by hardness, then debiased.

    The abstract names the steps; constants are ours. ``mixes`` mixed negatives an anchor come from
    pairs of its ``hard`` most similar negatives (MoCHi's first kind; none are mixed with the
    anchor); without mixes and ``beta`` 0 it is ``Debiased``.
    """

    halves: ClassVar[bool] = True

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.5,
        tau_plus: float = 0.1,
        beta: float = 1.0,
        hard: int = 64,
        mixes: int = 16,
    ) -> None:
        super().__init__(head, temperature=temperature, tau_plus=tau_plus, beta=beta)
        self.hard = hard
        self.mixes = mixes
        self.generator = torch.Generator().manual_seed(head.seed)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows = unit(vectors)
        similarity = rows @ rows.T / self.temperature
        negative = negatives_of(relations.own)
        mixes = self._mix(rows.detach(), similarity.detach(), negative)
        made = (mixes @ rows[:, :, None]).squeeze(2) / self.temperature
        logits = torch.cat([similarity, made], dim=1)
        valid = torch.cat([negative, negative.any(1, keepdim=True).expand_as(made)], dim=1)
        own = (similarity * relations.own).sum(1, keepdim=True)
        own = own / relations.own.sum(1, keepdim=True).clamp_min(1)
        negatives = debiased(
            hard_log_sum(logits, valid, self.beta),
            torch.exp(own - 1.0 / self.temperature),
            valid.sum(1, keepdim=True),
            temperature=self.temperature,
            tau_plus=self.tau_plus,
        )
        losses = (torch.logaddexp(own, negatives) - own).squeeze(1)
        return mean_over(losses, relations.own.any(1))

    def _mix(self, rows: Tensor, similarity: Tensor, negative: Tensor) -> Tensor:
        """Mixed negatives [M, mixes, d] of unit norm; of any rows where an anchor has none."""
        least = int(torch.count_nonzero(negative, dim=1).min())
        hard = similarity.masked_fill(~negative, -torch.inf).topk(min(self.hard, max(1, least)), 1)
        first = choose(hard.indices, self.mixes, self.generator)
        second = choose(hard.indices, self.mixes, self.generator)
        share = torch.rand(len(rows), self.mixes, 1, generator=self.generator).to(rows)
        return mixed(rows[first], rows[second], share)


def importance(
    similarity: Tensor,
    positive: Tensor,
    parts: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3),
) -> Tensor:
    """UnReMix's weights [M, M] of negatives: their sum over an anchor's negatives is their number.

    ``similarity`` [M, M] = cosine / tau. ``parts`` weigh, each brought to [0, 1] per anchor, the
    gradient's norm p / tau, the similarity, and the mean distance to the other negatives (cut at
    the 95th percentile, as outliers would lead it). What is constant for an anchor, or a factor of
    all its values, is left out of them.
    """
    negative = negatives_of(positive)
    others = ~negative
    chance = similarity.clone().fill_diagonal_(-torch.inf).softmax(1)
    near = negative.to(similarity.dtype) @ similarity
    spread = near.sub_(torch.diagonal(similarity)).neg_()
    total = torch.zeros_like(similarity)
    for part, value in zip(parts, (chance, similarity, _cut(spread, others)), strict=True):
        low, span = _range(value, others)
        total += (value - low).mul_(torch.where(span > 1e-12, part / span, 0.0))
    total.masked_fill_(others, 0.0)
    mass = total.sum(1, keepdim=True)
    count = torch.count_nonzero(negative, dim=1)[:, None]
    total.mul_(count / mass.clamp_min(1e-12))
    return total.masked_fill_(others | (mass <= 1e-12), 1.0)


def _range(value: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """The least [M, 1] of each row of ``value`` [M, M] but ``others``, and how far the largest
    is."""
    low = value.masked_fill(others, torch.inf).amin(1, keepdim=True)
    return low, value.masked_fill(others, -torch.inf).amax(1, keepdim=True) - low


def _cut(value: Tensor, others: Tensor) -> Tensor:
    """``value`` [M, M], at most the 95th percentile of its row but ``others``."""
    last = (torch.count_nonzero(~others, dim=1)[:, None] - 1).clamp_min(0)
    above = last - (0.95 * last).ceil().long()
    largest = value.masked_fill(others, -torch.inf).topk(int(above.max()) + 1, dim=1).values
    return torch.minimum(value, largest.gather(1, above))
