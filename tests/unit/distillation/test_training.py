"""Schedule, batches, average, and a run that is interrupted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from curation.distillation.average import Average
from curation.distillation.batches import Batches, jitter, recolour
from curation.distillation.crops import Crops, draw_boxes
from curation.distillation.images import open_images
from curation.distillation.pictures import Pictures, store_pictures
from curation.distillation.schedule import DistillSettings, parameter_groups
from curation.distillation.train import EpochDone, train
from curation.errors import TrainingError, UnknownName
from curation.spaces.distilled import Shape, Student

CPU = torch.device("cpu")
SETTINGS = DistillSettings(
    "mobilenetv3_small_050", size=32, epochs=3, batch=16, queue=64, average=0.5
)


@pytest.fixture(scope="module")
def data(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pictures, Crops]:
    """The drawn images; the target is which of the three shapes it is."""
    folder = tmp_path_factory.mktemp("pictures")
    files = open_images([drawn])
    list(store_pictures(files.load, 48, folder, 64))
    pictures = Pictures(folder, 48)
    shape = np.array([["disc", "square", "triangle"].index(n.split("/")[0]) for n in files.names])
    image = np.repeat(np.arange(48), 2)
    boxes = draw_boxes(pictures.sizes, 2, 0).reshape(-1, 4)
    return pictures, Crops(image, boxes, np.eye(3, dtype=np.float16)[shape[image]])


def run(data: tuple[Pictures, Crops], checkpoint: Path, **changes: Any) -> Iterator[EpochDone]:
    return train(*data, replace(SETTINGS, **changes), checkpoint, CPU)


def finish(epochs: Any) -> tuple[list[EpochDone], Student]:
    done = []
    while True:
        try:
            done.append(next(epochs))
        except StopIteration as end:
            return done, end.value


# --- schedule ------------------------------------------------------------------------------


def test_pictures_grow_to_their_size() -> None:
    sides = [replace(SETTINGS, size=128, epochs=10).side(epoch) for epoch in range(10)]
    assert sides == sorted(sides)
    assert (sides[0], sides[-1]) == (64, 128)
    assert set(sides) <= {64, 96, 128}
    assert replace(SETTINGS, size=128, epochs=1).side(0) == 128
    assert replace(SETTINGS, size=48, epochs=10).side(9) == 48


def test_the_rate_rises_and_falls() -> None:
    rates = [SETTINGS.rate(step, 1000) for step in range(1000)]
    top = int(np.argmax(rates))
    assert top == pytest.approx(30, abs=1)
    assert rates[top] == pytest.approx(SETTINGS.learning_rate)
    assert (np.diff(rates[:top]) > 0).all()
    assert (np.diff(rates[top + 1 :]) < 0).all()
    assert rates[-1] < 0.011 * SETTINGS.learning_rate


def test_only_matrices_decay() -> None:
    student = Student(Shape("mobilenetv3_small_050", 32, 4))
    decayed, free = parameter_groups(student, 0.1)
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.1, 0.0)
    matrices: Any = decayed["params"]
    others: Any = free["params"]
    assert all(p.ndim > 1 for p in matrices)
    assert len(matrices) + len(others) == len(list(student.parameters()))


# --- batches -------------------------------------------------------------------------------


def test_an_epoch_shows_every_picture_once(data: tuple[Pictures, Crops]) -> None:
    batches = Batches(*data, replace(SETTINGS, batch=12))
    assert batches.per_epoch == 4
    first, again, other = (list(batches.epoch(k)) for k in (0, 0, 1))
    assert [len(batch.squares) for batch in first] == [12] * 4
    assert all(torch.equal(a.squares, b.squares) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0].squares, other[0].squares)
    counts = torch.cat([batch.targets for batch in first]).sum(0)
    assert counts.tolist() == [16, 16, 16]


def test_fewer_pictures_than_a_batch_are_one_batch(data: tuple[Pictures, Crops]) -> None:
    batches = Batches(*data, replace(SETTINGS, batch=500))
    assert [len(batch.squares) for batch in batches.epoch(0)] == [48]


def test_jitter_keeps_to_its_bounds() -> None:
    boxes = np.tile(np.array([[0.2, 0.3, 0.6, 0.9]], np.float32), (500, 1))
    moved = jitter(boxes, 0.1, 0.2, np.random.default_rng(0))
    sides = moved[:, 2:] - moved[:, :2]
    assert np.abs(np.log(sides / [0.4, 0.6])).max() <= 0.2 + 1e-5
    middles = (moved[:, 2:] + moved[:, :2]) / 2
    assert np.abs((middles - [0.4, 0.6]) / [0.4, 0.6]).max() <= 0.1 + 1e-5
    whole = jitter(np.array([[0, 0, 1, 1]], np.float32), 0.1, 0.2, np.random.default_rng(0))
    assert whole.min() >= 0
    assert whole.max() <= 1


def test_recolouring() -> None:
    pictures = torch.rand(2, 3, 5, 5) * 200
    ones = torch.ones(2, 3)
    torch.testing.assert_close(recolour(pictures, ones), pictures)
    factors = torch.tensor([[1.1, 1, 1], [1, 1, 0.0]])
    made = recolour(pictures, factors)
    torch.testing.assert_close(made[0], pictures[0] * 1.1)
    torch.testing.assert_close(made[1], pictures[1].mean(0).expand(3, 5, 5))
    flat = recolour(pictures, torch.tensor([[1, 0, 1], [9, 1, 1.0]]))
    assert flat[0].mean(0).std() < 1e-3
    assert flat[1].max() == 255


# --- training ------------------------------------------------------------------------------


def test_the_average_follows_slowly() -> None:
    student = Student(Shape("mobilenetv3_small_050", 32, 4))
    average = Average(student, 0.9)
    before = average.student.projection.weight.clone()
    with torch.no_grad():
        student.projection.weight.add_(1)
    average.update(student)
    torch.testing.assert_close(average.student.projection.weight, before + 0.9)
    for _ in range(100):
        average.update(student)
    share = average.student.projection.weight - before
    assert 0.99 < float(share.detach().mean()) <= 1
    assert not any(p.requires_grad for p in average.student.parameters())


def test_a_student_learns(data: tuple[Pictures, Crops], tmp_path: Path) -> None:
    done, student = finish(run(data, tmp_path / "c.pt", epochs=12, learning_rate=3e-3))
    assert [one.epoch for one in done] == list(range(1, 13))
    assert done[-1].loss < done[0].loss
    assert done[-1].cosine > done[0].cosine + 0.2
    assert not student.training


def test_an_interrupted_run_ends_as_a_whole_one(
    data: tuple[Pictures, Crops], tmp_path: Path
) -> None:
    _, whole = finish(run(data, tmp_path / "whole.pt"))
    interrupted = run(data, tmp_path / "parts.pt")
    next(interrupted)
    del interrupted
    rest, resumed = finish(run(data, tmp_path / "parts.pt"))
    assert [one.epoch for one in rest] == [2, 3]
    tensors = resumed.state_dict()
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(tensors[name], tensor, rtol=1e-4, atol=1e-5)
    assert finish(run(data, tmp_path / "parts.pt"))[0] == []


@pytest.mark.parametrize("damage", ["garbage", "other"])
def test_a_checkpoint_that_cannot_be_used(
    data: tuple[Pictures, Crops], tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "c.pt"
    if damage == "garbage":
        path.write_bytes(b"no checkpoint")
    else:
        next(run(data, path, architecture="mobilenetv3_small_075"))
    with pytest.raises(TrainingError, match="delete it"):
        next(run(data, path))


def test_a_loss_that_is_not_finite_is_told(data: tuple[Pictures, Crops], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="lower --lr"):
        finish(run(data, tmp_path / "c.pt", learning_rate=1e30))


def test_an_unknown_architecture_lists_near_ones(
    data: tuple[Pictures, Crops], tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="mobilenetv4_conv_small"):
        next(run(data, tmp_path / "c.pt", architecture="mobilnetv4_small"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_student_learns_on_cuda(data: tuple[Pictures, Crops], tmp_path: Path) -> None:
    done, _ = finish(train(*data, SETTINGS, tmp_path / "c.pt", torch.device("cuda")))
    assert done[-1].cosine > done[0].cosine
