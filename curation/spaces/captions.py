"""Captions of items, embedded by an encoder's text tower; each text once, whoever has it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curation.spaces.store import EmbeddingStore
from curation.types import FloatArray

if TYPE_CHECKING:
    from curation.spaces.encoders import Encoder

COLUMN = "caption"
"""The attribute that holds what is said of an item."""
_BATCH = 256


def texts_of(values: Sequence[Any]) -> list[str]:
    """The distinct texts among attribute values, in order."""
    return list(dict.fromkeys(text for value in values if (text := _text(value))))


def encode_captions(encoder: Encoder, store: EmbeddingStore, texts: Sequence[str]) -> Iterator[int]:
    """Embed the texts that ``store`` lacks; yields how many of them are done after each batch."""
    missing = [text for text in texts if _name(text) not in store]
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        store.append([_name(text) for text in batch], encoder.encode_text(batch).cpu().numpy())
        yield len(texts) - len(missing) + start + len(batch)


def read_captions(folder: Path, dim: int, values: Sequence[Any]) -> FloatArray | None:
    """Unit vectors float32 [N, dim] of attribute values [N], from the store in ``folder``.

    Rows of zeros where there is no text or none embedded yet; None where that is so of all.
    """
    if not folder.exists():
        return None
    store = EmbeddingStore(folder, dim, 0)
    names = [_name(text) if (text := _text(value)) else "" for value in values]
    rows = np.array([store.row(name) if name in store else -1 for name in names], np.int64)
    if (rows < 0).all():
        return None
    out = np.zeros((len(rows), dim), np.float32)
    out[rows >= 0] = store.vectors()[rows[rows >= 0]]
    return out


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _name(text: str) -> str:
    """What a text is called in the store."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
