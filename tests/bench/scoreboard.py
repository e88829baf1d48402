"""Every strategy against chance on labelled sets, and how right automatic positives are.

    python tests/bench/scoreboard.py --out runs SET ...
    python tests/bench/scoreboard.py --out runs --precision SET ...

A SET is NAME=SOURCE:LABELS[:EMBEDDINGS[:ATTRIBUTES]]: a folder with metadata.csv or a manifest, the
column of truth, a file of vectors, and the columns, by comma, that strategies may see.

Each run answers ``--answers`` pairs of ``--items`` items (drawn once, by seed 0) and is kept as one
JSON file under ``--out``; runs that are there already are not repeated, so a stopped scoreboard
goes on where it was. Where a strategy has nothing to ask, a random pair is asked and counted
(``filled``). With ``--errors`` the mix, random and the five best are
run again with wrong answers. ``--jobs`` runs at a time, each on one thread.

``times`` is how many right answers random pairs need for the ARI that the strategy reaches, over
its own; random is followed to ``--cap`` answers. ``--precision`` measures the pairs that strategies
propose before any answer: the share of them with equal labels (SePP-ID, table 1).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from curation.commands.simulated_review import simulate_source
from curation.items.vectors import read_vectors
from curation.proposals import registry

RANDOM, MIX = "random", "mix"
BEST = 5
_TASKS = 30  # in about one process, so that imports are paid rarely and memory stays bounded
PUBLISHED = {"sepp_band": 92, "nn_top1": 57, "knn_k": None, "fnc_max": 40}


@dataclass(frozen=True)
class Set:
    """A labelled source, cut to the items of a run."""

    name: str
    source: Path
    labels: str
    embeddings: Path | None
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One simulation, and the file that keeps it."""

    data: Set
    strategy: str
    seed: int
    error: float
    answers: int
    objective: str = "human"

    def file(self, out: Path) -> Path:
        wrong = f"-wrong{self.error:g}" if self.error else ""
        by = self.strategy if self.objective == "human" else f"{self.strategy}-{self.objective}"
        return out / f"{self.data.name}-{by}{wrong}-{self.answers}-{self.seed}.json"


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    sets = [cut(text, options.items, options.out) for text in options.sets]
    if options.precision:
        for data in sets:
            print(json.dumps({"set": data.name, **precision(data)}), flush=True)
        return
    strategies = options.only or registry.names()
    play(list(runs(sets, strategies, options, 0.0)), options)
    board = rows(sets, strategies, options, 0.0)
    ranked = sorted(board, key=lambda row: -float(np.mean(row["ari"])))
    singles = [row["strategy"] for row in ranked if row["strategy"] not in (MIX, RANDOM)]
    for error in options.errors:
        again = [MIX, RANDOM, *singles[:BEST]]
        play(list(runs(sets, again, options, error)), options)
        board += rows(sets, again, options, error)
    (options.out / "scoreboard.json").write_text(json.dumps(board, indent=1))
    print(table(sets, board))


def arguments() -> argparse.Namespace:
    parser = shared_options(__doc__, "strategy", [0.03, 0.1])
    parser.add_argument("--cap", type=int, default=1600)
    parser.add_argument("--precision", action="store_true")
    return parser.parse_args()


