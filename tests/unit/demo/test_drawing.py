from __future__ import annotations

import csv
import resource
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.demo.drawing import draw_set, image_name
from curation.demo.factors import SEQUENCE, factors, image_rng
from curation.demo.kinds import COLOURS, KINDS
from curation.demo.packed import objects_source, pack
from curation.demo.scenes import draw
from curation.errors import SourceError
from curation.items.catalogue import Catalogue
from curation.items.source import open_source

SIZE = 16


def facts(number: int, seed: int = 0):
    return factors(seed, number, image_rng(seed, number))


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("six")
    draw_set(folder, 6, seed=4, size=SIZE, jobs=1)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_an_image_is_the_same_alone_in_a_set_and_from_other_processes(
    six: Path, tmp_path: Path
) -> None:
    done = draw_set(tmp_path / "two", 6, seed=4, size=SIZE, jobs=2)
    assert (done.drawn, done.found) == (6, 0)
    assert done.rate > 0
    assert contents(tmp_path / "two") == contents(six)
    pixels, shown = draw(4, 5, SIZE)
    assert pixels.shape == (SIZE, SIZE, 3)
    np.testing.assert_array_equal(draw(4, 5, SIZE)[0], pixels)
    assert (pixels != draw(3, 5, SIZE)[0]).any()
    assert shown == facts(5, seed=4)


def test_a_set_goes_on_where_it_was_cut_short_and_grows(six: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    folder = tmp_path / "set"
    with pytest.raises(KeyboardInterrupt):
        draw_set(folder, 4, seed=4, size=SIZE, jobs=1, progress=stop)
    assert not (folder / "metadata.csv").exists()
    (folder / image_name(1)).write_bytes(b"")  # a disk that ran full may leave this
    kept = (folder / image_name(0)).stat().st_mtime_ns
    done = draw_set(folder, 4, seed=4, size=SIZE, jobs=1)
    assert (done.drawn, done.found) == (3, 1)
    assert (folder / image_name(0)).stat().st_mtime_ns == kept
    assert draw_set(folder, 4, seed=4, size=SIZE).rate == 0.0
    draw_set(folder, 6, seed=4, size=SIZE, jobs=1)
    assert contents(folder) == contents(six)


def test_the_manifest_names_all_factors_and_the_file_name_none(six: Path) -> None:
    catalogue = Catalogue()
    report = catalogue.scan(open_source(six / "metadata.csv"))
    assert report.skipped == []
    assert len(catalogue.items) == 6
    with (six / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {
        "file", "object", "bin", "colour", "material", "state", "size", "pose", "yaw", "lighting",
        "lamp_azimuth", "lamp_elevation", "brightness", "background", "clutter", "camera",
        "sequence_id", "capture_time",
    }  # fmt: skip
    assert [row["file"] for row in rows] == [image_name(n) for n in range(6)]
    with Image.open(six / image_name(0)) as image:
        assert image.size == (SIZE, SIZE)


def test_factors_are_balanced_and_independent() -> None:
    shown = [facts(n) for n in range(600)]
    assert set(Counter(one.object for one in shown).values()) == {60}
    assert {one.colour for one in shown} == set(COLOURS)
    assert len({one.sequence_id for one in shown}) == 600 // SEQUENCE
    for run in range(3):
        same = [one for one in shown if one.sequence_id == run]
        assert len({(one.camera, one.background, one.lighting) for one in same}) == 1
    assert len({one.capture_time for one in shown}) == 600
    bottles = [one for one in shown if one.object == "bottle"]
    assert len({one.colour for one in bottles}) == len(COLOURS)
    assert len({one.background for one in bottles}) == 5
    assert len({one.pose for one in bottles}) == 2


def test_the_bin_follows_from_material_and_state() -> None:
    for one in (facts(n) for n in range(400)):
        soiled = one.state == "crushed" and one.material in ("paper", "plastic")
        assert one.bin == ("residual" if soiled else one.material)
        assert one.material in KINDS[one.object].materials
        assert one.colour in KINDS[one.object].colours
        assert one.state == "intact" or one.material != "glass"


@pytest.mark.parametrize("number", range(20))
def test_every_kind_of_scene_can_be_drawn(number: int) -> None:
    pixels, _ = draw(11, number, 24)
    assert pixels.dtype == np.uint8
    assert 15 < pixels.mean() < 240
    assert pixels.std() > 8


def test_numbers_out_of_range_are_refused(tmp_path: Path) -> None:
    for images in (0, -3, 100_000):
        with pytest.raises(SourceError, match="from 1 to 50,000"):
            draw_set(tmp_path, images)
    with pytest.raises(SourceError, match="from 16 to 1024 pixels"):
        draw_set(tmp_path, 1, size=4)
    with pytest.raises(SourceError, match="seed of 0 or more"):
        draw_set(tmp_path, 1, seed=-1)
    with pytest.raises(SourceError, match="1 process or more"):
        draw_set(tmp_path, 1, jobs=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="could not be written"):
        draw_set(tmp_path / "file", 1, size=SIZE)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_leaves_what_is_drawn(tmp_path: Path, jobs: int) -> None:
    draw_set(tmp_path / "set", 2, size=SIZE, jobs=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, hard))  # bytes of a file
    try:
        with pytest.raises(SourceError, match="Make room"):
            draw_set(tmp_path / "set", 6, size=SIZE, jobs=jobs)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert draw_set(tmp_path / "set", 6, size=SIZE, jobs=1).drawn == 4
    assert not list((tmp_path / "set").rglob("*.tmp"))


def test_another_set_is_not_mixed_in(six: Path) -> None:
    with pytest.raises(SourceError, match="drawn otherwise"):
        draw_set(six, 6, seed=5, size=SIZE)


def test_a_packed_set_unpacks_to_the_same_files(six: Path, tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    pack(six / "metadata.csv", archive)
    again = tmp_path / "again.zip"
    pack(six / "metadata.csv", again)
    assert archive.read_bytes() == again.read_bytes()
    manifest = objects_source(tmp_path / "images", archive)
    known = {name: data for name, data in contents(six).items() if name != "recipe.json"}
    assert contents(tmp_path / "images") == known
    other = tmp_path / "images" / image_name(2)
    other.write_bytes(bytes(other.stat().st_size))
    kept = manifest.stat().st_mtime_ns
    assert objects_source(tmp_path / "images", archive) == manifest
    assert contents(tmp_path / "images") == known
    assert manifest.stat().st_mtime_ns == kept


def test_a_damaged_archive_and_a_place_that_cannot_be_written_are_named(
    six: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "set.zip"
    pack(six / "metadata.csv", archive)
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="could not be written"):
        objects_source(tmp_path / "file", archive)
    with pytest.raises(SourceError, match="could not be packed"):
        pack(six / "metadata.csv", tmp_path / "file" / "set.zip")
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(SourceError, match="damaged"):
        objects_source(tmp_path / "images", archive)
