"""Drawing a set of images into a folder: in parallel, and continued where it was cut short."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

from PIL import Image

from curation.demo.factors import Factors, factors, image_rng
from curation.errors import SourceError
from curation.items.atomic import write_atomic

MOST_IMAGES = 50_000
SIZES = (16, 1024)
MANIFEST = "metadata.csv"
_RECIPE = "recipe.json"
_STYLE = 3  # counted up when images of a seed come to look different


@dataclass(frozen=True)
class Drawn:
    """What a call of ``draw_set`` did: images drawn and found, and the seconds for drawing."""

    manifest: Path
    drawn: int
    found: int
    seconds: float

    @property
    def rate(self) -> float:
        """Images a second, 0 where all were found."""
        return self.drawn / self.seconds if self.drawn else 0.0


def draw_set(
    folder: Path,
    images: int,
    *,
    seed: int = 0,
    size: int = 160,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Drawn:
    """Draw ``images`` images of ``seed`` as WebP, ``size`` pixels a side, and their manifest.

    They lie in ``folder/images``; ``folder/metadata.csv``, written last, names the factors of
    each. Images that are there are kept, so a call that was cut short is continued by the same
    call, and a larger number adds to a set. ``jobs`` processes draw (default: one a CPU core);
    an image does not depend on them. Raises SourceError if the numbers are out of range, the
    folder cannot be written or holds a set of another seed or size.
    """
    _check(images, size, seed, jobs)
    started = time.perf_counter()
    try:
        _claim(folder, {"seed": seed, "size": size, "style": _STYLE})
        missing = [n for n in range(images) if not _is_there(folder / image_name(n))]
        with contextlib.closing(_drawn(folder, missing, seed, size, jobs)) as work:
            for done, _ in enumerate(work, start=images - len(missing) + 1):
                if progress is not None:
                    progress(done, images)
        manifest = _write_manifest(folder, images, seed)
    except OSError as error:
        raise SourceError(
            f"The images could not be written to {folder} ({error.strerror or error}). Make room "
            "or choose another folder; what is drawn already is kept, so the same command goes on."
        ) from error
    return Drawn(manifest, len(missing), images - len(missing), time.perf_counter() - started)


def image_name(number: int) -> str:
    """Path of image ``number`` below the set's folder; it tells nothing of what is in it."""
    return f"images/{number:05d}.webp"


def _check(images: int, size: int, seed: int, jobs: int | None) -> None:
    low, high = SIZES
    if not 1 <= images <= MOST_IMAGES:
        raise SourceError(
            f"Expected a number of images from 1 to {MOST_IMAGES:,}, got {images:,}. For more, "
            "draw several sets, each with a seed of its own."
        )
    if not low <= size <= high:
        raise SourceError(f"Expected a size from {low} to {high} pixels, got {size}.")
    if seed < 0:
        raise SourceError(f"Expected a seed of 0 or more, got {seed}.")
    if jobs is not None and jobs < 1:
        raise SourceError(f"Expected 1 process or more, got {jobs}.")


def _claim(folder: Path, recipe: dict[str, int]) -> None:
    """Make the folder, or make sure that what it holds is part of the same set."""
    file = folder / _RECIPE
    if not file.exists():
        text = json.dumps(recipe)
        write_atomic(file, lambda stream: stream.write(text.encode()))
        return
    try:
        known = json.loads(file.read_text("utf-8"))
    except ValueError:
        known = None
    if known != recipe:
        raise SourceError(
            f"{folder} holds a set drawn otherwise (expected {recipe}, got {known}). Choose "
            "another folder, or give the same seed and size."
        )


def _is_there(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _drawn(
    folder: Path, numbers: list[int], seed: int, size: int, jobs: int | None
) -> Generator[None]:
    """Draw the images; yields after each one is on disk."""
    draw_one = partial(_draw_one, folder, seed, size)
    jobs = min(jobs or os.cpu_count() or 1, len(numbers))
    if jobs <= 1:
        yield from map(draw_one, numbers)
        return
    # started afresh: a copy of this process might hold locks of other threads
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_leave_interrupts) as pool:
        try:
            yield from pool.map(draw_one, numbers, chunksize=4)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl+C is for the parent, which ends its helpers once their image is on disk."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _draw_one(folder: Path, seed: int, size: int, number: int) -> None:
    from curation.demo.scenes import draw

    pixels, _ = draw(seed, number, size)
    image = Image.fromarray(pixels)
    write_atomic(
        folder / image_name(number),
        lambda stream: image.save(stream, "WEBP", quality=84, method=6),
        durable=False,
    )


def _write_manifest(folder: Path, images: int, seed: int) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, ("file", *(field.name for field in fields(Factors))), lineterminator="\n"
    )
    writer.writeheader()
    for number in range(images):
        shown = factors(seed, number, image_rng(seed, number))
        writer.writerow({"file": image_name(number)} | asdict(shown))
    manifest = folder / MANIFEST
    write_atomic(manifest, lambda stream: stream.write(text.getvalue().encode()))
    return manifest
