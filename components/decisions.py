"""All decisions, searchable and changeable; conflicts with the path behind them; excluded items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def decisions_page(given: Arguments) -> dict[str, Any]:
        return workspace.review.decisions(
            given.text("criterion"),
            reviewer=given.optional_text("by"),
            limit=given.integer("limit", 1, 500),
            offset=given.integer("offset", 0, 100_000_000),
            query=given.optional_text("query") or "",
        )

    @answers
    def decisions_conflicts(given: Arguments) -> dict[str, Any]:
        return {"conflicts": workspace.review.conflicts(given.text("criterion"))}

    @answers
    def decisions_excluded(_: Arguments) -> dict[str, Any]:
        return {"items": workspace.items.excluded()}

    return [decisions_page, decisions_conflicts, decisions_excluded]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("decisions", functions)
