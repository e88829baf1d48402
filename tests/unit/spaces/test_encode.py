from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import GeneratorType

import numpy as np
import pytest
import torch
from PIL import Image

from curation.items.thumbnails import thumbnail_path
from curation.spaces.encode import Task, encode_items, encode_views
from curation.spaces.encoders import Encoder, create_encoder, encode_images
from curation.spaces.pictures import augment, load_picture
from curation.spaces.store import EmbeddingStore


def picture(seed: int, size: tuple[int, int] = (80, 60)) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (4, 5, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return create_encoder("builtin", "cpu")


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    made: list[Task] = []
    for k in range(20):
        file = tmp_path / f"{k}.png"
        picture(k).save(file)
        made.append((f"{k:032x}", file, (10, 10, 40, 30) if k == 7 else None))
    return made


def test_all_items_are_encoded_and_resumed(
    tmp_path: Path, encoder: Encoder, tasks: list[Task]
) -> None:
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 2)
    steps = encode_items(encoder, store, tasks, batch_size=6, thumbs=tmp_path / "thumbs", workers=2)
    assert isinstance(steps, GeneratorType)
    first = next(steps)
    assert (first.done, first.total) == (6, 20)
    steps.close()
    reopened = EmbeddingStore(tmp_path / "e", encoder.dim, 2)
    assert len(reopened) == 6
    rest = list(encode_items(encoder, reopened, tasks, batch_size=6, thumbs=tmp_path / "thumbs"))
    assert [step.done for step in rest] == [12, 18, 20]
    assert reopened.ids == tuple(task[0] for task in tasks)
    images = [load_picture(file, box, 64) for _, file, box in tasks]
    np.testing.assert_allclose(reopened.vectors(), encode_images(encoder, images), atol=1e-5)
    assert all(thumbnail_path(tmp_path / "thumbs", task[0]).exists() for task in tasks)
    assert list(encode_items(encoder, reopened, tasks)) == []


def test_damaged_images_are_listed(tmp_path: Path, encoder: Encoder, tasks: list[Task]) -> None:
    tasks[3][1].write_bytes(b"not an image")
    tasks[4][1].write_bytes(tasks[4][1].read_bytes()[:200])
    tasks[5][1].unlink()
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    *_, last = encode_items(encoder, store, tasks, batch_size=4)
    assert (last.done, last.total) == (20, 20)
    assert [skip.path for skip in last.failed] == [str(tasks[k][1]) for k in (3, 4, 5)]
    assert all(skip.reason for skip in last.failed)
    assert len(store) == 17
    assert tasks[3][0] not in store


def test_a_batch_of_damaged_images_only(
    tmp_path: Path, encoder: Encoder, tasks: list[Task]
) -> None:
    for _, file, _ in tasks[:5]:
        file.write_bytes(b"")
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    steps = list(encode_items(encoder, store, tasks[:5], batch_size=5))
    assert len(steps[0].failed) == 5
    assert len(store) == 0


def test_views_are_a_second_pass(tmp_path: Path, encoder: Encoder, tasks: list[Task]) -> None:
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 3)
    list(encode_items(encoder, store, tasks))
    first = next(encode_views(encoder, store, tasks, batch_size=12))
    assert (first.done, first.total) == (4, 20)
    tasks[9][1].unlink()
    again = EmbeddingStore(tmp_path / "e", encoder.dim, 3)
    *_, last = encode_views(encoder, again, [t for t in tasks if t[0] != tasks[11][0]])
    assert last.done == 20
    assert [skip.path for skip in last.failed] == [str(tasks[9][1])]
    views = again.views()
    assert views is not None
    assert views.shape == (20, 3, encoder.dim)
    expected = encode_images(encoder, augment(load_picture(tasks[1][1], None, 64), tasks[1][0], 3))
    np.testing.assert_allclose(views[1], expected, atol=2e-3)
    for absent in (9, 11):
        np.testing.assert_allclose(views[absent, 2], again.vectors()[absent], atol=2e-3)
    assert list(encode_views(encoder, again, tasks)) == []


def test_no_views_where_none_are_kept(tmp_path: Path, encoder: Encoder, tasks: list[Task]) -> None:
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    list(encode_items(encoder, store, tasks))
    assert list(encode_views(encoder, store, tasks)) == []


