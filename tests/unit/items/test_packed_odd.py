"""Archives as people make them: encrypted, packed twice, with links, cut between two members."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packing import tarred, zipped

from curation.errors import SourceError
from curation.items.source import Source, open_source


@pytest.fixture
def images(tmp_path: Path, draw: Callable[..., Path]) -> dict[str, bytes]:
    return {f"{n}.jpg": draw(tmp_path / "drawn" / f"{n}.jpg", n).read_bytes() for n in range(3)}


def paths(source: Source) -> list[str]:
    return [entry.path for entry in source.entries()]


def test_links_in_a_tar_are_told(tmp_path: Path, images: dict[str, bytes]) -> None:
    links = {"out.jpg": "/nowhere/x.jpg", "in.jpg": "0.jpg", "notes.txt": "../gone.txt"}
    source = open_source(tarred(tmp_path / "a.tar", images, links), unpack=tmp_path / "work")
    assert paths(source) == sorted(images)
    assert {skip.path for skip in source.skipped} == {"out.jpg", "in.jpg"}
    assert all("a link" in skip.reason for skip in source.skipped)
    assert "notes.txt" in source.report.notes[0].reason


def test_a_tar_cut_between_two_members_is_told(tmp_path: Path, images: dict[str, bytes]) -> None:
    whole = tarred(tmp_path / "a.tar", images).read_bytes()
    with tarfile.open(tmp_path / "a.tar") as archive:
        third = archive.getmember("2.jpg").offset
    (tmp_path / "cut.tar").write_bytes(whole[:third])
    source = open_source(tmp_path / "cut.tar", unpack=tmp_path / "work")
    assert paths(source) == ["0.jpg", "1.jpg"]
    assert "without the mark" in source.report.notes[0].reason
    whole_one = open_source(tmp_path / "a.tar", unpack=tmp_path / "work")
    assert len(paths(whole_one)) == 3
    assert not whole_one.report.notes


def test_an_encrypted_zip_says_so(tmp_path: Path, images: dict[str, bytes]) -> None:
    path = zipped(tmp_path / "a.zip", images)
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + flags] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match=r"3 left out, first 0\.jpg: encrypted with a password"):
        open_source(path, unpack=tmp_path / "work")


def test_what_is_packed_twice_is_told(tmp_path: Path, images: dict[str, bytes]) -> None:
    inner = zipped(tmp_path / "inner.zip", images).read_bytes()
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner, "read me.txt": b"x"})
    with pytest.raises(SourceError, match=r"first inner\.zip: packed inside outer\.zip"):
        open_source(path, unpack=tmp_path / "work")
    mixed = zipped(tmp_path / "mixed.zip", {"more.zip": inner, **images})
    source = open_source(mixed, unpack=tmp_path / "work2")
    assert paths(source) == sorted(images)
    assert [skip.path for skip in source.skipped] == ["more.zip"]


def test_the_usual_reason_is_told_where_nothing_is_left(tmp_path: Path) -> None:
    rows = "".join(f"{n}.jpg\n" for n in range(9))
    (tmp_path / "list.csv").write_text("file,n\n,1\n" + rows.replace("\n", ",2\n"))
    with pytest.raises(SourceError, match=r"10 skipped, 9 of them as 0\.jpg: row 3: .*--root"):
        open_source(tmp_path / "list.csv")
