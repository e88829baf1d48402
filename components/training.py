"""Generations: what made them, how good they are, restore and resume; settings of training."""

from __future__ import annotations

import gradio as gr

from components.panel import frame


def build() -> gr.HTML:
    return frame("training")
