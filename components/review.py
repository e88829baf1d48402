"""Pair review: cards, verdicts, skip, undo, exclusion."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("review")
