"""Groups that decisions made, and apart from them the predicted grouping of all items."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("groups")
