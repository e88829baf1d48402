"""What objectives are compared with: a library's loss, or the formula as it is usually written.

A comparator is the forward pass only, in the steps of the paper; autograd gives the gradient. It
has the value of ours (tested). Those of ``dbpm`` and ``multi_head`` are what these are at first:
nothing weighed down yet, temperatures not bent yet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from lightly import loss as lightly
from open_clip.loss import ClipLoss
from plain_queues import Queues
from pytorch_metric_learning.losses import SupConLoss, VICRegLoss
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor], Tensor]


class Plain(Queues):
    """All of them; here those with groups, prototypes, features or a second modality."""

    def of(self, name: str) -> Loss | None:
        """The loss to compare ``name`` with, None where there is none."""
        found: Loss | None = getattr(self, name, None)
        return found

    def dbpm(self, vectors: Tensor) -> Tensor:
        return self.supcon(vectors, 0.2)

    def multi_head(self, vectors: Tensor) -> Tensor:
        return sum(self.supcon(vectors @ one) for one in self.ours.maps) / len(self.ours.maps)

    def soft(self, vectors: Tensor) -> Tensor:
        """Soft groups [M, K] by cosines to the centres."""
        return (self.unit(vectors) @ self.unit(self.ours.centres).T / 0.2).softmax(1)

    def columns(self, soft: Tensor) -> Tensor:
        """Contrastive Clustering's loss of the groups of both views, less their entropy."""
        mean = soft.mean(0)
        first, second = soft.chunk(2)
        return lightly.NTXentLoss(temperature=1.0)(first.T, second.T) + (mean * mean.log()).sum()

    def occ(self, vectors: Tensor) -> Tensor:
        soft = self.soft(vectors)
        return self.constrained(vectors, 0.2) + self.constrained(soft, 1.0) + self.columns(soft)

    def constrained(self, vectors: Tensor, temperature: float) -> Tensor:
        logits, pull = self.cosine(vectors, temperature), self.known.positive
        weight = (1.0 + self.known.different) * ~(self.diagonal | self.known.ignored)
        negative = self.rows * (weight * logits.exp()).sum(1) / weight.sum(1)
        return -(pull * (logits.exp() / negative[:, None] + 1e-30).log()).sum() / pull.sum()

    def ghose(self, vectors: Tensor) -> Tensor:
        instances = lightly.NTXentLoss(temperature=0.5)(*vectors.chunk(2))
        rows, group = self.unit(vectors), self.known.group
        picks = rows[group >= 0]
        sets = functional.one_hot(group[group >= 0]).to(rows.dtype)
        centroid = ((sets.T @ picks) / sets.sum(0)[:, None]).detach()[group[group >= 0]]
        human = -functional.cosine_similarity(picks, centroid).mean()
        return instances + self.columns(self.soft(vectors)) + human

    def dcc(self, vectors: Tensor) -> Tensor:
        soft, table = self.soft(vectors), self.ours.confusion.sigmoid()
        same = self.known.positive
        asked = same + self.known.different
        chance = (soft @ table @ soft.T).clamp(1e-6, 1 - 1e-6)
        entropy = functional.binary_cross_entropy(chance, same, asked, reduction="sum")
        spread = soft.T @ soft / self.rows + 1e-6 * torch.eye(soft.shape[1], device=self.device)
        return entropy / asked.sum() - 0.01 * torch.logdet(spread)

    def hpcr(self, vectors: Tensor) -> Tensor:
        rows, proxies = self.unit(vectors), self.unit(self.ours.proxies)
        factor = self.ours.low + (self.ours.high - self.ours.low) * 0.5 * (
            1 - torch.cos(torch.tensor(2 * torch.pi * self.step / self.ours.period))
        )
        self.step += 1
        decided = self.known.group >= 0
        label, before = self.known.group[decided], self.known.teachers.before
        supcon = SupConLoss(temperature=0.09, reducer=MeanReducer())
        replay = supcon(rows[decided], label, ref_emb=proxies[label], ref_labels=label.clone())
        moved = functional.mse_loss(rows @ proxies.detach().T, before @ proxies.detach().T)
        old, new = self.cosine(before, 0.09), self.cosine(vectors, 0.09)
        kept = functional.cross_entropy(new, old.softmax(1))
        return factor * torch.as_tensor(replay) + 0.1 * moved + 0.5 * kept

    def wide(self, vectors: Tensor) -> tuple[Tensor, ...]:
        return (self.unit(vectors) * self.dim**0.5).chunk(2)

    def barlow(self, vectors: Tensor) -> Tensor:
        return 0.1 * lightly.BarlowTwinsLoss()(*self.wide(vectors))

    def vicreg(self, vectors: Tensor) -> Tensor:
        first, second = self.wide(vectors)
        return torch.as_tensor(VICRegLoss()(first, ref_emb=second))

    def scores(self, vectors: Tensor) -> list[Tensor]:
        return list((self.unit(vectors) @ self.unit(self.ours.centres).T).chunk(2))

    def swav(self, vectors: Tensor) -> Tensor:
        return lightly.SwaVLoss()(self.scores(vectors), []).squeeze()

    @cached_property
    def moving(self) -> lightly.DINOLoss:
        return lightly.DINOLoss(output_dim=len(self.ours.centres)).to(self.device)

    def dino(self, vectors: Tensor) -> Tensor:
        taught = [one.detach() for one in self.scores(self.target)]
        return self.moving(taught, self.scores(vectors))

    def clip(self, vectors: Tensor) -> Tensor:
        image, text = (self.unit(of.chunk(2)[0]) for of in (vectors, self.known.text))
        return ClipLoss()(image, text, self.ours.log_scale.exp())

    def cloob(self, vectors: Tensor) -> Tensor:
        image, text = (self.unit(of.chunk(2)[0]) for of in (vectors, self.known.text))
        tau, both = 1 / self.ours.log_scale.exp(), []
        for memory in (image, text):
            recalled = [
                self.unit((14.3 * query @ memory.T).softmax(1) @ memory) for query in (image, text)
            ]
            both.append(self.loob(*(recalled if memory is image else recalled[::-1]), tau))
        return sum(both)

    def infoloob(self, vectors: Tensor) -> Tensor:
        first, second = self.unit(vectors).chunk(2)
        return (self.loob(first, second, 0.2) + self.loob(second, first, 0.2)) / 2

    def loob(self, first: Tensor, second: Tensor, tau: Tensor | float) -> Tensor:
        logits = first @ second.T / tau
        own = torch.eye(len(logits), dtype=torch.bool, device=self.device)
        return tau * (logits.masked_fill(own, -1e9).logsumexp(1) - logits[own]).mean()

    def cwcl(self, vectors: Tensor) -> Tensor:
        (first, second), n = self.unit(vectors).chunk(2), self.rows // 2
        frozen = self.known.teachers.frozen[:n]
        same, apart = self.known.same[:n, :n], self.known.different[:n, :n]
        weight = frozen @ frozen.T / 2 + 0.5
        weight = (weight + same * (1 - weight)) * (1 - apart)
        chance = (first @ second.T / 0.1).log_softmax(1)
        there = -((weight * chance).sum(1) / weight.sum(1)).mean()
        return (there + self.crossed(second, first, tau=0.1)) / 2

    def cpc(self, vectors: Tensor) -> Tensor:
        _, lengths = torch.unique_consecutive(self.known.sequence, return_counts=True)
        rows = vectors.reshape(len(lengths), -1, self.dim)
        context, _ = self.ours.context(rows)
        target, losses = torch.arange(len(rows), device=self.device), []
        for ahead, linear in enumerate(self.ours.maps, 1):
            for now in range(rows.shape[1] - ahead):
                scores = context[:, now] @ (rows[:, now + ahead] @ linear).T
                losses.append(functional.cross_entropy(scores, target))
        return torch.stack(losses).mean()
