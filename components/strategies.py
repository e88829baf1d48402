"""The strategies: what each is for, what it needs, and how it fares on these images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def strategies_list(given: Arguments) -> dict[str, Any]:
        return {"strategies": workspace.review.strategies(given.text("criterion"))}

    return [strategies_list]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("strategies", functions)
