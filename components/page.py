"""The page: lays out the panels; the panels' scripts talk to the routes of the server."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI

STAGE = (
    "guide", "review", "progress", "slips", "map", "recent", "gallery", "groups", "teach", "camera",
    "strategies", "training", "decisions", "export",
)  # fmt: skip
"""The panels below the header, each built by the script ``assets/js/<panel>.js``."""
FAILED = (
    "(error) => { console.error(error);"
    " element.textContent = 'This part did not arrive; reload the page.'; }"
)

HEAD = """
<link rel="stylesheet" href="assets/css/page.css">
<link rel="stylesheet" href="assets/css/panels.css">
<link rel="stylesheet" href="assets/css/sort.css">
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


def build() -> gr.Blocks:
    """The page, see ``mount``."""
    page = gr.Blocks(title="Curation", analytics_enabled=False, fill_width=True)
    with page, gr.Column(elem_id="curation"):
        frame("header")
        with gr.Column(elem_id="stage"):
            for panel in STAGE:
                frame(panel)
    return page


def frame(panel: str) -> gr.HTML:
    """The place of a panel, which its script fills. The script talks to the server by the routes of
    ``curation.http``: no event of Gradio carries data, and none takes a file."""
    script = f"new URL('assets/js/{panel}.js', document.baseURI).href"
    return gr.HTML(
        "",
        elem_id=f"panel-{panel}",
        elem_classes=["panel"],
        apply_default_css=False,
        js_on_load=f"import({script}).then((panel) => panel.mount(element)).catch({FAILED});",
    )


def mount(app: FastAPI) -> FastAPI:
    """Add the page to an application, after its other routes; Gradio's application, which has
    routes of its own.

    Nothing comes from the network, and nothing that the environment may say adds a route.
    """
    fonts = ["system-ui", "sans-serif"]
    blocks = build()
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]),
        head=HEAD,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=False,
    )
    # Only launch() says so, and without it Gradio takes any path of this machine for a file that
    # was uploaded to it.
    blocks.has_launched = True
    mounted = getattr(app.routes[-1], "app", None)
    assert isinstance(mounted, FastAPI)
    return mounted
