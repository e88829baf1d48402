"""The map: UMAP on neighbours that are already known, each time started from the last map.

UMAP (McInnes, Healy, Melville 2018, arXiv:1802.03426) in the umap-learn implementation: its fuzzy
graph and its optimiser are called directly, because the plain ``UMAP().fit_transform`` searches
neighbours approximately, starts from a slow spectral embedding and forgets the previous map.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from curation.types import FloatArray, Neighbours

N_NEIGHBOURS = 15
"""Neighbours in the graph, the item itself counted, as in umap-learn's default."""

COLD_EPOCHS = 200
MANY = 10_000
MANY_EPOCHS = 100
WARM_EPOCHS = 60
COLD_RATE = 1.0
WARM_RATE = 0.3
_CURVE = (1.576943460405378, 0.8950608781227859)
"""a, b of 1 / (1 + a d^2b) fitted to umap-learn's defaults spread 1, min_dist 0.1."""
_EXTENT = 10.0
_FEW = 4


def layout(
    vectors: FloatArray,
    neighbours: Neighbours,
    previous: FloatArray | None = None,
    seed: int = 0,
) -> FloatArray:
    """Places of all items on the map, float32 [N, 2], centred, within about [-1, 1].

    ``vectors`` float32 [N, D] unit norm with their exact ``neighbours`` [N, k]; ``previous``
    float32 [M, 2], M <= N, are the places of the first M items on the last map: the new one starts
    there, moves less, and is aligned to it (Procrustes: rotation, reflection, scale and shift).
    The same arguments give the same map.
    """
    n = len(vectors)
    rng = np.random.default_rng(seed)
    if n < _FEW:
        return _few(n)
    warm = previous is not None and len(previous) >= _FEW and bool(np.ptp(previous) > 0)
    if warm and previous is not None:
        start = _continue(previous, neighbours, rng)
    else:
        start = _principal(vectors, rng)
    places = _optimise(_spread(start), vectors, neighbours, warm, seed)
    if warm and previous is not None:
        return _align(places, previous)
    return _fit(places)


def _few(n: int) -> FloatArray:
    """One item in the middle, two on a line, three on a triangle."""
    if n < 2:
        return np.zeros((n, 2), np.float32)
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def _principal(vectors: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The first two principal components, with a little noise to part duplicates."""
    n, dim = vectors.shape
    rows = vectors if n <= 5000 else vectors[np.sort(rng.choice(n, 5000, replace=False))]
    mean = rows.mean(0)
    _, axes = np.linalg.eigh((rows - mean).T.astype(np.float64) @ (rows - mean))
    places = np.zeros((n, 2))
    width = min(dim, 2)
    places[:, :width] = (vectors - mean) @ axes[:, ::-1][:, :width]
    scale = places.std() or 1.0
    return np.asarray(places / scale + rng.normal(scale=0.01, size=(n, 2)), np.float32)


def _continue(previous: FloatArray, neighbours: Neighbours, rng: np.random.Generator) -> FloatArray:
    """The last map, with each new item at the mean of its neighbours that have a place."""
    n, known = len(neighbours.indices), len(previous)
    extent = float(np.abs(previous).max())
    indices = neighbours.indices[known:]
    placed = (indices >= 0) & (indices < known)
    total = (previous[np.where(placed, indices, 0)] * placed[..., None]).sum(1)
    count = placed.sum(1, keepdims=True)
    anywhere = rng.uniform(-extent, extent, size=(n - known, 2))
    fresh = np.where(count > 0, total / np.maximum(count, 1), anywhere)
    fresh += rng.normal(scale=0.005 * extent, size=fresh.shape)
    return np.concatenate([previous, fresh]).astype(np.float32)


def _spread(places: FloatArray) -> FloatArray:
    """Scale to the extent that the optimiser's forces expect; one scale for both axes."""
    low, high = places.min(0), places.max(0)
    return np.asarray(_EXTENT * (places - low) / max(float((high - low).max()), 1e-12), np.float32)


def _graph(vectors: FloatArray, neighbours: Neighbours, seed: int) -> Any:
    """The fuzzy graph as a scipy COO matrix [N, N]."""
    from umap.umap_ import fuzzy_simplicial_set

    width = min(N_NEIGHBOURS - 1, neighbours.indices.shape[1], len(vectors) - 1)
    indices = _with_self(neighbours.indices[:, :width]).astype(np.int32)
    nearness = np.where(neighbours.indices >= 0, neighbours.similarities, np.nan)[:, :width]
    distances = np.maximum(1 - nearness, 0)
    farthest = np.nanmax(np.nan_to_num(distances, nan=0.0), axis=1, keepdims=True)
    distances = np.where(np.isnan(distances), farthest, distances)
    distances = np.concatenate([np.zeros((len(vectors), 1)), distances], 1).astype(np.float32)
    graph, _, _ = fuzzy_simplicial_set(
        vectors,
        width + 1,
        np.random.RandomState(seed),
        "cosine",
        knn_indices=indices,
        knn_dists=distances,
    )
    return graph.tocoo()


def _with_self(indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.arange(len(indices))[:, None], indices], 1)


