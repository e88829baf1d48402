"""Generators that other packages bring, and the pairs that come of their images."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import OpenWorkspace
from PIL import Image, ImageEnhance, ImageOps

from curation.errors import ProposalError, UnknownName, WorkspaceError
from curation.spaces import generators
from curation.spaces.encoders import create_encoder, encode_images
from curation.spaces.generators import PER_ITEM, create_generator, generated, generated_ids
from curation.spaces.pictures import load_picture
from curation.spaces.store import EmbeddingStore

CRITERION = "belongs together"


class Variants:
    """Mirrored, cut and recoloured: what can be made of an image without a model."""

    calls = 0

    def generate(self, image: Image.Image, k: int) -> list[Image.Image]:
        Variants.calls += 1
        cut = image.crop((4, 4, image.width - 4, image.height - 4))
        made = [ImageOps.mirror(image), cut, ImageEnhance.Color(image).enhance(0.6), image]
        return [made[number % 4] for number in range(k)]


class Fails:
    def generate(self, *_: Any) -> Any:
        raise RuntimeError("out of ideas")


class Gives:
    """Hands out what it was made with, whatever is asked."""

    def __init__(self, made: object) -> None:
        self.made = made

    def generate(self, *_: Any) -> Any:
        return self.made


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install entry points by name."""

    def install(**brought: Any) -> None:
        module = ModuleType("brought_for_tests")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        vars(module).update(brought)
        points = [EntryPoint(n, f"brought_for_tests:{n}", generators.GROUP) for n in brought]
        monkeypatch.setattr(generators, "entry_points", lambda **_: points)

    return install


def picture() -> Image.Image:
    return Image.new("RGB", (24, 18), (90, 120, 40))


def torn() -> Image.Image:
    """An image whose pixels cannot be read, which shows only when they are needed."""
    data = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(data, "PNG")
    return Image.open(io.BytesIO(data.getvalue()[:400]))


def test_images_come_in_rgb_and_the_original_stays(bring: Callable[..., None]) -> None:
    bring(variants=Variants)
    image = picture()
    before = image.tobytes()
    made = generated("variants", create_generator("variants"), image, 3)
    assert [one.mode for one in made] == ["RGB"] * 3
    assert image.tobytes() == before
    assert generated("grey", Gives((image.convert("L"),)), image, 1)[0].mode == "RGB"


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (Fails(), "4 images, got RuntimeError: out of ideas"),
        (Gives([picture()] * 3), "4 images, got 3"),
        (Gives([picture()] * 5), "4 images, got 5"),
        (Gives(None), "4 images, got TypeError"),
        (Gives([picture(), picture(), "img.png", picture()]), "'img.png'"),
        (Gives([np.zeros((8, 8, 3), np.uint8)] * 4), "images of PIL"),
        (Gives([Image.new("RGB", (0, 5))] * 4), "images of PIL with pixels"),
        (Gives([picture(), picture(), picture(), torn()]), "an image, got"),
    ],
)
def test_a_bad_one_is_named_with_what_is_wrong(bad: Fails | Gives, told: str) -> None:
    with pytest.raises(ProposalError, match=told) as caught:
        generated("bad", bad, picture(), 4)
    assert "Generator 'bad'" in str(caught.value)


def test_one_that_does_not_load_is_named(bring: Callable[..., None]) -> None:
    bring(number=42, picky=Gives)
    with pytest.raises(ProposalError, match=r"'number'.*TypeError"):
        create_generator("number")
    with pytest.raises(ProposalError, match=r"'picky'.*without arguments"):
        create_generator("picky")
    bring(bare=dict)
    with pytest.raises(ProposalError, match=r"'bare'.*generate"):
        create_generator("bare")
    with pytest.raises(UnknownName, match="Valid: bare"):
        create_generator("diffusion")


