"""Which routes of the served application are open, and that no file of the server leaves it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOGIN = ("ann", "secret")
OPEN_IN_GRADIO = {
    "GET /", "HEAD /", "GET /theme.css", "GET /favicon.ico", "GET /static/{path:path}",
    "GET /assets/{path:path}",
}  # fmt: skip
SECRET = "a line that only the server may read"
LISTED = """
import json, sys
from components import page
from curation.http.app import create_app
from curation.workspace import open_workspace

def routes(found):
    for route in found:
        if inner := getattr(route, "original_router", None) or getattr(route, "app", None):
            yield from routes(getattr(inner, "routes", ()))
        if hasattr(route, "path"):
            yield from ([method, route.path] for method in getattr(route, "methods", "") or ["GET"])

with open_workspace(sys.argv[1], inline=True, device="cpu") as workspace:
    bare = create_app(workspace)
    own = list(routes(bare.routes))
    gradio = page.mount(bare)
    blocks = gradio.get_blocks()
    print(json.dumps({
        "own": own, "gradio": list(routes(gradio.routes)), "events": len(blocks.fns),
        "launched": blocks.has_launched, "monitored": blocks.enable_monitoring,
    }))
"""


@pytest.fixture(scope="module", params=[None, LOGIN], ids=["open", "login"])
def http(request: Any, serve: Any) -> httpx.Client:
    """A client of the real server, logged in where that is asked for."""
    return serve(request.param)


@pytest.fixture(scope="module")
def listed(prepared_digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The routes of the whole application, in a process that Gradio is imported in."""
    folder = shutil.copytree(prepared_digits, tmp_path_factory.mktemp("listed") / "work")
    done = subprocess.run(
        [sys.executable, "-c", LISTED, str(folder)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_what_is_open_of_gradio(http: httpx.Client, listed: Any) -> None:
    """Every route that Gradio brings, asked once: all but these are answered as not there."""
    brought = {(method, path) for method, path in listed["gradio"]}
    assert len(brought) > 80
    found = set()
    for method, path in brought:
        answer = http.request(method, re.sub(r"\{[^}]*\}", "x", path))
        told = "" if method == "HEAD" else answer.text
        if answer.status_code != 404 or (told and "see /api/openapi.json" not in told):
            found.add(f"{method} {path}")
    assert found == OPEN_IN_GRADIO


def test_the_page_has_what_it_needs(http: httpx.Client) -> None:
    page = http.get("/").text
    assert "Curation" in page
    assert http.get("/theme.css").status_code == 200
    scripts = set(re.findall(r"\./(assets/[^\"']*\.(?:js|css))", page))
    assert scripts
    for script in scripts:
        assert http.get(f"/{script}").status_code == 200


def test_the_page_takes_no_stored_state(http: httpx.Client) -> None:
    assert '"deep_link_state":"none"' in http.get("/", params={"deep_link": "x"}).text


@pytest.mark.parametrize("way", ["static", "assets", "assets/js", "assets/css", "download"])
def test_no_way_out_of_the_open_folders(http: httpx.Client, way: str) -> None:
    for steps in ("../" * 12, "..%2f" * 12, "%2e%2e/" * 12, "/", "%00"):
        answer = http.get(f"/{way}/{steps}etc/passwd")
        assert answer.status_code in (403, 404)
        assert "root:" not in answer.text


def test_an_event_that_names_a_file_gets_nothing(http: httpx.Client, tmp_path: Path) -> None:
    """The attack: an event of an image input with a path of the server, and its copy's address."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    for status, told in attack(http, str(file)):
        assert status == 404
        assert SECRET not in told


def test_the_blocks_behind_the_gate_are_as_after_a_launch(listed: Any) -> None:
    """The second line: no event, no monitoring, and no path is taken for an upload."""
    assert (listed["launched"], listed["events"], listed["monitored"]) == (True, 0, False)


def attack(client: httpx.Client, path: str) -> Iterator[tuple[int, str]]:
    """What the server answers to every try, one after the other."""
    given = {"path": path, "meta": {"_type": "gradio.FileData"}}
    prefix = "/gradio_api"
    for index in range(4):
        body = {"data": [given, "s"], "fn_index": index, "session_hash": uuid.uuid4().hex[:10]}
        for way in ("queue/join", "run/predict", "api/predict", "call/take"):
            answer = client.post(f"{prefix}/{way}", json=body)
            yield answer.status_code, answer.text
            for copy in re.findall(r"/[^'\"\\ ]*/secret\.txt", answer.text):
                served = client.get(f"{prefix}/file={copy}")
                yield served.status_code, served.text
    direct = client.get(f"{prefix}/file={path}")
    yield direct.status_code, direct.text
    component = {"data": given, "component_id": 1, "fn_name": "x", "session_hash": "s"}
    called = client.post(f"{prefix}/component_server", json=component)
    yield called.status_code, called.text
    sent = client.post(f"{prefix}/upload", files={"files": ("up.txt", b"0" * 100)})
    yield sent.status_code, sent.text
