from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import numpy as np
import open_clip
import pytest
import timm
import torch
from huggingface_hub import constants
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from curation.errors import EncoderError, UnknownName
from curation.ports import free_port
from curation.spaces import builtin
from curation.spaces.encoders import create_encoder, encode_images, resolve_device
from curation.spaces.preprocess import Preprocess


def pictures(n: int = 3) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (40 + 20 * k, 70, 3), np.uint8)) for k in range(n)]


@pytest.fixture(params=["builtin", "distilled", "timm", "open_clip"])
def spec(request: pytest.FixtureRequest) -> str:
    if request.param == "builtin":
        return "builtin"
    if request.param == "distilled":
        return f"distilled:{request.getfixturevalue('distilled_file')}"
    if request.param == "timm":
        return f"timm:mobilenetv3_small_050:{request.getfixturevalue('timm_file')}"
    return f"open_clip:tiny-test:{request.getfixturevalue('clip_file')}"


def test_every_encoder_keeps_the_contract(spec: str) -> None:
    encoder = create_encoder(spec, "cpu")
    assert encoder.spec == spec
    assert len(encoder.fingerprint) == 32
    square = encoder.preprocess(pictures(1)[0])
    assert square.shape == (3, encoder.size, encoder.size)
    assert square.dtype == torch.uint8
    vectors = encode_images(encoder, pictures(), batch_size=2)
    assert vectors.shape == (3, encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encode_images(encoder, []).shape == (0, encoder.dim)
    alone = encode_images(encoder, pictures()[1:2])
    np.testing.assert_allclose(alone[0], vectors[1], atol=1e-5)


def test_plain_pictures_do_not_break_an_encoder(spec: str) -> None:
    encoder = create_encoder(spec, "cpu")
    plain = [Image.new("RGB", (9, 9), colour) for colour in ("black", "white", "red")]
    plain += [Image.new("RGB", (1, 1)), Image.new("RGB", (300, 2)), Image.new("RGB", (2, 300))]
    vectors = encode_images(encoder, plain)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.fixture(scope="module")
def told_elsewhere(distilled_file: Path, timm_file: Path) -> dict[str, tuple[str, str]]:
    """Spec and fingerprint of each kind of encoder, as one other process tells them.

    Without open_clip: its tiny model is registered in this process only.
    """
    specs = {
        "builtin": "builtin",
        "distilled": f"distilled:{distilled_file}",
        "timm": f"timm:mobilenetv3_small_050:{timm_file}",
    }
    code = f"""
from curation.spaces.encoders import create_encoder
for spec in {list(specs.values())!r}:
    print(create_encoder(spec).fingerprint)
"""
    run = [sys.executable, "-W", "ignore", "-c", code]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=root)
    told = zip(specs.values(), done.stdout.split(), strict=True)
    return dict(zip(specs, told, strict=True))


@pytest.mark.parametrize("kind", ["builtin", "distilled", "timm"])
def test_the_fingerprint_is_the_same_in_another_process(
    kind: str, told_elsewhere: dict[str, tuple[str, str]]
) -> None:
    spec, fingerprint = told_elsewhere[kind]
    assert fingerprint == create_encoder(spec, "cpu").fingerprint


def test_the_fingerprint_follows_the_weights_not_their_place(
    timm_file: Path, tmp_path: Path
) -> None:
    weights = load_file(timm_file)
    save_file(weights, tmp_path / "moved.safetensors")
    torch.save({"state_dict": {f"module.{k}": v for k, v in weights.items()}}, tmp_path / "m.pt")
    first = next(k for k in weights if weights[k].ndim == 4)
    save_file(weights | {first: weights[first] + 1}, tmp_path / "other.safetensors")

    def fingerprint(file: Path) -> str:
        return create_encoder(f"timm:mobilenetv3_small_050:{file}", "cpu").fingerprint

    same = fingerprint(timm_file)
    assert fingerprint(tmp_path / "moved.safetensors") == same
    assert fingerprint(tmp_path / "m.pt") == same
    assert fingerprint(tmp_path / "other.safetensors") != same


def test_text_lands_in_the_space_of_pictures(clip_file: Path) -> None:
    encoder = create_encoder(f"open_clip:tiny-test:{clip_file}", "cpu")
    assert encoder.has_text
    vectors = encoder.encode_text(["a bottle", "a cardboard box"])
    assert vectors.shape == (2, encoder.dim)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))


def test_an_encoder_without_text_says_so() -> None:
    encoder = create_encoder("builtin", "cpu")
    assert not encoder.has_text
    with pytest.raises(EncoderError, match="text tower"):
        encoder.encode_text(["a bottle"])


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("bulitin", "builtin"),
        ("timm:resnet05", "resnet50"),
        ("open_clip:ViT-B-23", "ViT-B-32"),
        ("open_clip:ViT-B-32:laion2b", "laion2b_e16"),
    ],
)
def test_unknown_names_list_near_ones(spec: str, hint: str) -> None:
    with pytest.raises(UnknownName, match=hint):
        create_encoder(spec, "cpu")


def test_builtin_has_no_variants() -> None:
    with pytest.raises(EncoderError, match="plain 'builtin'"):
        create_encoder("builtin:large", "cpu")


