"""Composition root: settings, workspace, page, serve."""

from __future__ import annotations

import sys
import threading
import webbrowser
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands import main as commands
from curation.commands.opening import begin
from curation.commands.options import reading_of
from curation.decisions.lock import check_free
from curation.ports import free_port, url_of, wait_until_up

if TYPE_CHECKING:
    from curation.workspace import Workspace


def main(arguments: list[str] | None = None) -> int:
    """Entry of ``curation``, ``python app.py`` and ``python -m curation``."""
    return commands.main(sys.argv[1:] if arguments is None else arguments, serve)


def serve(options: Namespace) -> int:
    """Open the workspace and serve its page until interrupted."""
    from curation.workspace import open_workspace

    check_free(Path(options.workspace).expanduser())
    port = free_port(options.host, options.port)
    url = url_of(options.host, port)
    workspace = open_workspace(
        options.workspace,
        source=options.source,
        encoder=options.encoder,
        embeddings=options.embeddings,
        embeddings2=options.embeddings2,
        generator=options.generator,
        criterion=options.criterion,
        device=options.device,
        url=url,
        offered=options.offered,
        reading=reading_of(options),
    )
    begin(workspace, options)
    try:
        print(f"Curation: {url}  (workspace {workspace.paths.root}; Ctrl+C stops)", flush=True)
        if not options.no_browser:
            threading.Thread(target=_open_browser, args=(options.host, port), daemon=True).start()
        _run(workspace, options, port)
    finally:
        workspace.close()
    return 0


def _open_browser(host: str, port: int) -> None:
    if wait_until_up(host, port):
        webbrowser.open(url_of(host, port))


def _run(workspace: Workspace, options: Namespace, port: int) -> None:
    import uvicorn

    from components import page
    from curation.http.app import create_app
    from curation.http.gate import PageOnly
    from curation.http.guard import LOOPBACK_HOSTS

    # A login keeps other sites out by itself, also behind a proxy that passes its own name on.
    hosts = LOOPBACK_HOSTS if options.auth is None else None
    app = create_app(workspace, options.auth, hosts)
    page.mount(app).add_middleware(PageOnly)
    uvicorn.run(app, host=options.host, port=port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    sys.exit(main())
