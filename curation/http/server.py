"""The web server: it says when it answers, and what proxies say is no concern of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

_LAST_ANSWERS_SECONDS = 2


class Server(uvicorn.Server):
    """Serves an application until it is told to end; calls ``ready`` once it answers."""

    def __init__(self, app: ASGIApp, host: str, port: int, ready: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                proxy_headers=False,  # Forwarded reads them, where that is asked for
                timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()
