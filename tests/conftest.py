"""What many tests need: drawn images, vectors of digits, and workspaces made of them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ["CURATION_HOME"] = tempfile.mkdtemp(prefix="curation-home-")

import hypothesis
import numpy as np
import pytest
from PIL import Image, ImageDraw

from curation.types import Pair, Proposal, Verdict
from curation.workspace import Workspace, open_workspace

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

CRITERION = "belongs together"
SHAPES = ("disc", "square", "triangle")
COLOURS = {"disc": (200, 60, 50), "square": (60, 110, 200), "triangle": (70, 160, 80)}
EACH = 16
N_IMAGES = EACH * len(SHAPES)
N_DIGITS = 150

OpenWorkspace = Callable[..., Workspace]


def draw(shape: str, rng: np.random.Generator) -> Image.Image:
    """A small picture of one shape, no two alike."""
    ground: Any = tuple(rng.integers(215, 250, 3).tolist())
    picture = Image.new("RGB", (96, 72), ground)
    pen = ImageDraw.Draw(picture)
    x, y, r = (int(v) for v in rng.integers([30, 25, 12], [66, 47, 22]))
    shade = np.clip(np.array(COLOURS[shape]) + rng.integers(-25, 25, 3), 0, 255)
    fill: Any = tuple(shade.tolist())
    if shape == "disc":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)
    elif shape == "square":
        pen.rectangle((x - r, y - r, x + r, y + r), fill=fill)
    else:
        pen.polygon([(x - r, y + r), (x + r, y + r), (x, y - r)], fill=fill)
    return picture


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 images in three folders; copy them before you change anything."""
    folder = tmp_path_factory.mktemp("drawn") / "shapes"
    rng = np.random.default_rng(7)
    for shape in SHAPES:
        (folder / shape).mkdir(parents=True)
        for number in range(EACH):
            draw(shape, rng).save(folder / shape / f"{shape} {number:02d}.png")
    return folder


@pytest.fixture
def images(drawn: Path, tmp_path: Path) -> Path:
    """A copy of the drawn images that a test may change."""
    return Path(shutil.copytree(drawn, tmp_path / "images"))


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of 150 digits by name, ``<label>/<number>``: items without images."""
    from sklearn.datasets import load_digits

    data = load_digits()
    names = [f"{label}/{row:04d}" for row, label in enumerate(data.target[:N_DIGITS])]
    file = tmp_path_factory.mktemp("digits") / "digits.npz"
    np.savez(file, F=data.data[:N_DIGITS].astype(np.float32), files=np.array(names))
    return file


@pytest.fixture
def open_(tmp_path: Path) -> Iterator[OpenWorkspace]:
    """Open a workspace in this thread; all that are still open are closed at the end."""
    with ExitStack() as stack:

        def opened(path: Path | str = tmp_path / "work", **options: Any) -> Workspace:
            options.setdefault("inline", True)
            options.setdefault("device", "cpu")
            return stack.enter_context(open_workspace(path, **options))

        yield opened


@pytest.fixture(scope="session")
def prepared_images(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace folder with the drawn images embedded; copy it before you change anything."""
    folder = tmp_path_factory.mktemp("prepared") / "images"
    open_workspace(folder, source=drawn, inline=True, device="cpu").close()
    return folder


@pytest.fixture(scope="session")
def prepared_digits(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace folder with the digits' vectors; copy it before you change anything."""
    folder = tmp_path_factory.mktemp("prepared") / "digits"
    open_workspace(folder, embeddings=digits, inline=True, device="cpu").close()
    return folder


@pytest.fixture
def image_workspace(prepared_images: Path, tmp_path: Path, open_: OpenWorkspace) -> Workspace:
    """A workspace of the drawn images, inline."""
    return open_(shutil.copytree(prepared_images, tmp_path / "image-work"))


@pytest.fixture
def workspace(prepared_digits: Path, tmp_path: Path, open_: OpenWorkspace) -> Workspace:
    """A workspace of digits without images, inline."""
    return open_(shutil.copytree(prepared_digits, tmp_path / "digit-work"))


class Oracle:
    """A reviewer who knows the folders: what lies in one folder belongs together."""

    criterion = CRITERION

    @staticmethod
    def label(workspace: Workspace, item: str) -> str:
        return str(workspace.items.get(item).attributes["folder"])

    def verdict(self, workspace: Workspace, pair: Pair) -> Verdict:
        a, b = self.label(workspace, pair.a), self.label(workspace, pair.b)
        return "same" if a == b else "different"

    def given(self, workspace: Workspace, one: Proposal, **changes: Any) -> dict[str, Any]:
        """The true answer to a proposal, as the page sends it."""
        return {
            "id": uuid.uuid4().hex,
            "a": one.pair.a,
            "b": one.pair.b,
            "verdict": self.verdict(workspace, one.pair),
            "kind": one.kind,
            "strategy": one.strategy,
            "score": one.score,
            "generation": one.generation,
            **changes,
        }

    def answer(
        self, workspace: Workspace, n: int, reviewer: str = "ann", **options: Any
    ) -> list[Proposal]:
        """Answer up to ``n`` proposals, one after the other; those answered."""
        answered: list[Proposal] = []
        while len(answered) < n:
            proposals = workspace.review.next_proposals(CRITERION, reviewer, 1, **options)
            if not proposals:
                break
            workspace.review.decide(CRITERION, reviewer, [self.given(workspace, proposals[0])])
            answered += proposals
        return answered

    def members(self, workspace: Workspace, label: str) -> list[str]:
        """Ids of all items of a folder."""
        items = workspace.catalogue.items
        return [item.id for item in items if item.attributes["folder"] == label]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="session")
def prepared_trained(
    prepared_digits: Path, oracle: Oracle, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The digits after 40 answers and a training run; copy it before you change anything."""
    folder = Path(shutil.copytree(prepared_digits, tmp_path_factory.mktemp("prepared") / "trained"))
    with open_workspace(folder, inline=True, device="cpu") as workspace:
        oracle.answer(workspace, 40)
        workspace.training.train_now(CRITERION)
    return folder


@pytest.fixture
def trained(prepared_trained: Path, tmp_path: Path, open_: OpenWorkspace) -> Workspace:
    """A workspace of digits in its first trained generation, inline."""
    return open_(shutil.copytree(prepared_trained, tmp_path / "trained-work"))