def _optimise(
    start: FloatArray, vectors: FloatArray, neighbours: Neighbours, warm: bool, seed: int
) -> FloatArray:
    """Move ``start`` along UMAP's forces; one thread, so that a seed gives one map."""
    _quiet_import()
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import make_epochs_per_sample

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = _graph(vectors, neighbours, seed)
        epochs = _epochs(len(vectors), warm)
        graph.data[graph.data < graph.data.max(initial=0) / epochs] = 0
        graph.eliminate_zeros()
        if not graph.nnz:
            return start
        places = optimize_layout_euclidean(
            start,
            start,
            graph.row,
            graph.col,
            epochs,
            len(vectors),
            make_epochs_per_sample(graph.data, epochs),
            *_CURVE,
            np.random.RandomState(seed).randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64),
            initial_alpha=WARM_RATE if warm else COLD_RATE,
            parallel=False,
            move_other=True,
        )
    return np.asarray(places, np.float32)


def _epochs(n: int, warm: bool) -> int:
    """A warm map is nearly there; a large one looks settled after half the epochs."""
    if warm:
        return WARM_EPOCHS
    return MANY_EPOCHS if n > MANY else COLD_EPOCHS


@cache
def _quiet_import() -> None:
    """Import umap (13 s the first time) without the warnings of what it does not find; what it
    compiles at the first call is kept on disk, so that another process need not compile it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numba
        from umap import layouts, umap_
    with ThreadpoolController().limit(limits=1):
        numba.get_num_threads()  # starts its threads, and sets the number of torch's, restored here
    compiled = [*vars(layouts).values(), *vars(umap_).values()]
    with suppress(RuntimeError):  # neither umap's own folder nor the user's cache can be written
        for function in compiled:
            if hasattr(function, "enable_caching"):
                function.enable_caching()


def _fit(places: FloatArray) -> FloatArray:
    """Centre and scale into [-1, 1]; one scale for both axes."""
    low, high = places.min(0), places.max(0)
    extent = max(float((high - low).max()) / 2, 1e-12)
    return np.asarray((places - (low + high) / 2) / extent, np.float32)


def _align(places: FloatArray, previous: FloatArray) -> FloatArray:
    """Orthogonal Procrustes (Schönemann 1966) with scale, on the items both maps have."""
    known = places[: len(previous)].astype(np.float64)
    centre, target = known.mean(0), previous.mean(0)
    u, s, vt = np.linalg.svd((known - centre).T @ (previous - target))
    spread = float(((known - centre) ** 2).sum())
    turned = (places - centre) @ (u @ vt) * (s.sum() / max(spread, 1e-12)) + target
    # the scale follows the last map until it would drift off the screen or into a point
    extent = max(float(np.abs(turned).max()), 1e-12)
    return np.asarray(turned * (np.clip(extent, 0.8, 1.2) / extent), np.float32)
