"""Ids for decisions that come without: a file that is taken in twice is recorded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from curation.decisions.effective import taken_back
from curation.types import Decision


def content_ids(texts: Iterable[str], entries: Sequence[Decision]) -> list[str]:
    """An id for what each text says, the same every time, 32 hex digits.

    A new one where what had it was taken back: after an undo the same may be said again.
    ``entries`` are the whole log of the criterion.
    """
    undone = taken_back(entries)
    return [_unused(text, undone) for text in texts]


def _unused(text: str, undone: set[str]) -> str:
    found, turn = _digest(text), 0
    while found in undone:
        turn += 1
        found = _digest(f"{text}|{turn}")
    return found


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
