"""Three first steps above the pair, for a reviewer who is here for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def guide_welcome(given: Arguments) -> dict[str, Any]:
        return {"first": workspace.visitors.welcome(given.text("reviewer"))}

    return [guide_welcome]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("guide", functions)
