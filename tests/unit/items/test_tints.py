from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.items.thumbnails import write_thumbnail
from curation.items.tints import common_tint

GREEN, RED, CYAN, GREY, NONE = (digit * 32 for digit in "abcde")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shown = {GREEN: (60, 160, 60), RED: (200, 100, 100), CYAN: (100, 200, 200), GREY: (9, 9, 9)}
    for id, colour in shown.items():
        picture = Image.new("RGB", (200, 160), (150, 120, 90))
        picture.paste(colour, (40, 20, 160, 140))
        write_thumbnail(picture, id, tmp_path)
    return tmp_path


def test_a_tint_is_how_far_from_grey_the_middle_is(folder: Path) -> None:
    tint = np.array(common_tint(folder, [GREEN]))
    assert tint.argmax() == 1
    assert tint.sum() == pytest.approx(0, abs=0.01)
    np.testing.assert_allclose(tint, np.array([-1, 2, -1]) * 100 / 3 * 100 / 255**2, atol=0.01)
    assert common_tint(folder, [GREEN, GREEN]) == pytest.approx(2 * tint, abs=0.002)


def test_opposite_colours_cancel_and_grey_and_absent_ones_add_nothing(folder: Path) -> None:
    assert common_tint(folder, [RED, CYAN]) == pytest.approx([0, 0, 0], abs=0.01)
    assert common_tint(folder, [GREY, NONE]) == pytest.approx([0, 0, 0], abs=0.01)


def test_a_thumbnail_made_later_is_seen(folder: Path) -> None:
    assert common_tint(folder, [NONE]) == [0, 0, 0]
    write_thumbnail(Image.new("RGB", (64, 64), (200, 20, 20)), NONE, folder)
    assert common_tint(folder, [NONE])[0] > 0.1
