"""The map against umap-learn called plainly, on the same vectors in the same process.

    python tests/bench/bench_map.py --items 50000 --dim 512
    python tests/bench/bench_map.py --vectors F.npy

Ours includes the exact neighbour search; imports and compilation are timed apart for both (a tiny
map is made first). Prints one JSON object; ``ratio`` is ours / plain, ``ratio_from_neighbours``
the layout alone, as a workspace knows the neighbours already; ``trust`` scikit-learn's
trustworthiness on a sample; ``moved`` the median way of a point in a warm start after a small
change of the vectors, as a share of the map's width. CPU seconds stand beside wall seconds, for a
machine that does other work at the same time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.spaces.layout import layout
from curation.spaces.neighbours import nearest
from curation.types import FloatArray


def unit(rows: np.ndarray) -> FloatArray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def ours(vectors: FloatArray, previous: FloatArray | None = None) -> tuple[FloatArray, dict]:
    begin, cpu = time.perf_counter(), time.process_time()
    neighbours = nearest(vectors, 50)
    searched = time.perf_counter()
    places = layout(vectors, neighbours, previous)
    end = time.perf_counter()
    seconds = {"total_s": end - begin, "neighbours_s": searched - begin, "layout_s": end - searched}
    return places, seconds | {"cpu_s": time.process_time() - cpu}


def plain(vectors: FloatArray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        return umap.UMAP().fit_transform(vectors)


def trust(vectors: FloatArray, places: np.ndarray) -> float:
    from sklearn.manifold import trustworthiness

    rows = np.random.default_rng(0).permutation(len(vectors))[:3000]
    score = trustworthiness(vectors[rows], places[rows], n_neighbors=15, metric="cosine")
    return round(float(score), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--skip-plain", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    if arguments.vectors:
        vectors = unit(np.load(arguments.vectors))
    else:
        vectors = unit(rng.standard_normal((arguments.items, arguments.dim)))

    begin = time.perf_counter()
    ours(vectors[:200])
    result: dict = {"items": len(vectors), "dim": vectors.shape[1]}
    result["import_and_compile_s"] = time.perf_counter() - begin
    places, cold = ours(vectors)
    changed = unit(vectors + 0.1 * unit(rng.standard_normal(vectors.shape)))
    warm_places, warm = ours(changed, places)
    moved = np.linalg.norm(warm_places - places, axis=1)
    result |= {"cold": cold, "warm": warm, "moved": float(np.median(moved)) / 2}
    result |= {"trust": trust(vectors, places), "trust_warm": trust(changed, warm_places)}
    if not arguments.skip_plain:
        plain(vectors[:200])
        begin, cpu = time.perf_counter(), time.process_time()
        reference = plain(vectors)
        result["plain_s"] = time.perf_counter() - begin
        result["plain_cpu_s"] = time.process_time() - cpu
        result["ratio"] = cold["total_s"] / result["plain_s"]
        result["ratio_from_neighbours"] = cold["layout_s"] / result["plain_s"]
        result["ratio_cpu"] = cold["cpu_s"] / result["plain_cpu_s"]
        result["trust_plain"] = trust(vectors, reference)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
