"""Header: workspace, criterion, generation and training, worker, unsaved answers, reviewer, theme.

Also home of the poll that every other panel listens to.
"""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("header")
