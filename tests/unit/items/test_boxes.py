"""Boxes as people write them, from a table to the item that is cut out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from curation.errors import SourceError
from curation.items.catalogue import Catalogue, ScanReport
from curation.items.entry import Box
from curation.items.source import open_source

Cut = Callable[[str], tuple[list[Box | None], ScanReport]]


@pytest.fixture
def cut(tmp_path: Path, draw: Callable[..., Path]) -> Cut:
    """cut(text): the boxes of the items of a table, and what the scan tells."""
    draw(tmp_path / "a.png", 1, size=(100, 50))
    draw(tmp_path / "b.png", 2, size=(200, 100))

    def scanned(text: str) -> tuple[list[Box | None], ScanReport]:
        (tmp_path / "t.csv").write_text(text)
        catalogue = Catalogue()
        report = catalogue.scan(open_source(tmp_path / "t.csv"))
        return [item.box for item in catalogue.items], report

    return scanned


@pytest.mark.parametrize(
    "text",
    [
        'file,box\na.png,"10,5,40,20"\n',
        'file,bbox\na.png,"[10, 5, 40, 20]"\n',
        'file,box\na.png,"(10.2, 5.4, 40.1, 20)"\n',
        "file,box\na.png,10 5 40 20\n",
        "file;box\na.png;10,5,40,20\n",
        'file,box\na.png,"{""x"": 10, ""y"": 5, ""w"": 40, ""h"": 20}"\n',
        "file,xmin,ymin,xmax,ymax\na.png,10,5,50,25\n",
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,100,50,fox,10,5,50,25\n",
        "file,x1,y1,x2,y2\na.png,10,5,50,25\n",
        "file,bbox_x,bbox_y,bbox_w,bbox_h\na.png,10,5,40,20\n",
        "file,x,y,width,height\na.png,10,5,40,20\n",
        "file,left,top,right,bottom\na.png,10,5,50,25\n",
        "file,x_center,y_center,width,height\na.png,30,15,40,20\n",
        'file,box\na.png,"0.1,0.1,0.4,0.4"\n',
        "file,xmin,ymin,xmax,ymax\na.png,0.1,0.1,0.5,0.5\n",
        "file,x_center,y_center,width,height\na.png,0.3,0.3,0.4,0.4\n",
    ],
)
def test_every_usual_form_cuts_the_same(cut: Cut, text: str) -> None:
    assert cut(text)[0] == [(10, 5, 40, 20)]


def test_shares_are_told_and_known_again(cut: Cut, tmp_path: Path) -> None:
    text = 'file,box\na.png,"0,0,1,1"\na.png,"0.5,0,0.5,1"\nb.png,"0.5,0,0.5,1"\n'
    boxes, report = cut(text)
    assert boxes == [(0, 0, 100, 50), (50, 0, 50, 50), (100, 0, 100, 100)]
    assert "shares of the image" in report.notes[0].reason
    catalogue = Catalogue()
    ids = catalogue.scan(open_source(tmp_path / "t.csv")).added
    again = catalogue.scan(open_source(tmp_path / "t.csv"))
    assert (again.added, again.missing, len(ids)) == ((), (), 3)


def test_several_boxes_of_one_image_are_several_items(cut: Cut) -> None:
    text = "file,xmin,ymin,xmax,ymax\na.png,0,0,20,20\na.png,30,0,60,20\na.png,,,,\n"
    assert cut(text)[0] == [(0, 0, 20, 20), (30, 0, 30, 20), None]
    text = 'file,bbox\na.png,"[[0, 0, 20, 20], [30, 0, 30, 20]]"\nb.png,[]\n'
    assert cut(text)[0] == [(0, 0, 20, 20), (30, 0, 30, 20), None]


def test_a_box_outside_is_clipped_and_told(cut: Cut, tmp_path: Path) -> None:
    text = 'file,box\na.png,"80,40,40,40"\na.png,"-5,0,30,30"\nb.png,"0,0,10,10"\n'
    _, report = cut(text)
    told = [
        "row 2: box 80,40,40,40 reaches beyond the image; its part inside, 20x10, is used",
        "row 3: box -5,0,30,30 reaches beyond the image; its part inside, 25x30, is used",
    ]
    assert [note.reason for note in report.notes] == told
    catalogue = Catalogue()
    catalogue.scan(open_source(tmp_path / "t.csv"))
    again = catalogue.scan(open_source(tmp_path / "t.csv"))  # files are not opened this time
    assert [note.reason for note in again.notes] == told


def test_a_box_too_small_is_refused_with_its_row(cut: Cut) -> None:
    text = 'file,box\na.png,"0,0,7,30"\na.png,"95,0,40,40"\na.png,"0,0,1,1"\nb.png,"0,0,8,8"\n'
    boxes, report = cut(text)
    assert boxes == [(0, 0, 8, 8)]
    assert [skip.reason.partition(";")[0] for skip in report.skipped] == [
        "row 2: box 0,0,7,30 leaves 7x30 pixels, at least 8x8 are needed",
        "row 3: box 95,0,40,40 leaves 5x40 pixels, at least 8x8 are needed",
        "row 4: box 0,0,1,1 leaves 1x1 pixels, at least 8x8 are needed",
    ]


def test_what_is_no_box_is_listed_with_its_row(cut: Cut) -> None:
    text = (
        'file,box\na.png,"1,2,3"\na.png,x\na.png,"9,9,-5,5"\na.png,"0.1,0.1,0.5,0.5"\n'
        'a.png,"nan,0,9,9"\na.png,"200,0,9,9"\nb.png,"0,0,50,50"\n'
    )
    boxes, report = cut(text)
    assert boxes == [(0, 0, 50, 50)]
    numbers = sorted(skip.reason.partition(":")[0] for skip in report.skipped)
    assert numbers == [f"row {n}" for n in range(2, 8)]
    assert any("in shares of the image, while others are in pixels" in s.reason
               for s in report.skipped)  # fmt: skip


def test_boxes_alone_in_one_pixel_never_make_items(cut: Cut) -> None:
    with pytest.raises(SourceError, match="at least 8x8"):
        cut('file,box\na.png,"0,0,1,1"\n')


def test_a_few_odd_rows_do_not_turn_shares_into_pixels(
    tmp_path: Path, draw: Callable[..., Path]
) -> None:
    draw(tmp_path / "a.png", size=(100, 100))
    rows = [f"a.png,0.5,0.5,0.4,{0.3 + n / 50}" for n in range(10)]
    odd = ["a.png,0.1,0.5,0.2004,0.4", "a.png,-1,-1,-1,-1", "a.png,50,50,40,40"]
    lines = ["file,x_center,y_center,width,height", *rows, *odd]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    source = open_source(tmp_path / "t.csv")
    entries = list(source.entries())
    assert len(entries) == 11
    assert entries[10].share == pytest.approx((0, 0.3, 0.2002, 0.4))
    assert [skip.reason.partition(":")[0] for skip in source.skipped] == ["row 13", "row 14"]


def test_a_list_of_corners_by_its_name(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "a.png", size=(100, 100))
    (tmp_path / "t.csv").write_text('file,bbox_xyxy\na.png,"10,20,50,80"\n')
    assert [entry.box for entry in open_source(tmp_path / "t.csv").entries()] == [(10, 20, 40, 60)]
