"""Training a student on what the teacher said of fixed crops.

Two terms: SEED (the teacher's similarity distribution over a queue of its own vectors) and the
cosine between student and target. AdamW, a cosine schedule, growing pictures, averaged weights;
mixed precision on CUDA. A checkpoint after every epoch holds all that the next one needs.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from curation import files
from curation.distillation.average import Average
from curation.distillation.batches import Batch, Batches, recolour
from curation.distillation.crops import Crops
from curation.distillation.pictures import Pictures
from curation.distillation.schedule import DistillSettings, parameter_groups
from curation.distillation.start import started
from curation.errors import TrainingError
from curation.learning.objectives.seed import Queue, seed_loss
from curation.spaces.distilled import Shape, Student
from curation.spaces.weights import UNREADABLE

_SAMPLE = 2048


@dataclass(frozen=True, slots=True)
class EpochDone:
    """``epoch`` of ``epochs`` (1-based) is done: pictures of ``side``, mean ``loss`` and
    ``cosine`` between student and target, ``rate`` images a second, ``student`` averaged."""

    epoch: int
    epochs: int
    side: int
    loss: float
    cosine: float
    rate: float
    student: Student


class Trainer:
    """Student, optimiser, queue and average, and their way to the disk and back."""

    def __init__(
        self, shape: Shape, student: Student, settings: DistillSettings, device: torch.device
    ) -> None:
        self.settings = settings
        self.device = device
        self.student = student.to(device)
        self.average = Average(self.student, settings.average)
        self.queue = Queue(settings.queue, shape.dim, device)
        groups = parameter_groups(self.student, settings.weight_decay)
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate)
        self.epoch = 0
        self._normalise = shape.preprocess().normalise

    def step(self, batch: Batch, rate: float) -> tuple[float, float]:
        """One update; loss and mean cosine. Raises TrainingError if the loss is not finite."""
        targets = batch.targets.to(self.device)
        pictures = recolour(batch.squares.to(self.device).float(), batch.colour.to(self.device))
        self.student.train()
        with self._precision():
            vectors = self.student(self._normalise(pictures))
        cosine = functional.cosine_similarity(vectors.float(), targets, dim=1).mean()
        loss = self._seed(vectors, targets) + self.settings.feature * (1 - cosine)
        if not bool(loss.isfinite()):
            raise TrainingError(
                f"Expected a finite loss, got {float(loss.detach())} in epoch {self.epoch + 1}; "
                "delete the checkpoint and start with a lower --lr."
            )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.average.update(self.student)
        return float(loss.detach()), float(cosine.detach())

    def save(self, path: Path) -> None:
        """Write everything that the next epoch depends on."""
        state = {
            "epoch": self.epoch,
            "updates": self.average.updates,
            "student": self.student.state_dict(),
            "average": self.average.student.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "queue": self.queue.state(),
        }
        files.write(path, lambda file: torch.save(state, file))

    def restore(self, path: Path) -> None:
        """Go on from ``save``; TrainingError for a file that is damaged or of another student."""
        try:
            state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
            self.student.load_state_dict(state["student"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.queue.restore(state["queue"])
            self.average.restore(state["average"], state["updates"])
            self.epoch = state["epoch"]
        except UNREADABLE as error:
            raise TrainingError(
                f"The checkpoint {path} cannot be used ({error}); delete it to train from the "
                "start, the teacher's vectors stay."
            ) from error

    def _seed(self, vectors: Tensor, targets: Tensor) -> Tensor:
        self.queue.append(targets)
        return seed_loss(
            vectors,
            targets,
            self.queue.keys,
            student_temperature=self.settings.student_temperature,
            teacher_temperature=self.settings.teacher_temperature,
        )

    def _precision(self) -> AbstractContextManager[Any]:
        if self.device.type != "cuda":
            return nullcontext()  # half precision is slower on the processors we measured
        return torch.autocast("cuda", torch.bfloat16)


def student_shape(settings: DistillSettings, dim: int) -> Shape:
    """The student that ``settings`` ask for, with vectors of length ``dim``."""
    return Shape(settings.architecture, settings.size, dim, keep=settings.keep)


def _first(shape: Shape, batches: Batches, settings: DistillSettings) -> Student:
    """The student before its first step, on the CPU."""
    if not settings.start:
        return Student(shape)
    sample = batches.sample(_SAMPLE)
    pictures = shape.preprocess().normalise(sample.squares.float())
    return started(shape, Path(settings.start), pictures, sample.targets)


def train(
    pictures: Pictures,
    crops: Crops,
    settings: DistillSettings,
    checkpoint: Path,
    device: torch.device,
) -> Generator[EpochDone, None, Student]:
    """Train a student, yielding after every epoch; returns the one with averaged weights.

    ``crops.vectors`` are the targets. Goes on from ``checkpoint`` if it is there, to the same
    result on the same device. Raises UnknownName for the architecture, TrainingError as above.
    """
    shape = student_shape(settings, crops.vectors.shape[1])
    batches = Batches(pictures, crops, settings)
    torch.manual_seed(settings.seed)
    if checkpoint.exists():
        trainer = Trainer(shape, Student(shape), settings, device)
        trainer.restore(checkpoint)
    else:
        trainer = Trainer(shape, _first(shape, batches, settings), settings, device)
    steps = settings.epochs * batches.per_epoch
    while trainer.epoch < settings.epochs:
        start, done = time.perf_counter(), trainer.epoch * batches.per_epoch
        seen, total = 0, torch.zeros(2, dtype=torch.float64)
        for k, batch in enumerate(batches.epoch(trainer.epoch)):
            total += torch.tensor(trainer.step(batch, settings.rate(done + k, steps)))
            seen += len(batch.squares)
        side = settings.side(trainer.epoch)
        trainer.epoch += 1
        trainer.save(checkpoint)
        loss, cosine = (total / batches.per_epoch).tolist()
        rate = seen / (time.perf_counter() - start)
        yield EpochDone(
            trainer.epoch, settings.epochs, side, loss, cosine, rate, trainer.average.student
        )
    return trainer.average.student
