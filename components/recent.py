"""The last ten decisions beside the pair, each changeable, and what the session looks like."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("recent")
