"""What every objective takes and gives.

An objective sees the rows of one batch (views of items, adapted) and what is known about them. It
returns one scalar. Objectives with parameters of their own (a cluster head, a predictor) are
trained together with the adapter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from curation.errors import TrainingError

_OF_PAIRS = ("own", "same", "different", "ignored", "suspected")
_GO_ON = "The last good generation stays in use; try another objective."


@dataclass(frozen=True, slots=True)
class Head:
    """Size of the space an objective works on.

    ``dim`` is the width of the vectors, ``n_groups`` how many groups a cluster head separates,
    ``seed`` fixes its initial weights.
    """

    dim: int
    n_groups: int
    seed: int


@dataclass(frozen=True, slots=True)
class Teachers:
    """The same M rows as other encoders see them; unit norm, without gradient.

    ``frozen`` [M, d]: by the frozen embedding. ``before`` [M, d]: by the generation that training
    started from. ``target`` [M, d]: by a moving average of what is trained.
    """

    frozen: Tensor
    before: Tensor
    target: Tensor

    def to(self, device: str) -> Teachers:
        """The same vectors on ``device``."""
        return Teachers(*(getattr(self, one.name).to(device) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Relations:
    """What is known about the M rows of a batch.

    Rows come as two views of M / 2 items, in the same order: rows i and i + M / 2 are of one item.
    Objectives that read ``own`` alone take any other layout too; those with ``Objective.halves``
    refuse it.

    Of each pair, symmetric with zero diagonal: ``own`` bool [M, M]: rows of the same item. ``same``
    float [M, M]: must-link strength in [0, 1], 0 where there is none. ``different`` float [M, M]:
    cannot-link strength in [0, 1]. ``ignored`` bool [M, M]: answered `unsure` or `incomparable`, or
    in conflict: neither pulled nor pushed. ``suspected`` bool [M, M]: undecided, but so close in
    the frozen embedding that using the pair as a negative is more likely wrong than right.

    Of each row, None where unknown: ``item`` int64 [M], the item's number; ``group`` int64 [M], its
    must-link group, numbered by size from 0 for the largest (there may be more than a head has
    groups), -1 for none; ``teachers``; ``text`` [M, e], the vector of a second modality; ``number``
    float [M], an ordinal attribute; ``sequence`` int64 [M], which sequence the row belongs to (rows
    of one adjacent and in order of time).
    """

    own: Tensor
    same: Tensor
    different: Tensor
    ignored: Tensor
    suspected: Tensor
    item: Tensor | None = None
    group: Tensor | None = None
    teachers: Teachers | None = None
    text: Tensor | None = None
    number: Tensor | None = None
    sequence: Tensor | None = None

    @property
    def taught(self) -> Teachers:
        """``teachers``; TrainingError where there are none."""
        if self.teachers is None:
            raise TrainingError(
                "Expected the rows as a teacher sees them beside the rows, got none. Give "
                "Relations its teachers."
            )
        return self.teachers

    @property
    def positive(self) -> Tensor:
        """Attraction weight [M, M]: 1 for another view of the item, else the must-link strength."""
        return self.same.masked_fill(self.own, 1.0)

    def to(self, device: str) -> Relations:
        """The same relations on ``device``."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        moved = {name: value.to(device) for name, value in given.items() if value is not None}
        return replace(self, **moved)


class Objective(nn.Module, ABC):
    """A training loss on adapted rows; subclasses are built from a ``Head`` and keyword settings.

    ``teachers`` says that ``forward`` reads ``Relations.teachers``, ``halves`` that it takes the
    halves of the rows for the two views of the items. ``made_for`` is the head that
    ``objectives.create`` built it from.

    What an objective learns or remembers itself (a predictor, prototypes, a queue) lasts for one
    generation: the next one builds it anew.
    """

    teachers: ClassVar[bool] = False
    halves: ClassVar[bool] = False
    made_for: Head | None = None

    def make_for(self, head: Head) -> None:
        """Note the head that the objective is built for."""
        self.made_for = head

    @abstractmethod
    def forward(self, vectors: Tensor, relations: Relations) -> Tensor:
        """Scalar loss of ``vectors`` [M, dim] (any norm; normalised inside)."""

    def assignment(self, vectors: Tensor) -> Tensor | None:
        """Soft groups [N, K] (rows sum to 1) of ``vectors`` [N, dim]; None without cluster head."""
        del vectors
        return None


