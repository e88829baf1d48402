"""Drawing a set of images into a folder: in parallel, and continued where it was cut short."""

from __future__ import annotations

import contextlib
import csv
import io
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

from PIL import Image

from curation import files
from curation.demo.factors import Factors, factors, image_rng
from curation.demo.place import MANIFEST, claimed
from curation.errors import SourceError
from curation.items.decode import load_image

MOST_IMAGES = 50_000
SIZES = (16, 1024)
_IMAGES = "images"
_MAKE_ROOM = (
    "Make room or choose another folder; what is drawn already is kept, "
    "so the same command goes on."
)
_STYLE = 3  # counted up when images of a seed come to look different


@dataclass(frozen=True)
class Drawn:
    """What a call of ``draw_set`` did: images drawn by ``jobs`` processes in ``seconds``, and
    those found whole."""

    manifest: Path
    drawn: int
    found: int
    seconds: float
    jobs: int

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
    each. Images that are there whole are kept, so a call that was cut short is continued by the
    same call, and a larger number adds to a set; a smaller one is refused. ``jobs`` processes draw
    (default: one a CPU core); an image does not depend on them. Raises SourceError if the numbers
    are out of range, the folder cannot be written, is being drawn into, or holds anything else.
    """
    _check(images, size, seed, jobs)
    with _told(folder), claimed(folder, {"seed": seed, "size": size, "style": _STYLE}):
        _clear(folder)
        _check_growth(folder, images)
        missing = [n for n in range(images) if not _is_whole(folder / image_name(n), size)]
        jobs = max(1, min(jobs or os.cpu_count() or 1, len(missing)))
        started = time.perf_counter()
        work = _drawn(partial(_draw_one, folder, seed, size), missing, jobs)
        with contextlib.closing(work):
            for done, _ in enumerate(work, start=images - len(missing) + 1):
                if progress is not None:
                    progress(done, images)
        seconds = time.perf_counter() - started
        manifest = _write_manifest(folder, images, seed)
    return Drawn(manifest, len(missing), images - len(missing), seconds, jobs)


def image_name(number: int) -> str:
    """Path of image ``number`` below the set's folder; it tells nothing of what is in it."""
    return f"{_IMAGES}/{number:05d}.webp"


def _check(images: int, size: int, seed: int, jobs: int | None) -> None:
    low, high = SIZES
    if not 1 <= images <= MOST_IMAGES:
        more = "For more, draw several sets, each with a seed of its own."
        raise SourceError(
            f"Expected a number of images from 1 to {MOST_IMAGES:,}, got {images:,}. "
            + (more if images > MOST_IMAGES else "Name how many the set shall hold.")
        )
    if not low <= size <= high:
        raise SourceError(f"Expected a size from {low} to {high} pixels, got {size}.")
    if seed < 0:
        raise SourceError(f"Expected a seed of 0 or more, got {seed}.")
    if jobs is not None and jobs < 1:
        raise SourceError(f"Expected 1 process or more, got {jobs}.")


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What ends a drawing from outside, as SourceError."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"The images could not be written to {folder} ({error.strerror or error}). "
            + (_MAKE_ROOM if error.errno in files.FULL else "Choose a folder that can be written.")
        ) from error
    except BrokenProcessPool as error:
        raise SourceError(
            "A process that was drawing has been ended; too little memory is a usual cause. What "
            "is drawn already is kept, so the same command goes on, with fewer jobs if need be."
        ) from error


def _clear(folder: Path) -> None:
    """Remove what a killed process has left half written."""
    for file in (folder / _IMAGES).glob(".*.tmp"):
        file.unlink(missing_ok=True)


def _check_growth(folder: Path, images: int) -> None:
    """What is there must be part of the set asked for: then manifest and images agree."""
    numbers = [int(file.stem) for file in (folder / _IMAGES).glob("*.webp") if file.stem.isdigit()]
    last = max(numbers, default=-1)
    if last >= images:
        raise SourceError(
            f"Expected {last + 1:,} images or more, got {images:,}: {folder} holds "
            f"{image_name(last)} already, and a set grows but never shrinks. Draw a smaller one "
            "into another folder."
        )


def _is_whole(file: Path, size: int) -> bool:
    """Whether an image was drawn and can be decoded to its end."""
    try:
        return load_image(file).size == (size, size)
    except SourceError:
        return False


def _drawn(draw_one: Callable[[int], None], numbers: list[int], jobs: int) -> Generator[None]:
    """Draw the images; yields after each one is on disk."""
    if jobs == 1:
        yield from map(draw_one, numbers)
        return
    # started afresh: a copy of this process might hold locks of other threads
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_begin) as pool:
        running: set[Future[None]] = set()
        try:
            for number in numbers:
                with _uninterrupted():
                    running.add(pool.submit(draw_one, number))
                if len(running) == jobs:  # nothing waits in line when Ctrl+C comes
                    running = yield from _next(running)
            while running:
                running = yield from _next(running)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _next(running: set[Future[None]]) -> Generator[None, None, set[Future[None]]]:
    """Wait until something is drawn, yield for each; returns what still runs."""
    done, running = wait(running, return_when=FIRST_COMPLETED)
    for one in done:
        yield one.result()
    return running


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C waits. Processes started in here never hear of it: it is for the parent, which lets
    them end their image."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """A kill of the parent ends this process, too."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _draw_one(folder: Path, seed: int, size: int, number: int) -> None:
    from curation.demo.scenes import draw

    pixels, _ = draw(seed, number, size)
    image = Image.fromarray(pixels)
    files.put(
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
    files.put(manifest, lambda stream: stream.write(text.getvalue().encode()))
    return manifest
