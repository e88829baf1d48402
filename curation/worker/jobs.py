"""What the worker can do: encode, project, train, lay out, embed a query.

Each job is a generator (see ``process``). Arguments and results are plain values: files carry the
arrays. Every job may be run again after a kill: what is already on disk is kept or rewritten whole.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from curation.decisions import closure
from curation.decisions.log import DecisionLog
from curation.decisions.store import open_database
from curation.errors import TrainingError, WorkspaceError
from curation.items.decode import decode_image
from curation.learning import adoption, evaluate
from curation.paths import Paths
from curation.settings import NEIGHBOURS, SEED
from curation.spaces import shelf
from curation.spaces.faiss_import import import_faiss
from curation.spaces.generations import GenerationStore
from curation.spaces.neighbours import nearest
from curation.spaces.store import EmbeddingStore
from curation.types import BoolArray, Decision, FloatArray, Generation, IndexArray

if TYPE_CHECKING:
    from curation.learning.adapter import Adapter
    from curation.learning.trainer import TrainProgress, TrainResult

Job = Generator[dict[str, Any], None, dict[str, Any]]
N_VIEWS = 4
VECTORS = "vectors"
"""The spec of embeddings that came in a file."""
SAME_VECTOR = 1e-4


@lru_cache(maxsize=1)
def _encoder(spec: str, device: str) -> Any:
    from curation.spaces.encoders import create_encoder

    return create_encoder(spec, device)


def limit_threads(count: int) -> None:
    """CPU threads of whatever numeric library this process has loaded, BLAS included."""
    ThreadpoolController().limit(limits=count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    if "faiss" in sys.modules:
        sys.modules["faiss"].omp_set_num_threads(count)
    if "numba" in sys.modules:
        sys.modules["numba"].set_num_threads(
            min(count, sys.modules["numba"].config.NUMBA_NUM_THREADS)
        )


def encode(root: str, spec: str, device: str, items: Sequence[tuple[str, str, Any]]) -> Job:
    """Embed the items (id, file, box) that the store of this encoder lacks, with thumbnails."""
    from curation.spaces.encode import encode_items

    paths = Paths(Path(root))
    encoder = _encoder(spec, device)
    _check_encoder(paths, spec, encoder.fingerprint)
    target = EmbeddingStore(paths.store(encoder.fingerprint), encoder.dim, N_VIEWS)
    shelf.describe(target, spec, has_text=encoder.has_text)
    failed: list[dict[str, str]] = []
    done = {"fingerprint": encoder.fingerprint, "dim": encoder.dim, "has_text": encoder.has_text}
    known = set(target.ids)
    missing = [(item, Path(file), box) for item, file, box in items if item not in known]
    yield {**done, "done": len(items) - len(missing), "total": len(items), "failed": failed}
    before = len(items) - len(missing)
    for step in encode_items(encoder, target, missing, thumbs=paths.thumbnails):
        failed = [{"path": skip.path, "reason": skip.reason} for skip in step.failed]
        yield {**done, "done": before + step.done, "total": len(items), "failed": failed}
    return {**done, "embedded": len(target.ids), "failed": failed}


def _check_encoder(paths: Paths, spec: str, fingerprint: str) -> None:
    before = shelf.find(paths.embeddings, spec)
    if before is not None and len(before) and before.folder.name != fingerprint:
        raise WorkspaceError(
            f"Expected the weights and preprocessing of {spec!r} that {paths.root} was made with "
            f"({before.folder.name[:8]}), got others ({fingerprint[:8]}); bring the old weights "
            "back, or name a new folder with --workspace."
        )


def views(root: str, spec: str, device: str, items: Sequence[tuple[str, str, Any]]) -> Job:
    """Embed the cached augmented views of all embedded items (used by fnc_max and in training)."""
    from curation.spaces.encode import encode_views

    encoder = _encoder(spec, device)
    target = EmbeddingStore(Paths(Path(root)).store(encoder.fingerprint), encoder.dim, N_VIEWS)
    files = [(item, Path(file), box) for item, file, box in items]
    for step in encode_views(encoder, target, files):
        yield {"done": step.done, "total": step.total}
    return {"done": len(target.ids)}


def take_vectors(root: str, file: str, ids: Sequence[str], rows: Sequence[int]) -> Job:
    """Store the vectors of a table (rows matched to item ids by the source) like encoded ones.

    New items are appended. Raises WorkspaceError where the file has other vectors for known items.
    """
    from curation.items.vectors import read_vectors

    table = read_vectors(Path(file))
    shelves = Paths(Path(root))
    target = shelf.find(shelves.embeddings, VECTORS)
    if target is None:
        target = EmbeddingStore(shelves.store(table.fingerprint), int(table.vectors.shape[1]), 0)
        shelf.describe(target, VECTORS)
    row_of = dict(zip(ids, rows, strict=True))
    _check_same(target, table.vectors, row_of, file)
    known = set(target.ids)
    new = [item for item in ids if item not in known]
    if new:
        target.append(new, table.vectors[[row_of[item] for item in new]])
    told = {"fingerprint": target.folder.name, "failed": []}
    yield {**told, "done": len(ids), "total": len(ids)}
    return {**told, "embedded": len(target)}


def _check_same(
    target: EmbeddingStore, vectors: FloatArray, row_of: Mapping[str, int], file: str
) -> None:
    at = [(place, row_of[item]) for place, item in enumerate(target.ids) if item in row_of]
    old, new = np.array(at, np.int64).reshape(-1, 2).T
    same = vectors.shape[1] == target.dim and (
        np.abs(target.vectors()[old] - vectors[new]).max(initial=0) < SAME_VECTOR
    )
    if not same:
        raise WorkspaceError(
            f"Expected the vectors that this workspace was made with, of {target.dim} dimensions; "
            f"{file} has others for known items, so they come from another encoder. Name a new "
            "folder with --workspace."
        )


def project(root: str, fingerprint: str, criterion: str, number: int, encoder: str) -> Job:
    """Space and neighbours of one generation for all items embedded so far."""
    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    if number not in generations.numbers():
        generations.write(Generation(number, None, encoder, 0, 0, "none", _now()), {})
    base = shelf.open_store(paths.store(fingerprint)).vectors()
    yield {"progress": 0.0}
    vectors = _adapted(generations, number, base)
    yield {"progress": 0.5}
    generations.extend(number, _space_arrays(vectors))
    generations.prune(number, len(base))
    return {"number": number, "n_items": len(base)}


def train(
    root: str,
    fingerprint: str,
    criterion: str,
    encoder: str,
    objective: str,
    parent: int,
    number: int,
    log_position: int,
    device: str,
) -> Job:
    """Train generation ``number`` from ``parent`` on the log up to ``log_position``.

    The same arguments give the same generation on the same device.
    """
    from curation.learning import trainer
    from curation.spaces.encoders import resolve_device

    import_faiss()  # so that its threads are limited like torch's after the first step

    paths = Paths(Path(root))
    generations = GenerationStore(paths.generations(criterion))
    if number in generations.numbers():  # a kill came between the generation and the answer
        made = generations.read(number)
        rows = len(shelf.open_store(paths.store(fingerprint)))
        return {"number": number, "n_items": rows, "metrics": dict(made.metrics)}
    yield {"progress": 0.0}
    store = shelf.open_store(paths.store(fingerprint))
    base, ids = store.vectors(), store.ids
    decisions = _decisions(paths, criterion, log_position)
    learnt, held_out = closure.split(decisions)
    steps = trainer.train(
        base,
        store.views(),
        closure.build(learnt).constraints(ids),
        objective=objective,
        previous=_adapter(generations, parent),
        seed=SEED + number,
        device=str(resolve_device(device)),
    )
    result = yield from _training(steps, len(decisions))
    vectors = result.adapter.apply(base)
    yield {"progress": 0.9, "decisions": len(decisions)}
    arrays = _space_arrays(vectors)
    if result.assignment is not None:
        arrays["assignment"] = result.assignment
    metrics = {
        **result.metrics,
        **_held_out_metrics(vectors, _adapted(generations, parent, base), ids, held_out),
        "calibration": _calibration(vectors, ids, decisions),
    }
    made = Generation(
        number, parent, encoder, len(decisions), log_position, objective, _now(), metrics
    )
    with tempfile.TemporaryDirectory() as folder:
        result.adapter.save(Path(folder) / "adapter.safetensors")
        generations.write(made, arrays, Path(folder) / "adapter.safetensors")
    return {"number": number, "n_items": len(base), "metrics": metrics}


def _training(
    steps: Generator[TrainProgress, None, TrainResult], n_decisions: int
) -> Generator[dict[str, Any], None, TrainResult]:
    pools = ThreadpoolController()
    while True:
        try:
            with _one_thread(pools):
                at = next(steps)
        except StopIteration as stop:
            result: TrainResult = stop.value
            return result
        yield {"progress": 0.85 * at.step / at.steps, "decisions": n_decisions}


@contextmanager
def _one_thread(pools: ThreadpoolController) -> Iterator[None]:
    """A training step's matrices are small: waiting for other threads costs more than they do."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with pools.limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


