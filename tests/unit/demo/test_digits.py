from __future__ import annotations

from pathlib import Path

import pytest

from curation.demo.digits import digits_source
from curation.errors import SourceError
from curation.items.catalogue import Catalogue
from curation.items.decode import load_image
from curation.items.source import open_source


def test_the_digits_are_items_with_a_label_only_in_the_manifest(tmp_path: Path) -> None:
    manifest = digits_source(tmp_path / "a")
    catalogue = Catalogue()
    report = catalogue.scan(open_source(manifest))
    assert len(catalogue.items) == 1797
    assert report.skipped == []
    assert {item.attributes["digit"] for item in catalogue.items} == set(range(10))
    assert catalogue.items[0].paths == ("images/0001_digit.png",)
    assert load_image(tmp_path / "a" / "images" / "0001_digit.png").size == (64, 64)


def test_it_is_the_same_every_time_and_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    manifest = digits_source(tmp_path / "a")
    first = manifest.parent / "images" / "0001_digit.png"
    last = manifest.parent / "images" / "1797_digit.png"
    bytes_before = (manifest.read_bytes(), first.read_bytes(), last.read_bytes())
    kept = (manifest.parent / "images" / "0002_digit.png").stat().st_mtime_ns
    first.unlink()
    last.write_bytes(last.read_bytes()[:-20])
    assert digits_source(tmp_path / "a") == manifest
    assert (manifest.read_bytes(), first.read_bytes(), last.read_bytes()) == bytes_before
    assert (manifest.parent / "images" / "0002_digit.png").stat().st_mtime_ns == kept


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("file", "file/demo"):
        with pytest.raises(SourceError, match="file, which is no folder"):
            digits_source(tmp_path / place)
