"""The commands for trying things out: demo, draw and simulate."""

from __future__ import annotations

import csv
import re
import shlex
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Run
from PIL import Image

import app
from curation.commands import opening, simulated_review
from curation.commands.simulated_review import simulate_source
from curation.demo.packed import SHIPPED
from curation.files import write_json

SHOWN = {
    "answers": "answers", "ARI": "ari", "unseen": "ari_unseen", "free-k": "ari_estimated_k",
    "NMI": "nmi", "ACC": "acc", "5-NN": "knn5", "same": "implied_same",
    "different": "implied_different", "conflicts": "conflicts",
}  # fmt: skip
"""Headings of the table with their names in the curve."""


def test_objects_are_drawn_and_packed(run: Run, tmp_path: Path) -> None:
    out, packed = tmp_path / "set", tmp_path / "set.zip"
    asked = ["draw", "--out", out, "--images", 3, "--seed", 2, "--size", 16, "--jobs", 1]
    done = run.json(*asked, "--zip", packed)
    assert (done["manifest"], done["drawn"]) == (str(out / "metadata.csv"), 3)
    assert done["images_per_second"] > 0
    assert packed.stat().st_size > 0
    code, text, _ = run(*asked)
    assert (code, text.startswith("0 drawn, 3 found")) == (0, True)
    (out / "images" / "00001.webp").unlink()
    rate = r"1 drawn in [\d.]+ s \([\d.e+]+ images/s with --jobs 1\), 2 found: .*metadata\.csv\n"
    assert re.fullmatch(rate, run(*asked)[1])
    assert "3 images or more" in run.refused("draw", "--out", out, "--images", 2, "--seed", 2,
                                             "--size", 16)  # fmt: skip
    assert "got the folder" in run.refused("draw", "--out", tmp_path / "b", "--zip", out)
    assert not (tmp_path / "b").exists()  # told before the drawing
    assert "from 1 to 50,000" in run.refused("draw", "--out", out, "--images", 0)
    assert "drawn otherwise" in run.refused("draw", "--out", out, "--images", 3, "--seed", 3)


def test_the_shipped_images_are_drawn_by_the_command_beside_them(run: Run, tmp_path: Path) -> None:
    told = SHIPPED.with_name("README.md").read_text()
    command = next(line for line in told.splitlines() if line.startswith("curation draw "))
    words = shlex.split(command)[1:]
    for option, value in {"--out": tmp_path, "--images": 1, "--zip": tmp_path / "z.zip"}.items():
        words[words.index(option) + 1] = str(value)
    assert run(*words)[0] == 0
    with zipfile.ZipFile(SHIPPED) as packed, packed.open("images/00000.webp") as shipped:
        wanted = np.asarray(Image.open(shipped), float)
    drawn = np.asarray(Image.open(tmp_path / "images" / "00000.webp"), float)
    assert np.abs(drawn - wanted).mean() < 1  # of 255: another libwebp may round otherwise


def test_the_demo_takes_no_other_images(run: Run, tmp_path: Path) -> None:
    assert "brings its own images" in run.refused("demo", tmp_path)
    assert run.served == []