def test_a_workspace_asks_for_what_is_nearest_to_the_images_made(
    bring: Callable[..., None], drawn: Path, tmp_path: Path, open_: OpenWorkspace
) -> None:
    bring(variants=Variants)
    Variants.calls = 0
    with open_(tmp_path / "w", source=drawn, generator="variants") as workspace:
        state = workspace.engine.criteria[CRITERION].asking.state()[0]
        proposed = workspace.review.next_proposals(CRITERION, "ann", 20, strategy="synthetic_pos")
        files = {item.id: workspace.items.file(item) for item in workspace.catalogue.items}
    assert state.synthetic is not None
    assert Variants.calls == len(state.synthetic.rows) == len(files)
    encoder, ids = create_encoder("builtin", "cpu"), state.space.item_ids
    nearest: dict[tuple[str, str], set[float]] = {}
    for row, item in enumerate(ids):
        file = files[item]
        assert file is not None
        image = load_picture(file, None, 320)
        for vector in encode_images(encoder, Variants().generate(image, PER_ITEM)):
            cosine = state.base @ vector
            cosine[row] = -1
            pair = min(item, ids[cosine.argmax()]), max(item, ids[cosine.argmax()])
            nearest.setdefault(pair, set()).add(round(float(cosine.max()), 4))
    assert len(proposed) == 20
    for one in proposed:
        assert round(one.score, 4) in nearest[one.pair.a, one.pair.b]
        assert "an image made of the other" in one.reason


def test_images_are_made_once_and_kept_until_switched_off(
    bring: Callable[..., None], drawn: Path, tmp_path: Path, open_: OpenWorkspace
) -> None:
    bring(variants=Variants)
    open_(tmp_path / "w", source=drawn, generator="variants").close()
    calls = Variants.calls
    with open_(tmp_path / "w") as again:
        assert again.engine.criteria[CRITERION].asking.state()[0].synthetic is not None
    assert Variants.calls == calls
    with open_(tmp_path / "w", generator="none") as without:
        assert without.engine.criteria[CRITERION].asking.state()[0].synthetic is None


def test_a_bad_generator_stops_nothing_else(
    bring: Callable[..., None], drawn: Path, digits: Path, tmp_path: Path, open_: OpenWorkspace
) -> None:
    bring(fails=Fails)
    with pytest.raises(UnknownName, match="Valid: fails"):
        open_(tmp_path / "a", source=drawn, generator="other")
    with pytest.raises(WorkspaceError, match="leave --generator or --embeddings out"):
        open_(tmp_path / "b", embeddings=digits, generator="fails")
    with pytest.raises(ProposalError, match=r"'fails'.*out of ideas"):
        open_(tmp_path / "c", source=picture_folder(tmp_path), generator="fails")
    with open_(tmp_path / "c", generator="none") as workspace:
        assert workspace.status(CRITERION)["embedded"] == 3


def test_an_item_that_has_some_of_its_images_gets_the_rest(tmp_path: Path) -> None:
    from curation.spaces.encode import encode_generated

    encoder, folder = create_encoder("builtin", "cpu"), picture_folder(tmp_path)
    store = EmbeddingStore(tmp_path / "e", encoder.dim, 0)
    items = [(f"{n:032x}", file, None) for n, file in enumerate(sorted(folder.iterdir()))]
    items.append((f"{9:032x}", folder / "gone.png", None))
    given = ("variants", Variants(), encoder, store, items, 4)
    first = next(encode_generated(*given))
    assert (first.done, first.total, len(store)) == (1, 4, 4)
    other = EmbeddingStore(tmp_path / "torn", encoder.dim, 0)
    other.append(generated_ids(items[0][0], 4)[:2], store.vectors()[:2])
    *_, last = encode_generated(*given[:3], other, items, 4)
    assert (last.done, len(other), len(last.failed)) == (4, 12, 1)
    found = generators.read_generated(other, [task[0] for task in items], 4)
    assert (found.rows[3] == -1).all()
    np.testing.assert_allclose(found.vectors[found.rows[0]], store.vectors(), atol=1e-6)


def picture_folder(folder: Path) -> Path:
    """Three noisy pictures."""
    made = folder / "pictures"
    made.mkdir()
    for number in range(3):
        Image.effect_noise((40, 30), 40 + 20 * number).convert("RGB").save(made / f"{number}.png")
    return made
