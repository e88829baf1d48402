"""Decisions in tables that people and other tools wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.errors import DecisionError, SourceError
from curation.workspace import Workspace, open_workspace
from curation.workspace.decision_file import SPELLINGS

CRITERION = "belongs together"
NAMES = [f"cam/r{n}.jpg" for n in range(12)]


@pytest.fixture
def small(tmp_path: Path, open_: Any) -> Workspace:
    vectors = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    np.savez(tmp_path / "v.npz", F=vectors, files=np.array(NAMES))
    opened: Workspace = open_(embeddings=tmp_path / "v.npz")
    return opened


def take(workspace: Workspace, path: Path, text: str, **options: Any) -> dict[str, Any]:
    path.write_text(text)
    return workspace.review.take_decisions(CRITERION, "f", path, **options)


def verdicts(workspace: Workspace) -> list[str]:
    return [row["verdict"] for row in workspace.review.decisions(CRITERION)["rows"]]


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("Same", "same"), ("match", "same"), ("1", "same"), ("YES", "same"), ("true", "same"),
        ("Must Link", "same"), (" duplicate ", "same"), ("0", "different"), ("No", "different"),
        ("non_match", "different"), ("distinct", "different"), ("cannot-link", "different"),
        ("?", "unsure"), ("Not sure", "unsure"), ("can't tell", "incomparable"),
    ],
)  # fmt: skip
def test_usual_spellings_of_a_verdict(
    small: Workspace, tmp_path: Path, written: str, verdict: str
) -> None:
    text = f"a,b,verdict\n{NAMES[0]},{NAMES[1]},{written}\n"
    assert take(small, tmp_path / "d.csv", text) == {"recorded": 1, "known": 0}
    assert verdicts(small) == [verdict]


def test_every_verdict_is_its_own_spelling() -> None:
    assert {SPELLINGS[name] for name in ("same", "different", "unsure", "incomparable")} == {
        "same", "different", "unsure", "incomparable",
    }  # fmt: skip
    assert all(spelling == spelling.lower() for spelling in SPELLINGS)


@pytest.mark.parametrize(
    "heading",
    ["a,b,verdict", "id_a,id_b,Verdict", "file_a,file_b,label", "image1,image2,match",
     "Image 1,Image 2,is_same", "left,right,answer", "path_1,path_2,is_duplicate"],
)  # fmt: skip
def test_usual_names_of_the_columns(small: Workspace, tmp_path: Path, heading: str) -> None:
    text = f"{heading}\n{NAMES[0]},{NAMES[1]},1\n".replace(",", ";")
    assert take(small, tmp_path / "d.csv", text)["recorded"] == 1
    assert verdicts(small) == ["same"]


def test_names_of_other_machines_are_told(small: Workspace, tmp_path: Path) -> None:
    text = "a,b,verdict\nC:\\data\\r0.jpg,R1,same\n"
    done = take(small, tmp_path / "d.csv", text)
    assert done["recorded"] == 1
    assert "C:\\data\\r0.jpg → cam/r0.jpg" in done["notes"][0]["reason"]
    assert "R1 → cam/r1.jpg" in done["notes"][0]["reason"]


WRONG = (
    f"a,b,verdict,kind\n{NAMES[0]},{NAMES[1]},same,\ngone.jpg,{NAMES[2]},same,\n"
    f"{NAMES[2]},{NAMES[3]},perhaps so,\n{NAMES[4]},{NAMES[4]},same,\n{NAMES[4]},,same,\n"
    f"{NAMES[5]},{NAMES[6]},,\n{NAMES[5]},{NAMES[6]},same,odd\n{NAMES[5]},x\n"
    f"{NAMES[7]},{NAMES[8]},different,\n"
)


def test_every_wrong_row_is_named_and_nothing_recorded(small: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DecisionError) as told:
        take(small, tmp_path / "d.csv", WRONG)
    lines = str(told.value).splitlines()
    assert lines[0].startswith("7 of 9 rows")
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == [
        f"row {n}" for n in range(3, 10)
    ]
    for line, reason in zip(
        lines[1:-1],
        ("gone.jpg", "perhaps so", "two different", "no item b", "verdict is missing", "odd",
         "2 values for 4"),
        strict=True,
    ):  # fmt: skip
        assert reason in line
    assert "--skip-bad" in lines[-1]
    assert verdicts(small) == []


def test_the_other_rows_are_recorded_on_request(small: Workspace, tmp_path: Path) -> None:
    done = take(small, tmp_path / "d.csv", WRONG, skip_bad=True)
    assert (done["recorded"], [row["row"] for row in done["skipped"]]) == (2, [3, 4, 5, 6, 7, 8, 9])
    assert sorted(verdicts(small)) == ["different", "same"]
    assert take(small, tmp_path / "d.csv", WRONG, skip_bad=True)["known"] == 2
    with pytest.raises(DecisionError, match="1 of 1 rows"):
        take(small, tmp_path / "e.csv", "a,b,verdict\nx,y,same\n", skip_bad=True)


def test_the_training_file_of_dedupe(small: Workspace, tmp_path: Path) -> None:
    pairs = {"distinct": [[NAMES[0], NAMES[1]]], "match": [[NAMES[2], NAMES[3]]]}
    assert take(small, tmp_path / "d.json", json.dumps(pairs))["recorded"] == 2
    assert sorted(verdicts(small)) == ["different", "same"]
    records = [{"a": NAMES[4], "b": NAMES[5], "verdict": True}]
    assert take(small, tmp_path / "e.json", json.dumps(records))["recorded"] == 1
    wrong: list[Any] = [{"match": [["x"]]}, {"pairs": []}, 7]
    for bad in wrong:
        with pytest.raises(SourceError, match=r"(two items|list of decisions)"):
            take(small, tmp_path / "f.json", json.dumps(bad))


def test_a_large_file_of_numbers_only(tmp_path: Path) -> None:
    names = [f"{n:03d}" for n in range(40)]
    vectors = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    np.savez(tmp_path / "v.npz", F=vectors, files=np.array(names))
    with open_workspace(tmp_path / "w", embeddings=tmp_path / "v.npz", inline=True) as workspace:
        rows = "\n".join(f"{a},{b},1" for a, b in zip(names[::2], names[1::2], strict=True))
        done = take(workspace, tmp_path / "d.csv", f"a,b,verdict\n{rows}\n")
        assert done == {"recorded": 20, "known": 0}