def evaluate(name: str, objective: Objective, vectors: Tensor, relations: Relations) -> Tensor:
    """The loss of ``vectors`` [M, dim], 0 without rows.

    TrainingError names an objective that breaks its contract (anything but one finite number on the
    device of the vectors), fails, or is given vectors that are not finite or of another width than
    it was made for, or relations of another shape, device or layout.
    """
    for problem in _wrong_input(objective, vectors, relations):
        raise TrainingError(
            f"{problem} Give objective {name!r} such rows, and relations that match them."
        )
    if not len(vectors):
        return vectors.sum()
    loss = _run(name, objective, vectors, relations)
    for problem in _wrong_loss(loss, vectors):
        raise TrainingError(
            f"Expected one finite number on {vectors.device} from objective {name!r}, got "
            f"{problem}. {_GO_ON}"
        )
    return loss  # type: ignore[no-any-return]


def assign(name: str, objective: Objective, vectors: Tensor) -> Tensor | None:
    """The soft groups [N, K] of ``vectors`` [N, dim], without gradient; None without cluster head.

    TrainingError names an objective that fails, or gives groups of another shape or not finite."""
    with torch.no_grad():
        soft = _run(name, objective.assignment, vectors)
    if soft is None:
        return None
    for problem in _wrong_groups(soft, vectors):
        raise TrainingError(
            f"Expected finite soft groups [{len(vectors)}, K] from objective {name!r}, got "
            f"{problem}. {_GO_ON}"
        )
    return soft  # type: ignore[no-any-return]


def _run(name: str, part: Callable[..., Any], vectors: Tensor, *known: Relations) -> Any:
    try:
        return part(vectors, *known)
    except TrainingError as error:
        raise TrainingError(f"Objective {name!r}: {error}") from error
    except Exception as error:  # whatever another package's objective raises
        raise TrainingError(
            f"Objective {name!r} failed on vectors {tuple(vectors.shape)} on {vectors.device}: "
            f"{type(error).__name__}: {error}. {_GO_ON}"
        ) from error


def _wrong_input(objective: Objective, vectors: Tensor, relations: Relations) -> Iterator[str]:
    if vectors.ndim != 2:
        yield f"Expected vectors [M, d], got shape {tuple(vectors.shape)}."
    rows, width = vectors.shape
    if objective.made_for is not None and width != objective.made_for.dim:
        yield f"Expected vectors of width {objective.made_for.dim}, got {tuple(vectors.shape)}."
    for name, value in _known(relations):
        expected = (rows, rows) if name in _OF_PAIRS else (rows,)
        if value.shape[: len(expected)] != expected:
            yield (
                f"Expected {name!r} {list(expected)} beside vectors {tuple(vectors.shape)}, got "
                f"shape {tuple(value.shape)}."
            )
        if value.device != vectors.device:
            yield (
                f"Expected all on one device, got vectors on {vectors.device} and {name!r} on "
                f"{value.device}."
            )
    wrong = int((~torch.isfinite(vectors)).any(1).sum())
    if wrong:
        yield f"Expected finite vectors, got {wrong} of {rows} rows with NaN or infinity."
    if objective.halves and not _in_halves(relations.own):
        yield (
            "Expected two views of every item, in rows i and i + M / 2, got "
            f"{rows} rows of which 'own' says otherwise."
        )


def _in_halves(own: Tensor) -> bool:
    """Whether of an even number of rows each has one other view, half of all rows away."""
    rows, half = len(own), len(own) // 2
    if rows % 2 or int(torch.count_nonzero(own)) != rows:
        return False
    return bool(own.diagonal(half).all())


def _known(relations: Relations) -> Iterator[tuple[str, Tensor]]:
    """The tensors of ``relations`` and of its teachers, by name."""
    for one in fields(relations):
        value = getattr(relations, one.name)
        if isinstance(value, Teachers):
            yield from ((part.name, getattr(value, part.name)) for part in fields(value))
        elif value is not None:
            yield one.name, value


def _wrong_loss(loss: Any, vectors: Tensor) -> Iterator[str]:
    if not isinstance(loss, Tensor):
        yield f"a {type(loss).__name__}"
    elif loss.ndim:
        yield f"shape {tuple(loss.shape)}"
    elif loss.device != vectors.device:
        yield f"one on {loss.device}"
    elif not torch.isfinite(loss):
        yield str(loss.item())


def _wrong_groups(soft: Any, vectors: Tensor) -> Iterator[str]:
    if not isinstance(soft, Tensor):
        yield f"a {type(soft).__name__}"
    elif soft.ndim != 2 or len(soft) != len(vectors) or not soft.shape[1]:
        yield f"shape {tuple(soft.shape)}"
    elif not torch.isfinite(soft).all():
        yield "NaN or infinity"
