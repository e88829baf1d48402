"""Objectives against a queue of earlier keys: MoCo, and its harder negatives.

MoCHi, SynCo, AdCo and feature transformation change the negatives (the last one the positives too)
and keep MoCo's loss::

    L_i = -log exp(<q_i, k_i> / tau) / (exp(<q_i, k_i> / tau) + sum_n exp(<q_i, n> / tau))

It is lightly's NT-Xent with a memory bank (tested), but theirs begins with noise from the global
random state and takes its own negatives only, where all these bring theirs.

In the live loop the key encoder is a moving average of the adapter, and a queue of 1,024 keys
stands for the papers' 65,536. Where answers are few the same items come again and again, so the
queue holds earlier keys of an anchor's own item, which the papers' never do: they take no part. The
first batch finds no keys and teaches nothing.

MoCo (v2): https://arxiv.org/abs/2003.04297, after https://arxiv.org/abs/1911.05722
MoCHi: https://arxiv.org/abs/2010.01028
SynCo: https://arxiv.org/abs/2410.02401
AdCo: https://arxiv.org/abs/2011.08435
FeatureTransformation: https://arxiv.org/abs/2108.02982
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.seed import Queue
from curation.learning.objectives.unified import unit


def info_nce(
    query: Tensor,
    key: Tensor,
    *negatives: Tensor,
    own: Tensor | None = None,
    temperature: float = 0.2,
) -> Tensor:
    """InfoNCE of every row [N] of ``query`` [N, d] with its ``key`` [N, d].

    ``query`` and ``key`` are normalised inside. ``negatives`` of unit norm are [K, d], shared, or
    [N, K, d], of each row; without any the other rows' keys are. Where ``own``, bool [N, K] of the
    shared ones, a negative takes no part.
    """
    query, key = unit(query), unit(key)
    if not negatives:
        target = torch.arange(len(query), device=query.device)
        return functional.cross_entropy(query @ key.T / temperature, target, reduction="none")
    logits = [(query * key).sum(1, keepdim=True)]
    for some in negatives:
        rows = some.to(query.dtype)
        if rows.ndim == 3:
            logits.append((rows @ query[:, :, None]).squeeze(2))
            continue
        shared = query @ rows.T
        logits.append(shared if own is None else shared.masked_fill(own, -torch.inf))
    return -functional.log_softmax(torch.cat(logits, dim=1) / temperature, dim=1)[:, 0]


def two_views(rows: Tensor) -> tuple[Tensor, Tensor]:
    """First and second views [M/2, d] of rows [M, d]: item i is in rows i and i + M/2."""
    first, second = rows.chunk(2)
    return first, second


class Keys(Queue):
    """A queue that knows which item each key is of."""

    def __init__(self, capacity: int, dim: int, device: torch.device | str = "cpu") -> None:
        super().__init__(capacity, dim, device)
        self._items = torch.full((capacity,), -1, device=device)

    def remember(self, keys: Tensor, items: Tensor | None) -> None:
        """Add ``keys`` [B, d] of ``items`` int64 [B], None where unknown."""
        places = self.append(keys)
        self._items[places] = -1 if items is None else items[-len(places) :]

    def own(self, items: Tensor | None) -> Tensor | None:
        """Which keys are of the same item as each of ``items`` int64 [N]: bool [N, K]."""
        return None if items is None else items[:, None] == self._items[: len(self.keys)]


class MoCo(Objective):
    """MoCo v2 (He et al. 2020; Chen et al. 2020): keys by a slow encoder, negatives in a queue."""

    teachers: ClassVar[bool] = True
    halves: ClassVar[bool] = True

    def __init__(self, head: Head, *, temperature: float = 0.2, queue: int = 1024) -> None:
        super().__init__()
        self.temperature = temperature
        self.size = queue
        self.queue: Keys | None = None
        self.dim = head.dim
        self.generator = torch.Generator().manual_seed(head.seed)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        query = unit(two_views(vectors)[0])
        key = two_views(slow(relations))[1]
        keys, own = self.recall(query, relations)
        loss = self.against(query, key, keys, own)
        self.remember(key, relations)
        return loss

    def against(self, query: Tensor, key: Tensor, keys: Tensor, own: Tensor | None) -> Tensor:
        """Scalar loss of unit ``query`` and ``key`` [N, d] with the queue's ``keys`` [K, d], of
        which some are of the row's ``own`` item, bool [N, K]."""
        return info_nce(query, key, keys, own=own, temperature=self.temperature).mean()

    def recall(self, like: Tensor, relations: Relations) -> tuple[Tensor, Tensor | None]:
        """The queue's keys [K, d], ``like`` [N, d] in type, and which are each row's own."""
        if self.queue is None:
            self.queue = Keys(self.size, self.dim, like.device)
        keys = self.queue.keys.to(like.dtype, copy=True)  # the backward pass comes after remember
        return keys, self.queue.own(first_items(relations))

    def remember(self, keys: Tensor, relations: Relations) -> None:
        """Add the batch's ``keys`` [N, d] to the queue, in training."""
        if self.training and self.queue is not None:
            self.queue.remember(keys, first_items(relations))

    def draw(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1), float32."""
        return torch.rand(*shape, generator=self.generator)


class MoCHi(MoCo):
    """MoCHi (Kalantidis et al. 2020): mixes of the hardest keys (eq. 5), and of them with the
    query (eq. 7), whose share stays below half, are appended to the queue.

    From the first step on which there are keys: the paper's ten epochs without mixes, for an
    encoder that starts at random, are left out.
    """

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.2,
        queue: int = 1024,
        hard: int = 128,
        mixes: int = 128,
        query_mixes: int = 16,
    ) -> None:
        super().__init__(head, temperature=temperature, queue=queue)
        self.hard = hard
        self.mixes = mixes
        self.query_mixes = query_mixes

    def against(self, query: Tensor, key: Tensor, keys: Tensor, own: Tensor | None) -> Tensor:
        """Scalar loss of queries and keys [N, d] against ``keys`` [K, d]; without mixes that of
        MoCo."""
        hard = self._hardest(query.detach(), keys, own)
        made = self._made(query.detach(), keys, hard) if hard.shape[1] else []
        losses = info_nce(query, key, keys, *made, own=own, temperature=self.temperature)
        return losses.mean()

    def _hardest(self, query: Tensor, keys: Tensor, own: Tensor | None) -> Tensor:
        """The nearest keys of other items, int64 [N, H]; as many as every row has."""
        similarity, count = query @ keys.T, len(keys)
        if own is not None and own.numel():
            similarity = similarity.masked_fill(own, -torch.inf)
            count -= int(torch.count_nonzero(own, dim=1).max())
        return similarity.topk(min(self.hard, count), dim=1).indices

    def _made(self, query: Tensor, keys: Tensor, hard: Tensor) -> list[Tensor]:
        """Unit negatives of each row, in parts [N, K, d], of its ``hard`` keys int64 [N, H]."""
        first, second = (keys[choose(hard, self.mixes, self.generator)] for _ in range(2))
        with_query = keys[choose(hard, self.query_mixes, self.generator)]
        share = self.draw(len(query), self.mixes, 1).to(query)
        of_query = 0.5 * self.draw(len(query), self.query_mixes, 1).to(query)
        return [mixed(first, second, share), mixed(query[:, None], with_query, of_query)]


class SynCo(MoCHi):
    """SynCo (Giakoumoglou 2024): six kinds of synthetic negatives from the hardest keys.

    ``each`` of interpolated, extrapolated and mixed ones, a quarter of that (at least one) of
    noisy, gradient and adversarial ones, of size ``step``. The paper makes 256 and 64 of 1,024, and
    none in the first ten epochs; here they are made from the first step on which there are keys.
    """

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.2,
        queue: int = 1024,
        hard: int = 128,
        each: int = 32,
        step: float = 0.01,
    ) -> None:
        super().__init__(head, temperature=temperature, queue=queue, hard=hard)
        self.each = each
        self.step = step

    def _made(self, query: Tensor, keys: Tensor, hard: Tensor) -> list[Tensor]:
        if not self.each:
            return []
        few = max(1, self.each // 4)
        q = query[:, None]

        def keys_of(count: int) -> Tensor:
            return keys[choose(hard, count, self.generator)]

        def share(count: int) -> Tensor:
            return self.draw(len(query), count, 1).to(query)

        noise = torch.randn(len(query), few, query.shape[1], generator=self.generator).to(query)
        return [
            mixed(q, keys_of(self.each), 0.5 * share(self.each)),
            extrapolated(q, keys_of(self.each), 1.0 + 0.5 * share(self.each)),
            mixed(keys_of(self.each), keys_of(self.each), share(self.each)),
            unit(keys_of(few) + self.step * noise),
            unit(keys_of(few) + self.step * q),
            unit(keys_of(few) + self.step * q.sign()),
        ]


class AdCo(MoCo):
    """AdCo (Hu et al. 2021): the negatives are vectors that climb the loss by gradient ascent.

    ``size`` of them, random at first, moved at temperature ``memory_temperature`` with momentum
    0.9. Left out: the authors begin with keys of their encoder, and decay the vectors by 1e-4.
    """

    adversaries: Tensor
    speed: Tensor

    def __init__(
        self,
        head: Head,
        *,
        temperature: float = 0.12,
        size: int = 1024,
        memory_temperature: float = 0.02,
        memory_rate: float = 3.0,
    ) -> None:
        super().__init__(head, temperature=temperature, queue=size)
        self.memory_temperature = memory_temperature
        self.memory_rate = memory_rate
        start = torch.randn(size, head.dim, generator=self.generator)
        self.register_buffer("adversaries", unit(start))
        self.register_buffer("speed", torch.zeros(size, head.dim))

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        query = unit(two_views(vectors)[0])
        key = two_views(slow(relations))[1]
        loss = self.against(query, key, unit(self.adversaries).to(query.dtype), None)
        if self.training:
            self._climb(*(rows.detach().to(self.adversaries.dtype) for rows in (query, key)))
        return loss

    def _climb(self, query: Tensor, key: Tensor) -> None:
        rise = ascent(query, key, self.adversaries, temperature=self.memory_temperature)
        self.speed.mul_(0.9).add_(rise)
        self.adversaries.add_(self.speed, alpha=self.memory_rate)


class FeatureTransformation(MoCo):
    """Feature transformation (Zhu et al. 2021): positives drawn apart (eq. 5), lam from Beta(2, 2)
    + 1, and negatives mixed within the queue (eq. 7), lam from Beta(1.6, 1.6) per coordinate."""

    def against(self, query: Tensor, key: Tensor, keys: Tensor, own: Tensor | None) -> Tensor:
        """Scalar loss of the transformed pairs [N, d] against mixes of ``keys`` [K, d]; a mix of
        two keys is own where one of them is."""
        far_query, far_key = drawn_apart(query, key, 1.0 + self._beta(2.0, len(query), 1).to(query))
        order = torch.randperm(len(keys), generator=self.generator).to(keys.device)
        share = self._beta(1.6, *keys.shape).to(keys)
        within = unit(torch.lerp(keys[order], keys, share))
        either = None if own is None else own | own[:, order]
        losses = info_nce(far_query, far_key, within, own=either, temperature=self.temperature)
        return losses.mean()

    def _beta(self, alpha: float, *shape: int) -> Tensor:
        """Beta(alpha, alpha) numbers, float32."""
        seed = int(torch.randint(2**31, (1,), generator=self.generator))
        drawn = np.random.default_rng(seed).beta(alpha, alpha, shape)
        return torch.from_numpy(drawn.astype(np.float32))


def first_items(relations: Relations) -> Tensor | None:
    """The item of each first view, int64 [M/2], None where unknown."""
    return None if relations.item is None else two_views(relations.item)[0]


def slow(relations: Relations) -> Tensor:
    """Keys [M, d] of unit norm without gradient, by the moving average."""
    return unit(relations.taught.target).detach()


def mixed(first: Tensor, second: Tensor, share: Tensor | float) -> Tensor:
    """``share`` of ``first`` and the rest of ``second`` [.., d], with unit norm."""
    return unit(torch.lerp(second, first, share))


def extrapolated(query: Tensor, negative: Tensor, factor: Tensor | float) -> Tensor:
    """``query + factor (negative - query)`` [.., d] with unit norm: beyond the negative for
    ``factor`` > 1, away from the query."""
    return unit(query + factor * (negative - query))


def drawn_apart(query: Tensor, key: Tensor, factor: Tensor | float) -> tuple[Tensor, Tensor]:
    """Positives [N, d] extrapolated by ``factor`` >= 1 (1: unchanged), not normalised."""
    return factor * query + (1.0 - factor) * key, factor * key + (1.0 - factor) * query


def ascent(query: Tensor, key: Tensor, adversaries: Tensor, *, temperature: float) -> Tensor:
    """Gradient [K, d] of the mean InfoNCE by the adversaries [K, d] before normalisation (Hu et
    al. 2021, eq. 6): with p the softmax over positive and negatives,
    ``mean_i p_ik (q_i - <q_i, w_k> w_k) / (tau |W_k|)``."""
    length = adversaries.norm(dim=1, keepdim=True).clamp_min(1e-12)
    negative = adversaries / length
    similarity = query @ negative.T
    together = (query * key).sum(1, keepdim=True)
    chance = (torch.cat([together, similarity], dim=1) / temperature).softmax(1)[:, 1:]
    along = (chance * similarity).sum(0)[:, None] * negative
    rise: Tensor = (chance.T @ query - along) / (temperature * length * len(query))
    return rise


def choose(pool: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``count`` random entries of each row of ``pool`` int64 [N, H], with replacement."""
    picks = torch.randint(pool.shape[1], (len(pool), count), generator=generator)
    return pool.gather(1, picks.to(pool.device))
