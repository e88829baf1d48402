"""How large a request's body may be."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curation.teaching.robot import LARGEST as LARGEST_FILE

LARGEST_JSON = 4 * 2**20
DRAINED = 8 * LARGEST_FILE
"""Bytes of a body too large that are read, so that its sender hears the refusal: a connection that
is closed while bytes are under way is reset."""


class Bounded:
    """Refuses (413) a body that is too large; it is thrown away as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _bounded(Headers(scope=scope), receive)
        await self._app(scope, receive, send)


def _bounded(headers: Headers, receive: Receive) -> Receive:
    is_file = headers.get("content-type", "").startswith(("image/", "application/octet-stream"))
    # Whoever sends a file without saying what it is may send a large one.
    is_file = is_file or "content-type" not in headers
    largest = LARGEST_FILE if is_file else LARGEST_JSON
    what = "An image" if is_file else "A request that is no image"
    told = headers.get("content-length", "")
    size = int(told) if told.isdecimal() and len(told) < 20 else 0
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if max(size, read) <= largest:
            return message
        while message.get("more_body") and read <= DRAINED:
            message = await receive()
            read += len(message.get("body", b""))
        raise HTTPException(413, f"{what} may have {largest >> 20} MB; send a smaller one.")

    return bounded
