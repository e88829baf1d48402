"""What is open of the page's own server: a list of its routes; everything else is not there."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from curation.http.guard import refusal_page

PAGE_PATHS = frozenset({"/", "/theme.css", "/favicon.ico"})
PAGE_FOLDERS = ("/assets/", "/static/")
"""Files that come with Gradio: its scripts, styles and icons."""
NOTHING = (
    "Nothing is here; see /api/openapi.json for what there is. Where a proxy in front leaves its "
    "own path in the address, start with --root-path and that path."
)
_LOOKING = frozenset({"GET", "HEAD"})


class PageOnly:
    """Lets through what a browser needs to show the page; the rest is answered 404.

    Gradio brings some eighty routes, among them such that take or serve files, run events, go to
    other servers, or tell what happened here. The page is laid out by Gradio and talks to the
    routes of this package, so it needs its files and nothing else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "Nothing is here."})
        elif _is_open(scope):
            # What follows the question mark would let Gradio put stored states into the page.
            await self._app({**scope, "query_string": b""}, receive, send)
        else:
            await refusal_page(scope, "NotFound", NOTHING, 404)(scope, receive, send)


def _is_open(scope: Scope) -> bool:
    path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
    if scope["method"] not in _LOOKING:
        return False
    return path in PAGE_PATHS or path.startswith(PAGE_FOLDERS)
