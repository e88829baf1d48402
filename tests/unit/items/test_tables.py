"""Tables of any separator, encoding and format that people bring."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from curation.errors import SourceError
from curation.items.entry import Report
from curation.items.source import open_source
from curation.items.tables import Table, read_table
from curation.items.tables.cells import typed

TEXT = "file,species,site\na.jpg,größe,München\nb.jpg,hase,Köln\n"


def rows(table: Table) -> list[dict[str, Any]]:
    return [row.values for row in table.rows]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, **options: Any) -> tuple[Table, Report]:
    report = Report()
    return read_table(path, report, **options), report


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt"])
def test_the_separator_is_found(tmp_path: Path, separator: str, suffix: str) -> None:
    text = f'file{separator}note{separator}x\na.jpg{separator}"1, 2; 3"{separator}4\n'
    table, report = read(written(tmp_path / f"t.{suffix}", text))
    assert table.columns == ("file", "note", "x")
    assert rows(table) == [{"file": "a.jpg", "note": "1, 2; 3", "x": 4}]
    assert not report.skipped


def test_what_excel_says_of_the_separator_holds(tmp_path: Path) -> None:
    table, _ = read(written(tmp_path / "t.csv", "sep=;\nfile;a,b\nx.jpg;1,5\ny.jpg;2\n"))
    assert rows(table) == [{"file": "x.jpg", "a,b": 1.5}, {"file": "y.jpg", "a,b": 2.0}]
    assert [row.number for row in table.rows] == [3, 4]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    table, report = read(written(tmp_path / "t.csv", TEXT, encoding))
    assert table.columns == ("file", "species", "site")
    assert [row["site"] for row in rows(table)] == ["München", "Köln"]
    assert bool(report.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("cp1251", "лисица"), ("gbk", "狐狸和兔子"), ("shift_jis", "きつねとうさぎ")],
)
def test_an_encoding_that_nothing_tells_is_asked_for(
    tmp_path: Path, encoding: str, word: str
) -> None:
    path = written(tmp_path / "t.csv", f"file,species\na.jpg,{word}\n", encoding)
    with pytest.raises(SourceError, match="Name it with --encoding"):
        read(path)
    table, report = read(path, encoding=encoding)
    assert rows(table) == [{"file": "a.jpg", "species": word}]
    assert not report.notes
    with pytest.raises(SourceError, match="cannot be read as none"):
        read(path, encoding="none")


def test_text_stays_text_and_numbers_are_numbers() -> None:
    assert typed(["007", "12", None]) == ["007", "12", None]
    assert typed(["1e5", "2"]) == ["1e5", "2"]
    assert typed(["NA", "UK", ""]) == ["NA", "UK", None]
    assert typed(["NA", "NA"]) == ["NA", "NA"]
    assert typed(["NA", "3", "-4"]) == [None, 3, -4]
    assert typed(["1.50", "2", "nan"]) == [1.5, 2.0, None]
    assert typed(["9.5e-05", "0.5"]) == [9.5e-05, 0.5]
    assert typed(["true", "False", ""]) == [True, False, None]
    assert typed(["true", "T"]) == ["true", "T"]
    assert typed(["123456789012345678", "1"]) == ["123456789012345678", "1"]
    assert typed(["inf", "1.0"]) == ["inf", "1.0"]
    assert typed(["1,5", "2"]) == ["1,5", "2"]
    assert typed(["1,5", "2"], decimal_comma=True) == [1.5, 2.0]
    assert typed(["2024-01-02 03:04:05"]) == ["2024-01-02 03:04:05"]


def test_rows_that_do_not_fit_are_all_listed_with_their_numbers(tmp_path: Path) -> None:
    text = "file,x\na.jpg,1\nb.jpg,1,2\n\nc.jpg\nd.jpg,2,,\ne.jpg,3\n"
    table, report = read(written(tmp_path / "t.csv", text))
    assert [(row.number, row.values["file"]) for row in table.rows] == [
        (2, "a.jpg"), (6, "d.jpg"), (7, "e.jpg"),
    ]  # fmt: skip
    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("t.csv row 3", "3 values for 2 columns"),
        ("t.csv row 5", "1 values for 2 columns"),
    ]


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    for heading in (",file,x", "Unnamed: 0,file,x", " ,file,x"):
        table, _ = read(written(tmp_path / "t.csv", f"{heading}\n0,a.jpg,5\n"))
        assert rows(table) == [{"file": "a.jpg", "x": 5}]
    pa.parquet.write_table(
        pa.table({"file": ["a.jpg"], "__index_level_0__": [7]}), tmp_path / "t.parquet"
    )
    assert read(tmp_path / "t.parquet")[0].columns == ("file",)


def test_a_list_of_files_needs_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path / "t.txt", "a.jpg\nsub/b, c.PNG\n")
    table, _ = read(path, headed=False)
    assert rows(table) == [{"file": "a.jpg"}, {"file": "sub/b, c.PNG"}]
    assert [row.number for row in table.rows] == [1, 2]


def test_lines_of_json(tmp_path: Path) -> None:
    lines = ['{"file": "a.jpg", "n": "007", "deep": {"x": [1]}}', "", "[1]", "{", '{"file": "b"}']
    table, report = read(written(tmp_path / "t.jsonl", "\n".join(lines)))
    assert rows(table) == [{"file": "a.jpg", "n": "007", "deep": {"x": [1]}}, {"file": "b"}]
    assert [row.number for row in table.rows] == [1, 5]
    assert [skip.path for skip in report.skipped] == ["t.jsonl row 3", "t.jsonl row 4"]


def test_workbooks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "empty"
    sheet = book.create_sheet("photos")
    for row in (
        ["file", "n", "when", None],
        ["a.jpg", "007", datetime.datetime(2024, 1, 2), None],
        [None, None, None, None],
        ["b.jpg", 3, None, "beyond the heading"],
    ):
        sheet.append(row)
    book.create_sheet("notes").append(["x"])
    book.save(tmp_path / "t.xlsx")
    table, report = read(tmp_path / "t.xlsx")
    assert rows(table) == [
        {"file": "a.jpg", "n": "007", "when": "2024-01-02T00:00:00"},
        {"file": "b.jpg", "n": 3, "when": None},
    ]
    assert [row.number for row in table.rows] == [2, 4]
    assert "'photos' is read, notes left out" in report.notes[0].reason
    (tmp_path / "bad.xlsx").write_text("x")
    with pytest.raises(SourceError, match="no Excel workbook"):
        read(tmp_path / "bad.xlsx")


def test_a_workbook_without_its_reader_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "t.xlsx").write_text("x")
    with pytest.raises(SourceError, match=r"curation\[excel\]"):
        read(tmp_path / "t.xlsx")


ODD = {
    "nested": pa.array([{"a": [1, 2]}]),
    "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    "time": pa.array([datetime.time(1, 2)]),
    "span": pa.array([datetime.timedelta(days=1)]),
    "days": pa.array([datetime.date(2024, 1, 2)]),
    "bytes": pa.array([b"\xff"]),
    "view": pa.array(["x"], pa.string_view()),
    "words": pa.array([["x"]]).cast(pa.large_list(pa.string())),
    "runs": pa.RunEndEncodedArray.from_arrays([1], pa.array(["x"])),
    "kinds": pa.array(["x"]).dictionary_encode(),
    "far": pa.array([10**17], pa.timestamp("s")),
    "half": pa.array([0.5], pa.float16()),
    "none": pa.nulls(1),
    "image": pa.array([{"bytes": b"x", "path": "a.jpg"}]),
    "embedding": pa.array([[0.5, 0.5]]),
}


@pytest.mark.parametrize("name", ODD)
def test_no_type_of_parquet_ends_in_a_traceback(tmp_path: Path, name: str) -> None:
    try:
        pa.parquet.write_table(
            pa.table({"file": ["a.jpg"], name: ODD[name]}), tmp_path / "t.parquet"
        )
    except pa.ArrowException:
        pytest.skip("Parquet holds no such type")
    table, report = read(tmp_path / "t.parquet")
    assert [row["file"] for row in rows(table)] == ["a.jpg"]
    assert json.dumps(rows(table), allow_nan=False)
    assert not report.skipped


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it is empty"):
        read(written(tmp_path / "t.csv", "\n\n"))
    with pytest.raises(SourceError, match="two columns of one name"):
        read(written(tmp_path / "t.csv", "a,b,a\n1,2,3\n"))
    with pytest.raises(SourceError, match="Expected a table"):
        read(written(tmp_path / "t.doc", "x"))
    with pytest.raises(SourceError, match="not a table that can be read"):
        read(tmp_path / "absent.csv")


def test_an_open_quote_swallows_no_row(tmp_path: Path) -> None:
    text = 'file\tcaption\na.jpg\t"a 5 inch\nb.jpg\t"x"\nc.jpg\ty\n'
    table, report = read(written(tmp_path / "t.tsv", text))
    assert [row["file"] for row in rows(table)] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [row["caption"] for row in rows(table)] == ['"a 5 inch', "x", "y"]
    assert "line 2" in report.notes[0].reason
    for text in ('file,caption\na.jpg,"a 5 inch\nb.jpg,x\n', 'file,x\na,"b\nc,d"e\n'):
        with pytest.raises(SourceError, match=r"the row in line 2: .* Check the quotes there"):
            read(written(tmp_path / "t.csv", text))
    table, report = read(written(tmp_path / "t.csv", 'file,x\na,"b\nc,d"\ne,"f\ng"\n'))
    assert [row["x"] for row in rows(table)] == ["b\nc,d", "f\ng"]
    assert [note.reason.partition(": if")[0] for note in report.notes] == [
        "a cell goes over several lines and holds ',', in row 2"
    ]
    table, report = read(written(tmp_path / "t.csv", 'file,x\na,"b" \nc,d\n'))
    assert [row["x"] for row in rows(table)] == ["b ", "d"]
    assert report.notes


def test_a_comma_is_of_a_decimal_only_between_semicolons(tmp_path: Path) -> None:
    for separator, expected in (("\t", "1,234"), ("|", "1,234"), (";", 1.234)):
        text = "file,price\na,1.234\n".replace(",", separator).replace(".", ",")
        table, _ = read(written(tmp_path / "t.csv", text))
        assert rows(table)[0]["price"] == expected


def test_two_texts_are_never_one_number() -> None:
    assert typed(["3.1", "3.10", "2.0"]) == ["3.1", "3.10", "2.0"]
    assert typed(["1.0000000000000001", "1.0"]) == ["1.0000000000000001", "1.0"]
    assert typed(["3.1", "3.1", "3.2"]) == [3.1, 3.1, 3.2]
    assert typed(["3,1", "3,10"], decimal_comma=True) == ["3,1", "3,10"]


def test_bytes_in_parquet_are_not_read(tmp_path: Path) -> None:
    large = [bytes(1 << 20) for _ in range(20)]
    table = pa.table({"image": pa.array(large, pa.binary()), "n": list(range(20))})
    pa.parquet.write_table(table, tmp_path / "t.parquet", compression="none")
    before = pa.default_memory_pool().max_memory()
    found, _ = read(tmp_path / "t.parquet")
    assert pa.default_memory_pool().max_memory() - before < 10 << 20
    assert rows(found)[3] == {"image": None, "n": 3}


def test_what_has_no_heading_is_told(tmp_path: Path) -> None:
    table, report = read(written(tmp_path / "t.csv", ",file,\n0,a.jpg,fox\n1,b.jpg,deer\n"))
    assert table.columns == ("file",)
    assert "without a name are left out" in report.notes[0].reason
    book = openpyxl.Workbook()
    for row in (["file", "label"], ["a.jpg", "x", "lost"], ["b.jpg", "y"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    table, report = read(tmp_path / "t.xlsx")
    assert table.columns == ("file", "label")
    assert report.notes[0].reason == "cells beyond the heading are left out, in row 2"


def test_a_table_that_names_no_images_says_how_it_was_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Beetles 2024"])
    book.create_sheet("Data").append(["file", "kind"])
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(SourceError, match="the sheet 'Cover' is read, Data left out"):
        open_source(tmp_path / "list.xlsx")
    (tmp_path / "list.csv").write_bytes("Größe,n\n1,2\n".encode("latin-1"))
    with pytest.raises(SourceError, match="As read: read as Latin-1"):
        open_source(tmp_path / "list.csv")
