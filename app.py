"""Composition root: settings, workspace, page, serve."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from argparse import Namespace

from curation import cli
from curation.errors import CurationError

PORTS_TRIED = 20


def main(arguments: list[str] | None = None) -> int:
    """Entry of ``curation``, ``python app.py`` and ``python -m curation``."""
    return cli.main(sys.argv[1:] if arguments is None else arguments, serve)


def serve(options: Namespace) -> int:
    """Open the workspace and serve its page until interrupted."""
    from curation.workspace import open_workspace

    port = _free_port(options.host, options.port)
    url = f"http://{options.host}:{port}"
    workspace = open_workspace(
        options.workspace,
        source=options.source,
        encoder=options.encoder,
        embeddings=options.embeddings,
        criterion=options.criterion,
        device=options.device,
        url=url,
    )
    print(f"Curation: {url}  (workspace {workspace.paths.root}; Ctrl+C stops)", flush=True)
    if not options.no_browser:
        threading.Timer(1.5, webbrowser.open, [url]).start()
    try:
        _run(workspace, options, port)
    finally:
        workspace.close()
    return 0


def _run(workspace, options: Namespace, port: int) -> None:
    import gradio as gr
    import uvicorn

    from components import page
    from curation.api import create_app

    app = gr.mount_gradio_app(
        create_app(workspace, options.auth),
        page.build(workspace),
        path="/",
        **page.mount_options(),
    )
    uvicorn.run(app, host=options.host, port=port, log_level="warning", timeout_graceful_shutdown=2)


def _free_port(host: str, wanted: int | None) -> int:
    """The port asked for, or the first free one from 7860 on."""
    tried = [wanted] if wanted is not None else range(7860, 7860 + PORTS_TRIED)
    for port in tried:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex((host, port)) and _binds(probe, host, port):
                return port
    raise CurationError(f"Port {tried[0]} is taken; name a free one with --port.")


def _binds(probe: socket.socket, host: str, port: int) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
