"""Objectives whose positives are nearest neighbours in a queue: NNCLR, mean shift, All4One.

NNCLR: https://arxiv.org/abs/2104.14548
MeanShift: https://arxiv.org/abs/2105.07269
All4One: https://arxiv.org/abs/2303.09417
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from curation.learning.objectives.base import Head, Relations
from curation.learning.objectives.predictors import predictor
from curation.learning.objectives.queues import MoCo, info_nce, slow, two_views
from curation.learning.objectives.unified import unit


class NNCLR(MoCo):
    """NNCLR (Dwibedi et al. 2021, eq. 2), symmetrised: the nearest neighbour of one view in the
    queue is contrasted with the predictions of the other views.

    Negatives are the other predictions only, as in eq. 2; lightly's NT-Xent would add the other
    neighbours.
    """

    def __init__(self, head: Head, *, temperature: float = 0.2, queue: int = 1024) -> None:
        super().__init__(head, temperature=temperature, queue=queue)
        self.predictor = predictor(head)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows = unit(vectors)
        views, guesses = two_views(rows.detach()), two_views(self.predictor(rows))
        bank, own = self._bank(views[0], relations)
        loss = sum(
            nnclr_losses(views[a], guesses[b], bank, own, temperature=self.temperature).mean()
            for a, b in ((0, 1), (1, 0))
        )
        self.remember(two_views(slow(relations))[0], relations)
        return torch.as_tensor(loss) / 2

    def _bank(self, first: Tensor, relations: Relations) -> tuple[Tensor, Tensor | None]:
        """The queue's keys and which are each row's own; while it is empty the first views of the
        batch, of which a row finds itself."""
        keys, own = self.recall(first, relations)
        return (keys, own) if len(keys) else (first, None)


class MeanShift(NNCLR):
    """Mean shift (Koohpayegani et al. 2021): the prediction is drawn to the ``k`` nearest rows of
    the queue around its slow target, which is among them."""

    def __init__(self, head: Head, *, queue: int = 1024, k: int = 10) -> None:
        super().__init__(head, queue=queue)
        self.k = k

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        guess = self.predictor(unit(two_views(vectors)[0]))
        target = two_views(slow(relations))[1]
        keys, own = self.recall(target, relations)
        loss = mean_shift_losses(guess, target, torch.cat([target, keys]), own, k=self.k).mean()
        self.remember(target, relations)
        return loss


class All4One(NNCLR):
    """All4One (Estepa et al. 2023): NNCLR, a centroid of five neighbours by self-attention, and
    decorrelated features, half of each.

    Constants are those of the authors' code, but the queue's size, the learning rates, and no
    dropout (theirs: 0.1), so that a run can be repeated; the encoder has as many of 8 heads as
    divide the width.
    """

    def __init__(self, head: Head, *, temperature: float = 0.2, queue: int = 1024) -> None:
        super().__init__(head, temperature=temperature, queue=queue)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(head.seed)
            heads = next(n for n in (8, 4, 2, 1) if head.dim % n == 0)
            layer = nn.TransformerEncoderLayer(
                head.dim, heads, 2 * head.dim, dropout=0.0, batch_first=True
            )
            self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.second = predictor(head)
        self.register_buffer("places", positions(5, head.dim))

    places: Tensor

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        rows, keys = two_views(unit(vectors)), two_views(slow(relations))
        bank, own = self._bank(keys[0], relations)
        near = [bank[nearest(view, bank, 5, own)] for view in keys]
        led = [
            torch.cat([self.second(view)[:, None], one[:, :4]], dim=1)
            for view, one in zip(rows, near, strict=True)
        ]
        encoded = self._centre(torch.cat([*near, *led])).chunk(4)  # at once: it is a small encoder
        centroids, shifted = encoded[:2], encoded[2:]
        guesses = [self.predictor(view) for view in rows]
        contrast = centres = torch.zeros((), device=vectors.device)
        for a, b in ((0, 1), (1, 0)):
            plain = info_nce(near[a][:, 0], guesses[b], temperature=self.temperature)
            contrast = contrast + plain.mean() / 2
            centres = centres + info_nce(centroids[a], shifted[b], temperature=0.1).mean() / 2
        self.remember(keys[0], relations)
        return 0.5 * (centres + contrast + feature_loss(keys, rows))

    def _centre(self, sequence: Tensor) -> Tensor:
        """Centroids [N, d] of sequences [N, 5, d]."""
        encoded: Tensor = self.encoder(sequence + self.places[: sequence.shape[1]])
        return encoded[:, 0]


def nearest(rows: Tensor, bank: Tensor, k: int, own: Tensor | None = None) -> Tensor:
    """The ``k`` rows of ``bank`` [K, d] nearest to each of ``rows`` [N, d], all of unit norm, int64
    [N, k], best first; the best is repeated where the bank is smaller. Of its last K' rows those
    that are a row's ``own``, bool [N, K'], come last."""
    similarity = rows @ bank.T
    if own is not None:
        similarity[:, len(bank) - own.shape[1] :].masked_fill_(own, -torch.inf)
    found = similarity.topk(min(k, len(bank)), dim=1).indices
    missing = k - found.shape[1]
    return torch.cat([found, found[:, :1].expand(-1, missing)], dim=1)


def nnclr_losses(
    rows: Tensor,
    predictions: Tensor,
    bank: Tensor,
    own: Tensor | None = None,
    *,
    temperature: float = 0.2,
) -> Tensor:
    """Loss [N] of the nearest neighbours of ``rows`` [N, d] in ``bank`` [K, d], but for their
    ``own`` (all as in ``nearest``), with ``predictions`` [N, d] of the other views."""
    positive = bank[nearest(rows, bank, 1, own)[:, 0]]
    return info_nce(positive, predictions, temperature=temperature)


def mean_shift_losses(
    predictions: Tensor,
    targets: Tensor,
    bank: Tensor,
    own: Tensor | None = None,
    *,
    k: int = 10,
) -> Tensor:
    """``mean over the k nearest t of (2 - 2 <p_i, t>)`` [N]; ``bank`` [K, d] holds the targets
    themselves. ``predictions`` and ``targets`` [N, d]; the latter, ``bank`` and ``own`` as in
    ``nearest``."""
    near = bank[nearest(targets, bank, min(k, len(bank)), own)]
    return (2.0 - 2.0 * (near @ unit(predictions)[:, :, None]).squeeze(2)).mean(1)


def feature_loss(keys: tuple[Tensor, Tensor], rows: tuple[Tensor, Tensor]) -> Tensor:
    """All4One's feature term of two views' keys and rows [N, d], a scalar: root mean squares of
    what correlation matrices of columns lack to the identity, on and off the diagonal, averaged
    over the two directions, half of each, times 10."""
    on = off = torch.zeros((), device=rows[0].device, dtype=rows[0].dtype)
    for a, b in ((0, 1), (1, 0)):
        matrix = functional.normalize(keys[a], dim=0).T @ functional.normalize(rows[b], dim=0)
        diagonal = torch.diagonal(matrix)
        width = len(matrix)
        on = on + (diagonal - 1.0).square().mean() / 2
        apart = matrix.square().sum() - diagonal.square().sum()
        off = off + apart / max(1, width * (width - 1)) / 2
    return 10.0 * 0.5 * ((on + 1e-16).sqrt() + (off.clamp_min(0) + 1e-16).sqrt())


def positions(length: int, dim: int) -> Tensor:
    """Sinusoidal positions float32 [length, dim] (Vaswani et al. 2017)."""
    place = torch.arange(length)[:, None]
    rate = torch.exp(torch.arange(0, dim, 2) * (-9.210340371976184 / dim))
    waves = torch.stack([(place * rate).sin(), (place * rate).cos()], dim=2)
    return waves.reshape(length, -1)[:, :dim]