@contextmanager
def hub(status: int) -> Iterator[list[str]]:
    """A hub that answers everything with a status; what it was asked."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_error(status)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch, server:
        patch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield asked
        server.shutdown()
        thread.join()


@pytest.fixture(params=["refuses", "answers 503"])
def hub_away(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """A hub that is not there, or whose proxy says so; what it was asked."""
    if request.param == "answers 503":
        with hub(503) as asked:
            yield asked
        return
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free_port('127.0.0.1', None)}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield []


@pytest.mark.parametrize("spec", ["timm:resnet18", "open_clip:ViT-B-32"])
def test_a_hub_that_is_away_is_asked_once_and_the_way_out_named(
    hub_away: list[str], spec: str
) -> None:
    with pytest.raises(EncoderError, match=f"{spec}:/path/to/weights.safetensors") as caught:
        create_encoder(spec, "cpu")
    told = str(caught.value)
    assert "cannot be reached" in told
    assert constants.ENDPOINT in told
    assert "\n" not in told
    assert len(hub_away) <= 1
    assert constants.HF_HUB_OFFLINE is False


MODULES = [(timm, "timm:resnet18"), (open_clip, "open_clip:ViT-B-32")]


@pytest.mark.parametrize(("module", "spec"), MODULES)
def test_a_fetch_that_fails_names_the_form_with_a_file(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, spec: str
) -> None:
    def unreachable(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(module, "create_model", unreachable)
    with hub(404), pytest.raises(EncoderError, match=f"{spec}:/path/to/weights") as caught:
        create_encoder(spec, "cpu")
    assert "no route to host" in str(caught.value)


@pytest.mark.parametrize(("module", "spec"), MODULES)
def test_weights_fetched_before_need_no_hub(
    hub_away: list[str], monkeypatch: pytest.MonkeyPatch, module: ModuleType, spec: str
) -> None:
    """The client is told to look into its own folder: what is there, it finds."""
    seen = []

    def create(name: str, **_: object) -> object:
        seen.append(constants.HF_HUB_OFFLINE)
        raise OSError("the file is cut")

    monkeypatch.setattr(module, "create_model", create)
    with pytest.raises(EncoderError, match=f"{spec}:/path/to/weights.safetensors"):
        create_encoder(spec, "cpu")
    assert seen == [True]


def test_a_model_without_published_weights_asks_for_a_file(clip_file: Path) -> None:
    assert clip_file.exists()
    with pytest.raises(EncoderError, match="no published weights"):
        create_encoder("open_clip:tiny-test", "cpu")


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (Path("exploded"),))


@pytest.mark.parametrize("family", ["timm:mobilenetv3_small_050", "open_clip:tiny-test"])
@pytest.mark.parametrize("damage", ["missing", "garbage", "short", "code", "other"])
def test_weights_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip_file: Path, family: str, damage: str
) -> None:
    assert clip_file.exists()
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ("w.pt" if damage == "code" else "w.safetensors")
    if damage == "garbage":
        file.write_bytes(b"no weights at all")
    if damage == "short":
        save_file({"a": torch.zeros(100)}, file)
        file.write_bytes(file.read_bytes()[:-50])
    if damage == "code":
        torch.save({"a": Bomb()}, file)
    if damage == "other":
        save_file({"a": torch.zeros(3)}, file)
    with pytest.raises(EncoderError, match="w\\."):
        create_encoder(f"{family}:{file}", "cpu")
    assert not (tmp_path / "exploded").exists()


def test_devices() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(EncoderError, match="cuda:99"):
        resolve_device("cuda:99")
    for wrong in ("gpu", "cuda:x", "cpu:1"):
        with pytest.raises(EncoderError, match="auto, cpu, cuda or cuda:N"):
            resolve_device(wrong)


def test_the_middle_is_kept_or_everything_is() -> None:
    image = Image.new("RGB", (90, 30), "red")
    image.paste("green", (30, 0, 60, 30))
    mean, std = (0.0,) * 3, (1.0,) * 3
    middle = Preprocess(8, mean, std, "shortest")(image)
    assert (middle[0] < 30).all()
    squashed = Preprocess(8, mean, std, "squash")(image)
    assert squashed[0, :, 0].min() > 200
    barred = Preprocess(8, mean, std, "longest")(image)
    assert (barred[:, 0] == 0).all()
    assert barred[0, 4, 0] > 200


def test_normalising() -> None:
    preprocess = Preprocess(2, (0.5, 0.25, 0.0), (0.5, 0.5, 1.0))
    batch = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert preprocess.normalise(batch)[0, :, 0, 0].tolist() == [1.0, 1.5, 1.0]


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_builtin_says_how_to_restore_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    data = bytearray(builtin.WEIGHTS.read_bytes())
    assert len(data) <= 12_000_000
    data[-1000] ^= 1
    monkeypatch.setattr(builtin, "WEIGHTS", tmp_path / "builtin.safetensors")
    if damage == "changed":
        builtin.WEIGHTS.write_bytes(bytes(data))
    with pytest.raises(EncoderError, match="Restore its file"):
        create_encoder("builtin", "cpu")


def test_builtin_tells_colours_and_forms() -> None:
    def drawn(form: str, colour: str, shift: int) -> Image.Image:
        image = Image.new("RGB", (120, 120), "#8a8f94")
        draw, box = ImageDraw.Draw(image), (30 + shift, 30, 90 + shift, 90)
        (draw.ellipse if form == "disc" else draw.rectangle)(box, fill=colour)
        return image

    def alike(a: Image.Image, b: Image.Image) -> float:
        one, other = encode_images(encoder, [a, b])
        return float(one @ other)

    encoder = create_encoder("builtin", "cpu")
    red = drawn("disc", "#c02020", 0)
    same = alike(red, drawn("disc", "#c02020", 4))
    assert same > alike(red, drawn("disc", "#2040c0", 4))
    assert same > alike(red, drawn("square", "#c02020", 4))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_cpu(spec: str) -> None:
    on_cpu = encode_images(create_encoder(spec, "cpu"), pictures())
    on_cuda = encode_images(create_encoder(spec, "cuda"), pictures())
    assert (on_cpu * on_cuda).sum(1).min() > 0.99
