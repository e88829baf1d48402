"""Presets of the unified loss that weigh negatives: HCL, UnReMix, SSCL."""

from __future__ import annotations

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
        weight = importance(similarity.detach(), relations.own, self.temperature)
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
    pairs of its ``hard`` most similar negatives; without mixes and ``beta`` 0 it is ``Debiased``.
    """

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
        """Mixed negatives [M, mixes, d] of unit norm."""
        hard = similarity.masked_fill(~negative, -torch.inf).topk(min(self.hard, len(rows)), 1)
        first = choose(hard.indices, self.mixes, self.generator)
        second = choose(hard.indices, self.mixes, self.generator)
        share = torch.rand(len(rows), self.mixes, 1, generator=self.generator).to(rows)
        return mixed(rows[first], rows[second], share)


def importance(
    similarity: Tensor,
    positive: Tensor,
    temperature: float,
    parts: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3),
) -> Tensor:
    """UnReMix's weights [M, M] of negatives: their sum over an anchor's negatives is their number.

    ``similarity`` [M, M] = cosine / tau. ``parts`` weigh, each brought to [0, 1] per anchor, the
    gradient's norm p / tau, the similarity, and the mean distance to the other negatives (cut at
    the 95th percentile, as outliers would lead it).
    """
    negative = negatives_of(positive)
    count = negative.sum(1, keepdim=True)
    chance = similarity.masked_fill(~(negative | (positive > 0)), -torch.inf).softmax(1)
    cosines = similarity * temperature
    inside = negative.to(cosines.dtype) @ cosines - torch.diagonal(cosines)
    spread = 1.0 - inside / (count - 1).clamp_min(1)
    total = sum(
        part * _between(value, negative)
        for part, value in zip(
            parts, (chance / temperature, cosines, _cut(spread, negative)), strict=True
        )
    )
    mass = (total * negative).sum(1, keepdim=True)
    weight = count * total / mass.clamp_min(1e-12)
    return torch.where(negative & (mass > 1e-12), weight, torch.ones_like(weight))


def _between(value: Tensor, mask: Tensor) -> Tensor:
    """``value`` [M, M] brought to [0, 1] over each row's masked entries; 0 where all are equal."""
    low = value.masked_fill(~mask, torch.inf).amin(1, keepdim=True)
    high = value.masked_fill(~mask, -torch.inf).amax(1, keepdim=True)
    span = high - low
    return torch.where(mask & (span > 1e-12), (value - low) / span.clamp_min(1e-12), 0.0)


def _cut(value: Tensor, mask: Tensor) -> Tensor:
    """``value`` [M, M], at most the 95th percentile of its row's masked entries."""
    ordered = value.masked_fill(~mask, torch.inf).sort(1).values
    place = (0.95 * (mask.sum(1, keepdim=True) - 1).clamp_min(0)).ceil().long()
    return torch.minimum(value, ordered.gather(1, place))
