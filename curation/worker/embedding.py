"""Jobs that embed: images by an encoder, vectors from a file, one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from curation.errors import WorkspaceError
from curation.items.decode import decode_image
from curation.paths import Paths
from curation.spaces import shelf
from curation.spaces.generations import GenerationStore
from curation.spaces.generators import PER_ITEM, create_generator
from curation.spaces.store import EmbeddingStore
from curation.types import FloatArray
from curation.worker.generations import adapter_of
from curation.worker.job import Steps

N_VIEWS = 4
VECTORS = "vectors"
"""The spec of embeddings that came in a file."""
SAME_VECTOR = 1e-4


@lru_cache(maxsize=1)
def _encoder(spec: str, device: str) -> Any:
    from curation.spaces.encoders import create_encoder

    return create_encoder(spec, device)


def encode(root: str, spec: str, device: str, items: Sequence[tuple[str, str, Any]]) -> Steps:
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


def views(root: str, spec: str, device: str, items: Sequence[tuple[str, str, Any]]) -> Steps:
    """Embed the cached augmented views of all embedded items (used by fnc_max and in training)."""
    from curation.spaces.encode import encode_views

    encoder = _encoder(spec, device)
    target = EmbeddingStore(Paths(Path(root)).store(encoder.fingerprint), encoder.dim, N_VIEWS)
    files = [(item, Path(file), box) for item, file, box in items]
    for step in encode_views(encoder, target, files):
        yield {"done": step.done, "total": step.total}
    return {"done": len(target.ids)}


def generate(
    root: str, spec: str, device: str, items: Sequence[tuple[str, str, Any]], generator: str
) -> Steps:
    """Embed images that a generator makes of the items (used by synthetic_pos)."""
    from curation.spaces.encode import encode_generated

    encoder = _encoder(spec, device)
    folder = Paths(Path(root)).generated(encoder.fingerprint, generator)
    target = EmbeddingStore(folder, encoder.dim, 0)
    files = [(item, Path(file), box) for item, file, box in items]
    maker = create_generator(generator)
    for step in encode_generated(generator, maker, encoder, target, files, PER_ITEM):
        yield {"done": step.done, "total": step.total}
    return {"done": len(target)}


def captions(root: str, spec: str, device: str, texts: Sequence[str]) -> Steps:
    """Embed what is said of the items by the encoder's text tower (used by text_agree)."""
    from curation.spaces.captions import encode_captions

    encoder = _encoder(spec, device)
    folder = Paths(Path(root)).captions(encoder.fingerprint)
    target = EmbeddingStore(folder, encoder.dim, 0)
    for done in encode_captions(encoder, target, texts):
        yield {"done": done, "total": len(texts)}
    return {"done": len(target)}


def take_vectors(root: str, file: str, ids: Sequence[str], rows: Sequence[int]) -> Steps:
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


def query(
    root: str,
    spec: str,
    device: str,
    criterion: str,
    number: int,
    image: bytes | None = None,
    text: str | None = None,
) -> Steps:
    """Vector of one image or text in the space of a generation."""
    from curation.spaces.encoders import encode_images

    encoder = _encoder(spec, device)
    yield {}
    if image is not None:
        vector = encode_images(encoder, [decode_image(image)])
    else:
        vector = encoder.encode_text([text]).numpy()
    adapter = adapter_of(GenerationStore(Paths(Path(root)).generations(criterion)), number)
    return {"vector": (vector if adapter is None else adapter.apply(vector))[0].tolist()}
