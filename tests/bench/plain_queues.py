"""What objectives with a queue, neighbours or a predictor are compared with."""

from __future__ import annotations

import torch
from lightly import loss as lightly
from plain_pairs import Pairs
from torch import Tensor
from torch.nn import functional

from curation.learning.objectives.base import Objective, Relations

BOTH_WAYS = ((0, 1), (1, 0))


class Queues(Pairs):
    """The queue is as long as ours and full of noise at first, as it is usually written; keys of a
    row's own item take no part."""

    def __init__(self, known: Relations, ours: Objective, dim: int) -> None:
        super().__init__(known, ours, dim)
        size = getattr(ours, "size", 0)
        self.keys = self.unit(torch.randn(size, dim)).to(self.device)
        self.items = torch.full((size,), -1, device=self.device)
        self.correlation = torch.eye(dim, device=self.device) / dim
        start = getattr(ours, "adversaries", self.keys)
        self.adversaries = torch.nn.Parameter(start.clone())
        self.climb = torch.optim.SGD([self.adversaries], lr=3.0, momentum=0.9, maximize=True)

    def push(self, keys: Tensor) -> None:
        self.keys = torch.cat([self.keys, keys])[-len(self.keys) :]
        self.items = torch.cat([self.items, self.known.item.chunk(2)[0]])[-len(self.keys) :]

    def mine(self) -> Tensor:
        """Which keys are of the row's own item, bool [N, K]."""
        return self.known.item.chunk(2)[0][:, None] == self.items

    def near(self, rows: Tensor) -> Tensor:
        """Cosines [N, K] with the keys of other items."""
        return (rows @ self.keys.T).masked_fill(self.mine(), -1e9)

    def hard(self, query: Tensor) -> Tensor:
        """The nearest keys of other items, [N, H]."""
        least = len(self.keys) - int(self.mine().sum(1).max())
        return self.near(query).topk(min(128, least), dim=1).indices

    def pair(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Queries by the first view, slow keys by the second."""
        return self.unit(vectors.chunk(2)[0]), self.target.chunk(2)[1]

    def against(
        self, query: Tensor, key: Tensor, *negatives: Tensor, own: Tensor, tau: float = 0.2
    ) -> Tensor:
        """MoCo's loss with ``negatives`` [K, d] of all, less ``own`` [N, K], or [N, K, d]."""
        logits = [(query * key).sum(1, keepdim=True)]
        for some in negatives:
            form = "nd,kd->nk" if some.ndim == 2 else "nd,nkd->nk"
            similarity = torch.einsum(form, query, some)
            logits.append(similarity.masked_fill(own, -1e9) if some.ndim == 2 else similarity)
        first = torch.zeros(len(query), dtype=torch.long, device=self.device)
        return functional.cross_entropy(torch.cat(logits, dim=1) / tau, first)

    def crossed(self, first: Tensor, second: Tensor, tau: float = 0.2) -> Tensor:
        """InfoNCE of rows with the other rows of ``second``."""
        target = torch.arange(len(first), device=self.device)
        return functional.cross_entropy(self.unit(first) @ self.unit(second).T / tau, target)

    def moco(self, vectors: Tensor) -> Tensor:
        (query, key), keys, own = self.pair(vectors), self.keys, self.mine()
        self.push(key)
        return self.against(query, key, keys, own=own)

    def mochi(self, vectors: Tensor) -> Tensor:
        (query, key), keys, own = self.pair(vectors), self.keys, self.mine()
        still = query.detach()
        hard = self.hard(still)
        first, second = (keys[self.chosen(hard, 128)] for _ in range(2))
        with_query = keys[self.chosen(hard, 16)]
        share, half = self.random(len(query), 128, 1), self.random(len(query), 16, 1) / 2
        between = self.unit(share * first + (1 - share) * second)
        harder = self.unit(half * still[:, None] + (1 - half) * with_query)
        self.push(key)
        return self.against(query, key, keys, between, harder, own=own)

    def synco(self, vectors: Tensor) -> Tensor:
        (query, key), keys, own = self.pair(vectors), self.keys, self.mine()
        q = query.detach()[:, None]
        hard = self.hard(q[:, 0])
        noise = torch.randn(len(q), 8, q.shape[2], generator=self.generator).to(q)

        def some(count: int) -> Tensor:
            return keys[self.chosen(hard, count)]

        def share() -> Tensor:
            return self.random(len(q), 32, 1)

        near, a = some(32), share() / 2
        far, b = some(32), 1 + share() / 2
        first, second, g = some(32), some(32), share()
        made = [
            a * q + (1 - a) * near,
            q + b * (far - q),
            g * first + (1 - g) * second,
            some(8) + 0.01 * noise,
            some(8) + 0.01 * q,
            some(8) + 0.01 * q.sign(),
        ]
        self.push(key)
        return self.against(query, key, keys, self.unit(torch.cat(made, dim=1)), own=own)

    def adco(self, vectors: Tensor) -> Tensor:
        (query, key), none = self.pair(vectors), torch.zeros_like(self.mine())
        loss = self.against(query, key, self.unit(self.adversaries.detach()), own=none, tau=0.12)
        self.climb.zero_grad()
        climbing = self.unit(self.adversaries)
        self.against(query.detach(), key, climbing, own=none, tau=0.02).backward()
        self.climb.step()
        return loss

    def feature_transformation(self, vectors: Tensor) -> Tensor:
        (query, key), keys, own = self.pair(vectors), self.keys, self.mine()
        far = 1 + self.ours._beta(2.0, len(query), 1).to(query)
        order = torch.randperm(len(keys), generator=self.ours.generator).to(self.device)
        share = self.ours._beta(1.6, *keys.shape).to(query)
        far_query = self.unit(far * query + (1 - far) * key)
        far_key = self.unit(far * key + (1 - far) * query)
        self.push(key)
        within = self.unit(share * keys + (1 - share) * keys[order])
        return self.against(far_query, far_key, within, own=own | own[:, order])

    def nnclr(self, vectors: Tensor) -> Tensor:
        rows = self.unit(vectors)
        views, guesses = rows.detach().chunk(2), self.ours.predictor(rows).chunk(2)
        near = [self.keys[self.near(view).argmax(1)] for view in views]
        self.push(self.target.chunk(2)[0])
        return sum(self.crossed(near[a], guesses[b]) for a, b in BOTH_WAYS) / 2

    def msf(self, vectors: Tensor) -> Tensor:
        guess = self.unit(self.ours.predictor(self.unit(vectors.chunk(2)[0])))
        target = self.target.chunk(2)[1]
        bank = torch.cat([target, self.keys])
        near = bank[torch.cat([target @ target.T, self.near(target)], 1).topk(10).indices]
        self.push(target)
        return (2 - 2 * torch.einsum("nd,nkd->nk", guess, near)).mean()

    def all4one(self, vectors: Tensor) -> Tensor:
        rows, keys, ours = self.unit(vectors).chunk(2), self.target.chunk(2), self.ours
        near = [self.keys[self.near(key).topk(5, dim=1).indices] for key in keys]

        def centre(sequence: Tensor) -> Tensor:
            return ours.encoder(sequence + ours.places)[:, 0]

        loss = on = off = 0.0
        for a, b in BOTH_WAYS:
            shifted = centre(torch.cat([ours.second(rows[b])[:, None], near[b][:, :4]], dim=1))
            loss = loss + self.crossed(centre(near[a]), shifted, tau=0.1) / 4
            loss = loss + self.crossed(near[a][:, 0], ours.predictor(rows[b])) / 4
            table = functional.normalize(keys[a], dim=0).T @ functional.normalize(rows[b], dim=0)
            same = torch.eye(len(table), dtype=torch.bool, device=self.device)
            on = on + (table[same] - 1).square().mean() / 2
            off = off + table[~same].square().mean() / 2
        self.push(keys[0])
        return loss + 2.5 * (on.sqrt() + off.sqrt())

    def seed(self, vectors: Tensor) -> Tensor:
        student, teacher = self.unit(vectors.chunk(2)[0]), self.known.teachers.frozen.chunk(2)[0]
        keys = torch.cat([teacher, self.keys])
        target = (teacher @ keys.T / 0.07).softmax(1)
        self.push(teacher)
        return -(target * (student @ keys.T / 0.2).log_softmax(1)).sum(1).mean()

    def simsiam(self, vectors: Tensor) -> Tensor:
        rows = self.unit(vectors)
        return self.predicted(self.ours.predictor(rows), rows.detach())

    def byol(self, vectors: Tensor) -> Tensor:
        return 2 + 2 * self.predicted(self.ours.predictor(self.unit(vectors)), self.target)

    def directpred(self, vectors: Tensor) -> Tensor:
        rows = self.unit(vectors)
        now = rows.detach().T @ rows.detach() / self.rows
        self.correlation = 0.3 * self.correlation + 0.7 * now
        values, basis = torch.linalg.eigh(self.correlation)
        gain = (values / values.max()).clamp_min(0).sqrt() + 0.01
        guess = rows @ (basis @ torch.diag(gain) @ basis.T)
        return 2 + 2 * self.predicted(guess, self.target)

    def predicted(self, guess: Tensor, target: Tensor) -> Tensor:
        compare = lightly.NegativeCosineSimilarity()
        (first, second), (still, other) = guess.chunk(2), target.chunk(2)
        return (compare(first, other) + compare(second, still)) / 2
