"""Exported pairs in torch: DataLoader, and the losses of pytorch-metric-learning."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from pytorch_metric_learning.losses import ContrastiveLoss, NTXentLoss, SupConLoss
from torch.utils.data import DataLoader
from torchvision import transforms

from curation.errors import SourceError
from curation.exports import ExportData, export
from curation.exports.dataset import PairDataset, indices_tuple
from curation.types import Decision, Item, Pair, Verdict

FORMATS = ("csv", "jsonl", "parquet")
ANSWERS = [
    (0, 1, "same"),
    (1, 2, "same"),
    (3, 4, "same"),
    (0, 3, "different"),
    (5, 6, "unsure"),
    (7, 8, "incomparable"),
    (9, 10, "different"),
]


@pytest.fixture
def photos(make_data: Callable[..., ExportData], tmp_path: Path) -> Path:
    """A folder with an image of its own grey level under each of the awkward names."""
    root = tmp_path / "photos"
    for number, item in enumerate(make_data().items.values()):
        path = root / item.name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16 + number, 12), (number * 20,) * 3).save(path, format="PNG")
    return root


@pytest.mark.parametrize("fmt", FORMATS)
def test_pairs_come_as_images_with_labels(
    fmt: str, make_data: Callable[..., ExportData], photos: Path, tmp_path: Path
) -> None:
    path = export("pairs", fmt, tmp_path / f"p.{fmt}", make_data(ANSWERS)).path
    dataset = PairDataset(path, photos)
    assert len(dataset) == 5
    assert [dataset[n][2].item() for n in range(5)] == [1, 1, 1, 0, 0]
    image_a, image_b, _ = dataset[4]
    assert (image_a.getpixel((0, 0)), image_b.getpixel((0, 0))) == ((180,) * 3, (200,) * 3)
    assert image_a.size == (25, 12)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_data_loader_batches_them(
    workers: int, make_data: Callable[..., ExportData], photos: Path, tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(ANSWERS)).path
    transform = transforms.Compose([transforms.Resize((8, 8)), transforms.ToTensor()])
    loader = DataLoader(
        PairDataset(path, photos, transform),
        batch_size=5,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
    )
    ((a, b, label),) = list(loader)
    assert a.shape == b.shape == (5, 3, 8, 8)
    assert label.dtype == torch.float32
    assert label.tolist() == [1, 1, 1, 0, 0]
    logits = -(a - b).square().mean(dim=(1, 2, 3))
    assert torch.isfinite(torch.nn.functional.binary_cross_entropy_with_logits(logits, label))


def test_crops_are_cut_out_of_their_image(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    image[5:15, 10:20] = 255
    Image.fromarray(image).save(tmp_path / "one.png")
    boxes = ((10, 5, 10, 10), (0, 0, 8, 4))
    items = {item_id(n): Item(item_id(n), ("one.png",), box=box) for n, box in enumerate(boxes)}
    data = make_data([(0, 1, "different")], items=items)
    dataset = PairDataset(export("pairs", "jsonl", tmp_path / "p.jsonl", data).path, tmp_path)
    white, black, label = dataset[0]
    assert (white.size, black.size, label.item()) == ((10, 10), (8, 4), 0.0)
    assert np.asarray(white).min() == 255
    assert np.asarray(black).max() == 0


def test_missing_images_are_named_before_training_starts(
    make_data: Callable[..., ExportData], photos: Path, tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(ANSWERS)).path
    (photos / "plain.jpg").unlink()
    with pytest.raises(SourceError, match=r"1 of 7 missing, first 'plain\.jpg'"):
        PairDataset(path, photos)


def test_a_damaged_image_is_named(
    make_data: Callable[..., ExportData], photos: Path, tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(ANSWERS)).path
    (photos / "plain.jpg").write_bytes(b"no image")
    with pytest.raises(SourceError, match=r"readable image at .*plain\.jpg"):
        PairDataset(path, photos)[0]


def test_the_dataset_can_be_sent_to_workers(
    make_data: Callable[..., ExportData], photos: Path, tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(ANSWERS)).path
    dataset = PairDataset(path, photos)
    assert pickle.loads(pickle.dumps(dataset)).pairs == dataset.pairs


def test_answers_of_several_reviewers_count_once_or_cancel(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    given: list[tuple[int, int, tuple[Verdict, Verdict]]] = [
        (0, 1, ("same", "same")),
        (2, 3, ("unsure", "different")),
        (4, 5, ("same", "incomparable")),
        (6, 7, ("unsure", "unsure")),
    ]
    decisions = [
        Decision(f"{i}{reviewer}", Pair.of(item_id(i), item_id(j)), verdict, "c", f"r{reviewer}")
        for i, j, verdicts in given
        for reviewer, verdict in enumerate(verdicts)
    ]
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(decisions=decisions)).path
    a1, p, a2, n = indices_tuple(path, [item_id(number) for number in range(12)])
    assert (a1.tolist(), p.tolist()) == ([0, 1], [1, 0])
    assert (a2.tolist(), n.tolist()) == ([2, 3], [3, 2])


@pytest.mark.parametrize("fmt", FORMATS)
def test_indices_tuple_is_the_answers_in_both_directions(
    fmt: str, make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    path = export("pairs", fmt, tmp_path / f"p.{fmt}", make_data(ANSWERS)).path
    ids = [item_id(number) for number in (4, 3, 2, 1, 0, 9)]  # 10 is not in this batch
    a1, p, a2, n = indices_tuple(path, ids)
    assert {t.dtype for t in (a1, p, a2, n)} == {torch.int64}
    numbers = [4, 3, 2, 1, 0, 9]
    positives = {(numbers[i], numbers[j]) for i, j in zip(a1, p, strict=True)}
    negatives = {(numbers[i], numbers[j]) for i, j in zip(a2, n, strict=True)}
    assert positives == {(0, 1), (1, 0), (1, 2), (2, 1), (3, 4), (4, 3)}
    assert negatives == {(0, 3), (3, 0)}


def test_metric_learning_losses_learn_from_the_exported_files(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    data = make_data(ANSWERS)
    pairs = export("pairs", "parquet", tmp_path / "p.parquet", data, implied=True).path
    table = pq.read_table(export("embeddings", "parquet", tmp_path / "e.parquet", data).path)
    ids = table["id"].to_pylist()
    vectors = torch.tensor(table["vector"].to_pylist())
    indices = indices_tuple(pairs, ids)
    for loss in (SupConLoss(temperature=0.1), NTXentLoss(temperature=0.1), ContrastiveLoss()):
        z = vectors.clone().requires_grad_()
        value = loss(z, indices_tuple=indices)
        value.backward()
        assert torch.isfinite(value)
        answered = sorted({int(i) for part in indices for i in part})
        assert z.grad is not None
        assert z.grad[answered].abs().sum() > 0
        # 5 to 8 are unsure or incomparable, 11 is unanswered: eliminated
        assert z.grad[[5, 6, 7, 8, 11]].abs().sum() == 0


def test_supcon_on_the_pairs_equals_supcon_on_the_groups(
    make_data: Callable[..., ExportData], item_id: Callable[[int], str], tmp_path: Path
) -> None:
    answers = [(0, 1, "same"), (1, 2, "same"), (3, 4, "same"), (0, 3, "different")]
    data = make_data(answers, n_items=5)
    pairs = export("pairs", "csv", tmp_path / "p.csv", data, implied=True).path
    assert data.space is not None
    vectors = torch.from_numpy(data.space.vectors)
    loss = SupConLoss(temperature=0.1)
    by_pairs = loss(vectors, indices_tuple=indices_tuple(pairs, [item_id(n) for n in range(5)]))
    assert torch.allclose(by_pairs, loss(vectors, torch.tensor([0, 0, 0, 1, 1])))


def test_no_known_pair_gives_empty_tensors(
    make_data: Callable[..., ExportData], tmp_path: Path
) -> None:
    path = export("pairs", "csv", tmp_path / "p.csv", make_data(ANSWERS)).path
    assert [t.tolist() for t in indices_tuple(path, ["nobody"])] == [[], [], [], []]


def test_other_files_are_refused_by_name(
    make_data: Callable[..., ExportData], answers: list[tuple[int, int, Verdict]], tmp_path: Path
) -> None:
    data = make_data(answers)
    wrong = {
        "the columns .* verdict": export("groups", "csv", tmp_path / "g.csv", data).path,
        "got 'e.npz'": export("embeddings", "npz", tmp_path / "e.npz", data).path,
        "readable pairs file": tmp_path / "missing.csv",
    }
    for name, content in (("broken.parquet", b"PAR1"), ("broken.jsonl", b"{"), ("b.csv", b"\xff")):
        (tmp_path / name).write_bytes(content)
        wrong[f"readable pairs file at .*{name}"] = tmp_path / name
    for message, path in wrong.items():
        with pytest.raises(SourceError, match=message):
            indices_tuple(path, [])
