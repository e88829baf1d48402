"""The protocol of Ghose et al. (CoRL 2022, sec. 4) with the session's own learning, in process.

    python tests/bench/bench_teaching.py SOURCE --labels COLUMN --out rows.jsonl
        [--embeddings FILE | --encoder SPEC] [--pools 3] [--picks 40] [--every 3] [--sort]

For every category and pool: random picks of the category, an update every three picks as in a
session, and F1 over the items nobody picked, at 0, 10, 20, 30 and 40 picks, or at most half of a
small category (``last``). Columns:

- session     what a session answers
- none        the same rule and the same picks on the frozen embedding
- centroid    updates by the centroid term alone, every ten picks
- groups      the same rule on memberships of groups predicted without picks
- ... swept   with the line that is best on the items it is measured on, as the paper reports

With ``--sort`` items of all categories are sorted into bins of these names instead, and the figure
is the accuracy. A row a pool is written as soon as it is there, and not made again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from common import table

from curation.items.decode import load_image
from curation.items.source import open_source
from curation.items.vectors import read_vectors
from curation.learning.adapter import Adapter
from curation.learning.grouping import predict_groups
from curation.spaces.encoders import create_encoder, encode_images
from curation.teaching import scores
from curation.teaching.answers import judge_from
from curation.teaching.learning import LearnSettings
from curation.teaching.update import Update, update
from curation.types import Constraints, FloatArray

MARK = 10
ENCODED = 64
CENTROID = LearnSettings(human=1.0, instance=0.0, contrast=0.0, pull=0.0)


@dataclass(frozen=True)
class Belt:
    """Labelled items: ``base`` float32 [N, D0] unit norm, ``labels`` [N]; ``groups`` float32 [N, K]
    are unit-norm memberships predicted without picks."""

    ids: tuple[str, ...]
    base: FloatArray
    labels: np.ndarray
    groups: FloatArray
    start: Update

    @property
    def position(self) -> dict[str, int]:
        return {item: row for row, item in enumerate(self.ids)}


def read_belt(options: argparse.Namespace) -> Belt:
    entries = list(open_source(options.source, embeddings=options.embeddings).entries())
    kept = [one for one in entries if one.attributes.get(options.labels) is not None]
    if not kept:
        known = sorted({name for one in entries for name in one.attributes})
        raise SystemExit(f"Expected a column {options.labels!r}, got {', '.join(known)}.")
    ids = tuple(one.path for one in kept)
    base = _vectors(options, kept)
    labels = np.array([str(one.attributes[options.labels]) for one in kept])
    grouping = predict_groups(base, Constraints.none(len(ids)), len(set(labels)), 0)
    groups = grouping.probabilities
    groups = groups / np.linalg.norm(groups, axis=1, keepdims=True)
    return Belt(ids, base, labels, groups.astype(np.float32), Update(Adapter.fit(base)))


def _vectors(options: argparse.Namespace, entries: Sequence[Any]) -> FloatArray:
    kept = options.embeddings
    if kept is None:
        kept = options.out.with_suffix(".npz")
        if not kept.exists():
            _encode(options.encoder, entries, kept)
    found = read_vectors(kept)
    row = {name: number for number, name in enumerate(found.files)}
    return found.vectors[[row[one.path] for one in entries]]


def _encode(spec: str, entries: Sequence[Any], target: Path) -> None:
    encoder = create_encoder(spec, "cpu")
    parts = []
    for start in range(0, len(entries), ENCODED):
        images = [load_image(one.file, one.box) for one in entries[start : start + ENCODED]]
        parts.append(encode_images(encoder, images))
    files = np.array([one.path for one in entries])
    np.savez(target, F=np.concatenate(parts).astype(np.float32), files=files)


# ---- one category wanted -------------------------------------------------------------------------


def picked(belt: Belt, category: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Figures by number of picks of one pool of one category."""
    members = np.flatnonzero(belt.labels == category)
    most = min(options.picks, len(members) // 2)
    pool = np.random.default_rng(seed).permutation(members)[:most]
    curve: dict[str, Any] = {"0": dict.fromkeys(("session", "none", "centroid", "groups"), 0.0)}
    learnt = {"session": belt.start, "centroid": belt.start}
    for count in range(1, len(pool) + 1):
        bins = {category: pool[:count]}
        mark = count % MARK == 0 or count == len(pool)
        if mark or count % options.every == 0:
            learnt["session"] = _learn(belt, bins, learnt["session"], count, None)
        if mark:
            learnt["centroid"] = _learn(belt, bins, learnt["centroid"], count, CENTROID)
            curve[str(count)] = _figures(belt, category, pool[:count], learnt)
    return curve


def _learn(
    belt: Belt,
    bins: Mapping[str, np.ndarray],
    last: Update,
    seed: int,
    settings: LearnSettings | None,
) -> Update:
    steps = update(belt.base, belt.ids, bins, last, seed=seed, settings=settings)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def _figures(
    belt: Belt, category: str, rows: np.ndarray, learnt: Mapping[str, Update]
) -> dict[str, float]:
    rest = np.setdiff1d(np.arange(len(belt.ids)), rows)
    truth = belt.labels[rest] == category
    spaces = {
        "session": (_space(belt, learnt["session"]), learnt["session"].ranks),
        "none": (belt.base, {}),
        "centroid": (_space(belt, learnt["centroid"]), learnt["centroid"].ranks),
        "groups": (belt.groups, {}),
    }
    told = {}
    for name, (vectors, ranks) in spaces.items():
        taught = {category: [belt.ids[row] for row in rows]}
        chosen, _ = judge_from(vectors, belt.position, taught, ranks).judge(vectors[rest])
        told[name] = round(f1(chosen == 0, truth), 4)
    for name in ("session", "none"):
        vectors = spaces[name][0]
        told[f"{name} swept"] = round(
            best_f1(scores.support_scores(vectors[rest], vectors[rows]), truth), 4
        )
    return told


def _space(belt: Belt, learnt: Update) -> FloatArray:
    return belt.base if learnt.adapter is None else learnt.adapter.apply(belt.base)


def f1(taken: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (taken & truth).sum() / max(taken.sum() + truth.sum(), 1))


def best_f1(found: FloatArray, truth: np.ndarray) -> float:
    """F1 at the best line over ``truth`` itself."""
    right = np.cumsum(truth[np.argsort(-found)])
    taken = np.arange(1, len(truth) + 1)
    return float((2 * right / (taken + truth.sum())).max())


# ---- named bins ----------------------------------------------------------------------------------


def sorted_into_bins(belt: Belt, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Accuracy by number of items that a person sorted."""
    pool = np.random.default_rng(seed).permutation(len(belt.ids))[: options.picks]
    learnt = belt.start
    curve = {"0": {"session": 0.0, "none": 0.0}}
    for count in range(1, len(pool) + 1):
        names = belt.labels[pool[:count]]
        bins = {name: pool[:count][names == name] for name in dict.fromkeys(names)}
        mark = count % MARK == 0 or count == len(pool)
        if mark or count % options.every == 0:
            learnt = _learn(belt, bins, learnt, count, None)
        if mark:
            rest = np.setdiff1d(np.arange(len(belt.ids)), pool[:count])
            curve[str(count)] = {
                "session": _accuracy(belt, _space(belt, learnt), learnt.ranks, bins, rest),
                "none": _accuracy(belt, belt.base, {}, bins, rest),
            }
    return curve


def _accuracy(
    belt: Belt,
    vectors: FloatArray,
    ranks: Mapping[str, float],
    bins: Mapping[str, np.ndarray],
    rest: np.ndarray,
) -> float:
    taught = {name: [belt.ids[row] for row in rows] for name, rows in bins.items()}
    judge = judge_from(vectors, belt.position, taught, ranks)
    chosen, _ = judge.judge(vectors[rest])
    names = np.array([*judge.names, ""])
    return round(float((names[chosen] == belt.labels[rest]).mean()), 4)


# ---- all of them ---------------------------------------------------------------------------------


def rows_of(belt: Belt, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Rows that are not in the file yet."""
    done = {(row["category"], row["pool"]) for row in written(options.out)}
    categories = [""] if options.sort else sorted(set(belt.labels))
    for category in categories:
        for pool in range(options.pools):
            if (category, pool) in done:
                continue
            if options.sort:
                curve = sorted_into_bins(belt, pool, options)
            else:
                curve = picked(belt, category, pool, options)
            yield {"category": category, "pool": pool, "curve": curve}


def written(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def means(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean by number of picks, and of the last figures of every pool."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        last = list(row["curve"].values())[-1]
        for picks, figures in [*row["curve"].items(), ("last", last)]:
            for name, value in figures.items():
                found.setdefault(picks, {}).setdefault(name, []).append(value)
    marks = [*sorted((p for p in found if p.isdigit() and int(p) % MARK == 0), key=int), "last"]
    return {
        p: {"pools": len(found[p]["none"])}
        | {name: round(float(np.mean(v)), 3) for name, v in found[p].items()}
        for p in marks
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--embeddings", type=Path)
    parser.add_argument("--encoder", default="builtin")
    parser.add_argument("--pools", type=int, default=3)
    parser.add_argument("--picks", type=int, default=40)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--sort", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    belt = read_belt(options)
    for row in rows_of(belt, options):
        with options.out.open("a") as file:
            file.write(json.dumps(row) + "\n")
    rows = written(options.out)
    sys.stderr.write(f"{len(belt.ids)} items, {len(rows)} pools\n{table(means(rows))}\n")
    print(json.dumps({"items": len(belt.ids), "pools": len(rows), "mean": means(rows)}))


if __name__ == "__main__":
    main()
