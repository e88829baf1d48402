"""The last ten decisions beside the pair, each changeable, and what the session looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def recent_decisions(given: Arguments) -> dict[str, Any]:
        return workspace.review.decisions(
            given.text("criterion"), reviewer=given.text("reviewer"), limit=10
        )

    return [recent_decisions]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("recent", functions)
