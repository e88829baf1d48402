from __future__ import annotations

import csv
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from waiting import until

from curation.demo.drawing import draw_set, image_name
from curation.demo.factors import SEQUENCE, Factors, factors, image_rng
from curation.demo.kinds import COLOURS, KINDS
from curation.demo.packed import objects_source, pack
from curation.demo.scenes import draw
from curation.errors import SourceError
from curation.items.catalogue import Catalogue
from curation.items.source import open_source

SIZE = 16
HOUSE = Path(__file__).resolve().parents[3]


def facts(number: int, seed: int = 0) -> Factors:
    return factors(seed, number, image_rng(seed, number))


def deaf_to_interrupts(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked.split()[1], 16) & (1 << (signal.SIGINT - 1)))


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


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",  # a disk that ran full, or a lost current, may leave these
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: bytes(len(whole)),
    ],
)
def test_a_set_goes_on_where_it_was_cut_short_and_grows(
    six: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    folder = tmp_path / "set"
    with pytest.raises(KeyboardInterrupt):
        draw_set(folder, 4, seed=4, size=SIZE, jobs=1, progress=stop)
    assert not (folder / "metadata.csv").exists()
    whole = (folder / image_name(1)).read_bytes()
    (folder / image_name(1)).write_bytes(damage(whole))
    (folder / "images" / ".0.tmp").touch()  # a kill may leave this
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


def test_a_smaller_set_is_not_drawn_over_a_larger_one(six: Path) -> None:
    before = contents(six)
    with pytest.raises(SourceError, match=r"Expected 6 images or more, got 2: .*never shrinks"):
        draw_set(six, 2, seed=4, size=SIZE)
    assert contents(six) == before


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    for place in (file, file / "set", file / "a" / "b"):
        with pytest.raises(SourceError, match=rf"Expected a folder.*got {file}, which is no"):
            draw_set(place, 1, size=SIZE)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="link, which is no folder"):
        draw_set(tmp_path / "link" / "set", 1, size=SIZE)
    assert file.read_text() == "kept"


def test_a_read_only_folder_is_named() -> None:
    code = """
import os, sys
from pathlib import Path
from curation.demo.drawing import draw_set
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
draw_set(Path(sys.argv[1]) / "set", 1, size=16)
"""
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", code, base],
            cwd=HOUSE,
            capture_output=True,
            text=True,
            check=False,
        )
        Path(base).chmod(0o755)
    assert "could not be written to" in done.stderr
    assert "(Permission denied)" in done.stderr


def test_somebodys_own_manifest_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file\n")
    for _ in range(2):
        with pytest.raises(SourceError, match="was not drawn here"):
            draw_set(tmp_path, 1, size=SIZE)
    assert (tmp_path / "metadata.csv").read_text() == "file\n"


def test_one_process_draws_into_a_folder_at_a_time(tmp_path: Path) -> None:
    def second(done: int, total: int) -> None:
        with pytest.raises(SourceError, match="Another process is drawing into"):
            draw_set(tmp_path, 3, seed=4, size=SIZE, jobs=1)

    assert draw_set(tmp_path, 2, seed=4, size=SIZE, jobs=1, progress=second).drawn == 2
    assert draw_set(tmp_path, 3, seed=4, size=SIZE, jobs=1).found == 2


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """A shell starts what runs in the background deaf to them, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_command_leaves_no_process_and_goes_on(
    six: Path, tmp_path: Path, kill: signal.Signals
) -> None:
    folder = tmp_path / "set"
    asked = ["draw", "--out", str(folder), "--seed", "4", "--size", str(SIZE), "--jobs", "2"]
    command = [sys.executable, "-m", "curation", *asked, "--images", "50000"]
    started = subprocess.Popen(
        command, cwd=HOUSE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until(lambda: len(list(folder.glob("images/*.webp"))) > 6, "six images are drawn")
        family = psutil.Process(started.pid).children(recursive=True)
        children = [one.pid for one in family if "spawn_main" in " ".join(one.cmdline())]
        assert all(map(deaf_to_interrupts, children))
        if kill == signal.SIGINT:
            os.killpg(started.pid, kill)  # as a terminal does
        else:
            started.send_signal(kill)
        _, told = started.communicate(timeout=60)
    finally:
        started.kill()
    assert "Traceback" not in told
    if kill == signal.SIGINT:
        assert started.returncode == 130
        assert "the same command goes on" in told
        assert not list(folder.glob("images/.*.tmp"))
    assert len(children) == 2
    until(lambda: not any(map(psutil.pid_exists, children)), "the children end")
    assert not (folder / "metadata.csv").exists()
    number = len(list(folder.glob("images/*.webp"))) + 4
    done = draw_set(folder, number, seed=4, size=SIZE, jobs=1)
    assert done.found >= number - 4 - 2
    first = {name: data for name, data in contents(six).items() if name.startswith("images")}
    assert first.items() <= contents(folder).items()


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


def test_a_folder_that_cannot_be_written_is_not_told_to_make_room() -> None:
    with pytest.raises(SourceError, match=r"Choose a folder that can be written\.$") as told:
        draw_set(Path("/proc/objects"), 2, size=SIZE, jobs=1)
    assert "Make room" not in str(told.value)


@pytest.mark.parametrize(("images", "several"), [(0, False), (-3, False), (50_001, True)])
def test_only_too_many_images_are_several_sets(tmp_path: Path, images: int, several: bool) -> None:
    with pytest.raises(SourceError, match="from 1 to 50,000, got") as told:
        draw_set(tmp_path / "set", images, size=SIZE)
    assert ("several sets" in str(told.value)) is several
    assert not (tmp_path / "set").exists()


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
    with pytest.raises(SourceError, match="file, which is no folder"):
        objects_source(tmp_path / "file" / "objects", archive)
    with pytest.raises(SourceError, match="file, which is no folder"):
        pack(six / "metadata.csv", tmp_path / "file" / "set.zip")
    with pytest.raises(SourceError, match="got the folder"):
        pack(six / "metadata.csv", tmp_path)
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(SourceError, match="damaged"):
        objects_source(tmp_path / "images", archive)
