"""All decisions, searchable and changeable; conflicts with the path behind them; excluded items."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("decisions")
