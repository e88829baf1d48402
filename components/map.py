"""The map of the current generation: places of all items and their colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def map_points(given: Arguments) -> dict[str, Any]:
        return workspace.map.points(given.text("criterion"))

    @answers
    def map_colours(given: Arguments) -> dict[str, Any]:
        return workspace.map.colours(given.text("criterion"), given.text("by"))

    return [map_points, map_colours]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("map", functions)
