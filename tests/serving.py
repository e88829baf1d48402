"""A real server in a thread of this process, for tests that need a socket and threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from curation.ports import free_port


@contextmanager
def in_threads(app: Any) -> Iterator[str]:
    """The address of an application that is served until the end."""
    port = free_port("127.0.0.1", None)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
