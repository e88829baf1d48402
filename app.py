"""Composition root: settings, workspace, page, serve."""

from __future__ import annotations

import signal
import sys
import threading
import webbrowser
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands import main as commands
from curation.commands.opening import begin
from curation.commands.options import reading_of
from curation.commands.progress import stopped
from curation.decisions.lock import check_free
from curation.ports import free_port, url_of

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
    # What ends a container ends the server as Ctrl+C does: the workspace is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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
    with workspace:
        begin(workspace, options)
        try:
            _run(workspace, options, url, port)
        except KeyboardInterrupt:
            arrival = workspace.engine.intake.arrival
            so_far = (arrival.done, arrival.total) if arrival.stage == "encoding" else (0, 0)
            print(stopped(*so_far), file=sys.stderr)
    return 0


def _run(workspace: Workspace, options: Namespace, url: str, port: int) -> None:
    from components.application import application
    from curation.http.server import Server

    def ready() -> None:
        print(f"Curation: {url}  (workspace {workspace.paths.root}; Ctrl+C stops)", flush=True)
        if not options.no_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    Server(application(workspace, options.access), options.host, port, ready).run()


if __name__ == "__main__":
    sys.exit(main())