@pytest.mark.parametrize("kind", ["source", "embeddings"])
def test_the_demo_leaves_a_workspace_of_other_images_alone(
    run: Run, images: Path, tmp_path: Path, kind: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    write_json(work / "workspace.json", {kind: str(images)})
    told = run.refused("demo", "--workspace", work)
    assert f"was made of {images}" in told
    assert "Leave --workspace out" in told
    assert [file.name for file in work.iterdir()] == ["workspace.json"]
    assert run.served == []


def test_the_demo_opens_its_own_workspace_again(run: Run, tmp_path: Path) -> None:
    work = tmp_path / "work"
    assert run("demo", "--digits", "--workspace", work)[0] == 0
    write_json(work / "workspace.json", {"source": str(run.served[0].source)})
    assert run("demo", "--digits", "--workspace", work)[0] == 0
    assert "was made of" in run.refused("demo", "--workspace", work)


def test_the_demo_offers_three_criteria_over_the_objects(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("demo", "--workspace", tmp_path / "demo")[0] == 0
    opened = run.served[0]
    with Path(opened.source).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 200
    assert (Path(opened.source).parent / rows[-1]["file"]).stat().st_size > 0
    assert list(opened.offered) == ["same object", "same bin", "same colour"]
    monkeypatch.setattr(opening, "HOME", tmp_path / "home")
    assert run()[0] == 0  # plain app.py
    assert run.served[1].workspace == tmp_path / "home" / "demo"
    assert run("demo", "--digits", "--workspace", tmp_path / "digits")[0] == 0
    assert run.served[2].offered is None
    assert "digit" in Path(run.served[2].source).read_text().splitlines()[0]


def test_the_app_takes_the_demos_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[Any] = []

    def serve(options: Any) -> int:
        served.append(options)
        return 0

    monkeypatch.setattr(app, "serve", serve)
    work = tmp_path / "demo"  # a value that is a command's name must not be taken for it
    given = ["--digits", "--workspace", str(work), "--port", "7999", "--no-browser"]
    assert app.main(given) == 0
    assert (served[0].workspace, served[0].port, served[0].no_browser) == (str(work), 7999, True)
    assert "digit" in Path(served[0].source).read_text().splitlines()[0]
    monkeypatch.chdir(tmp_path)
    assert app.main(["--workspace", "demo"]) == 0
    assert Path(served[1].source).is_file()
    assert app.main(["--digits", str(tmp_path)]) == 2
    assert "brings its own images" in capsys.readouterr().err
    assert len(served) == 2


def test_a_simulation_shows_its_curve_as_a_table(
    run: Run, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []

    def recording(**options: Any) -> Any:
        results.append(simulate_source(**options))
        return results[-1]

    monkeypatch.setattr(simulated_review, "simulate_source", recording)
    code, text, _ = run(
        "simulate", "--embeddings", digits, "--labels", "folder", "--answers", 2, "--seed", 3
    )
    curve = results[0]["curve"]
    lines = text.splitlines()
    assert code == 0
    assert lines[0].startswith("150 items with 10 values of folder; strategy mix")
    assert lines[0].endswith("seed 3")
    headings, *rows = [line.split() for line in lines[1 : 2 + len(curve)]]
    assert [row["answers"] for row in curve] == [0, 2]
    for row, cells in zip(curve, rows, strict=True):
        shown = dict(zip(headings, cells, strict=True))
        for heading, name in SHOWN.items():
            assert float(shown[heading]) == pytest.approx(row[name], abs=6e-4)
        right = row["same_precision"]
        assert shown["right"] == ("-" if right is None else f"{right:.3f}")
    assert rows[0][headings.index("right")] == "-"  # no pair is held the same yet
    assert len({len(line) for line in lines[1 : 2 + len(curve)]}) == 1
    assert "unseen: ARI of the items never asked about" in text


def test_a_simulation_by_seconds_shows_its_curve(run: Run, digits: Path) -> None:
    code, text, _ = run(
        "simulate", "--embeddings", digits, "--labels", "folder", "--seconds", 20, "--forms", "name"
    )
    assert code == 0
    first, headings, row, *_ = text.splitlines()
    assert first.startswith("150 items with 10 values of folder; strategy name")
    assert headings.split() == ["seconds", "asked", "images", "seen", "ARI", "unseen", "sure",
                                "settled", "next", "minute", "computed"]  # fmt: skip
    assert row.split()[0] == "20"
    code, text, _ = run(
        "simulate", "--embeddings", digits, "--labels", "folder", "--seconds", 20, "--accept", 0.9
    )
    assert code == 0
    assert "accepted unseen" in text.splitlines()[-1]
    code, _, error = run("simulate", "--embeddings", digits, "--labels", "folder", "--accept", 0.9)
    assert code != 0
    assert "--seconds" in error
    code, _, error = run(
        "simulate", "--embeddings", digits, "--labels", "folder", "--seconds", 20,
        "--skip-rate", 0.5,
    )  # fmt: skip
    assert code != 0
    assert "--skip-rate" in error


def test_a_reviewer_model_that_is_none_is_refused(
    run: Run, digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("simulate", "--embeddings", digits, "--labels", "folder", "--seconds", 20)
    with pytest.raises(SystemExit):
        run(*given, "--reviewer", "speed=2")
    assert "Expected seconds of" in capsys.readouterr().err
