"""Presets of the unified loss that look for false negatives themselves: FNC, IFND.

FNCElimination and FNCAttraction: https://arxiv.org/abs/2011.11765
IFND: https://arxiv.org/abs/2106.03719
"""

from __future__ import annotations

import torch
from torch import Tensor

from curation.learning.objectives.base import Head, Objective, Relations
from curation.learning.objectives.unified import (
    anchor_losses,
    cosine,
    losses_of,
    mean_over,
    unit,
)


class FNCElimination(Objective):
    """False negative elimination (Huynh et al. 2022, eq. 3): what is found no longer repels."""

    def __init__(
        self, head: Head, *, temperature: float = 0.1, k: int = 10, threshold: float = 0.7
    ) -> None:
        del head
        super().__init__()
        self.temperature = temperature
        self.k = k
        self.threshold = threshold

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        similarity = cosine(vectors, self.temperature)
        losses, counted = losses_of(
            similarity,
            relations.own,
            eliminated=self._found(similarity, relations.own),
            temperature=self.temperature,
            denominator="per_positive",
        )
        return mean_over(losses, counted)

    def _found(self, similarity: Tensor, own: Tensor) -> Tensor:
        scores = view_scores(similarity.detach(), own)
        return detect(scores, own, k=self.k, threshold=self.threshold / self.temperature)


class FNCAttraction(FNCElimination):
    """False negative attraction (Huynh et al. 2022, eq. 4): what is found attracts.

    About 40 % of what is found is right, by the paper: with answers at hand see ``human``.
    """

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        similarity = cosine(vectors, self.temperature)
        found = self._found(similarity, relations.own).logical_or_(relations.own)
        return mean_over(*losses_of(similarity, found, temperature=self.temperature))


class IFND(Objective):
    """Incremental false negative detection (Chen et al. 2022): pseudo-labels by k-means, of which
    the surest share is trusted; the share grows linearly to 1 over ``steps`` steps.

    Abstract and summaries only were available: clusters are those of the batch, as many as the
    head has groups, drawn anew each step.
    """

    def __init__(
        self, head: Head, *, temperature: float = 0.2, steps: int = 80, rounds: int = 5
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.steps = steps
        self.rounds = rounds
        self.n_groups = head.n_groups
        self.done = 0
        self.generator = torch.Generator().manual_seed(head.seed)

    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim]."""
        label, confidence = self._clusters(unit(vectors.detach()))
        share = min(1.0, self.done / max(1, self.steps))
        self.done += self.training
        losses, counted = anchor_losses(
            vectors,
            relations.own,
            eliminated=trusted_pairs(label, confidence, share) & ~relations.own,
            temperature=self.temperature,
            denominator="per_positive",
        )
        return mean_over(losses, counted)

    def _clusters(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Pseudo-label int64 [M] and its softmax confidence [M] by a few rounds of k-means."""
        order = torch.randperm(len(rows), generator=self.generator)[: self.n_groups]
        centres = rows[order.to(rows.device)]
        for _ in range(self.rounds):
            nearest = (rows @ centres.T).argmax(1)
            sums = torch.zeros_like(centres).index_add(0, nearest, rows)
            centres = unit(sums)
        chance, label = (rows @ centres.T / self.temperature).softmax(1).max(1)
        return label, chance


def view_scores(similarity: Tensor, own: Tensor) -> Tensor:
    """score_im [M, M] = the max over the views v of i of the cosine of v and m.

    ``similarity`` [M, M] cosines, ``own`` bool [M, M]. The anchor's own row is one of its views.
    Items may differ in their number of views.
    """
    scores = similarity
    for view in _other_views(own):
        scores = torch.maximum(scores, similarity[view])
    return scores


def _other_views(own: Tensor) -> Tensor:
    """Rows that are views of each row's item, int64 [most views, M]; the row itself where an item
    has fewer."""
    row, view = own.nonzero(as_tuple=True)
    count = torch.bincount(row, minlength=len(own))
    most = int(count.max()) if len(count) else 0
    if len(row) == most * len(own):
        return view.reshape(len(own), most).T
    place = torch.arange(len(row), device=own.device) - (count.cumsum(0) - count)[row]
    views = torch.arange(len(own), device=own.device).repeat(most, 1)
    views[place, row] = view
    return views


def detect(scores: Tensor, own: Tensor, *, k: int = 10, threshold: float = 0.7) -> Tensor:
    """False negatives of each anchor, bool [M, K]: among its ``k`` best ``scores`` [M, K] and above
    ``threshold``; never its own views (``own`` bool [M, K], and the diagonal of a square)."""
    apart = own.clone()
    if apart.shape[0] == apart.shape[1]:
        apart.fill_diagonal_(True)
    open_scores = scores.masked_fill(apart, -torch.inf)
    best = open_scores.topk(min(k, scores.shape[1]), dim=1)
    return torch.zeros_like(apart).scatter_(1, best.indices, best.values > threshold)


def trusted_pairs(label: Tensor, confidence: Tensor, share: float) -> Tensor:
    """Pairs with one pseudo-label (int64 [M]), both among the surest ``share`` of all rows by
    ``confidence`` [M]; bool [M, M] with empty diagonal."""
    count = round(share * len(label))
    sure = torch.zeros_like(label, dtype=torch.bool)
    sure[confidence.argsort(descending=True)[:count]] = True
    pairs = (label[:, None] == label) & sure[:, None] & sure
    return pairs.fill_diagonal_(False)
