"""``curation distill``: a small encoder of one's own."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.command import Command, Serve
from curation.commands.options import at_least, device_option, json_option

if TYPE_CHECKING:
    from curation.distillation.run import Progress, Result

HELP = "Make a small, fast encoder that imitates a large one on your images."


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "teacher",
        help="any encoder: builtin, open_clip:NAME[:FILE], timm:NAME[:FILE], distilled:FILE; or a "
        ".npz (files, boxes, vectors) of crops",
    )
    parser.add_argument("--into", required=True, metavar="ARCH", help="an architecture of timm")
    parser.add_argument("--start", type=_path, metavar="FILE",
                        help="begin with these weights of ARCH instead of from chance")  # fmt: skip
    parser.add_argument("--keep", type=_share, default=1.0, metavar="SHARE",
                        help="of the hidden channels (mobilenetv2 and its like)")  # fmt: skip
    parser.add_argument("--images", required=True, nargs="+", type=_path, metavar="FOLDER|ZIP",
                        help="to learn from")  # fmt: skip
    parser.add_argument("--out", required=True, type=_path, help="a .safetensors file")
    parser.add_argument("--work", type=_path, help="keeps the state of the run; default OUT.work")
    parser.add_argument("--exclude", nargs="+", type=_path, default=[], metavar="FOLDER",
                        help="do not learn from near-duplicates of these images")  # fmt: skip
    parser.add_argument("--report", nargs="+", type=_path, default=[], metavar="FOLDER",
                        help="report the 5-NN accuracy on these labelled images")  # fmt: skip
    parser.add_argument(
        "--size", type=at_least(32), default=128, help="side in pixels (%(default)s)"
    )
    parser.add_argument(
        "--dim",
        type=at_least(2),
        default=384,
        help="length of the vectors, at most the teacher's (%(default)s)",
    )
    parser.add_argument("--crops", type=at_least(1), default=4,
                        help="of each image (%(default)s); a .npz brings its own")  # fmt: skip
    parser.add_argument("--epochs", type=at_least(1), default=100, help="(%(default)s)")
    parser.add_argument("--batch", type=at_least(2), default=256, help="(%(default)s)")
    parser.add_argument(
        "--lr", type=_rate, default=2e-3, help="highest learning rate (%(default)s)"
    )
    parser.add_argument("--seed", type=at_least(0), default=0, help="(%(default)s)")
    device_option(parser)
    json_option(parser)


def _run(options: argparse.Namespace, _: Serve) -> int:
    """Progress goes to standard error."""
    from curation.distillation.run import Request, distill
    from curation.distillation.schedule import DistillSettings

    settings = DistillSettings(
        architecture=options.into,
        start=str(options.start or ""),
        keep=options.keep,
        size=options.size,
        dim=options.dim,
        crops=options.crops,
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.lr,
        seed=options.seed,
    )
    request = Request(
        teacher=options.teacher,
        images=options.images,
        out=options.out,
        work=options.work or options.out.with_name(options.out.name + ".work"),
        settings=settings,
        exclude=options.exclude,
        report=options.report,
        device=options.device,
    )
    steps, told = distill(request), _Told()
    while True:
        try:
            told(next(steps))
        except StopIteration as end:
            return _show(end.value, options.json)


class _Told:
    """Progress as lines: every epoch, and the rest at most every other second."""

    def __init__(self) -> None:
        self._last = 0.0
        self._stage = ""
        self._begun = (0.0, 0)

    def __call__(self, step: Progress) -> None:
        now = time.monotonic()
        if step.stage != self._stage:
            self._stage, self._begun = step.stage, (now, step.done)
        elif step.done < step.total and not step.detail and now - self._last < 2:
            return
        self._last = now
        began, first = self._begun
        rest = (now - began) / max(step.done - first, 1) * (step.total - step.done)
        left = f", {rest / 60:.0f} min left" if step.done > first else ""
        detail = f": {step.detail}" if step.detail else ""
        print(f"{step.stage} {step.done}/{step.total}{detail}{left}", file=sys.stderr, flush=True)


def _show(result: Result, as_json: bool) -> int:
    if as_json:
        print(json.dumps({**asdict(result), "out": str(result.out)}))
        return 0
    print(
        f"{result.out}: {result.dim} numbers an image, learned from {result.crops} crops of "
        f"{result.images} images ({result.near_duplicates} near-duplicates and "
        f"{result.unreadable} unreadable files left out)."
    )
    for row in result.report:
        print(f"{row['folder']}: 5-NN {row['knn5']:.3f} of {row['images']} images")
    print(f"Use it with --encoder distilled:{result.out}")
    return 0


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a rate between 0 and 1, got {text}")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"expected a share above 0 and up to 1, got {text}")
    return value


COMMAND = Command("distill", HELP, _add, _run)
