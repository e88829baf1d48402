"""Time and memory of every strategy on many items, beside one exact search for all neighbours.

    python tests/bench/bench_strategies.py [--items 50000] [--dim 512] [--only ID ...]

Vectors are drawn in blobs with a few hundred true answers, attributes, a second modality and two
views of each item. Each strategy runs in a process of its own: ``mb`` is what its peak adds to the
process with the vectors, views and neighbours loaded, ``first`` and ``again`` are seconds of two
draws of 20 pairs (what is computed once for a space is kept for the second), ``ratio`` is ``first``
over the search (k = 50), and ``within`` whether both are within 1,000 MB and 3 searches. With few
items the imports of a first draw outweigh the search.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from curation.decisions.closure import build
from curation.proposals import registry
from curation.proposals.base import State
from curation.spaces.neighbours import nearest
from curation.types import Decision, FloatArray, HalfArray, Neighbours, Pair, Space

BLOBS = 100
ANSWERS = 300
LIMIT_MB, LIMIT_RATIO = 1000, 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--only", nargs="*", help="strategy ids")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        search = prepare(Path(folder), options.items, options.dim)
        print(json.dumps({"strategy": "all neighbours, k = 50", "first": search}), flush=True)
        spawn = multiprocessing.get_context("spawn")
        for name in options.only or registry.names():
            with spawn.Pool(1) as pool:
                row = pool.apply(measure, (folder, name))
            row["ratio"] = round(row["first"] / search, 3)
            row["within"] = row["mb"] < LIMIT_MB and row["ratio"] < LIMIT_RATIO
            print(json.dumps(row), flush=True)


def prepare(folder: Path, n: int, dim: int) -> float:
    """Write vectors, labels and neighbours; the seconds that the search took."""
    rng = np.random.default_rng(0)
    labels = rng.integers(BLOBS, size=n)
    centres = rng.normal(size=(BLOBS, dim))
    vectors = (centres[labels] + rng.normal(0, 1.5, (n, dim))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    second = (np.eye(16)[labels % 16] + rng.normal(0, 0.3, (n, 16))).astype(np.float32)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    started = time.perf_counter()
    near = nearest(vectors, 50)
    seconds = time.perf_counter() - started
    arrays = {"vectors": vectors, "labels": labels, "second": second,
              "indices": near.indices, "similarities": near.similarities}  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return round(seconds, 2)


def views_of(vectors: FloatArray) -> HalfArray:
    """Two unit vectors beside each of the given ones, float16 [N, 2, D]."""
    found = np.empty((len(vectors), 2, vectors.shape[1]), np.float16)
    for view in range(2):
        moved = vectors + np.roll(vectors, view + 1, axis=1) * np.float32(0.3)
        found[:, view] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return found


def measure(folder: str, name: str) -> dict[str, Any]:
    """Two draws of one strategy in this process."""
    state = load(Path(folder))
    strategy = registry.create(name)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts from what is held now
    before = peak_mb()
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        found = strategy.propose(state, 20, np.random.default_rng(1))
        seconds.append(round(time.perf_counter() - started, 2))
    return {"strategy": name, "pairs": len(found), "first": seconds[0], "again": seconds[1],
            "mb": round(peak_mb() - before)}  # fmt: skip


def load(folder: Path) -> State:
    """A state that lacks nothing."""
    read = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    labels, n = read["labels"], len(read["labels"])
    ids = tuple(f"{row:032x}" for row in range(n))
    rng = np.random.default_rng(2)
    pairs = np.unique(np.sort(rng.integers(300, size=(ANSWERS, 2)), axis=1), axis=0)
    decisions = [
        Decision(f"d{number}", Pair.of(ids[i], ids[j]),
                 "same" if labels[i] == labels[j] else "different", "c", "r")
        for number, (i, j) in enumerate(pairs.tolist()) if i != j
    ]  # fmt: skip
    constraints = build(decisions).constraints(ids)
    return State(
        space=Space(1, ids, read["vectors"]),
        base=read["vectors"],
        neighbours=Neighbours(read["indices"], read["similarities"]),
        eligible=np.ones(n, np.bool_),
        constraints=constraints,
        views=views_of(read["vectors"]),
        second=read["second"],
        attributes=columns(n),
        losses=rng.exponential(1, (len(constraints.pairs), 3)).astype(np.float32),
    )


def columns(n: int) -> dict[str, list[Any]]:
    """Products of four items, cameras, and places visited again and again, a photo a minute."""
    times = np.datetime64("2024-01-01T00:00:00") + np.arange(n) * np.timedelta64(50, "s")
    return {
        "product": [f"p{row // 4}" for row in range(n)],
        "camera": [f"c{row % 20}" for row in range(n)],
        "sequence_id": [f"s{row // 25}" for row in range(n)],
        "capture_time": times.astype(str).tolist(),
        "lat": (50 + np.arange(n) % 997 * 1e-4).tolist(),
        "lon": (8 + np.arange(n) % 499 * 1e-4).tolist(),
    }


def peak_mb() -> float:
    """Largest resident size of this process since the peak was last reset (Linux)."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
