"""What objectives are compared with: a library's loss, or the formula as it is usually written.

An objective that is not here is itself the formula step by step, or a library's loss in a few lines
that stand here for another one.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from lightly import loss as lightly
from pytorch_metric_learning.losses import SupConLoss, VICRegLoss
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.base import Objective, Relations

Loss = Callable[[Tensor], Tensor]
QUEUE = 1024


class Plain:
    """Losses of rows [M, d], two views of M / 2 items, by name; weights are those of ours."""

    def __init__(self, known: Relations, ours: Objective, dim: int) -> None:
        self.known, self.ours, self.dim = known, ours, dim
        self.rows = len(known.own)
        device = known.own.device
        self.own = torch.arange(self.rows, device=device).roll(self.rows // 2)
        self.diagonal = torch.eye(self.rows, dtype=torch.bool, device=device)
        self.target = known.teachers.target
        decided = known.group >= 0
        self.label = torch.where(decided, known.group, known.group.amax() + 1 + known.item)
        self.bank = lightly.NTXentLoss(temperature=0.2, memory_bank_size=(QUEUE, dim)).to(device)

    def of(self, name: str) -> Loss | None:
        """The loss to compare ``name`` with, None where there is none."""
        found: Loss | None = getattr(self, name, None)
        return found

    def cosine(self, vectors: Tensor, temperature: float) -> Tensor:
        unit = functional.normalize(vectors, dim=1)
        return (unit @ unit.T / temperature).masked_fill(self.diagonal, -1e9)

    def simclr(self, vectors: Tensor) -> Tensor:
        return lightly.NTXentLoss(temperature=0.2)(*vectors.chunk(2))

    def moco(self, vectors: Tensor) -> Tensor:
        return self.bank(vectors.chunk(2)[0], self.target.chunk(2)[1])

    def supcon(self, vectors: Tensor, temperature: float = 0.1) -> Tensor:
        loss = SupConLoss(temperature=temperature, reducer=MeanReducer())
        return torch.as_tensor(loss(vectors, self.label))

    def dbpm(self, vectors: Tensor) -> Tensor:
        return self.supcon(vectors, 0.2)

    def multi_head(self, vectors: Tensor) -> Tensor:
        return sum(self.supcon(vectors @ one) for one in self.ours.maps) / 3

    def supcon_in(self, vectors: Tensor) -> Tensor:
        chance, pull = self.cosine(vectors, 0.1).softmax(1), self.known.positive
        return -((chance * pull).sum(1) / pull.sum(1)).log().mean()

    def human(self, vectors: Tensor) -> Tensor:
        logits, pull = self.cosine(vectors, 0.1), self.known.positive
        negative = (1.0 + self.known.different) * ~(self.known.ignored | self.known.suspected)
        chance = (logits - logits.amax(1, keepdim=True).detach()).exp()
        total = (chance * torch.where(pull > 0, torch.ones_like(pull), negative)).sum(1)
        log_chance = (chance + 1e-30).log() - total.log()[:, None]
        return -((pull * log_chance).sum(1) / pull.sum(1)).mean()

    def sepp(self, vectors: Tensor) -> Tensor:
        logits, pull = self.cosine(vectors, 0.2), self.known.positive
        chance = logits.exp()
        negative = (chance * (pull == 0)).sum(1, keepdim=True)
        return -(pull * (logits - (chance + negative).log())).sum(1).mean()

    def debiased(self, vectors: Tensor, beta: float = 0.0, tau_plus: float = 0.1) -> Tensor:
        """As in the authors' code."""
        chance = self.cosine(vectors, 0.5).exp()
        positive = chance.gather(1, self.own[:, None]).squeeze(1)
        apart = ~(self.diagonal | self.known.own)
        negative = chance.masked_select(apart).reshape(self.rows, -1)
        weight = negative**beta
        total = (weight * negative).sum(1) / weight.mean(1)
        count = self.rows - 2
        left = (total - tau_plus * count * positive) / (1 - tau_plus)
        left = left.clamp_min(count * 0.1353352832)
        return -(positive / (positive + left)).log().mean()

    def hcl(self, vectors: Tensor) -> Tensor:
        return self.debiased(vectors, beta=1.0)

    def pucl(self, vectors: Tensor, tau_plus: float = 0.1) -> Tensor:
        chance, pull = self.cosine(vectors, 0.5).exp(), self.known.positive
        negative = (pull == 0) & ~self.diagonal
        count = negative.sum(1, keepdim=True)
        known = (chance * (pull > 0)).sum(1, keepdim=True) / (pull > 0).sum(1, keepdim=True)
        left = ((chance * negative).sum(1, keepdim=True) - tau_plus * count * known) / (
            1 - tau_plus
        )
        left = torch.maximum(left, count * 0.1353352832)
        terms = pull * (chance / (chance + left)).clamp_min(1e-30).log()
        return -(terms.sum(1) / pull.sum(1)).mean()

    def found(self, logits: Tensor) -> Tensor:
        """False negatives [M, M] by FNC, of cosines over 0.1."""
        cosine = logits.detach() * 0.1
        scores = torch.maximum(cosine, cosine[self.own])
        best = scores.masked_fill(self.diagonal | self.known.own, -1.0).topk(10, dim=1)
        found = torch.zeros_like(self.diagonal)
        return found.scatter(1, best.indices, best.values > 0.7)

    def fnc_elimination(self, vectors: Tensor) -> Tensor:
        logits = self.cosine(vectors, 0.1)
        return functional.cross_entropy(logits.masked_fill(self.found(logits), -1e9), self.own)

    def fnc_attraction(self, vectors: Tensor) -> Tensor:
        logits = self.cosine(vectors, 0.1)
        pull = (self.found(logits) | self.known.own).to(logits.dtype)
        return -((pull * logits.log_softmax(1)).sum(1) / pull.sum(1)).mean()

    def unremix(self, vectors: Tensor) -> Tensor:
        logits = self.cosine(vectors, 0.2)
        apart = ~(self.diagonal | self.known.own)
        cosine = (logits.detach() * 0.2).masked_select(apart).reshape(self.rows, -1)
        chance = logits.detach().softmax(1).masked_select(apart).reshape(self.rows, -1)
        inside = apart.to(logits.dtype) @ (logits.detach() * 0.2).masked_fill(self.diagonal, 0.0)
        spread = (1.0 - inside / (self.rows - 3)).masked_select(apart).reshape(self.rows, -1)
        spread = torch.minimum(spread, spread.quantile(0.95, dim=1, keepdim=True))
        parts = []
        for value in (chance / 0.2, cosine, spread):
            low, high = value.amin(1, keepdim=True), value.amax(1, keepdim=True)
            parts.append((value - low) / (high - low))
        weight = torch.stack(parts).mean(0)
        weight = weight / weight.mean(1, keepdim=True)
        negative = logits.masked_select(apart).reshape(self.rows, -1).exp()
        positive = logits.gather(1, self.own[:, None]).exp().squeeze(1)
        return -(positive / (positive + (weight * negative).sum(1))).log().mean()

    def simsiam(self, vectors: Tensor) -> Tensor:
        rows = functional.normalize(vectors, dim=1)
        return self._predicted(rows, rows.detach())

    def byol(self, vectors: Tensor) -> Tensor:
        return self._predicted(functional.normalize(vectors, dim=1), self.target)

    def _predicted(self, rows: Tensor, target: Tensor) -> Tensor:
        compare = lightly.NegativeCosineSimilarity()
        (first, second), (still, other) = self.ours.predictor(rows).chunk(2), target.chunk(2)
        return compare(first, other) + compare(second, still)

    def _wide(self, vectors: Tensor) -> tuple[Tensor, ...]:
        return (functional.normalize(vectors, dim=1) * self.dim**0.5).chunk(2)

    def barlow(self, vectors: Tensor) -> Tensor:
        return lightly.BarlowTwinsLoss()(*self._wide(vectors))

    def vicreg(self, vectors: Tensor) -> Tensor:
        first, second = self._wide(vectors)
        return torch.as_tensor(VICRegLoss()(first, ref_emb=second))

    def _scores(self, vectors: Tensor) -> list[Tensor]:
        centres = functional.normalize(self.ours.centres, dim=1)
        return list((functional.normalize(vectors, dim=1) @ centres.T).chunk(2))

    def swav(self, vectors: Tensor) -> Tensor:
        return lightly.SwaVLoss()(self._scores(vectors), []).squeeze()

    def dino(self, vectors: Tensor) -> Tensor:
        loss = lightly.DINOLoss(output_dim=len(self.ours.centres)).to(vectors.device)
        return loss([one.detach() for one in self._scores(self.target)], self._scores(vectors))
