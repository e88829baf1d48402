"""Galleries: neighbours of an item, items of a lasso, results of a search."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("gallery")
