"""From images and a teacher to the file of a small encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from curation.distillation.crops import Crops, draw_boxes
from curation.distillation.duplicates import near_duplicates
from curation.distillation.images import ImageFiles, open_images
from curation.distillation.pictures import Pictures, store_pictures
from curation.distillation.report import Labelled, knn_report, read_labelled
from curation.distillation.schedule import DistillSettings
from curation.distillation.start import check_start
from curation.distillation.targets import fit_targets
from curation.distillation.teacher import describe, described, read_crops
from curation.distillation.train import EpochDone, student_shape, train
from curation.distillation.work import Work
from curation.errors import SourceError
from curation.spaces.distilled import Shape, Student, load_distilled, save_distilled
from curation.spaces.encoders import Encoder, create_encoder, resolve_device
from curation.types import BoolArray, IndexArray

_LEAST = 2


@dataclass(frozen=True, slots=True)
class Request:
    """What ``curation distill`` was asked for.

    ``teacher`` is an encoder's name, or a .npz file with files, boxes and vectors of crops.
    ``exclude`` and ``report`` are folders: near-duplicates of the images of the first are not
    learned from, on the second the accuracy is taken.
    """

    teacher: str
    images: Sequence[Path]
    out: Path
    work: Path
    settings: DistillSettings
    exclude: Sequence[Path] = ()
    report: Sequence[Path] = ()
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` in a ``stage``, and the figures of it in words."""

    stage: str
    done: int
    total: int
    detail: str = ""


@dataclass(slots=True)
class Result:
    """What was written and how good it is; ``unreadable`` and ``near_duplicates`` were left out."""

    out: Path
    images: int = 0
    unreadable: int = 0
    near_duplicates: int = 0
    crops: int = 0
    dim: int = 0
    report: list[dict[str, object]] = field(default_factory=list)


def distill(request: Request) -> Generator[Progress, None, Result]:
    """Run it, yielding progress; the same request goes on where an interrupted one stopped.

    Raises SourceError for images or labels that cannot be used, EncoderError and UnknownName for
    the teacher and the architecture, TrainingError for a work folder of another run.
    """
    settings = request.settings
    device = resolve_device(request.device)
    check_start(student_shape(settings, _LEAST), Path(settings.start) if settings.start else None)
    if request.out.is_dir():
        raise SourceError(f"Expected a file to write, got the folder {request.out}; name a file.")
    labelled = [read_labelled(folder) for folder in request.report]
    excluded = [open_images([folder]) for folder in request.exclude]
    files = open_images(request.images)
    teacher = (
        None if _is_table(request.teacher) else create_encoder(request.teacher, request.device)
    )
    table = read_crops(Path(request.teacher), files.names) if teacher is None else None
    work = Work(request.work)
    work.claim(_identity(request, files, teacher))
    result = Result(request.out)

    longest = 2 * settings.size
    for done in store_pictures(files.load, len(files), work.pictures, longest):
        yield Progress("images", done, len(files))
    pictures = Pictures(work.pictures, len(files))
    rows = _usable(pictures, near_duplicates(pictures, excluded), result)
    if teacher is not None:
        boxes = draw_boxes(pictures.sizes[rows], settings.crops, settings.seed)
        for done in describe(teacher, files, rows, boxes, work.teacher):
            yield Progress("teacher", done, len(rows))
        table = described(rows, boxes, work.teacher)
    assert table is not None
    crops = _targets(table, rows, settings)
    result.images, result.crops = len(np.unique(crops.image)), len(crops.image)
    result.dim = crops.vectors.shape[1]
    shape = student_shape(settings, result.dim)
    student = yield from _train(pictures, crops, request, work, shape)
    save_distilled(student, shape, request.out)
    result.report = _report(load_distilled(request.out, device), labelled)
    return result


def _train(
    pictures: Pictures, crops: Crops, request: Request, work: Work, shape: Shape
) -> Generator[Progress, None, Student]:
    """Train, and keep the averaged student of the last epoch in the work folder."""
    device = resolve_device(request.device)
    epochs = train(pictures, crops, request.settings, work.checkpoint, device)
    while True:
        try:
            done = next(epochs)
        except StopIteration as end:
            student: Student = end.value
            return student
        save_distilled(done.student, shape, work.snapshot)
        yield Progress("training", done.epoch, done.epochs, _figures(done))


def _figures(done: EpochDone) -> str:
    return (
        f"{done.side} px, loss {done.loss:.4f}, cosine {done.cosine:.4f}, {done.rate:.0f} images/s"
    )


def _is_table(teacher: str) -> bool:
    return teacher.lower().endswith(".npz")


def _usable(pictures: Pictures, duplicates: BoolArray, result: Result) -> IndexArray:
    readable = pictures.sizes.min(1) > 0
    result.unreadable = int((~readable).sum())
    result.near_duplicates = int((duplicates & readable).sum())
    rows = np.flatnonzero(readable & ~duplicates)
    if len(rows) < _LEAST:
        raise SourceError(
            f"Expected at least {_LEAST} images to learn from, got {len(rows)} of {len(readable)}: "
            f"{result.unreadable} cannot be decoded, {result.near_duplicates} are near-duplicates "
            "of excluded ones. Give more with --images."
        )
    return rows


def _targets(table: Crops, rows: IndexArray, settings: DistillSettings) -> Crops:
    """The crops of usable pictures, with the teacher's vectors in the student's space."""
    kept = np.isin(table.image, rows)
    if len(np.unique(table.image[kept])) < _LEAST:
        raise SourceError(
            f"Expected vectors of at least {_LEAST} usable images, got those of "
            f"{len(np.unique(table.image[kept]))}; the teacher's file names too few of them."
        )
    vectors = table.vectors[kept]
    space = fit_targets(vectors, settings.dim, settings.seed)
    return Crops(table.image[kept], table.boxes[kept], space(vectors))


def _report(encoder: Encoder, labelled: Sequence[Labelled]) -> list[dict[str, object]]:
    return [knn_report(encoder, one) for one in labelled]


def _identity(request: Request, files: ImageFiles, teacher: Encoder | None) -> dict[str, Any]:
    """What two runs must share for one to go on with the other's work."""
    names = hashlib.sha256("\n".join(files.names).encode("utf-8", "surrogateescape"))
    start = request.settings.start
    return {
        **asdict(request.settings),
        "start": _content(Path(start)) if start else "",
        "images": f"{len(files)} ({names.hexdigest()[:12]})",
        "teacher": teacher.fingerprint if teacher else _content(Path(request.teacher)),
        "exclude": [str(folder) for folder in request.exclude],
    }


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
