"""The address that a request was sent to, where proxies stand between browser and server."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from curation.http.guard import host_name


class Forwarded:
    """Takes the path off that begins all others, and the host from what a proxy says, if asked.

    ``root_path`` may be taken off by the proxy, or not. With ``proxy_headers`` X-Forwarded-Host
    stands in for Host, and X-Forwarded-Prefix is such a path too; anybody can send these headers,
    so they are believed only where nobody but the proxy reaches the server, and only in requests to
    a name in ``hosts`` (None: any): a script of a site whose name was pointed at this machine (DNS
    rebinding) can set them, but not ``Host``. All addresses on the page are relative to it, so that
    nothing else has to know the path.
    """

    def __init__(
        self, app: ASGIApp, root_path: str, *, proxy_headers: bool, hosts: Collection[str] | None
    ) -> None:
        self._app = app
        self._root_path = root_path
        self._believed = proxy_headers
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = self._as_sent(scope)
        await self._app(scope, receive, send)

    def _as_sent(self, scope: Scope) -> Scope:
        headers = Headers(scope=scope)
        path = str(scope["path"])
        prefixes = [self._root_path]
        if self._believed:
            prefixes.append(_first(headers, "x-forwarded-prefix").rstrip("/"))
        for prefix in prefixes:
            path = _without(path, prefix)
        told = {**scope, "path": path}
        host = _first(headers, "x-forwarded-host") if self._believed else ""
        if (
            self._hosts is not None
            and host_name(headers.get("host", "").lower()) not in self._hosts
        ):
            return told
        if host:
            changed = MutableHeaders(raw=list(scope["headers"]))
            changed["host"] = host
            told["headers"] = changed.raw
        return told


def _first(headers: Headers, name: str) -> str:
    """The first of the values that a row of proxies wrote, the one nearest to the browser."""
    return headers.get(name, "").partition(",")[0].strip()


def _without(path: str, prefix: str) -> str:
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :] or "/"
    return path
