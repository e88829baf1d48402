"""What so many seconds of sorting come to on labelled sets, beside single pairs in the same time.

    python tests/bench/scoreboard_seconds.py --out runs SET ...

A SET is NAME=SOURCE:LABELS[:EMBEDDINGS], see ``scoreboard.py``; ``--items`` of it are drawn once.
Each run sorts for ``--seconds`` of the declared reviewer and then claims ``--accept`` of the pairs.
A seed draws the slips of the reviewer and the order of the images: without slips nothing else could
differ.
A run is kept as one JSON file under ``--out`` and not repeated, so a stopped scoreboard goes on
where it was. ``--forms`` auto lets the product choose; pairs:STRATEGY asks single pairs. Prints the
mean and the range over the seeds, then how well the page foretold what another minute settles.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scoreboard import Set, cut

from curation.commands.simulated_review import simulate_source

MARKS = (60, 120, 300, 600)
ACCEPTED = {
    "auto": "auto",
    "right": "right",
    "pairs_true": "pairs true",
    "pairs_found": "pairs found",
    "audit_seconds": "audit s",
}
"""What is told of the claim, and the headings."""


@dataclass(frozen=True)
class Run:
    """One simulation, and the file that keeps it."""

    data: Set
    form: str
    seed: int
    error: float
    seconds: int
    accept: float

    def file(self, out: Path) -> Path:
        form = self.form.replace(":", "-")
        return out / f"{self.data.name}-{form}-{self.error:g}-{self.seconds}-{self.seed}.json"


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    sets = [cut(text, options.items, options.out) for text in options.sets]
    wanted = list(runs(sets, options))
    play(wanted, options)
    print("\n".join(table(wanted, options.out)))
    print("\n".join(foretold(wanted, options.out)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="SET")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--accept", type=float, default=0.99)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--errors", type=float, nargs="*", default=[0.0])
    parser.add_argument("--forms", nargs="*", default=["auto"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def runs(sets: Sequence[Set], options: argparse.Namespace) -> Iterator[Run]:
    for seed in range(options.seeds):
        for data in sets:
            for form in options.forms:
                for error in options.errors:
                    yield Run(data, form, seed, error, options.seconds, options.accept)


def play(wanted: Sequence[Run], options: argparse.Namespace) -> None:
    """Run what is not there yet, each on one thread."""
    missing = [run for run in wanted if not run.file(options.out).exists()]
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(one, run, options.out): run for run in missing}
        for done, future in enumerate(as_completed(waiting), 1):
            future.result()
            print(f"{done} of {len(missing)}: {waiting[future]}", file=sys.stderr, flush=True)


def one(run: Run, out: Path) -> None:
    """A single run, written whole or not at all."""
    forms, _, strategy = run.form.partition(":")
    result = simulate_source(
        source=str(in_order(run, out)),
        labels=run.data.labels,
        embeddings=run.data.embeddings and str(run.data.embeddings),
        seconds=run.seconds,
        forms=forms,
        accept=run.accept if forms == "auto" else None,
        strategy=strategy or "mix",
        seed=run.seed,
        error_rate=run.error,
        device="cpu",
    )
    part = run.file(out).with_suffix(".part")
    part.write_text(json.dumps(result))
    part.rename(run.file(out))


def in_order(run: Run, out: Path) -> Path:
    """The manifest in the order that the seed draws."""
    frame = pd.read_csv(run.data.source)
    path = out / f"{run.data.name}-order-{run.seed}.csv"
    order = np.random.default_rng(run.seed).permutation(len(frame))
    frame.iloc[order].to_csv(path, index=False)
    return path


def table(wanted: Sequence[Run], out: Path) -> Iterator[str]:
    """Markdown: a row for each set, form and error rate."""
    heads = [
        "set",
        "asked",
        "wrong",
        *(f"{mark} s" for mark in MARKS),
        "unseen",
        *ACCEPTED.values(),
    ]
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for (name, form, error), results in grouped(wanted, out).items():
        cells = [spread([at(one, mark, "ari") for one in results]) for mark in MARKS]
        cells.append(spread([one["curve"][-1]["ari_unseen"] for one in results]))
        accepted = [one["accepted"] or {} for one in results]
        for key in ACCEPTED:
            values = [told.get(key) for told in accepted]
            cells.append(spread(values, 0 if key in ("auto", "audit_seconds") else 3))
        yield f"| {name} | {form} | {error:.0%} | {' | '.join(cells)} |"


def grouped(wanted: Sequence[Run], out: Path) -> dict[tuple[str, str, float], list[dict[str, Any]]]:
    """The results of each set, form and error rate."""
    found: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for run in wanted:
        result = json.loads(run.file(out).read_text())
        found.setdefault((run.data.name, run.form, run.error), []).append(result)
    return found


def at(result: dict[str, Any], seconds: int, key: str) -> float | None:
    """What a curve says after so many seconds, or at its end."""
    rows = [row for row in result["curve"] if row["seconds"] <= seconds]
    return rows[-1][key] if rows and result["curve"][-1]["seconds"] >= seconds else None


def spread(values: Sequence[float | None], digits: int = 3) -> str:
    """Mean (least to most) of the values that there are."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    mean, least, most = (format(f(known), f".{digits}f") for f in (np.mean, min, max))
    few = "" if len(known) == len(values) else f", {len(known)} of {len(values)}"
    return f"{mean} ({least} to {most}{few})"


def foretold(wanted: Sequence[Run], out: Path) -> Iterator[str]:
    """Mean distance of what the next minute was to settle from what it settled, of all images."""
    yield "\n| set | asked | wrong | minutes | next minute off by | bias |"
    yield "|---|---|---|---|---|---|"
    for (name, form, error), results in grouped(wanted, out).items():
        off = [
            (now["next_minute"] - then["settled"]) / result["n_items"]
            for result in results
            for now, then in zip(result["curve"], result["curve"][1:], strict=False)
            if now["next_minute"] is not None and then["seconds"] - now["seconds"] == 60
        ]
        if off:
            told = f"{np.abs(off).mean():.3f} | {np.mean(off):+.3f}"
            yield f"| {name} | {form} | {error:.0%} | {len(off)} | {told} |"


if __name__ == "__main__":
    main()
