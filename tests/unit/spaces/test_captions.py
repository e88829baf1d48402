"""Captions through the encoder's text tower, as strategies see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curation.spaces.captions import encode_captions, read_captions, texts_of
from curation.spaces.encoders import create_encoder
from curation.spaces.store import EmbeddingStore
from curation.workspace import Workspace

CRITERION = "belongs together"


def test_each_text_is_embedded_once(clip_file: Path, tmp_path: Path) -> None:
    encoder = create_encoder(f"open_clip:tiny-test:{clip_file}", "cpu")
    store = EmbeddingStore(tmp_path / "captions", encoder.dim, 0)
    values = ["a cup", None, "a jug", " a cup ", "", "a cup", 7]
    texts = texts_of(values)
    assert texts == ["a cup", "a jug", "7"]
    assert list(encode_captions(encoder, store, texts)) == [3]
    assert list(encode_captions(encoder, store, [*texts, "a pot"])) == [4]
    got = read_captions(tmp_path / "captions", encoder.dim, [*values, "never seen"])
    assert got is not None
    said = encoder.encode_text(["a cup", "a jug", "7"]).numpy()
    zero = np.zeros_like(said[0])
    expected = [said[0], zero, said[1], said[0], zero, said[0], said[2], zero]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_no_caption_is_no_second_modality(tmp_path: Path) -> None:
    assert read_captions(tmp_path / "none", 4, ["a cup"]) is None
    EmbeddingStore(tmp_path / "empty", 4, 0).append(["other"], np.eye(4, dtype=np.float32)[:1])
    assert read_captions(tmp_path / "empty", 4, ["a cup", None]) is None


@pytest.fixture
def captioned(images: Path) -> Path:
    """The drawn images, each said to be what its folder is called, every fourth not described."""
    files = sorted(images.glob("*/*.png"))
    lines = [
        f"{file.relative_to(images)},{'' if number % 4 == 0 else f'a {file.parent.name}'}"
        for number, file in enumerate(files)
    ]
    (images / "metadata.csv").write_text("\n".join(["file,caption", *lines]))
    return images


def test_text_agree_reads_captions(
    captioned: Path, clip_file: Path, open_: Callable[..., Workspace]
) -> None:
    workspace = open_(source=captioned, encoder=f"open_clip:tiny-test:{clip_file}")
    rows = workspace.review.propose(CRITERION, "text_agree", 20)
    assert rows
    for row in rows:
        ends = [workspace.items.get(row[end]).attributes for end in ("a", "b")]
        assert ends[0]["caption"] == ends[1]["caption"] is not None
    workspace.items.show_attributes([])
    second = workspace.engine.seen.second([item.id for item in workspace.catalogue.items])
    assert second is None  # hidden, as where labels are the captions


def test_an_encoder_without_text_says_what_is_absent(
    captioned: Path, open_: Callable[..., Workspace]
) -> None:
    workspace = open_(source=captioned)
    row = next(r for r in workspace.review.strategies(CRITERION) if r["id"] == "text_agree")
    assert "an encoder that reads text" in row["absent"]