def _decisions(paths: Paths, criterion: str, upto: int) -> list[Decision]:
    database = open_database(paths.database)
    try:
        return DecisionLog(database).effective(criterion, upto)
    finally:
        database.dispose()


def _answered(ids: Sequence[str], decisions: Sequence[Decision]) -> tuple[IndexArray, BoolArray]:
    """Rows int64 [P, 2] and truth bool [P] of the same/different decisions on known items."""
    position = {item: row for row, item in enumerate(ids)}
    found = [
        (position[one.pair.a], position[one.pair.b], one.verdict == "same")
        for one in decisions
        if one.verdict in ("same", "different")
        and one.pair.a in position
        and one.pair.b in position
    ]
    table = np.array(found, np.int64).reshape(-1, 3)
    return table[:, :2], table[:, 2].astype(np.bool_)


def _calibration(
    vectors: FloatArray, ids: Sequence[str], decisions: Sequence[Decision]
) -> list[float]:
    pairs, same = _answered(ids, decisions)
    return list(evaluate.calibrate(evaluate.pair_similarities(vectors, pairs), same))


def _held_out_metrics(
    vectors: FloatArray, before: FloatArray, ids: Sequence[str], held_out: Sequence[Decision]
) -> dict[str, Any]:
    """AUC of the new and of the parent space on the same pairs, and whether to adopt the new."""
    pairs, same = _answered(ids, held_out)
    new, old = (evaluate.held_out_auc(space, pairs, same) for space in (vectors, before))
    drawn = [one for one in held_out if one.strategy == "random"]
    random = evaluate.held_out_auc(vectors, *_answered(ids, drawn))
    return {
        "auc": None if new is None else asdict(new),
        "auc_before": None if old is None else asdict(old),
        "auc_random": None if random is None else asdict(random),
        "adopt": not adoption.beyond_interval(new, old),
    }


