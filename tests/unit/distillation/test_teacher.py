from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.distillation.crops import draw_boxes
from curation.distillation.images import ImageFiles, open_images
from curation.distillation.targets import fit_targets
from curation.distillation.teacher import describe, described, read_crops
from curation.errors import EncoderError, SourceError
from curation.spaces.encoders import create_encoder, encode_images


@pytest.fixture
def files(drawn: Path) -> ImageFiles:
    return open_images([drawn])


def test_the_teacher_sees_the_crops(files: ImageFiles, tmp_path: Path) -> None:
    encoder = create_encoder("builtin", "cpu")
    rows = np.array([3, 40, 11])
    boxes = draw_boxes(np.array([files.load(row).size for row in rows]), 2, 0)
    assert list(describe(encoder, files, rows, boxes, tmp_path)) == [3]
    crops = described(rows, boxes, tmp_path)
    assert crops.image.tolist() == [3, 3, 40, 40, 11, 11]
    assert crops.vectors.dtype == np.float16
    image = files.load(11)
    box = (boxes[2, 1] * np.array(image.size * 2)).round().astype(int)
    alone = encode_images(encoder, [image.crop(tuple(box.tolist()))])
    np.testing.assert_allclose(crops.vectors[5].astype(np.float32), alone[0], atol=2e-3)


def test_what_was_described_is_not_asked_again(files: ImageFiles, tmp_path: Path) -> None:
    encoder = create_encoder("builtin", "cpu")
    rows, boxes = np.arange(2), draw_boxes(np.array([[96, 72]] * 2), 1, 0)
    list(describe(encoder, files, rows, boxes, tmp_path))
    nobody: Any = None
    assert list(describe(nobody, files, rows, boxes, tmp_path)) == [2]


def test_an_image_that_is_gone_by_now_is_named(images: Path, tmp_path: Path) -> None:
    files = open_images([images])
    (images / files.names[1]).unlink()
    rows, boxes = np.arange(2), draw_boxes(np.array([[96, 72]] * 2), 1, 0)
    with pytest.raises(SourceError, match=r"disc 01\.png could be read before"):
        list(describe(create_encoder("builtin", "cpu"), files, rows, boxes, tmp_path / "t"))


def test_a_table_of_vectors(table: Path, files: ImageFiles) -> None:
    crops = read_crops(table, files.names)
    assert crops.image.tolist() == np.repeat(np.arange(48), 2).tolist()
    some = read_crops(table, files.names[10:20])
    assert len(some.image) == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": None}, "files"),
        ({"boxes": lambda a: a[:, :3]}, r"boxes \[M, 4\]"),
        ({"vectors": lambda a: a[:-1]}, "95"),
        ({"vectors": lambda a: np.where(np.arange(96)[:, None] == 7, np.nan, a)}, "row 7"),
        ({"vectors": lambda a: np.where(np.arange(96)[:, None] == 8, 0, a)}, "row 8"),
        ({"boxes": lambda a: a * 50}, "outside of 0 to 1"),
        ({"boxes": lambda a: a[:, [2, 1, 0, 3]]}, "empty box"),
        ({"files": lambda a: a.reshape(2, -1)}, "got"),
        ({"vectors": lambda a: a.astype(str)}, "of <U"),
        ({name: lambda a: a[:0] for name in ("files", "boxes", "vectors")}, r"got \(0,\)"),
        ({"files": lambda a: np.char.add("other/", a)}, "names no image"),
    ],
)
def test_tables_that_cannot_be_used(
    table: Path, files: ImageFiles, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with np.load(table) as known:
        arrays = dict(known)
    for name, make in change.items():
        if make is None:
            del arrays[name]
        else:
            arrays[name] = make(arrays[name])
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(EncoderError, match=message):
        read_crops(tmp_path / "bad.npz", files.names)


def test_long_vectors_fit_half_precision(table: Path, files: ImageFiles, tmp_path: Path) -> None:
    with np.load(table) as known:
        arrays = dict(known)
    np.savez(tmp_path / "long.npz", **{**arrays, "vectors": arrays["vectors"] * 1e6})
    expected = read_crops(table, files.names).vectors
    np.testing.assert_allclose(
        read_crops(tmp_path / "long.npz", files.names).vectors, expected, atol=2e-3
    )


def test_a_teacher_that_tells_nothing_apart() -> None:
    with pytest.raises(EncoderError, match="nearly the same of all crops"):
        fit_targets(np.ones((50, 8), np.float16), 4, 0)


def test_no_table_at_all(tmp_path: Path, files: ImageFiles) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK nothing")
    for name in ("a.npz", "absent.npz"):
        with pytest.raises(EncoderError, match=name):
            read_crops(tmp_path / name, files.names)
