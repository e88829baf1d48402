"""Images, pictures, crops, duplicates and targets."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from curation.distillation.crops import Picker, draw_boxes
from curation.distillation.duplicates import near_duplicates
from curation.distillation.images import open_images
from curation.distillation.pictures import CHUNK, Pictures, square, squares, store_pictures
from curation.distillation.targets import fit_targets
from curation.errors import SourceError
from curation.spaces.preprocess import Preprocess


def photo(seed: int, size: tuple[int, int] = (60, 44)) -> Image.Image:
    """Soft blobs of colour, as unlike each other as photos are."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)


# --- images --------------------------------------------------------------------------------


def test_a_folder_and_its_archive_hold_the_same(drawn: Path, archive: Path) -> None:
    folder, zipped = open_images([drawn]), open_images([archive])
    assert len(folder) == 48
    assert folder.names == zipped.names
    assert np.array_equal(np.asarray(folder.load(5)), np.asarray(zipped.load(5)))


def test_names_of_several_sources_begin_with_theirs(drawn: Path, archive: Path) -> None:
    both = open_images([drawn, archive])
    assert len(both) == 96
    assert both.names[0] == f"shapes/{open_images([drawn]).names[0]}"
    assert both.names[48].startswith("shapes.zip/")
    with pytest.raises(SourceError, match="named shapes"):
        open_images([drawn, drawn])


