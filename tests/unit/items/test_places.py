"""Paths as other machines and programs write them, from a table to the file that is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.errors import SourceError
from curation.items.source import Reading, Source, open_source

NFC, NFD = (unicodedata.normalize(form, "Größe") for form in ("NFC", "NFD"))


@pytest.fixture
def tree(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    for number, name in enumerate(
        ("a.jpg", "cam1/b.jpg", "cam1/c d.JPG", "cam2/deep/e.jpg", f"{NFC}.jpg", "cam2/a.jpg")
    ):
        draw(tmp_path / "photos" / name, number, format="JPEG")
    return tmp_path / "photos"


def table(tree: Path, *names: str, column: str = "file") -> Path:
    path = tree / "t.jsonl"
    path.write_text(
        "\n".join(f'{{"{column}": {quoted(name)}, "n": {n}}}' for n, name in enumerate(names))
    )
    return path


def quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def paths(source: Source) -> list[str]:
    return [entry.path for entry in source.entries()]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("./cam1/b.jpg", "cam1/b.jpg"),
        ("cam1\\b.jpg", "cam1/b.jpg"),
        ("cam1\\c d.JPG", "cam1/c d.JPG"),
        (" cam1/b.jpg ", "cam1/b.jpg"),
        ("'cam1/b.jpg'", "cam1/b.jpg"),
        ("CAM1/B.JPG", "cam1/b.jpg"),
        (f"{NFD}.jpg", f"{NFC}.jpg"),
        (f"{NFC}.JPG", f"{NFC}.jpg"),
    ],
)
def test_spellings_of_a_path_are_read_without_a_word(tree: Path, written: str, found: str) -> None:
    source = open_source(table(tree, written))
    assert paths(source) == [found]
    assert not source.report.notes


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (r"C:\Users\me\photos\cam1\b.jpg", "cam1/b.jpg"),
        ("d:/elsewhere/cam2/deep/e.jpg", "cam2/deep/e.jpg"),
        (r"\\nas\share\cam1\c d.JPG", "cam1/c d.JPG"),
        ("/mnt/old/photos/cam1/b.jpg", "cam1/b.jpg"),
        ("file:///C:/Users/me/photos/cam1/c%20d.JPG", "cam1/c d.JPG"),
        ("https://example.org/data/upload/cam1/b.jpg", "cam1/b.jpg"),
        (r"C:\e.jpg", "cam2/deep/e.jpg"),
        ("E.JPG", "cam2/deep/e.jpg"),
        ("e", "cam2/deep/e.jpg"),
    ],
)
def test_a_file_that_lies_elsewhere_now_is_found_and_told(
    tree: Path, written: str, found: str
) -> None:
    source = open_source(table(tree, written))
    assert paths(source) == [found]
    assert f"{written} → {found}" in source.report.notes[0].reason


def test_an_address_of_a_file_on_this_machine(tree: Path) -> None:
    assert paths(open_source(table(tree, (tree / "cam1" / "c d.JPG").as_uri()))) == ["cam1/c d.JPG"]
    assert paths(open_source(table(tree, str(tree / "a.jpg")))) == ["a.jpg"]


def test_what_is_not_the_only_one_is_not_guessed(tree: Path, draw: Callable[..., Path]) -> None:
    draw(tree / "cam1" / "B.jpg", 9)
    draw(tree / "cam2" / "f.png", 10)
    draw(tree / "cam2" / "f.jpg", 11)
    source = open_source(table(tree, "x/a.jpg", "cam1/b.JPG", "x/f", "x/e.jpg", "y/e.jpg", "a.jpg"))
    assert paths(source) == ["a.jpg"]
    assert [skip.reason.partition(":")[0] for skip in source.skipped] == [
        f"row {n}" for n in range(1, 6)
    ]


def test_a_guess_gives_way_to_the_row_that_names_the_file(tree: Path) -> None:
    source = open_source(table(tree, "gone/e.jpg", "cam2/deep/e.jpg"))
    assert [(entry.path, entry.attributes["n"]) for entry in source.entries()] == [
        ("cam2/deep/e.jpg", 1)
    ]
    assert len(source.skipped) == 1
    assert not source.report.notes


def test_a_root_and_another_beginning(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "tables"
    elsewhere.mkdir()
    path = table(tree, "cam1/b.jpg", r"Z:\set\cam2\a.jpg").rename(elsewhere / "t.jsonl")
    with pytest.raises(SourceError, match="row 1: file not found"):
        open_source(path)
    reading = Reading(root=str(tree), rewrite="Z:\\set=")
    source = open_source(path, reading=reading)
    assert source.root == tree
    assert paths(source) == ["cam1/b.jpg", "cam2/a.jpg"]
    reading = Reading(rewrite=f"cam={tree}/cam")
    assert [entry.file for entry in open_source(path, reading=reading).entries()] == [
        tree / "cam1" / "b.jpg"
    ]


def test_folder_and_name_in_two_columns(tree: Path) -> None:
    (tree / "t.csv").write_text("File,RelativePath,n\nb.jpg,cam1,1\na.jpg,cam2,2\na.jpg,,3\n")
    assert [(e.path, e.attributes["n"]) for e in open_source(tree / "t.csv").entries()] == [
        ("cam1/b.jpg", 1), ("cam2/a.jpg", 2), ("a.jpg", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "column",
    ["file", "file_name", "Filename", " FilePath ", "PATH", "image", "image_path", "Image Path",
     "img", "FileUpload", "uri", "SourceFile", "relative-path"],
)  # fmt: skip
def test_usual_names_of_the_file_column(tree: Path, column: str) -> None:
    (tree / "t.csv").write_text(f"{column},species\na.jpg,fox\n")
    (entry,) = open_source(tree / "t.csv").entries()
    assert (entry.path, dict(entry.attributes)) == ("a.jpg", {"species": "fox"})


def test_a_column_of_another_name_is_named_by_the_person(tree: Path) -> None:
    (tree / "t.csv").write_text("Belegfoto;file\ncam1/b.jpg;a.jpg\n")
    assert paths(open_source(tree / "t.csv")) == ["a.jpg"]
    reading = Reading(file_column="belegfoto")
    (entry,) = open_source(tree / "t.csv", reading=reading).entries()
    assert (entry.path, entry.attributes) == ("cam1/b.jpg", {"file": "a.jpg"})
    with pytest.raises(SourceError, match="no column 'photo', got the columns Belegfoto, file"):
        open_source(tree / "t.csv", reading=Reading(file_column="photo"))
    (tree / "t.csv").write_text("Belegfoto,n\ncam1/b.jpg,1\n")
    with pytest.raises(SourceError, match="--file-column"):
        open_source(tree / "t.csv")


def test_web_addresses_are_said_plainly(tree: Path) -> None:
    source = open_source(table(tree, "a.jpg", "https://example.org/x.jpg", "s3://bucket/y.jpg"))
    assert paths(source) == ["a.jpg"]
    assert {skip.path for skip in source.skipped} == {
        "https://example.org/x.jpg", "s3://bucket/y.jpg",
    }  # fmt: skip
    assert all("download it first" in skip.reason for skip in source.skipped)
    assert source.skipped[0].reason.startswith("row 2: ")
    with pytest.raises(SourceError, match="is a web address; download it first"):
        open_source(table(tree, "http://example.org/x.jpg", column="url"))


def test_a_copy_of_a_web_address_is_a_guess_and_told(tree: Path) -> None:
    once = "https://example.org/cam1/b.jpg?size=9"
    source = open_source(table(tree, once, "s3://bucket/a.jpg", "a.jpg"))
    assert paths(source) == ["cam1/b.jpg", "a.jpg"]
    assert f"{once} → cam1/b.jpg" in source.report.notes[0].reason
    assert [skip.path for skip in source.skipped] == ["s3://bucket/a.jpg"]
    both = [f"https://example.org/image.jpg?id={n}" for n in range(2)]
    (tree / "a.jpg").rename(tree / "image.jpg")
    with pytest.raises(SourceError, match=r"2 skipped, first .*is a web address"):
        open_source(table(tree, *both))


def test_rows_that_fail_are_listed_all_of_them(tree: Path) -> None:
    source = open_source(table(tree, *[f"gone{n}.jpg" for n in range(40)], "a.jpg"))
    assert paths(source) == ["a.jpg"]
    assert [skip.reason.partition(":")[0] for skip in source.skipped] == [
        f"row {n}" for n in range(1, 41)
    ]


def test_a_folder_of_digits_is_one_of_its_name(tree: Path, draw: Callable[..., Path]) -> None:
    draw(tree / "101" / "IMG1.jpg", 20)
    (tree / "t.csv").write_text("file,folder,label\nIMG1.jpg,100,fox\nIMG1.jpg,101,deer\n")
    source = open_source(tree / "t.csv")
    (entry,) = source.entries()
    assert (entry.path, entry.attributes["label"]) == ("101/IMG1.jpg", "deer")
    assert entry.attributes["folder"] == "101"
    assert len(source.skipped) == 1
    (tree / "t.jsonl").write_text('{"file": "IMG1.jpg", "folder": 101}\n')
    assert paths(open_source(tree / "t.jsonl")) == ["101/IMG1.jpg"]


def test_names_of_digits_are_kept_as_they_stand_there(
    tree: Path, draw: Callable[..., Path]
) -> None:
    for n, name in enumerate(("1.10", "1.1")):
        draw(tree / name / "x.jpg", 30 + n)
        draw(tree / f"v{name}", 40 + n, format="JPEG").rename(tree / name / name)
    (tree / "t.csv").write_text("file,folder\n1.10,1.10\n1.1,1.1\n")
    assert paths(open_source(tree / "t.csv")) == ["1.10/1.10", "1.1/1.1"]


def test_outside_of_its_folder_a_file_is_a_guess(tree: Path) -> None:
    (tree / "t.csv").write_text("file,folder\nb.jpg,gone\nGröße.jpg,fox\na.jpg,gone\n")
    source = open_source(tree / "t.csv")
    assert paths(source) == ["Größe.jpg"]  # b.jpg is in another folder, a.jpg is there twice
    assert "Größe.jpg → Größe.jpg" in source.report.notes[0].reason
    (tree / "t.csv").write_text("file,folder\ne.jpg,old/cam2/deep\ncam1/b.jpg,cam1\n")
    source = open_source(tree / "t.csv")
    assert paths(source) == ["cam2/deep/e.jpg", "cam1/b.jpg"]
    assert len(source.report.notes) == 1


def test_a_longer_path_in_another_column_tells_files_of_one_name_apart(
    tree: Path, draw: Callable[..., Path]
) -> None:
    """As the media.csv of Camtrap DP has it: cameras call their files alike."""
    draw(tree / "cam1" / "e.jpg", 9)
    path = tree / "media.csv"
    path.write_text(
        "filePath,timestamp,fileName\n"
        "cam1/e.jpg,2020,e.jpg\ncam2/deep/e.jpg,2021,e.jpg\ncam9/e.jpg,2022,e.jpg\n"
        "/old/cam1/b.jpg,2023,b.jpg\n/old/x/a.jpg,2024,a.jpg\n"
    )
    source = open_source(path)
    assert {entry.path: entry.attributes["timestamp"] for entry in source.entries()} == {
        "cam1/e.jpg": 2020,
        "cam2/deep/e.jpg": 2021,
        "cam1/b.jpg": 2023,
        "a.jpg": 2024,
    }
    assert [skip.path for skip in source.skipped] == ["cam9/e.jpg"]
    assert [note.reason for note in source.report.notes] == [
        "1 files are not where it says, found below another folder: /old/cam1/b.jpg → cam1/b.jpg"
    ]
