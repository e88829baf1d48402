"""The page in a cell of a notebook; the server runs in a thread of the notebook's process."""

from __future__ import annotations

import html
import threading
from collections.abc import Sequence

from components.application import application
from curation.errors import CurationError
from curation.http.access import Access, Login, origin_of
from curation.http.server import Server
from curation.ports import free_port, url_of
from curation.workspace import Workspace

HOST = "127.0.0.1"


class Inline:
    """A served page, shown where a notebook displays the value of a cell.

    ``url`` is where the server answers. ``shown_at`` is where the browser finds it, if it is
    elsewhere. Raises CurationError where the port is taken.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        height: int,
        port: int | None,
        shown_at: str | None,
        auth: Login | None,
        allow_origin: Sequence[str],
    ) -> None:
        access = Access(auth, tuple(map(origin_of, allow_origin)))
        port = free_port(HOST, port)
        self.url = url_of(HOST, port)
        self._shown_at = (shown_at or self.url).replace("{port}", str(port))
        self._height = height
        answers = threading.Event()
        self._server = Server(application(workspace, access), HOST, port, answers.set)
        self._thread = threading.Thread(target=self._server.run, name="page", daemon=True)
        self._thread.start()
        while not answers.wait(0.05):
            if not self._thread.is_alive():
                raise CurationError(f"Port {port} was taken meanwhile; show the page once more.")

    @property
    def closed(self) -> bool:
        """Whether the server has been told to end."""
        return self._server.should_exit

    def close(self) -> None:
        """End the server; harmless where it has ended."""
        self._server.should_exit = True
        self._thread.join()

    def __repr__(self) -> str:
        return f"the page at {self.url}" + (" (closed)" if self.closed else "")

    def _repr_html_(self) -> str:
        if self.closed:
            return "<p>This page was closed; <code>workspace.page()</code> shows it again.</p>"
        address = html.escape(self._shown_at.rstrip("/") + "/", quote=True)
        return (
            f'<iframe src="{address}" title="Curation" width="100%" height="{self._height}" '
            'style="border: 0" allow="fullscreen; camera"></iframe>'
            f"<p>If nothing is shown here, open "
            f'<a href="{address}" target="_blank">{address}</a></p>'
        )
