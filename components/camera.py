"""A camera in front of the person, as the source of a teaching session."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    """The page's script opens the camera and sends its frames: no event of Gradio takes a file."""
    return frame("camera", module="teach_camera")
