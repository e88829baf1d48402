"""Who may talk to the server: no other site through the browser, and a login where one is set."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
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
    has another ``Origin``. Clients that are no browser send no ``Origin`` and pass.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        answer = JSONResponse({"error": "Forbidden", "message": refusal}, 403)
        await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if self._hosts is not None and _name(host) not in self._hosts:
            return (
                f"Expected a request to {' or '.join(sorted(self._hosts))}, got one to {host!r}. "
                "Without a login only this machine is served: open one of these names, "
                "or start with --auth USER:PASS."
            )
        origin = headers.get("origin")
        if origin is None or scope["method"] in _READING or _place(origin) == host:
            return None
        return (
            f"Expected a request of this page ({host}), got one of {origin!r}. Other sites cannot "
            "change anything here; a proxy in front must pass the Host header on."
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
        answer = JSONResponse({"error": "Refused", "message": told}, 401, headers)
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


def _name(host: str) -> str:
    """``Host`` without the port; an IPv6 address keeps its brackets."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _place(origin: str) -> str:
    """Host and port of an ``Origin``; "" of ``null`` and of what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
