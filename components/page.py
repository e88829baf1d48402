"""The page: lays out the panels; the panels talk to the workspace, and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components import (
    camera,
    decisions,
    export,
    gallery,
    groups,
    guide,
    header,
    map,
    recent,
    review,
    strategies,
    teach,
    training,
)

if TYPE_CHECKING:
    from curation.workspace import Workspace

STAGE = (
    guide, review, map, recent, gallery, groups, teach, camera, strategies, training, decisions,
    export,
)  # fmt: skip

HEAD = """
<link rel="stylesheet" href="assets/css/page.css">
<link rel="stylesheet" href="assets/css/panels.css">
<link rel="modulepreload" href="assets/js/core.js">
<script>
  (() => {
    let chosen = null;
    try { chosen = localStorage.getItem("curation.theme"); } catch { /* forbidden here */ }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = chosen || (dark ? "dark" : "light");
  })();
</script>
"""


def build(workspace: Workspace) -> gr.Blocks:
    """The page of one workspace, to be mounted with ``mount_options``."""
    page = gr.Blocks(title="Curation", analytics_enabled=False, fill_width=True)
    with page, gr.Column(elem_id="curation"):
        header.build(header.bind(workspace))
        with gr.Column(elem_id="stage"):
            for panel in STAGE:
                panel.build(panel.bind(workspace))
    return page


def mount_options() -> dict[str, Any]:
    """Keyword arguments for ``gr.mount_gradio_app``: styles, and nothing from the network."""
    fonts = ["system-ui", "sans-serif"]
    return {
        "theme": gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),
        "head": HEAD,
        "footer_links": [],
        "run_history": False,
        "ssr_mode": False,
    }
