"""The map of the current generation: places of all items and their colours."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("map")
