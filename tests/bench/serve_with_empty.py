"""The app, plus one hidden panel whose server function does nothing: the unit of the benchmarks.

    python tests/bench/serve_with_empty.py PATH --no-browser

The page then has ``window.bench.empty()``. Everything else is the app as it is shipped.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import gradio as gr

import app
from components import page


class EmptyPanel:
    """A panel like the others, as ``page.build`` expects them."""

    @staticmethod
    def bind(_workspace: object) -> list[object]:
        def empty(values=None):  # type: ignore[no-untyped-def]
            return {}

        return [empty]

    @staticmethod
    def build(functions: list[object]) -> gr.HTML:
        return gr.HTML(
            "", server_functions=functions, js_on_load="window.bench = { empty: server.empty };"
        )


if __name__ == "__main__":
    page.STAGE = (*page.STAGE, EmptyPanel)
    sys.exit(app.main())
