"""Dynamic bad pair mining (Lan et al., ICLR 2024): pairs that are too easy or never align count
less.

https://openreview.net/forum?id=K2c04ulKXn
"""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import anchor_losses, mean_over


class DBPM(Objective):
    """SupCon on views and must-links; after ``warm_up`` steps the anchors of items whose remembered
    loss stands out are weighed down."""

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.2,
        noisy: float = 2.0,
        faulty: float = 3.0,
        warm_up: int = 50,
    ) -> None:
        del head
        super().__init__()
        self.temperature = temperature
        self.noisy = noisy
        self.faulty = faulty
        self.warm_up = warm_up
        self.done = 0
        self.weighed = torch.zeros(0)
        self.seen = torch.zeros(0)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        losses, counted = anchor_losses(
            vectors,
            relations.positive,
            eliminated=relations.ignored,
            temperature=self.temperature,
        )
        item = relations.item
        if item is None:
            item = torch.arange(len(vectors), device=vectors.device)
        self._grow(item)
        if self.training:
            self._remember(item[counted], losses.detach()[counted])
            self.done += 1
        if self.done <= self.warm_up:
            return mean_over(losses, counted)
        known, means = self.seen > 0, self.means
        centre, spread = _spread(means[known])
        weight = pair_weights(
            means[item],
            losses.detach(),
            centre,
            spread,
            noisy=self.noisy,
            faulty=self.faulty,
        )
        return mean_over(losses * weight, counted)

    @property
    def means(self) -> Tensor:
        """Remembered loss [items] of each item drawn T times, ``mean_t l_t (t + 1) / T``: late ones
        count more."""
        return self.weighed / self.seen.square().clamp_min(1.0)

    def _grow(self, item: Tensor) -> None:
        missing = int(item.max()) + 1 - len(self.seen) if len(item) else 0
        more = torch.zeros(max(0, missing), device=item.device)
        self.weighed = torch.cat([self.weighed.to(item.device), more])
        self.seen = torch.cat([self.seen.to(item.device), more])

    def _remember(self, item: Tensor, losses: Tensor) -> None:
        """Add this step's losses, the mean of an item's rows times how often it was drawn."""
        count = torch.zeros_like(self.seen).index_add(0, item, torch.ones_like(losses).float())
        total = torch.zeros_like(self.seen).index_add(0, item, losses.float())
        drawn = count > 0
        self.seen += drawn
        self.weighed += torch.where(drawn, total / count.clamp_min(1) * self.seen, total)


def pair_weights(
    means: Tensor,
    losses: Tensor,
    centre: Tensor,
    spread: Tensor,
    *,
    noisy: float = 2.0,
    faulty: float = 3.0,
) -> Tensor:
    """Weights [P] of pairs with remembered losses ``means`` [P] and losses now ``losses`` [P].

    1, but ``exp(-((l - mu) / sd)**2 / 2)`` where a mean is ``noisy`` deviations below or ``faulty``
    above the centre. The paper's code takes the normal density, which can exceed 1.
    """
    slack = 1e-6 * spread
    bad = (means <= centre - noisy * spread + slack) | (means >= centre + faulty * spread - slack)
    bad = bad & (spread > 0)
    weight = torch.exp(-(((losses - centre) / spread.clamp_min(1e-12)) ** 2) / 2)
    return torch.where(bad, weight, torch.ones_like(weight))


def _spread(means: Tensor) -> tuple[Tensor, Tensor]:
    if not len(means):
        return means.new_zeros(()), means.new_zeros(())
    return means.mean(), means.std(correction=0)
