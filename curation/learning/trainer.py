"""Live training of the adapter, one cooperative step at a time.

The loss is the objective on what was decided, and two terms that carry it over to what was not:

- *neighbours*: an item is drawn towards one of its nearest neighbours in the frozen embedding,
  unless a decision says they differ (a mean shift, Koohpayegani et al. 2021, with frozen targets'
  identity), so that a group spreads along the collection's own clusters. It is scaled by how far
  the embedding agrees with the decisions so far (``TrainingData.agreement``), as a person may mean
  something that the embedding does not show;
- *pull*: the squared distance of the learned map from its start, the identity.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from curation.errors import TrainingError
from curation.learning.adapter import Adapter
from curation.learning.objectives import create, entry
from curation.learning.objectives.base import Head, Objective, Relations, assign, evaluate
from curation.learning.replay import Batch, Sampling, TrainingData
from curation.learning.shadow import Shadow
from curation.types import Constraints, FloatArray

Decided = Callable[[Tensor, Relations, Tensor], Tensor]
"""The objective's loss of rows [2 B, d], their relations and their coordinates [2 B, R]."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How long and how freely the adapter may move.

    ``learning_rate`` is Adam's at the first step and falls linearly to the last.
    ``neighbours`` and ``pull`` weigh the terms of the module's docstring. ``n_groups`` sizes a
    cluster head; None takes the number of must-link groups with two or more items, between 2 and
    50.
    """

    steps: int = 80
    learning_rate: float = 1e-2
    neighbours: float = 1.0
    pull: float = 0.1
    sampling: Sampling = field(default_factory=Sampling)
    n_groups: int | None = None


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Step just done (1-based), number of steps, loss of the step."""

    step: int
    steps: int
    loss: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The trained ``adapter``, soft groups ``assignment`` float32 [N, K] where the objective has a
    cluster head, and ``metrics`` by name."""

    adapter: Adapter
    assignment: FloatArray | None
    metrics: Mapping[str, float]


def train(
    base: FloatArray,
    views: npt.NDArray[np.float16] | None,
    constraints: Constraints,
    *,
    objective: str = "human",
    previous: Adapter | None = None,
    seed: int = 0,
    device: str = "cpu",
    settings: TrainSettings | None = None,
) -> Generator[TrainProgress, None, TrainResult]:
    """Train an adapter on all decisions, yielding after every step.

    ``base`` float32 [N, D0] unit norm (may be a memory map), ``views`` float16 [N, V, D0] or None;
    ``previous`` is where training starts (left unchanged). The same arguments give the same result
    on the same device. Raises UnknownName for the objective, TrainingError if it needs what live
    training does not have, no `same` or `different` answer is there, shapes do not fit, or the
    loss, its gradient or the soft groups are not finite.
    """
    settings = settings or TrainSettings()
    entry(objective).require()
    _check(base, views, constraints)
    adapter = _start(base, previous).to(device)
    head = Head(adapter.dim, _head_size(constraints, settings), seed)
    loss_of = create(objective, head).to(device)
    data = TrainingData(
        base,
        views,
        constraints,
        adapter.coordinates,
        sampling=settings.sampling,
        seed=seed,
    )
    trust = data.agreement()
    shadow = Shadow(adapter)

    def decided(rows: Tensor, relations: Relations, coordinates: Tensor) -> Tensor:
        if loss_of.teachers:
            relations = replace(relations, teachers=shadow.teachers(coordinates))
        return evaluate(objective, loss_of, rows, relations)

    parameters = [*adapter.parameters(), *loss_of.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate)
    value = 0.0
    for step in range(settings.steps):
        loss = _loss(adapter, decided, data.batch(), settings, trust)
        value = float(loss.detach())
        _demand_finite("loss", value, step, objective)
        optimiser.param_groups[0]["lr"] = settings.learning_rate * (1.0 - step / settings.steps)
        optimiser.zero_grad()
        loss.backward()
        _demand_finite("gradient", _slope(parameters), step, objective)
        optimiser.step()
        shadow.follow(adapter)
        yield TrainProgress(step + 1, settings.steps, value)
    adapter = adapter.cpu().eval()
    moved = float(adapter.distance_from_start().detach().sqrt())
    return TrainResult(
        adapter=adapter,
        assignment=_assignment(objective, loss_of.cpu(), adapter, base),
        metrics={
            "loss": value,
            "moved": moved,
            "agreement": trust,
            "decided": float((constraints.group >= 0).sum()),
        },
    )


def _loss(
    adapter: Adapter, decided: Decided, batch: Batch, settings: TrainSettings, trust: float
) -> Tensor:
    device = str(adapter.weight.device)
    coordinates = torch.cat([batch.base, batch.views, batch.neighbours]).to(device)
    base, views, near = adapter.adapt(coordinates).chunk(3)
    rows = torch.cat([base, views])
    learnt = decided(rows, batch.relations.to(device), coordinates[: len(rows)])
    attracted = batch.attracted.to(device)
    apart = ((1.0 - (base * near).sum(1)) * attracted).sum() / attracted.sum().clamp_min(1)
    return (
        learnt + trust * settings.neighbours * apart + settings.pull * adapter.distance_from_start()
    )


def _start(base: FloatArray, previous: Adapter | None) -> Adapter:
    if previous is None:
        return Adapter.fit(base)
    if previous.input_dim != base.shape[1]:
        raise TrainingError(
            f"Expected vectors of width {previous.input_dim}, as the previous adapter takes, got "
            f"{base.shape[1]}. Train without a previous adapter."
        )
    return previous.copy()


def _head_size(constraints: Constraints, settings: TrainSettings) -> int:
    if settings.n_groups is not None:
        return max(2, settings.n_groups)
    sizes = np.bincount(constraints.group[constraints.group >= 0])
    return int(np.clip((sizes >= 2).sum(), 2, 50))


def _demand_finite(what: str, value: float, step: int, objective: str) -> None:
    if not np.isfinite(value):
        raise TrainingError(
            f"Expected a finite {what}, got {value} at step {step + 1} with objective "
            f"{objective!r}. The last good generation stays in use; try another objective."
        )


def _slope(parameters: Sequence[Tensor]) -> float:
    """The norm of the gradients of all ``parameters`` that have one."""
    given = [one.grad for one in parameters if one.grad is not None]
    return float(torch.stack([one.norm() for one in given]).norm())


def _assignment(
    name: str, objective: Objective, adapter: Adapter, base: FloatArray
) -> FloatArray | None:
    soft = assign(name, objective, torch.from_numpy(adapter.apply(base)))
    return None if soft is None else soft.numpy().astype(np.float32)


def _check(
    base: FloatArray, views: npt.NDArray[np.float16] | None, constraints: Constraints
) -> None:
    if base.ndim != 2 or len(base) != len(constraints.group):
        raise TrainingError(
            f"Expected vectors [N, D] for the {len(constraints.group)} items of the constraints, "
            f"got shape {base.shape}. Encode all items first."
        )
    if views is not None and (views.shape[0], views.shape[-1]) != base.shape:
        raise TrainingError(
            f"Expected views [N, V, D] beside vectors {base.shape}, got {views.shape}. "
            "Encode the views with the same encoder."
        )
    if not (constraints.group >= 0).any():
        raise TrainingError(
            "Expected at least one 'same' or 'different' answer to learn from, got none. "
            "Answer some pairs first."
        )
