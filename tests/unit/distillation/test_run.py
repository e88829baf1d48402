"""Whole runs, by the function and by the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation.commands.main import main
from curation.distillation.report import knn_report, read_labelled
from curation.distillation.run import Progress, Request, Result, distill
from curation.errors import EncoderError, SourceError, TrainingError
from curation.spaces.encoders import create_encoder, encode_images

RequestOf = Callable[..., Request]
SMALL = [
    "--into", "mobilenetv3_small_050", "--size", "32", "--epochs", "1", "--batch", "16",
    "--crops", "1", "--device", "cpu",
]  # fmt: skip


def finish(steps: Any) -> tuple[list[Progress], Result]:
    told = []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return told, end.value


def pictures(folder: Path, n: int = 6) -> list[Image.Image]:
    return [Image.open(file).convert("RGB") for file in sorted(folder.rglob("*.png"))[:n]]


def test_an_encoder_is_made_and_used(request_of: RequestOf, drawn: Path) -> None:
    told, result = finish(distill(request_of(report=[drawn])))
    assert [step.stage for step in told] == ["images", "teacher", *["training"] * 3]
    assert (result.images, result.crops, result.dim) == (48, 96, 16)
    assert result.report[0]["images"] == 48
    assert 0 <= result.report[0]["knn5"] <= 1  # type: ignore[operator]
    encoder = create_encoder(f"distilled:{result.out}", "cpu")
    assert (encoder.size, encoder.dim) == (32, 16)
    assert encode_images(encoder, pictures(drawn)).shape == (6, 16)


def test_vectors_of_crops_teach_alike(request_of: RequestOf, table: Path, archive: Path) -> None:
    told, result = finish(distill(request_of(teacher=str(table), images=[archive])))
    assert "teacher" not in {step.stage for step in told}
    assert (result.images, result.crops, result.dim) == (48, 96, 8)


def test_an_interrupted_run_goes_on(request_of: RequestOf, drawn: Path, tmp_path: Path) -> None:
    _, whole = finish(distill(request_of()))
    parts = request_of(work=tmp_path / "other", out=tmp_path / "parts.safetensors")
    steps = distill(parts)
    while next(steps).stage != "training":
        pass
    steps.close()
    told, resumed = finish(distill(parts))
    assert [step.done for step in told if step.stage == "training"] == [2, 3]
    made = [create_encoder(f"distilled:{one.out}", "cpu") for one in (whole, resumed)]
    first, second = (encode_images(encoder, pictures(drawn)) for encoder in made)
    np.testing.assert_allclose(first, second, atol=2e-3)
    create_encoder(f"distilled:{tmp_path / 'other' / 'snapshot.safetensors'}", "cpu")


def test_a_work_folder_belongs_to_one_run(request_of: RequestOf, table: Path) -> None:
    request = request_of()
    next(distill(request))
    with pytest.raises(TrainingError, match=r"teacher.*another --work"):
        next(distill(replace(request, teacher=str(table))))
    (request.work / "run.json").write_text("{")
    with pytest.raises(TrainingError, match="damaged"):
        next(distill(request))


def test_the_training_may_change_before_it_begins(request_of: RequestOf) -> None:
    request = request_of()
    next(distill(request))
    other = replace(request, settings=replace(request.settings, learning_rate=0.01))
    finish(distill(other))
    with pytest.raises(TrainingError, match=r"learning_rate 0.01, got.*checkpoint.pt to train"):
        next(distill(request))
    (request.work / "checkpoint.pt").unlink()
    next(distill(request))


def test_other_vectors_of_the_same_size_are_another_teacher(
    request_of: RequestOf, table: Path
) -> None:
    request = request_of(teacher=str(table))
    next(distill(request))
    with np.load(table) as known:
        arrays = dict(known)
    np.savez(table, **{**arrays, "vectors": arrays["vectors"][::-1]})
    with pytest.raises(TrainingError, match="teacher"):
        next(distill(request))


def test_near_duplicates_and_unreadable_files_are_left_out(
    request_of: RequestOf, images: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "tested").mkdir()
    for k in range(3):
        noise = Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8)).resize((64, 64))
        noise.save(images / f"noise {k}.png")
        noise.resize((40, 40)).save(tmp_path / "tested" / f"{k}.png")
    (images / "damaged.png").write_bytes(b"\x89PNG")
    request = request_of(images=[images], exclude=[tmp_path / "tested"])
    _, result = finish(distill(request))
    assert (result.images, result.near_duplicates, result.unreadable) == (48, 3, 1)
    with pytest.raises(SourceError, match="48 are near-duplicates"):
        finish(distill(request_of(exclude=[images], work=tmp_path / "none left")))


def test_labels_come_from_the_table_or_the_folders(images: Path, tmp_path: Path) -> None:
    encoder = create_encoder("builtin", "cpu")
    assert sorted(set(read_labelled(images).labels)) == ["disc", "square", "triangle"]
    by_folder = knn_report(encoder, read_labelled(images))
    (images / "zero.png").write_bytes(b"")
    names = sorted(file.relative_to(images).as_posix() for file in images.rglob("*.png"))
    lines = [f"{name},{'round' if 'disc' in name else 'edged'}" for name in names]
    (images / "metadata.csv").write_text("\n".join(["file,label", *lines]))
    by_table = knn_report(encoder, read_labelled(images))
    assert (by_folder["labels"], by_table["labels"]) == (3, 2)
    assert by_folder["images"] == by_table["images"] == 48
    assert float(by_folder["knn5"]) > 0.6  # type: ignore[arg-type]
    shutil.rmtree(images / "square")
    shutil.rmtree(images / "triangle")
    (images / "metadata.csv").unlink()
    with pytest.raises(SourceError, match="two labels"):
        read_labelled(images)


# --- the command ---------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = main(["distill", *map(str, arguments)], lambda _: 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_the_command(capsys: pytest.CaptureFixture[str], drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.safetensors"
    given = ["builtin", "--images", drawn, "--out", out, "--report", drawn, *SMALL]
    code, text, err = run(capsys, *given)
    assert code == 0
    assert "training 1/1: 32 px, loss" in err
    assert "shapes: 5-NN 0." in text
    assert f"--encoder distilled:{out}" in text
    code, text, _ = run(capsys, *given, "--json")
    assert json.loads(text)["images"] == 48
    assert (tmp_path / "s.safetensors.work" / "run.json").exists()


def test_bad_input(capsys: pytest.CaptureFixture[str], drawn: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    out = ["--out", tmp_path / "s.safetensors"]

    def refused(teacher: str, images: Path, *options: Any) -> str:
        code, _, err = run(capsys, teacher, "--images", images, *out, *SMALL, *options)
        assert code == 2
        return err

    assert "No item in the folder" in refused("builtin", tmp_path / "empty")
    missing = tmp_path / "none.safetensors"
    assert "none.safetensors" in refused(f"timm:resnet10t:{missing}", drawn)
    assert "resnet10t" in refused("timm:resnet_10", drawn)
    assert "none.npz" in refused(str(tmp_path / "none.npz"), drawn)
    assert "mobilenetv4_conv_small" in refused("builtin", drawn, "--into", "mobilenet4_conv_small")
    assert "none.safetensors" in refused("builtin", drawn, "--start", missing)
    assert "inverted residual" in refused("builtin", drawn, "--into", "resnet10t", "--keep", "0.5")
    folder = ["--out", tmp_path / "empty"]
    assert "got the folder" in refused("builtin", drawn, *folder)
    assert "two labels" in refused("builtin", drawn, "--report", drawn / "disc")
    assert "cuda:N" in refused("builtin", drawn, "--device", "tpu")
    assert not (tmp_path / "s.safetensors").exists()
    assert not (tmp_path / "s.safetensors.work").exists()


@pytest.mark.parametrize(
    "wrong",
    [["--size", "8"], ["--epochs", "0"], ["--lr", "7"], ["--batch", "many"], ["--keep", "0"]],
)
def test_wrong_arguments(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["distill", "builtin", "--images", "x", "--out", "y", *SMALL, *wrong], lambda _: 0)
    assert stop.value.code == 2


def test_a_distilled_file_of_another_architecture_says_which(
    request_of: RequestOf,
) -> None:
    _, result = finish(distill(request_of()))
    with pytest.raises(EncoderError, match="of mobilenetv3_small_050, distilled"):
        create_encoder(f"timm:mobilenetv3_small_075:{result.out}", "cpu")
