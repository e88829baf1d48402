"""Teaching a robot: the belt, the bins, what the robot would do, and the session itself."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("teach")