def test_decoding_threads_end_with_the_generator(
    tmp_path: Path, encoder: Encoder, tasks: list[Task]
) -> None:
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    steps = encode_items(encoder, store, tasks, batch_size=2)
    assert isinstance(steps, GeneratorType)
    next(steps)
    steps.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]


def test_a_killed_process_resumes_at_the_batch(
    tmp_path: Path, encoder: Encoder, tasks: list[Task]
) -> None:
    code = f"""
import sys, time
from pathlib import Path
from curation.spaces.encode import encode_items
from curation.spaces.encoders import create_encoder
from curation.spaces.store import EmbeddingStore
encoder = create_encoder("builtin", "cpu")
store = EmbeddingStore(Path({str(tmp_path / "e")!r}), encoder.dim, 0)
tasks = [(f"{{k:032x}}", Path({str(tmp_path)!r}) / f"{{k}}.png", None) for k in range(20)]
for step in encode_items(encoder, store, tasks, batch_size=3):
    print(step.done, flush=True)
    time.sleep(0.05)
"""
    root = Path(__file__).resolve().parents[3]
    run = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["3", "6"]
        time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    kept = len(store)
    assert kept >= 6
    steps = list(encode_items(encoder, store, tasks, batch_size=3))
    assert steps[0].done == min(kept + 3, 20)
    assert store.ids == tuple(task[0] for task in tasks)
    images = [Image.open(file) for _, file, box in tasks[:7]]
    np.testing.assert_allclose(store.vectors()[:7], encode_images(encoder, images), atol=1e-5)


def test_large_photos_are_decoded_smaller(tmp_path: Path) -> None:
    photo = picture(1, (2000, 1500))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "upright.jpg", quality=95)
    photo.convert("L").save(tmp_path / "grey.jpg", quality=95)
    photo.save(tmp_path / "turned.jpg", quality=95, exif=exif)
    photo.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    assert load_picture(tmp_path / "upright.jpg", None, 320).size == (500, 375)
    assert load_picture(tmp_path / "grey.jpg", None, 320).mode == "RGB"
    assert load_picture(tmp_path / "turned.jpg", None, 320).size == (375, 500)
    assert load_picture(tmp_path / "cmyk.jpg", None, 320).size == (2000, 1500)
    assert load_picture(tmp_path / "upright.jpg", (100, 100, 900, 800), 320).size == (900, 800)
    encoder = create_encoder("builtin", "cpu")
    small = load_picture(tmp_path / "upright.jpg", None, 320)
    whole = Image.open(tmp_path / "upright.jpg")
    near = encode_images(encoder, [small, whole])
    assert float(near[0] @ near[1]) > 0.99


def test_views_are_fixed_by_the_id() -> None:
    image = picture(3, (64, 48))
    views = augment(image, "a" * 32, 4)
    again = augment(image, "a" * 32, 4)
    assert [np.array(v).tolist() for v in views] == [np.array(v).tolist() for v in again]
    assert np.array(views[0]).tolist() != np.array(augment(image, "b" * 32, 1)[0]).tolist()
    for view in views:
        share = view.width * view.height / (64 * 48)
        assert 0.45 < share <= 1.0
    assert augment(Image.new("RGB", (1, 1)), "c", 3)[2].size == (1, 1)


def test_the_batch_reaches_the_model_in_order(tmp_path: Path, tasks: list[Task]) -> None:
    class Mean:
        spec = fingerprint = "mean"
        dim, size, has_text = 3, 8, False

        def preprocess(self, image: Image.Image) -> torch.Tensor:
            time.sleep(0.001 * (hash(image.tobytes()) % 5))
            return torch.from_numpy(np.array(image.resize((8, 8)))).permute(2, 0, 1)

        def encode(self, batch: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.normalize(batch.float().mean((2, 3)), dim=1)

        def encode_text(self, texts: list[str]) -> torch.Tensor:
            raise NotImplementedError(texts)

    encoder = Mean()
    store = EmbeddingStore(tmp_path / "e", 3, 0)
    list(encode_items(encoder, store, tasks, batch_size=4, workers=4))
    images = [load_picture(file, box, 16) for _, file, box in tasks]
    np.testing.assert_allclose(store.vectors(), encode_images(encoder, images), atol=1e-6)