def _adapter(generations: GenerationStore, number: int) -> Adapter | None:
    from curation.learning.adapter import Adapter

    file = generations.adapter(number)
    return None if file is None else Adapter.load(file)


def _adapted(generations: GenerationStore, number: int, base: FloatArray) -> FloatArray:
    adapter = _adapter(generations, number)
    return np.asarray(base) if adapter is None else adapter.apply(base)


def _space_arrays(vectors: FloatArray) -> dict[str, npt.NDArray[Any]]:
    near = nearest(vectors, NEIGHBOURS)
    return {
        "vectors": vectors,
        "neighbours": near.indices,
        "similarities": near.similarities,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def map_layout(root: str, criterion: str, number: int, n_items: int) -> Job:
    """Two-dimensional layout of a generation, started from the nearest ancestor's layout."""
    from curation.spaces.layout import layout

    generations = GenerationStore(Paths(Path(root)).generations(criterion))
    vectors = generations.array(number, "vectors", n_items)
    near = generations.neighbours(number, n_items)
    if vectors is None or near is None:
        raise TrainingError(f"Generation {number} has no space for {n_items} items to lay out.")
    yield {"progress": 0.0}
    points = layout(vectors, near, _start(generations, number), seed=SEED)
    generations.extend(number, {"layout": points})
    return {"number": number, "n_items": n_items}


def _start(generations: GenerationStore, number: int) -> FloatArray | None:
    """The largest layout of the generation itself or of its nearest ancestor that has one."""
    at: int | None = number
    while at is not None:
        points = generations.newest(at, "layout")
        if points is not None:
            return points
        at = generations.read(at).parent
    return None


def query(
    root: str,
    spec: str,
    device: str,
    criterion: str,
    number: int,
    image: bytes | None = None,
    text: str | None = None,
) -> Job:
    """Vector of one image or text in the space of a generation."""
    from curation.spaces.encoders import encode_images

    encoder = _encoder(spec, device)
    yield {}
    if image is not None:
        vector = encode_images(encoder, [decode_image(image)])
    else:
        vector = encoder.encode_text([text]).numpy()
    adapter = _adapter(GenerationStore(Paths(Path(root)).generations(criterion)), number)
    return {"vector": (vector if adapter is None else adapter.apply(vector))[0].tolist()}


JOBS: dict[str, Callable[..., Job]] = {
    "encode": encode,
    "take_vectors": take_vectors,
    "views": views,
    "project": project,
    "train": train,
    "map": map_layout,
    "query": query,
}
