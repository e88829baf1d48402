"""``curation draw``: images of everyday objects to try everything on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.command import Command, Serve
from curation.commands.options import json_option
from curation.commands.output import show

if TYPE_CHECKING:
    from curation.demo.drawing import Drawn

HELP = "Draw images of everyday objects, with a manifest of what is in them."
MORE = (
    "Image k of a seed is always the same. Images that are there whole are kept, so the same "
    "command goes on after an interruption, and a larger --images adds to the set; a smaller one "
    "is refused, so that images and manifest agree. The rate at the end counts drawing alone."
)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR",
                        help="folder for images/ and metadata.csv")  # fmt: skip
    parser.add_argument("--images", type=int, default=240, metavar="N",
                        help="in the whole set, 1 to 50,000 (%(default)s)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="S",
                        help="another seed, other images (%(default)s)")  # fmt: skip
    parser.add_argument("--size", type=int, default=160, metavar="PX",
                        help="pixels a side, 16 to 1024 (%(default)s)")  # fmt: skip
    parser.add_argument("--jobs", type=int, metavar="N", help="processes; default: one a CPU core")
    parser.add_argument("--zip", metavar="FILE", help="pack the set into one file, too")
    json_option(parser)


def _run(options: argparse.Namespace, _: Serve) -> int:
    """Progress goes to standard error."""
    from curation.demo.drawing import draw_set
    from curation.demo.packed import check_archive, pack

    archive = Path(options.zip).expanduser() if options.zip else None
    if archive is not None:
        check_archive(archive)  # before the long part, not after it
    try:
        done = draw_set(
            Path(options.out).expanduser(),
            options.images,
            seed=options.seed,
            size=options.size,
            jobs=options.jobs,
            progress=_progress if sys.stderr.isatty() else None,
        )
    except KeyboardInterrupt:
        print("\ncuration: interrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    if archive is not None:
        pack(done.manifest, archive)
    shown = {
        "manifest": str(done.manifest),
        "drawn": done.drawn,
        "found": done.found,
        "jobs": done.jobs,
        "seconds": round(done.seconds, 2),
        "images_per_second": round(done.rate, 3) if done.drawn else None,
    }
    show(options, shown, _summary(done))
    return 0


def _summary(done: Drawn) -> str:
    pace = (
        f" in {done.seconds:,.1f} s ({done.rate:.3g} images/s with --jobs {done.jobs})"
        if done.drawn
        else ""
    )
    return f"{done.drawn:,} drawn{pace}, {done.found:,} found: {done.manifest}"


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{done:,} of {total:,} images{end}")
    sys.stderr.flush()


COMMAND = Command("draw", HELP, _add, _run, MORE)
