"""Encoding items into a store: threads decode while the model runs, batch by batch.

Passes that yield after every stored batch, so that a caller can serve others in between and a kill
costs one batch: :func:`encode_items` makes the vectors, so that review can start,
:func:`encode_views` the augmented views afterwards, :func:`encode_generated` what a plug-in makes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image

from curation.errors import SourceError
from curation.items.entry import Box, Skip
from curation.items.thumbnails import write_thumbnail
from curation.spaces.encoders import Encoder, encode_images
from curation.spaces.generators import Generator, generated, generated_ids
from curation.spaces.pictures import augment, load_picture
from curation.spaces.store import EmbeddingStore

Task = tuple[str, Path, Box | None]
"""Item id, image file, and the box of a crop."""

_T = TypeVar("_T")
_R = TypeVar("_R")
_THUMBNAIL = 320
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class EncodeProgress:
    """``done`` of ``total`` items are stored or failed; ``failed`` lists the latter so far."""

    done: int
    total: int
    failed: list[Skip] = field(default_factory=list)


def encode_items(
    encoder: Encoder,
    store: EmbeddingStore,
    items: Sequence[Task],
    *,
    batch_size: int = 64,
    thumbs: Path | None = None,
    workers: int | None = None,
) -> Iterator[EncodeProgress]:
    """Store the vector of every item that has none yet, and its thumbnail under ``thumbs``.

    Yields after each batch is on the disk. An item whose image cannot be decoded is listed, not
    stored. ``workers`` threads decode (None: one a core). Raises WorkspaceError if the disk does
    not take the batch; what was yielded before stays.
    """
    todo = [task for task in items if task[0] not in store]
    done = len(items) - len(todo)
    failed: list[Skip] = []

    def prepare(task: Task) -> torch.Tensor | Skip:
        image = _load(encoder, task)
        if isinstance(image, Skip):
            return image
        if thumbs is not None:
            write_thumbnail(image, task[0], thumbs, _THUMBNAIL)
        return encoder.preprocess(image)

    for tasks, pictures in _decoded(todo, prepare, batch_size, workers):
        sound = [p for p in pictures if isinstance(p, torch.Tensor)]
        failed.extend(p for p in pictures if isinstance(p, Skip))
        if sound:
            ids = [t[0] for t, p in zip(tasks, pictures, strict=True) if not isinstance(p, Skip)]
            store.append(ids, encoder.encode(torch.stack(sound)).numpy())
        done += len(tasks)
        yield EncodeProgress(done, len(items), list(failed))


def encode_views(
    encoder: Encoder,
    store: EmbeddingStore,
    items: Sequence[Task],
    *,
    batch_size: int = 64,
    workers: int | None = None,
) -> Iterator[EncodeProgress]:
    """Store ``store.n_views`` augmented views of every stored item that has none yet.

    Views are crops of 0.5 to 1 of the picture, some flipped, fixed by the item's id. ``items``
    says where the images are; a stored item that it does not name, or whose image is gone by now,
    gets its vector in their place. Yields after each batch of views is on the disk.
    """
    places = {task[0]: task for task in items}
    todo = store.ids[store.n_viewed() :] if store.n_views else ()
    done, total = len(store) - len(todo), len(store)
    failed: list[Skip] = []

    def prepare(item_id: str) -> torch.Tensor | Skip | None:
        if item_id not in places:
            return None
        image = _load(encoder, places[item_id])
        if isinstance(image, Skip):
            return image
        views = augment(image, item_id, store.n_views)
        return torch.stack([encoder.preprocess(view) for view in views])

    per_batch = max(batch_size // max(store.n_views, 1), 1)
    for ids, views in _decoded(todo, prepare, per_batch, workers):
        rows = store.vectors()[store.n_viewed() : store.n_viewed() + len(ids)]
        found = np.repeat(rows[:, None], store.n_views, axis=1)
        sound = {k: view for k, view in enumerate(views) if isinstance(view, torch.Tensor)}
        failed.extend(view for view in views if isinstance(view, Skip))
        if sound:
            encoded = encoder.encode(torch.cat(list(sound.values()))).numpy()
            found[list(sound)] = encoded.reshape(-1, *found.shape[1:])
        store.append_views(found.astype(np.float16))
        done += len(ids)
        yield EncodeProgress(done, total, list(failed))


def encode_generated(
    name: str,
    generator: Generator,
    encoder: Encoder,
    store: EmbeddingStore,
    items: Sequence[Task],
    k: int,
) -> Iterator[EncodeProgress]:
    """Store the vectors of ``k`` images that the generator called ``name`` makes of each item.

    They get the ids that ``generated_ids`` tells. An item that has its images is left as it is.
    Yields after each item; raises ProposalError where the generator breaks its contract.
    """
    todo = [task for task in items if any(i not in store for i in generated_ids(task[0], k))]
    done = len(items) - len(todo)
    failed: list[Skip] = []
    for task in todo:
        image = _load(encoder, task)
        if isinstance(image, Skip):
            failed.append(image)
        else:
            made = generated(name, generator, image, k)
            store.append(generated_ids(task[0], k), encode_images(encoder, made))
        done += 1
        yield EncodeProgress(done, len(items), list(failed))


def _load(encoder: Encoder, task: Task) -> Image.Image | Skip:
    _, file, box = task
    try:
        # twice the encoder's side keeps its own resampling in charge of the quality
        return load_picture(file, box, max(2 * encoder.size, _THUMBNAIL))
    except SourceError as error:
        return Skip(str(file), str(error))


def _decoded(
    todo: Sequence[_T], prepare: Callable[[_T], _R], batch_size: int, workers: int | None
) -> Iterator[tuple[Sequence[_T], list[_R]]]:
    """Batches of ``todo`` with what ``prepare`` made of them, in order.

    Threads work ``_AHEAD`` batches ahead of the one that the caller holds, and stop with it.
    """
    batches = [todo[k : k + batch_size] for k in range(0, len(todo), batch_size)]
    waiting: deque[tuple[Sequence[_T], list[Future[_R]]]] = deque()
    pool = ThreadPoolExecutor(workers or cores(), thread_name_prefix="decode")
    try:
        for batch in batches[:_AHEAD]:
            waiting.append((batch, [pool.submit(prepare, task) for task in batch]))
        for k in range(len(batches)):
            batch, futures = waiting.popleft()
            made = [future.result() for future in futures]
            for ahead in batches[k + _AHEAD : k + _AHEAD + 1]:
                waiting.append((ahead, [pool.submit(prepare, task) for task in ahead]))
            yield batch, made
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
