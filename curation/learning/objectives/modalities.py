"""Objectives on paired rows of two modalities (or two views): CLIP, CLOOB, InfoLOOB, CWCL.

CWCL: https://arxiv.org/abs/2309.14580
InfoLOOB: https://arxiv.org/abs/1905.06922
CLIP: https://arxiv.org/abs/2103.00020
CLOOB: https://arxiv.org/abs/2110.11316
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from curation.errors import TrainingError
from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.queues import two_views
from curation.learning.objectives.sums import hard_log_sum, pull_of_all
from curation.learning.objectives.unified import unit


class CLIP(Objective):
    """CLIP (Radford et al. 2021): InfoNCE from images to texts and back, with a learnt scale.

    ``Relations.text`` holds the text vectors [M, dim].
    """

    halves: ClassVar[bool] = True

    def __init__(self, head: Head, *, temperature: float = 0.07) -> None:
        del head
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    def temperature(self) -> Tensor:
        """The learnt temperature, a scalar, at least 0.01. The parameter itself is kept in range,
        as in CLIP: one that is clamped would lose its gradient."""
        with torch.no_grad():
            self.log_scale.clamp_(max=math.log(100.0))
        return (-self.log_scale).exp()

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        image, text = first_views(vectors, relations)
        return clip_loss(image, text, self.temperature().to(vectors.device))


class CLOOB(CLIP):
    """CLOOB (Fuerst et al. 2022): both modalities are retrieved from Hopfield memories of either,
    then compared by InfoLOOB; the sum of the two directions."""

    def __init__(self, head: Head, *, temperature: float = 0.07, beta: float = 14.3) -> None:
        super().__init__(head, temperature=temperature)
        self.beta = beta

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        image, text = (unit(rows) for rows in first_views(vectors, relations))
        temperature = self.temperature().to(vectors.device)
        total = torch.zeros((), device=vectors.device)
        for memory, query, other in ((image, image, text), (text, text, image)):
            total = total + info_loob(
                retrieved(query, memory, self.beta),
                retrieved(other, memory, self.beta),
                temperature,
            )
        return total


class InfoLOOB(Objective):
    """InfoLOOB (Poole et al. 2019; in CLOOB, Fuerst et al. 2022) between two views: the positive is
    left out of the denominator. Unbounded below."""

    halves: ClassVar[bool] = True

    def __init__(self, head: Head, *, temperature: float = 0.2) -> None:
        del head
        super().__init__()
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim], the mean of the two directions."""
        del relations
        first, second = two_views(vectors)
        there = info_loob(first, second, self.temperature)
        return (there + info_loob(second, first, self.temperature)) / 2


class CWCL(Objective):
    """CWCL (Srinivasa et al. 2023): soft targets by the similarity in a frozen model, and by the
    answers where there are any; the other direction is InfoNCE."""

    teachers: ClassVar[bool] = True
    halves: ClassVar[bool] = True

    def __init__(self, head: Head, *, temperature: float = 0.1) -> None:
        del head
        super().__init__()
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        first, second = two_views(vectors)
        n = len(first)
        frozen = unit(relations.taught.frozen)[:n].detach()
        weight = frozen @ frozen.T / 2 + 0.5
        same, apart = relations.same[:n, :n].to(weight), relations.different[:n, :n].to(weight)
        weight = (weight + same * (1.0 - weight)) * (1.0 - apart)
        gone = relations.ignored[:n, :n]
        logits = unit(first) / self.temperature @ unit(second).T
        there = cwcl_losses(logits, weight, gone)
        back = hard_log_sum(logits.T, ~gone).squeeze(1) - logits.diagonal()
        return (there + back).mean() / 2


def first_views(vectors: Tensor, relations: Relations) -> tuple[Tensor, Tensor]:
    """First views [N, dim] and their texts [N, dim]; TrainingError where there are none."""
    text = relations.text
    if text is None or text.shape != vectors.shape:
        got = "none" if text is None else f"shape {tuple(text.shape)}"
        raise TrainingError(
            f"Expected a text vector beside each of the rows {tuple(vectors.shape)}, got {got}. "
            "Encode the texts and project them to the same width."
        )
    return two_views(vectors)[0], two_views(text)[0]


def clip_loss(image: Tensor, text: Tensor, temperature: Tensor | float = 0.07) -> Tensor:
    """open_clip's loss: mean InfoNCE of rows [N, d] in both directions."""
    from open_clip.loss import ClipLoss

    loss: Tensor = ClipLoss()(unit(image), unit(text), 1.0 / temperature)
    return loss


def info_loob(first: Tensor, second: Tensor, temperature: Tensor | float = 0.2) -> Tensor:
    """``tau mean_i (log sum_{j != i} exp(s_ij / tau) - s_ii / tau)`` of rows [N, d]; 0 for a single
    row, which has no negatives."""
    similarity = unit(first) @ unit(second).T
    if len(similarity) < 2:
        return similarity.sum() * 0.0
    logits = similarity / temperature
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    apart = torch.logsumexp(logits.masked_fill(own, -torch.inf), dim=1)
    return (apart - torch.diagonal(logits)).mean() * temperature


def retrieved(query: Tensor, memory: Tensor, beta: float) -> Tensor:
    """Hopfield retrieval [N, d]: ``softmax(beta query memory^T) memory``, of unit norm."""
    return unit((beta * query @ memory.T).softmax(1) @ memory)


def cwcl_losses(logits: Tensor, weight: Tensor, eliminated: Tensor) -> Tensor:
    """``-(1 / sum_j w_ij) sum_j w_ij log softmax_j(logit_ij)`` [N] with ``weight`` [N, N] in
    [0, 1]; the identity gives InfoNCE. ``eliminated`` bool [N, N] pairs take no part. 0 where a row
    has no weight."""
    share = weight.to(logits.dtype).masked_fill(eliminated, 0.0)
    pull, mass = pull_of_all(logits, share, eliminated, None)
    return pull / mass.clamp_min(1e-12)
