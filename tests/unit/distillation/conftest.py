"""Small images, a small architecture and a small run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.distillation.run import Request
from curation.distillation.schedule import DistillSettings

ARCHITECTURE = "mobilenetv3_small_050"
SETTINGS = DistillSettings(
    ARCHITECTURE, size=32, dim=16, crops=2, epochs=3, batch=16, queue=64, average=0.5
)


@pytest.fixture(scope="session")
def archive(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn images as a ZIP file, beside a text and a hidden copy."""
    path = tmp_path_factory.mktemp("zip") / "shapes.zip"
    with zipfile.ZipFile(path, "w") as file:
        for image in sorted(drawn.rglob("*.png")):
            file.write(image, image.relative_to(drawn).as_posix())
        file.writestr("read me.txt", "no image")
        file.writestr("__MACOSX/disc/._disc 00.png", "no image")
    return path


@pytest.fixture
def request_of(drawn: Path, tmp_path: Path) -> Callable[..., Request]:
    """A small run on the drawn images, with changes."""

    def made(**changes: Any) -> Request:
        out = tmp_path / "student.safetensors"
        request = Request("builtin", [drawn], out, tmp_path / "work", SETTINGS, device="cpu")
        return replace(request, **changes)

    return made


@pytest.fixture
def table(drawn: Path, tmp_path: Path) -> Path:
    """What some teacher said of two crops of each drawn image: its colour and some noise."""
    from curation.distillation.crops import draw_boxes
    from curation.distillation.images import open_images

    files = open_images([drawn])
    rng = np.random.default_rng(0)
    sizes = np.array([files.load(row).size for row in range(len(files))])
    means = np.stack([np.asarray(files.load(row)).mean((0, 1)) for row in range(len(files))])
    vectors = np.concatenate([means / 255, rng.normal(0, 0.01, (len(files), 5))], axis=1)
    path = tmp_path / "teacher.npz"
    np.savez(
        path,
        files=np.repeat(files.names, 2),
        boxes=draw_boxes(sizes, 2, 0).reshape(-1, 4),
        vectors=np.repeat(vectors, 2, axis=0).astype(np.float32),
    )
    return path
