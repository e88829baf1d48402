"""Real servers: in a thread of this process, or waited for in another one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from curation.ports import free_port

START_SECONDS = 180.0


def wait_until_up(host: str, port: int) -> bool:
    """Whether a server answers there, waiting for it to start."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


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
