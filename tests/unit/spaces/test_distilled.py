"""The file of a distilled encoder: what is written is what is read, and damage is noticed."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from curation.errors import EncoderError, UnknownName
from curation.spaces.distilled import (
    Shape,
    Student,
    load_distilled,
    read_distilled,
    save_distilled,
)
from curation.spaces.encoders import create_encoder

SHAPE = Shape("mobilenetv3_small_050", 32, 8)
CPU = torch.device("cpu")


@pytest.fixture
def student() -> Student:
    torch.manual_seed(0)
    return Student(SHAPE).eval()


@pytest.fixture
def file(student: Student, tmp_path: Path) -> Path:
    save_distilled(student, SHAPE, tmp_path / "small.safetensors")
    return tmp_path / "small.safetensors"


def metadata(file: Path) -> dict[str, str]:
    with safe_open(file, framework="pt") as opened:
        return dict(opened.metadata())


def test_a_file_says_what_it_is(file: Path) -> None:
    told = json.loads(metadata(file)["student"])
    assert (told["architecture"], told["size"], told["dim"]) == ("mobilenetv3_small_050", 32, 8)
    tensors = load_file(file)
    assert tensors["conv_stem.weight"].dtype == torch.float16
    assert tensors["bn1.running_var"].dtype == torch.float32
    assert read_distilled(file)[1] == SHAPE


def test_the_encoder_gives_the_students_vectors(student: Student, file: Path) -> None:
    batch = torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8)
    encoder = load_distilled(file, CPU)
    with torch.no_grad():
        vectors = student(SHAPE.preprocess().normalise(batch))
    expected = torch.nn.functional.normalize(vectors, dim=1)
    torch.testing.assert_close(encoder.encode(batch), expected, atol=3e-3, rtol=0)
    assert encoder.spec == f"distilled:{file}"


def test_a_changed_byte_is_noticed(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(EncoderError, match="checksum differs"):
        load_distilled(file, CPU)


def test_a_changed_description_is_noticed(file: Path) -> None:
    told = metadata(file)
    other = told | {"student": told["student"].replace("32", "48")}
    save_file(load_file(file), file, other)
    with pytest.raises(EncoderError, match="checksum differs"):
        load_distilled(file, CPU)


@pytest.mark.parametrize("damage", ["missing", "short", "garbage", "plain", "unknown"])
def test_files_that_cannot_be_used(file: Path, damage: str) -> None:
    if damage == "missing":
        file.unlink()
    if damage == "short":
        file.write_bytes(file.read_bytes()[:-50])
    if damage == "garbage":
        file.write_bytes(b"nothing")
    if damage == "plain":
        save_file(load_file(file), file)
    if damage == "unknown":
        save_file(load_file(file), file, {"format": "other"})
    with pytest.raises(EncoderError, match=r"small\.safetensors"):
        create_encoder(f"distilled:{file}", "cpu")


def test_a_file_must_be_named() -> None:
    with pytest.raises(EncoderError, match="distilled:FILE"):
        create_encoder("distilled", "cpu")


def test_an_unknown_architecture_lists_near_ones() -> None:
    with pytest.raises(UnknownName, match="mobilenetv4_conv_small"):
        Student(Shape("mobilnetv4_conv_smal", 32, 8))
