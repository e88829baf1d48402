"""What all panels share: a frame that mounts an ES module."""

from __future__ import annotations

import gradio as gr

FAILED = (
    "(error) => { console.error(error);"
    " element.textContent = 'This part did not arrive; reload the page.'; }"
)


def frame(name: str, module: str = "") -> gr.HTML:
    """A panel whose content ``assets/js/<module>.js`` builds; the module is named like the panel
    where none is given. It talks to the server by the routes of ``curation.http``."""
    script = f"new URL('assets/js/{module or name}.js', document.baseURI).href"
    return gr.HTML(
        "",
        elem_id=f"panel-{name}",
        elem_classes=["panel"],
        apply_default_css=False,
        js_on_load=f"import({script}).then((panel) => panel.mount(element)).catch({FAILED});",
    )
