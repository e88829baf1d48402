"""``curation draw``: images of everyday objects to try everything on."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HELP = "Draw images of everyday objects, with a manifest of what is in them."


def add_draw(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser("draw", help=HELP, description=HELP)
    parser.add_argument("--out", required=True, help="folder for the images and metadata.csv")
    parser.add_argument("--images", type=int, default=240, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=160, metavar="PX", help="pixels a side")
    parser.add_argument("--jobs", type=int, help="processes; default: one a CPU core")
    parser.add_argument("--zip", metavar="FILE", help="pack the set into one file, too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run_draw(options: argparse.Namespace, _: object = None) -> int:
    """Run the command; progress goes to standard error. Returns the exit status."""
    from curation.demo.drawing import draw_set
    from curation.demo.packed import pack

    done = draw_set(
        Path(options.out).expanduser(),
        options.images,
        seed=options.seed,
        size=options.size,
        jobs=options.jobs,
        progress=_show if sys.stderr.isatty() else None,
    )
    if options.zip:
        pack(done.manifest, Path(options.zip).expanduser())
    shown = {
        "manifest": str(done.manifest),
        "drawn": done.drawn,
        "found": done.found,
        "seconds": round(done.seconds, 2),
        "images_per_second": round(done.rate, 2) if done.drawn else None,
    }
    pace = f" at {done.rate:.1f} images/s" if done.drawn else ""
    text = f"{done.drawn} drawn{pace}, {done.found} found: {done.manifest}"
    print(json.dumps(shown, ensure_ascii=False) if options.json else text)
    return 0


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{done:,} of {total:,} images{end}")
    sys.stderr.flush()