def test_sources_without_images(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as file:
        file.writestr("a.txt", "")
    (tmp_path / "bad.zip").write_bytes(b"PK no archive")
    with pytest.raises(SourceError, match=r"No image in .*empty\.zip"):
        open_images([tmp_path / "empty.zip"])
    with pytest.raises(SourceError, match=r"bad\.zip is no ZIP archive"):
        open_images([tmp_path / "bad.zip"])
    with pytest.raises(SourceError, match="cannot be opened"):
        open_images([tmp_path / "absent"])


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a.png", b"\x89PNG")
    with pytest.raises(SourceError):
        open_images([tmp_path / "a.zip"]).load(0)


def test_boxes_of_a_manifest_are_images_of_their_own(drawn: Path, tmp_path: Path) -> None:
    file = next(drawn.rglob("*.png"))
    manifest = tmp_path / "crops.csv"
    manifest.write_text(f'file,box\n{file},"0,0,20,10"\n{file},"5,5,30,40"\n')
    files = open_images([manifest])
    assert [files.load(row).size for row in range(2)] == [(20, 10), (30, 40)]


# --- pictures ------------------------------------------------------------------------------


def test_pictures_come_back_as_they_were_stored(tmp_path: Path) -> None:
    count = CHUNK + 3

    def load(row: int) -> Image.Image:
        if row == 4:
            raise SourceError("damaged")
        return photo(row, (8 + row % 5, 9)) if row else photo(0, (100, 40))

    assert list(store_pictures(load, count, tmp_path, 50)) == [CHUNK, count]
    pictures = Pictures(tmp_path, count)
    assert len(pictures) == count
    assert pictures.sizes[0].tolist() == [50, 20]
    assert pictures.sizes[4].tolist() == [0, 0]
    for row in (1, 5, CHUNK - 1, CHUNK, count - 1):
        assert np.array_equal(np.asarray(pictures[row]), np.asarray(load(row)))


def test_what_is_stored_is_not_decoded_again(tmp_path: Path) -> None:
    list(store_pictures(photo, 5, tmp_path, 99))

    def never(row: int) -> Image.Image:
        raise AssertionError(row)

    assert list(store_pictures(never, 5, tmp_path, 99)) == [5]


def test_the_middle_square_is_what_an_encoder_sees() -> None:
    image = photo(1, (90, 60))
    box = draw_boxes(np.array([[90, 60]]), 1, 0)[0, 0]
    seen = Preprocess(48, (0, 0, 0), (1, 1, 1))(image).permute(1, 2, 0).numpy()
    cut = square(image, box, 48).astype(int)
    assert np.abs(cut - seen).max() <= 2
    assert np.array_equal(square(image, box, 48, flip=True), cut[:, ::-1])


def test_squares_are_a_batch(tmp_path: Path) -> None:
    list(store_pictures(photo, 3, tmp_path, 99))
    boxes = np.array([[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5]], np.float32)
    batch = squares(Pictures(tmp_path, 3), [2, 0], boxes, [False, True], 16)
    assert batch.shape == (2, 3, 16, 16)
    assert batch.dtype == torch.uint8
    assert np.array_equal(batch[0].permute(1, 2, 0), square(photo(2), boxes[0], 16))


# --- crops ---------------------------------------------------------------------------------


def test_boxes_are_squares_inside_and_the_first_is_the_middle() -> None:
    sizes = np.array([[80, 60], [60, 90], [50, 50]])
    boxes = draw_boxes(sizes, 200, 3)
    assert boxes.shape == (3, 200, 4)
    assert boxes.dtype == np.float32
    assert boxes.min() >= -1e-6
    assert boxes.max() <= 1 + 1e-6
    pixels = (boxes[..., 2:] - boxes[..., :2]) * sizes[:, None]
    np.testing.assert_allclose(pixels[..., 0], pixels[..., 1], rtol=1e-4)
    share = pixels[..., 0] ** 2 / sizes.min(1)[:, None] ** 2
    assert share.min() >= 0.25 - 1e-4
    assert np.ptp(share[:, 1:]) > 0.6
    np.testing.assert_allclose(boxes[0, 0], [0.125, 0, 0.875, 1], atol=1e-6)
    assert np.array_equal(boxes, draw_boxes(sizes, 200, 3))
    assert not np.array_equal(boxes, draw_boxes(sizes, 200, 4))


def test_a_picker_draws_only_crops_of_the_picture() -> None:
    image = np.array([7, 2, 7, 9, 7, 2])
    picker = Picker(image)
    assert picker.pictures.tolist() == [2, 7, 9]
    rng = np.random.default_rng(0)
    drawn = {tuple(picker.pick(np.array([0, 1, 2]), rng).tolist()) for _ in range(100)}
    assert drawn == {(a, b, 3) for a in (1, 5) for b in (0, 2, 4)}


# --- near-duplicates -----------------------------------------------------------------------


def saved_anew(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def test_near_duplicates_are_found_however_they_were_saved(tmp_path: Path) -> None:
    ours = [
        photo(0),
        saved_anew(photo(1)),
        photo(2).resize((200, 150)),
        photo(3).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        photo(4).point(lambda v: min(int(v * 0.8) + 10, 255)),
        *[photo(k) for k in range(50, 60)],
        Image.new("RGB", (30, 30), "red"),
    ]
    (tmp_path / "tested").mkdir()
    for k in range(10):
        photo(k).save(tmp_path / "tested" / f"{k}.png")
    Image.new("RGB", (30, 30), "blue").save(tmp_path / "tested" / "blue.png")
    (tmp_path / "tested" / "damaged.png").write_bytes(b"\x89PNG")
    list(store_pictures(ours.__getitem__, len(ours), tmp_path / "p", 256))
    pictures = Pictures(tmp_path / "p", len(ours))
    found = near_duplicates(pictures, [open_images([tmp_path / "tested"])])
    assert found.tolist() == [True] * 5 + [False] * 11
    assert not near_duplicates(pictures, []).any()


# --- targets -------------------------------------------------------------------------------


def test_targets_are_centred_and_half_whitened() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(0, 1, (5000, 6)) * [0.4, 0.2, 0.1, 0.05, 0.02, 0] + 1).astype(np.float32)
    space = fit_targets(vectors, 3, seed=0)
    made = space(vectors.astype(np.float16)).astype(np.float32)
    assert made.shape == (5000, 3)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=2e-3)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    mapped = (unit - space.mean) @ space.map
    np.testing.assert_allclose(mapped.mean(0), 0, atol=1e-4)
    variance = np.sort(np.linalg.eigvalsh(np.cov(unit.T)))[::-1][:3]
    np.testing.assert_allclose(mapped.var(0), np.sqrt(variance), rtol=1e-2)


def test_directions_without_variance_are_left_out() -> None:
    rng = np.random.default_rng(0)
    flat = np.zeros((40, 8), np.float32)
    flat[:, :3] = rng.normal(0, 1, (40, 3))
    assert fit_targets(flat, 8, seed=0)(flat).shape == (40, 3)
