from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from curation.errors import WorkspaceError
from curation.items.thumbnails import thumbnail_path, write_thumbnail

ID = "0123456789abcdef" * 2


def test_a_thumbnail_fits_and_keeps_its_shape(tmp_path: Path) -> None:
    image = Image.new("RGB", (1000, 500), "red")
    path = write_thumbnail(image, ID, tmp_path)
    assert path == thumbnail_path(tmp_path, ID)
    with Image.open(path) as small:
        assert (small.format, small.size) == ("JPEG", (320, 160))
    assert image.size == (1000, 500)
    assert list(path.parent.iterdir()) == [path]


def test_small_images_are_not_enlarged_and_slivers_work(tmp_path: Path) -> None:
    with Image.open(write_thumbnail(Image.new("RGB", (64, 64)), ID, tmp_path)) as small:
        assert small.size == (64, 64)
    with Image.open(write_thumbnail(Image.new("RGB", (5000, 1)), ID, tmp_path, size=100)) as small:
        assert small.size == (100, 1)


@pytest.mark.parametrize("id", ["", "../../etc/passwd", ID.upper(), ID + "0", ID[:-1] + "\n"])
def test_only_ids_have_a_path(tmp_path: Path, id: str) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        thumbnail_path(tmp_path, id)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "thumbs").touch()
    with pytest.raises(WorkspaceError, match="could not be written"):
        write_thumbnail(Image.new("RGB", (8, 8)), ID, tmp_path / "thumbs")
