"""What objectives on pairs of rows are compared with: a library's loss, or the formula as it is
usually written, forward only."""

from __future__ import annotations

import math

import torch
from lightly import loss as lightly
from pytorch_metric_learning.losses import SupConLoss
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.base import Objective, Relations


class Pairs:
    """Losses of rows [M, d], two views of M / 2 items, by name; weights are those of ours."""

    def __init__(self, known: Relations, ours: Objective, dim: int) -> None:
        self.known, self.ours, self.dim = known, ours, dim
        self.rows = len(known.own)
        self.device = known.own.device
        self.own = torch.arange(self.rows, device=self.device).roll(self.rows // 2)
        self.diagonal = torch.eye(self.rows, dtype=torch.bool, device=self.device)
        self.apart = ~(self.diagonal | known.own)
        self.target = known.teachers.target
        decided = known.group >= 0
        self.label = torch.where(decided, known.group, known.group.amax() + 1 + known.item)
        self.generator = torch.Generator().manual_seed(0)
        self.step = 0

    def unit(self, vectors: Tensor) -> Tensor:
        return functional.normalize(vectors, dim=-1)

    def cosine(self, vectors: Tensor, temperature: float) -> Tensor:
        """Cosines [M, M] over the temperature, without the diagonal."""
        return (self.similarity(vectors) / temperature).masked_fill(self.diagonal, -1e9)

    def similarity(self, vectors: Tensor) -> Tensor:
        rows = self.unit(vectors)
        return rows @ rows.T

    def others(self, values: Tensor) -> Tensor:
        """The values [M, M - 2] of each row's pairs with other items, of [M, M]."""
        return values.masked_select(self.apart).reshape(self.rows, -1)

    def random(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.generator).to(self.device)

    def chosen(self, pool: Tensor, count: int) -> Tensor:
        """``count`` entries of each row of ``pool`` [M, H], drawn at random."""
        picks = torch.randint(pool.shape[1], (len(pool), count), generator=self.generator)
        return pool.gather(1, picks.to(self.device))

    def simclr(self, vectors: Tensor) -> Tensor:
        return lightly.NTXentLoss(temperature=0.2)(*vectors.chunk(2))

    def supcon(self, vectors: Tensor, temperature: float = 0.1) -> Tensor:
        loss = SupConLoss(temperature=temperature, reducer=MeanReducer())
        return torch.as_tensor(loss(vectors, self.label))

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
        negative = self.others(chance)
        weight = negative**beta
        total = (weight * negative).sum(1) / weight.mean(1)
        count = self.rows - 2
        left = (total - tau_plus * count * positive) / (1 - tau_plus)
        left = left.clamp_min(count * math.exp(-2.0))
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
        left = torch.maximum(left, count * math.exp(-2.0))
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
        chance = self.others(logits.detach().softmax(1))
        cosine = self.others(logits.detach() * 0.2)
        near = self.apart.to(cosine.dtype) @ self.similarity(vectors.detach())
        spread = self.others(1.0 - (near - 1.0) / (self.rows - 3))
        most = spread.quantile(0.95, dim=1, keepdim=True, interpolation="higher")
        spread = torch.minimum(spread, most)
        parts = []
        for value in (chance / 0.2, cosine, spread):
            low, high = value.amin(1, keepdim=True), value.amax(1, keepdim=True)
            parts.append((value - low) / (high - low))
        weight = torch.stack(parts).mean(0)
        weight = weight / weight.mean(1, keepdim=True)
        negative = self.others(logits).exp()
        positive = logits.gather(1, self.own[:, None]).exp().squeeze(1)
        return -(positive / (positive + (weight * negative).sum(1))).log().mean()

    def sscl(self, vectors: Tensor) -> Tensor:
        rows, count = self.unit(vectors), self.rows - 2 + 16
        logits = self.cosine(vectors, 0.5)
        near = logits.detach().masked_fill(~self.apart, -1e9).topk(min(64, self.rows - 2)).indices
        first, second = (rows.detach()[self.chosen(near, 16)] for _ in range(2))
        share = self.random(self.rows, 16, 1)
        made = self.unit(share * first + (1 - share) * second)
        others = self.others(logits).exp()
        negative = torch.cat([others, (torch.einsum("md,mkd->mk", rows, made) / 0.5).exp()], dim=1)
        positive = logits.gather(1, self.own[:, None]).squeeze(1).exp()
        total = (negative * negative).sum(1) / negative.mean(1)
        left = ((total - 0.1 * count * positive) / 0.9).clamp_min(count * math.exp(-2.0))
        return -(positive / (positive + left)).log().mean()

    def ifnd(self, vectors: Tensor) -> Tensor:
        rows = self.unit(vectors.detach())
        start = torch.randperm(self.rows, generator=self.generator)[: self.ours.n_groups]
        centres = rows[start.to(self.device)]
        for _ in range(5):
            label = functional.one_hot((rows @ centres.T).argmax(1), len(centres))
            centres = self.unit(label.to(rows.dtype).T @ rows)
        sureness, label = (rows @ centres.T / 0.2).softmax(1).max(1)
        sure = torch.zeros_like(label, dtype=torch.bool)
        share = min(1.0, self.step / self.ours.steps)
        sure[sureness.argsort(descending=True)[: round(share * self.rows)]] = True
        self.step += 1
        gone = self.apart & (label[:, None] == label) & sure[:, None] & sure
        return functional.cross_entropy(self.cosine(vectors, 0.2).masked_fill(gone, -1e9), self.own)

    def mv_infonce(self, vectors: Tensor) -> Tensor:
        chance = self.cosine(vectors, 0.2).exp()
        together = chance.gather(1, self.own[:, None]).reshape(2, -1).sum(0)
        return -(together / chance.sum(1).reshape(2, -1).sum(0)).log().mean()

    def mv_dhel(self, vectors: Tensor) -> Tensor:
        half = self.rows // 2
        chance = self.cosine(vectors, 0.2).exp()
        first, second = chance[:half, :half].sum(1), chance[half:, half:].sum(1)
        return -(torch.diagonal(chance[:half, half:]) / (first * second)).log().mean()

    def cacr(self, vectors: Tensor) -> Tensor:
        distance = 2 - 2 * self.similarity(vectors)
        positive = self.known.positive > 0
        negative = ~(positive | self.diagonal | self.known.ignored)
        pull = distance.masked_fill(~positive, -1e9).softmax(1) * distance
        push = (-2.0 * distance).masked_fill(~negative, -1e9).softmax(1) * distance
        return (pull - push).sum(1).mean()

    def spherepair(self, vectors: Tensor) -> Tensor:
        cosine = self.similarity(vectors).clamp(-1 + 1e-6, 1 - 1e-6)
        together, separate = self.known.positive, self.known.different
        apart = (2.0 * cosine.acos()).clamp_max(math.pi).cos()
        losses = together * ((1 + cosine) / 2).log()
        losses = losses + separate * ((1 - apart) / 2).clamp_min(1e-6).log()
        return -losses.sum() / (together + separate).sum()

    def nnpu(self, vectors: Tensor) -> Tensor:
        score = (self.similarity(vectors) - 0.5) / 0.2
        positive = self.known.positive > 0
        unlabelled = ~(positive | self.diagonal | self.known.ignored)
        said = (-score[positive]).sigmoid().mean()
        wrong = score[positive].sigmoid().mean()
        missed = score[unlabelled].sigmoid().mean()
        return 0.1 * said + (missed - 0.1 * wrong).clamp_min(0)

    def supremix(self, vectors: Tensor) -> Tensor:
        rows, number = self.unit(vectors), self.known.number
        equal, lower = number[:, None] == number, number[:, None] > number
        higher = ~(lower | equal)
        between = lower.any(1) & higher.any(1)

        def pick(allowed: Tensor) -> Tensor:
            draw = self.random(self.rows, self.rows)
            return draw.masked_fill(~allowed, -1.0).argmax(1)[between]

        low, high, other = pick(lower), pick(higher), pick(~equal)
        of_anchor = 0.5 * self.random(self.rows, 1)[between]
        anchors, own = rows[between], number[between]
        share = ((own - number[high]) / (number[low] - number[high]))[:, None]
        positive = self.unit(share * rows[low] + (1 - share) * rows[high])
        hard = self.unit(of_anchor * anchors + (1 - of_anchor) * rows[other]).detach()
        near = [(anchors * some).sum(1, keepdim=True) for some in (positive, hard)]
        others = (anchors @ rows.T).masked_fill(equal[between], -1e9)
        logits = torch.cat([*near, others], dim=1) / 0.2
        return -logits.log_softmax(1)[:, 0].mean()
