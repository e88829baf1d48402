"""The embedding stores of one workspace: a folder each, with a card that says what made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curation import files
from curation.errors import WorkspaceError
from curation.spaces.store import EmbeddingStore

CARD = "encoder.json"


def describe(store: EmbeddingStore, spec: str, *, has_text: bool = False) -> None:
    """Leave a card beside the vectors, so that a server opens them without loading the encoder."""
    card = {"spec": spec, "dim": store.dim, "n_views": store.n_views, "has_text": has_text}
    files.write_json(store.folder / CARD, card)


def open_store(folder: Path) -> EmbeddingStore:
    """The store of a folder that has a card."""
    card = read_card(folder)
    return EmbeddingStore(folder, card["dim"], card["n_views"])


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a store's folder; WorkspaceError where it is damaged."""
    path = folder / CARD
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise WorkspaceError(
            f"{path} is damaged ({error}); open the workspace again, which makes it anew."
        ) from error


def find(shelf: Path, spec: str) -> EmbeddingStore | None:
    """The newest store on the shelf that the encoder ``spec`` made, if any."""
    cards = sorted(shelf.glob(f"*/{CARD}"), key=lambda card: card.stat().st_mtime, reverse=True)
    for card in cards:
        if not files.is_aside(card.parent) and read_card(card.parent)["spec"] == spec:
            return open_store(card.parent)
    return None
