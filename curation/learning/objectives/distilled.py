"""Objectives that hold on to what another encoder says: SEED, and replay with distillation.

HPCR: https://arxiv.org/abs/2309.15038
SEED: https://arxiv.org/abs/2101.04731
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import two_views
from curation.learning.objectives.seed import Queue, seed_loss
from curation.learning.objectives.unified import cosine, mean_over, unit


class SEED(Objective):
    """SEED (Fang et al. 2021, eq. 5) with the frozen embedding as the teacher.

    It reads no answers: what it gives is the embedding's own structure.
    """

    teachers: ClassVar[bool] = True
    halves: ClassVar[bool] = True

    def __init__(
        self,
        head: Head,
        *,
        student_temperature: float = 0.2,
        teacher_temperature: float = 0.07,
        queue: int = 1024,
    ) -> None:
        super().__init__()
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.size = queue
        self.dim = head.dim
        self.queue: Queue | None = None

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        first = two_views(vectors)[0]
        taught = two_views(relations.taught.frozen)[0]
        if self.queue is None:
            self.queue = Queue(self.size, self.dim, vectors.device)
        loss = seed_loss(
            first,
            taught,
            torch.cat([taught, self.queue.keys.to(taught.dtype)]),
            student_temperature=self.student_temperature,
            teacher_temperature=self.teacher_temperature,
        )
        if self.training:
            self.queue.append(taught)
        return loss


class HPCR(Objective):
    """Holistic proxy-based contrastive replay (Lin et al. 2025): must-link groups as classes with a
    proxy each, scaled by a cycling factor, plus distillation of the previous generation's rows, as
    the proxies and as each other sees them, so that old answers survive. Groups beyond
    ``head.n_groups``, the smallest, have no proxy.

    All answers are replayed in every run, so the memory of the paper is the log itself. Proxies and
    the cycle begin anew with every generation: of the paper's ``period`` of 500 steps, which runs
    on over sessions there, a generation of 80 sees the first sixth, in which the factor rises from
    0.56 to 0.84.
    """

    teachers: ClassVar[bool] = True

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.09,
        logits: float = 0.1,
        structure: float = 0.5,
        low: float = 0.5625,
        high: float = 1.8,
        period: int = 500,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.logits = logits
        self.structure = structure
        self.low, self.high, self.period = low, high, period
        self.done = 0
        generator = torch.Generator().manual_seed(head.seed)
        start = torch.randn(head.n_groups, head.dim, generator=generator)
        self.proxies = nn.Parameter(unit(start))

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows = unit(vectors)
        proxies = unit(self.proxies).to(rows.dtype)
        group = relations.group
        if group is None:
            group = torch.full((len(rows),), -1, device=rows.device)
        group = group.masked_fill(group >= len(proxies), -1)
        loss = cycle(self.done, self.low, self.high, self.period) * mean_over(
            *proxy_losses(rows, group, proxies, temperature=self.temperature)
        )
        self.done += self.training
        before = relations.taught.before.to(rows.dtype)
        moved = ((rows - before) @ proxies.detach().T).square().mean()
        kept = structure_losses(rows, before, temperature=self.temperature).mean()
        return loss + self.logits * moved + self.structure * kept


def cycle(step: int, low: float, high: float, period: int) -> float:
    """The factor of the proxy term: from ``low`` to ``high`` and back in ``period`` steps."""
    return low + (high - low) * 0.5 * (1.0 - math.cos(2.0 * math.pi * step / period))


def proxy_losses(
    rows: Tensor, group: Tensor, proxies: Tensor, *, temperature: float = 0.09
) -> tuple[Tensor, Tensor]:
    """Anchor-to-proxy losses [M] (PCR, Lin et al. 2023) and which count: rows with a group.

    ``-s(z_i, w_i) / tau + log sum_{j in batch} exp(s(z_i, w_j) / tau)`` with ``w_j`` the proxy of
    row j's group: ``rows`` [M, d], ``group`` int64 [M] (-1: none), ``proxies`` [K, d].
    """
    counted = group >= 0
    sizes = torch.zeros(len(proxies)).to(rows)
    sizes = sizes.index_add(0, group.clamp_min(0), counted.to(rows.dtype))
    low = torch.finfo(rows.dtype).min / 4
    logits = unit(rows) @ unit(proxies).T / temperature
    weighed = (logits + sizes.clamp_min(1e-12).log()).masked_fill(sizes <= 0, low)
    own = logits.gather(1, group.clamp_min(0)[:, None]).squeeze(1)
    losses = torch.logsumexp(weighed, dim=1) - own
    return torch.where(counted, losses, torch.zeros_like(losses)), counted


def structure_losses(rows: Tensor, before: Tensor, *, temperature: float = 0.09) -> Tensor:
    """Cross-entropy [M] of each row's similarity distribution to the others, old ``before`` [M, e]
    to new ``rows`` [M, d]; smallest where the two are equal."""
    apart = torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    low = -1e9
    new = (cosine(rows) / temperature).masked_fill(apart, low).log_softmax(1)
    old = (cosine(before).detach() / temperature).masked_fill(apart, low).softmax(1)
    return -(old * new.masked_fill(apart, 0.0)).sum(1)
