"""The strategies: what each is for, what it needs, and how it fares on these images."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("strategies")
