"""Export of approved pairs and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.panel import Arguments, ServerFunction, answers, frame

if TYPE_CHECKING:
    from curation.workspace import Workspace


def bind(workspace: Workspace) -> list[ServerFunction]:
    @answers
    def export_write(given: Arguments) -> dict[str, Any]:
        """Write into the workspace; the page links to the file by its name only."""
        written = workspace.exports.write(
            given.text("criterion"),
            given.text("what"),
            given.text("format"),
            implied=given.flag("implied"),
        )
        return {"rows": written["rows"], "file": Path(written["path"]).name}

    return [export_write]


def build(functions: list[ServerFunction]) -> gr.HTML:
    return frame("export", functions)
