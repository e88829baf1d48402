"""What a session learns from its picks, in the few seconds between two of them.

After Ghose et al., "Tailoring visual object representations to human requirements" (CoRL 2022):

- *human*: every pick is drawn to the centroid of its bin, ``-mean cos(mu, y)``. The centroid is
  recomputed from the current vectors of **all** picks and only the centroid is detached. (The
  public code detaches the picks too, so that the term has no gradient, and counts the same picks
  again in every batch, so that the centroid stops moving.)
- *instance*: undecided items keep their similarities in the frozen embedding, which stands in for
  augmented views.
- *contrast*: with one bin nobody has said no, so the rest of the belt is unlabelled: the
  non-negative risk of Kiryo et al. (NeurIPS 2017, eq. 6) under the class prior. Its logits are the
  scores that decide, the mean of the five largest cosines to the picks, each pick left out of its
  own: a category of several looks need not become one. With several bins the other bins are the
  negatives: cross-entropy over the centroids.

In place of the paper's encoder the adapter moves, warm-started from the last update.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from curation.errors import TrainingError
from curation.learning.adapter import Adapter, centred_unit
from curation.teaching.scores import FEW, TOP
from curation.types import FloatArray, IndexArray

_MASKED = -1e9


@dataclass(frozen=True, slots=True)
class LearnSettings:
    """Weights of the terms, and how long an update goes on.

    ``scale`` is the slope of the logits over cosines; ``rows`` undecided items are drawn a step
    from a pool of ``pool``.
    """

    steps: int = 30
    learning_rate: float = 1e-2
    human: float = 1.0
    instance: float = 1.0
    contrast: float = 5.0
    pull: float = 0.1
    scale: float = 10.0
    temperature: float = 0.1
    rows: int = 192
    pool: int = 2048


def structure_loss(student: Tensor, teacher: Tensor, rows: Tensor, temperature: float) -> Tensor:
    """Mean KL, over ``rows`` bool [B], of teacher to student similarity distributions.

    ``student`` [B, d], ``teacher`` [B, e], unit norm; a row's distribution is the softmax of its
    cosines to all other rows. 0 without rows.
    """
    diagonal = torch.eye(len(student), dtype=torch.bool, device=student.device)
    logits = (student @ student.T / temperature).masked_fill(diagonal, _MASKED)
    target = (teacher @ teacher.T / temperature).masked_fill(diagonal, _MASKED).log_softmax(1)
    divergence = (target.exp() * (target - logits.log_softmax(1))).sum(1)
    return (divergence * rows).sum() / rows.sum().clamp_min(1)


def centroid(picks: Tensor) -> Tensor:
    """Mean [D] of ``picks`` [P, D]: of all of them, whatever the order in which they came."""
    return picks.mean(0)


def human_loss(picks: Tensor) -> Tensor:
    """``-mean cos(mu, y)`` over ``picks`` [P, D], gradient through y alone; 0 without picks."""
    if not len(picks):
        return picks.sum()
    return -functional.cosine_similarity(centroid(picks).detach()[None], picks).mean()


def nnpu_risk(positive: Tensor, unlabelled: Tensor, prior: float) -> Tensor:
    """Non-negative risk of logits ``positive`` [P] and ``unlabelled`` [U], logistic loss."""
    return nnpu(
        functional.softplus(-positive).mean(),
        functional.softplus(unlabelled).mean(),
        functional.softplus(positive).mean(),
        prior,
    )


def nnpu(taken: Tensor, unlabelled: Tensor, refused: Tensor, prior: float) -> Tensor:
    """``pi R_p+ + max(0, R_u- - pi R_p-)`` (Kiryo et al. 2017, eq. 6)."""
    return prior * taken + torch.relu(unlabelled - prior * refused)


def learn(
    base: FloatArray,
    bins: Sequence[IndexArray],
    *,
    prior: float = 0.2,
    previous: Adapter | None = None,
    seed: int = 0,
    settings: LearnSettings | None = None,
) -> Generator[int, None, Adapter]:
    """Train an adapter on the picks, yielding the step after each; the adapter is the result.

    ``base`` float32 [N, D0] unit norm, ``bins``: rows int64 of the picks of each bin, ``prior``
    of the class where there is one bin. Raises TrainingError without picks or for a loss that is
    not finite.
    """
    settings = settings or LearnSettings()
    bins = [rows for rows in bins if len(rows)]
    if not bins:
        raise TrainingError("A session learns from picks, and there is none yet; pick an item.")
    adapter = (previous or Adapter.fit(base)).copy()
    rng = np.random.default_rng(seed)
    picked = torch.from_numpy(adapter.coordinates(np.asarray(base[np.concatenate(bins)])))
    pool = torch.from_numpy(adapter.coordinates(np.asarray(base[_undecided(base, bins, rng)])))
    sizes = [len(rows) for rows in bins]
    line = _line(adapter, picked, pool)
    optimiser = torch.optim.Adam([*adapter.parameters(), line], lr=settings.learning_rate)
    for step in range(settings.steps):
        rows = torch.from_numpy(rng.permutation(len(pool))[: settings.rows])
        loss = _loss(adapter, picked, sizes, pool[rows], line, prior, settings)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"Expected a finite loss, got {float(loss)}. The session goes on with the last "
                "update; undo the last picks if it happens again."
            )
        optimiser.param_groups[0]["lr"] = settings.learning_rate * (1.0 - step / settings.steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield step + 1
    return adapter.eval()


def _undecided(
    base: FloatArray, bins: Sequence[IndexArray], rng: np.random.Generator
) -> IndexArray:
    rest = np.setdiff1d(np.arange(len(base)), np.concatenate(bins))
    return np.sort(rng.permutation(rest)[: LearnSettings().pool])


def _line(adapter: Adapter, picked: Tensor, pool: Tensor) -> Tensor:
    """Where the logits are even at first: halfway between the picks and the belt."""
    with torch.no_grad():
        taken, rest = _scores(adapter.adapt(picked), adapter.adapt(pool))
        return ((taken.mean() + rest.mean()) / 2).nan_to_num().requires_grad_()


def _scores(picks: Tensor, belt: Tensor) -> tuple[Tensor, Tensor]:
    """Scores to the picks, of the picks [P] (each left out of its own) and of the belt [U].

    The belt cannot push the picks: they are detached where it is scored.
    """
    k = min(TOP, len(picks) - 1)
    own = torch.eye(len(picks), dtype=torch.bool)
    among, beside = (picks @ picks.T).masked_fill(own, -1.0), belt @ picks.detach().T
    return among.topk(k, 1).values.mean(1), beside.topk(k, 1).values.mean(1)


def _loss(
    adapter: Adapter,
    picked: Tensor,
    sizes: Sequence[int],
    rest: Tensor,
    line: Tensor,
    prior: float,
    settings: LearnSettings,
) -> Tensor:
    vectors, belt = adapter.adapt(picked), adapter.adapt(rest)
    by_bin = torch.split(vectors, list(sizes))
    human = torch.stack([human_loss(one) for one in by_bin]).mean()
    every, frozen = torch.cat([vectors, belt]), centred_unit(torch.cat([picked, rest]))
    undecided = torch.arange(len(every)) >= len(vectors)
    kept = structure_loss(every, frozen, undecided, settings.temperature)
    return (
        settings.human * human
        + settings.instance * kept
        + settings.contrast * _contrast(by_bin, belt, line, prior, settings.scale)
        + settings.pull * adapter.distance_from_start()
    )


def _contrast(
    by_bin: Sequence[Tensor], belt: Tensor, line: Tensor, prior: float, scale: float
) -> Tensor:
    if len(by_bin) > 1:
        middles = torch.stack(
            [functional.normalize(centroid(one).detach(), dim=0) for one in by_bin]
        )
        target = torch.cat([torch.full((len(one),), b) for b, one in enumerate(by_bin)])
        return functional.cross_entropy(scale * torch.cat(list(by_bin)) @ middles.T, target)
    if len(by_bin[0]) < FEW or not len(belt):
        return belt.sum() * 0
    taken, rest = _scores(by_bin[0], belt)
    return nnpu_risk(scale * (taken - line), scale * (rest - line), prior)
