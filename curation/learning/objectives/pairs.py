"""Objectives on answered pairs alone, without anchors: SpherePair, logistic DCC, nnPU.

SpherePair: https://arxiv.org/abs/2510.06907
DCC: https://arxiv.org/abs/2305.19391
NNPU: https://arxiv.org/abs/1703.00593
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import cosine, unit

_TINY = 1e-6


class SpherePair(Objective):
    """SpherePair: an angular pair loss on answers and views; no anchors, no number of groups.

    Its reconstruction term is left out: the adapter starts at the frozen embedding and is pulled
    back to it.
    """

    def __init__(self, head: Head, *, factor: float = 2.0) -> None:
        del head
        super().__init__()
        self.factor = factor

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        cosines = cosine(vectors)
        same, apart = relations.positive.to(cosines), relations.different.to(cosines)
        together, separate = sphere_losses(cosines, self.factor)
        weight = (same + apart).sum().clamp_min(1.0)
        return ((same * together).sum() + (apart * separate).sum()) / weight


class DCC(Objective):
    """Logistic deep constrained clustering with a confusion matrix, as in VolMaxDCC (Nguyen et al.
    2023): ``P(same) = p_i^T B p_j`` for soft groups ``p``, cross-entropy over answered pairs,
    minus ``volume`` times the log-volume of the soft groups.

    ``confusion`` learns B, else it is the identity: answers without errors.
    """

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.2,
        volume: float = 0.01,
        confusion: bool = True,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.volume = volume
        generator = torch.Generator().manual_seed(head.seed)
        self.centres = nn.Parameter(unit(torch.randn(head.n_groups, head.dim, generator=generator)))
        start = 8.0 * torch.eye(head.n_groups) - 4.0
        self.confusion = nn.Parameter(start) if confusion else None

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        soft = self.assignment(vectors)
        table = torch.eye(soft.shape[1]).to(soft)
        if self.confusion is not None:
            table = self.confusion.sigmoid().to(soft.dtype)
        losses = pair_losses(soft @ table @ soft.T, relations.positive, relations.different)
        return losses - self.volume * log_volume(soft)

    def assignment(self, vectors: Tensor) -> Tensor:
        """Soft groups [N, K] of ``vectors`` [N, dim]: softmax of scaled cosines to the centres."""
        rows = unit(vectors)
        return (rows @ unit(self.centres).to(rows.dtype).T / self.temperature).softmax(1)


class NNPU(Objective):
    """Non-negative PU learning over pairs (Kiryo et al. 2017, eq. 6): accepted pairs and views are
    positive, all others only unlabelled, a share ``prior`` of them positive.

    A pair's score is (cosine - ``margin``) / ``temperature``, its loss a sigmoid. For reviews with
    few rejections, which it does not read.
    """

    def __init__(
        self, head: Head, *, prior: float = 0.1, margin: float = 0.5, temperature: float = 0.2
    ) -> None:
        del head
        super().__init__()
        self.prior = prior
        self.margin = margin
        self.temperature = temperature

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        score = (cosine(vectors) - self.margin) / self.temperature
        positive = relations.positive.to(score)
        apart = ~torch.eye(len(score), dtype=torch.bool, device=score.device)
        free = (apart & (positive <= 0) & ~relations.ignored).to(score)
        said, missed = (-score).sigmoid(), score.sigmoid()
        return nnpu_risk(
            self.prior,
            _weighted(said, positive),
            _weighted(missed, free),
            _weighted(missed, positive),
        )


def sphere_losses(cosines: Tensor, factor: float = 2.0) -> tuple[Tensor, Tensor]:
    """Losses of cosines [..] as `same` and as `different`.

    ``-log((1 + cos t) / 2)`` and ``-log((1 - cos min(w t, pi)) / 2)`` for the angle t; both are cut
    at the logarithm of 1e-6, so that opposite or equal vectors keep them finite.
    """
    bound = 1.0 - 1e-7 if cosines.dtype == torch.float64 else 1.0 - 1e-6
    inside = cosines.clamp(-bound, bound)
    angle = (factor * inside.acos()).clamp_max(math.pi)
    same = -((1.0 + cosines) / 2).clamp_min(_TINY).log()
    return same, -((1.0 - angle.cos()) / 2).clamp_min(_TINY).log()


def pair_losses(chance: Tensor, same: Tensor, different: Tensor) -> Tensor:
    """Binary cross-entropy, a scalar, of P(same) [M, M] over pairs weighed by ``same`` and
    ``different`` [M, M]; 0 without any."""
    same, asked = same.to(chance), (same + different).to(chance)
    total = functional.binary_cross_entropy(
        chance.clamp(_TINY, 1.0 - _TINY), same / asked.clamp_min(_TINY), asked, reduction="sum"
    )
    return total / asked.sum().clamp_min(1.0)


def log_volume(soft: Tensor) -> Tensor:
    """``log det(F^T F / M)`` of soft groups F [M, K], kept from minus infinity by 1e-6 on the
    diagonal."""
    gram = soft.T @ soft / len(soft)
    return torch.logdet(gram + _TINY * torch.eye(len(gram)).to(gram))


def nnpu_risk(prior: float, said: Tensor, missed: Tensor, wrong: Tensor) -> Tensor:
    """``pi R_p+ + max(0, R_u- - pi R_p-)`` of scalar risks, never negative for losses that are not;
    without the maximum it is the unbiased risk."""
    return prior * said + functional.relu(missed - prior * wrong)


def _weighted(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(_TINY)
