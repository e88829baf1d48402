"""Galleries: neighbours of an item, items of a lasso, results of a search."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ArgumentsError, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace

MAX_IMAGE_BYTES = 32 * 2**20


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def gallery_neighbours(given: Arguments) -> dict[str, Any]:
        return workspace.search.neighbours(
            given.text("criterion"), given.item("item"), k=given.integer("k", 1, 200)
        )

    @answers
    def gallery_verdict(given: Arguments) -> dict[str, Any]:
        return workspace.groups.decide(
            given.text("criterion"),
            given.text("reviewer"),
            given.items("items"),
            given.text("verdict"),
            anchor=given.optional_item("anchor"),
            batch_id=given.text("batch_id"),
        )

    @answers
    def gallery_find(given: Arguments) -> dict[str, Any]:
        return workspace.search.by_name(given.text("criterion"), given.text("query"), limit=60)

    @answers
    def gallery_find_text(given: Arguments) -> dict[str, Any]:
        return workspace.search.by_text(given.text("criterion"), given.text("query"), k=30)

    @answers
    def gallery_find_image(given: Arguments) -> dict[str, Any]:
        return workspace.search.by_image(given.text("criterion"), decoded(given.text("data")), k=30)

    return [
        gallery_neighbours,
        gallery_verdict,
        gallery_find,
        gallery_find_text,
        gallery_find_image,
    ]


def decoded(data: str) -> bytes:
    """Bytes of a dropped file, sent as base64; raises ArgumentsError."""
    if len(data) > MAX_IMAGE_BYTES * 4 // 3:
        raise ArgumentsError(
            f"Expected an image of at most {MAX_IMAGE_BYTES >> 20} MiB; drop a smaller one."
        )
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ArgumentsError(f"Expected base64 of an image file, got {error}.") from error


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("gallery", functions)
