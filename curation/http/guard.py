"""Who may talk to the server: no other site through the browser, and a login where one is set."""

from __future__ import annotations

import base64
import html
import secrets
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
TOKEN_REFUSED = (
    "This token is not valid here: it was revoked, or is not of this session. Create another one "
    "under Robots, on the session's page."
)
_LOGIN_REFUSED = (
    "Expected the name and password that the server was started with; log in with them."
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnSiteOnly:
    """Refuses (403) what a foreign site sends through the reviewer's browser.

    ``hosts`` are the names the server answers to, ports aside (None: any). A site whose name was
    pointed at this machine (DNS rebinding) has another ``Host``; a form or script of another site
    has another ``Origin``, unless ``origins`` names it: the page's own address, where a proxy gives
    the server another ``Host``. Clients that are no browser send no ``Origin`` and pass.
    """

    def __init__(
        self, app: ASGIApp, hosts: Collection[str] | None, origins: Collection[str] = ()
    ) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        answer = refusal_page(scope, "Forbidden", refusal, 403)
        await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if self._hosts is not None and host_name(host) not in self._hosts:
            return (
                f"Expected a request to {' or '.join(sorted(self._hosts))}, got one to {host!r}. "
                "Without a login only this machine is served: open one of these names, start with "
                "--allow-origin and the address in your browser, as https://example.org, or with "
                "a login (--auth-file)."
            )
        origin = headers.get("origin")
        if origin is None or scope["method"] in _READING or self._is_own(origin, host):
            return None
        told = f"Expected a request of this page ({host}), got one of {origin!r}."
        return f"{told} {_way_out(origin)}"

    def _is_own(self, origin: str, host: str) -> bool:
        return _place(origin) == host or origin.lower() in self._origins


def _way_out(origin: str) -> str:
    told = "Other sites cannot change anything here."
    if not _place(origin):
        return f"{told} A frame that shows this page must say allow-same-origin in its sandbox."
    return (
        f"{told} If that is the address that this page is opened at, start with --allow-origin "
        f"{origin}, or let the proxy in front pass the Host header on."
    )


class Login:
    """Asks for one name and password (HTTP Basic) on every path.

    ``robot`` (token, session) tells whose a robot's token is: with one, its session is open to it.
    """

    def __init__(
        self,
        app: ASGIApp,
        auth: tuple[str, str],
        robot: Callable[[str, str], str | None] | None = None,
    ) -> None:
        self._app = app
        self._robot = robot
        self._expected = base64.b64encode(f"{auth[0]}:{auth[1]}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._known(scope) or self._is_robot(scope):
            await self._app(scope, receive, send)
            return
        told = TOKEN_REFUSED if _given(scope)[0] == "bearer" else _LOGIN_REFUSED
        headers = {"WWW-Authenticate": 'Basic realm="curation"'}
        answer = refusal_page(scope, "Refused", told, 401, headers)
        await answer(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        scheme, given = _given(scope)
        return scheme == "basic" and secrets.compare_digest(given.encode(), self._expected)

    def _is_robot(self, scope: Scope) -> bool:
        scheme, token = _given(scope)
        before, _, after = str(scope["path"]).partition("/api/teach/sessions/")
        if self._robot is None or scheme != "bearer" or before or not after:
            return False
        return self._robot(token, after.partition("/")[0]) is not None


def _given(scope: Scope) -> tuple[str, str]:
    """Scheme, in small letters, and credentials of a request; "" where it brings none."""
    scheme, _, given = Headers(scope=scope).get("Authorization", "").partition(" ")
    return scheme.lower(), given


def refusal_page(
    scope: Scope, error: str, message: str, status: int, headers: dict[str, str] | None = None
) -> Response:
    """A refusal as JSON, or as a page that can be read where a browser opens one."""
    wanted = Headers(scope=scope).get("accept", "")
    if scope["method"] in _READING and "text/html" in wanted:
        told = f"<h1>{error}</h1><p>{html.escape(message)}</p>"
        return HTMLResponse(f"<!doctype html><title>Curation</title>{told}", status, headers)
    return JSONResponse({"error": error, "message": message}, status, headers)


def host_name(host: str) -> str:
    """``Host`` without the port; an IPv6 address keeps its brackets."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _place(origin: str) -> str:
    """Host and port of an ``Origin``; "" of ``null`` and of what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
