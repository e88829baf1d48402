"""Paths and hosts that proxies put in front."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from curation.http.forwarded import Forwarded
from curation.http.place import placed

EVERY = {"X-Forwarded-Host": "a.example:81, b.example", "X-Forwarded-Prefix": "/mine/"}


def asked(
    root_path: str,
    proxy_headers: bool,
    path: str,
    headers: dict[str, str],
    hosts: frozenset[str] | None = None,
) -> Any:
    app = FastAPI()

    @app.get("/{rest:path}")
    def seen(request: Request, rest: str) -> dict[str, str]:
        return {"path": request.url.path, "host": request.headers["host"]}

    app.add_middleware(Forwarded, root_path, proxy_headers=proxy_headers, hosts=hosts)
    return TestClient(app).get(path, headers=headers).json()


@pytest.mark.parametrize(
    ("root_path", "believed", "path", "found", "host"),
    [
        ("", False, "/api/x", "/api/x", "testserver"),
        ("", False, "/mine/api/x", "/mine/api/x", "testserver"),
        ("/cur", False, "/cur/api/x", "/api/x", "testserver"),
        ("/cur", False, "/api/x", "/api/x", "testserver"),
        ("/cur", False, "/cur", "/", "testserver"),
        ("/cur", False, "/curious", "/curious", "testserver"),
        ("", True, "/mine/api/x", "/api/x", "a.example:81"),
        ("", True, "/api/x", "/api/x", "a.example:81"),
    ],
)
def test_what_is_asked_for(
    root_path: str, believed: bool, path: str, found: str, host: str
) -> None:
    assert asked(root_path, believed, path, EVERY) == {"path": found, "host": host}


def test_a_site_pointed_at_this_machine_is_not_believed() -> None:
    given = {"X-Forwarded-Host": "localhost"}
    own = frozenset({"localhost", "testserver"})
    assert asked("", True, "/x", given, own)["host"] == "localhost"
    rebound = asked("", True, "/x", {**given, "Host": "evil.example:7860"}, own)
    assert rebound["host"] == "evil.example:7860"  # and refused by what is behind


def test_the_page_of_gradio_has_what_is_replaced() -> None:
    page = b'<head><script>c = {"root":"http://the-page.invalid"};</script></head>'
    told = placed(page)
    assert b"the-page.invalid" not in told
    assert told.index(b"not-arrived") < told.index(b"c = {")
