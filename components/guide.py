"""Three first steps above the pair, for a reviewer who is here for the first time."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("guide")
