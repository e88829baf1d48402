"""The page works at whatever address it is opened, and says so where a proxy lets it down."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = b"the-page.invalid"
_ROOT = b'"http://%s"' % _HOST
_HERE = b'new URL(".", location.href).href.slice(0, -1)'
_MANIFEST = b'<link rel="manifest" href="/manifest.json" />'
"""Leads to another site's file under a sub path, and to none here."""
_OF_PROXIES = (b"x-forwarded-", b"x-gradio-", b"forwarded")

ARRIVAL = b"""<script>
  (() => {
    const { pathname, search, hash } = location;
    const end = pathname.slice(pathname.lastIndexOf("/") + 1);
    if (end) { location.replace(`${location.origin}${pathname}/${search}${hash}`); return; }
    addEventListener("error", ({ target }) => {
      const file = target instanceof HTMLScriptElement ? target.src
        : target instanceof HTMLLinkElement ? target.href : "";
      if (!file || document.getElementById("not-arrived")) return;
      const told = document.createElement("p");
      told.id = "not-arrived";
      told.setAttribute("role", "alert");
      told.style.cssText = "margin: 2em; font: 16px/1.5 system-ui, sans-serif";
      told.textContent = window.origin === "null"
        ? "This frame lets the page load nothing: its sandbox must say allow-scripts and "
          + "allow-same-origin."
        : `The page arrived and its file ${file} did not. A proxy in front must pass on everything `
          + `below ${new URL(".", location.href).href}; where it leaves its own path in front, `
          + "start curation with --root-path and that path. Then reload the page.";
      const show = () => document.body.prepend(told);
      if (document.body) show();
      else addEventListener("DOMContentLoaded", show);
    }, true);
  })();
</script>"""
"""The first thing on the page: its address ends in a slash, and a file that is missing is told."""


class AtAnyAddress:
    """Makes the page of Gradio find its files beside itself.

    Gradio writes the address that it believes to have into the page, by what proxies say of it,
    whoever sends these headers. Here it is given always the same name, which is replaced by what
    the browser knows: where the page lies.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = [(name, value) for name, value in scope["headers"] if not _of_proxies(name)]
        is_page = scope["path"] == "/" and scope["method"] == "GET"
        answer = _Rewritten(send) if is_page else send
        await self._app({**scope, "headers": [*kept, (b"host", _HOST)]}, receive, answer)


def _of_proxies(name: bytes) -> bool:
    return name == b"host" or name.startswith(_OF_PROXIES)


class _Rewritten:
    """Sends an answer with the page's place in it, once the whole of it is there."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = placed(self._body)
        MutableHeaders(raw=self._start["headers"])["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def placed(page: bytes) -> bytes:
    """The page without an address of its own, and with what it says where files are missing."""
    relative = page.replace(_ROOT, _HERE).replace(_MANIFEST, b"")
    return relative.replace(b"<head>", b"<head>" + ARRIVAL, 1)
