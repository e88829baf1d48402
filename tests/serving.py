"""Real servers: in a thread of this process, or waited for in another one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """The address of a page of another site than 127.0.0.1, of this machine too."""
    page = f"<!doctype html><title>Another site</title>{body}".encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = page if self.path == "/" else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()
