"""Export of approved pairs and what follows from them."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("export")