def shared_options(doc: str, compared: str, errors: list[float]) -> argparse.ArgumentParser:
    """Options of a command that compares on SETs; ``compared`` is what ``--only`` names."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="SET")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--errors", type=float, nargs="*", default=errors)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="*", help=f"{compared} ids")
    return parser


def cut(text: str, items: int, out: Path) -> Set:
    """The set named on the command line, as a manifest of a random part of it."""
    name, _, rest = text.partition("=")
    source, labels, vectors, columns = (*rest.split(":"), "", "")[:4]
    attributes = tuple(column for column in columns.split(",") if column)
    folder = Path(source)
    manifest = folder if folder.is_file() else folder / "metadata.csv"
    frame = pd.read_csv(manifest)
    table = read_vectors(Path(vectors)) if vectors else None
    if table is not None:
        row_of = {file: row for row, file in enumerate(table.files)}
        frame = frame[frame["file"].isin(row_of)]
    pick = np.sort(np.random.default_rng(0).permutation(len(frame))[:items])
    frame = frame.iloc[pick]
    files = [str((manifest.parent / file).resolve()) for file in frame["file"]]
    made, embeddings = out / f"{name}.csv", out / f"{name}.npz"
    frame.assign(file=files).to_csv(made, index=False)
    if table is None:
        return Set(name, made, labels, None, attributes)
    rows = [row_of[file] for file in frame["file"]]
    np.savez(embeddings, F=table.vectors[rows], files=np.array(files))
    return Set(name, made, labels, embeddings, attributes)


def runs(
    sets: Sequence[Set], strategies: Sequence[str], options: argparse.Namespace, error: float
) -> Iterator[Run]:
    for seed in range(options.seeds):
        for data in sets:
            for name in strategies:
                far = options.cap if name == RANDOM and not error else options.answers
                yield Run(data, name, seed, error, far)


def play(wanted: Sequence[Run], options: argparse.Namespace) -> None:
    """Run what is not there yet, each on one thread."""
    missing = [run for run in wanted if not run.file(options.out).exists()]
    os.environ["OMP_NUM_THREADS"] = "1"
    for begin in range(0, len(missing), options.jobs * _TASKS):
        some = missing[begin : begin + options.jobs * _TASKS]
        with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
            waiting = {pool.submit(one, run, options.out): run for run in some}
            for done, future in enumerate(as_completed(waiting), begin + 1):
                future.result()
                print(f"{done} of {len(missing)}: {waiting[future]}", file=sys.stderr, flush=True)


def one(run: Run, out: Path) -> None:
    """A single run, written whole or not at all."""
    result = simulate_source(
        source=str(run.data.source),
        labels=run.data.labels,
        strategy=run.strategy,
        objective=run.objective,
        embeddings=run.data.embeddings and str(run.data.embeddings),
        attributes=run.data.attributes,
        seed=run.seed,
        error_rate=run.error,
        n_answers=run.answers,
        otherwise=RANDOM,
        device="cpu",
    )
    part = run.file(out).with_suffix(".part")
    part.write_text(json.dumps(result))
    part.rename(run.file(out))


def rows(
    sets: Sequence[Set], strategies: Sequence[str], options: argparse.Namespace, error: float
) -> list[dict[str, Any]]:
    """One row a strategy: on each set the mean ARI over the seeds, and ``times``."""
    found = []
    for name in strategies:
        row: dict[str, Any] = {"strategy": name, "error": error, "ari": [], "times": [],
                               "interactions": [], "filled": []}  # fmt: skip
        for data in sets:
            wanted = runs([data], [name], options, error)
            curves = [json.loads(run.file(options.out).read_text())["curve"] for run in wanted]
            last = [at(curve, options.answers) for curve in curves]
            ari = float(np.mean([point["ari"] for point in last]))
            row["ari"].append(round(ari, 4))
            for key in ("interactions", "filled"):
                row[key].append(round(float(np.mean([point[key] for point in last])), 1))
            chance = [json.loads(run.file(options.out).read_text())["curve"]
                      for run in runs([data], [RANDOM], options, 0.0)]  # fmt: skip
            row["times"].append(times(ari, chance, options.answers))
        found.append(row)
    return found


def at(curve: Sequence[dict[str, Any]], answers: int) -> dict[str, Any]:
    """The first row of a curve with so many answers, or the last one."""
    return next((point for point in curve if point["answers"] >= answers), curve[-1])


def times(ari: float, chance: Sequence[Sequence[dict[str, Any]]], answers: int) -> float | None:
    """Answers that random pairs need for this ARI over ``answers``; None beyond what was run."""
    points = [point["answers"] for point in chance[0]]
    mean = np.maximum.accumulate(
        [np.mean([at(curve, n)["ari"] for curve in chance]) for n in points]
    )
    if ari > mean[-1]:
        return None
    return round(float(np.interp(ari, mean, points)) / answers, 2)


def table(sets: Sequence[Set], board: Sequence[dict[str, Any]]) -> str:
    """Markdown, best first; a strategy that never beats random says so."""
    chance = {row["error"]: row["ari"] for row in board if row["strategy"] == RANDOM}
    heads = " | ".join(f"{data.name} ARI (x random)" for data in sets)
    lines = [f"| strategy | {heads} | interactions | |", "|---" * (len(sets) + 3) + "|"]
    for row in sorted(board, key=lambda one: (one["error"], -float(np.mean(one["ari"])))):
        wrong = f", {row['error']:.0%} wrong" if row["error"] else ""
        cells = [f"{ari:.3f} ({'beyond the cap' if t is None else t})"
                 for ari, t in zip(row["ari"], row["times"], strict=True)]  # fmt: skip
        even = zip(row["ari"], chance.get(row["error"], ()), strict=False)
        beaten = all(ari <= other for ari, other in even)
        note = "never beats random" if beaten and row["strategy"] != RANDOM else ""
        filled = float(np.sum(row["filled"]) / np.sum(row["interactions"]))
        if filled:
            note = ", ".join([*filter(None, [note]), f"{filled:.0%} random, with nothing to ask"])
        asked = f"{float(np.mean(row['interactions'])):.0f}"
        lines.append(f"| `{row['strategy']}`{wrong} | {' | '.join(cells)} | {asked} | {note} |")
    return "\n".join(lines)


def precision(data: Set) -> dict[str, Any]:
    """Share of right pairs, and their number, of what strategies propose before any answer."""
    from curation.workspace import open_workspace

    found: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        open_workspace(folder, source=data.source, embeddings=data.embeddings, inline=True) as work,
    ):
        criterion = work.criteria.all()[0]["name"]
        state = work.engine.criteria[criterion].asking.state()[0]
        labels = [work.items.get(item).attributes[data.labels] for item in state.space.item_ids]
        position = {item: row for row, item in enumerate(state.space.item_ids)}
        for name, published in PUBLISHED.items():
            strategy: Any = registry.create(name)
            strategy.per_item = strategy.anchors = state.n_items
            pairs = strategy.propose(state, state.n_items**2, np.random.default_rng(0))
            right = [labels[position[p.pair.a]] == labels[position[p.pair.b]] for p in pairs]
            share = round(100 * float(np.mean(right)), 1) if right else None
            found[name] = {"percent": share, "pairs": len(pairs), "published": published}
    return found


if __name__ == "__main__":
    main()
