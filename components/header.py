"""Header: workspace, criterion, generation and training, worker, unsaved answers, reviewer, theme.

Also home of the poll that every other panel listens to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def header_overview(_: Arguments) -> dict[str, Any]:
        return workspace.overview()

    @answers
    def header_status(given: Arguments) -> dict[str, Any]:
        """Status, and a sign of life that keeps this tab's pairs leased."""
        workspace.review.heartbeat(given.text("reviewer"), given.text("tab"))
        return workspace.status(given.text("criterion"), given.text("reviewer"))

    @answers
    def header_add_criterion(given: Arguments) -> dict[str, Any]:
        workspace.criteria.add(given.text("name"), given.optional_text("question") or "")
        return workspace.overview()

    return [header_overview, header_status, header_add_criterion]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("header", functions)
