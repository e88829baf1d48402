"""The page in a notebook's cell: a server in a thread, shown in a frame, closed cleanly."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser.conftest import draw_images
from serving import another_site

from curation.errors import CurationError
from curation.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    draw_images(tmp_path / "shapes")
    with open_workspace(
        tmp_path / "work", source=tmp_path / "shapes", inline=True, device="cpu"
    ) as opened:
        yield opened


def test_a_cell_shows_the_page_and_a_review_in_it(workspace: Workspace, browser: Any) -> None:
    shown = workspace.page(height=640)
    cell = shown._repr_html_()
    assert f'src="{shown.url}/"' in cell
    with another_site(f"<h1>Notebook</h1>{cell}") as notebook:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(notebook)
        frame = page.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector(".card-body:not([hidden]) .side", timeout=60_000)
        frame.click("h1")
        before = frame.evaluate("document.querySelector('.card-body').dataset.pair")
        page.keyboard.press("a")
        frame.wait_for_function(
            "before => document.querySelector('.card-body').dataset.pair !== before", arg=before
        )
        frame.wait_for_selector(".count-now:has-text('1 decision')")
        page.close()
    shown.close()


def test_it_works_twice_and_ends_with_the_workspace(workspace: Workspace) -> None:
    first = workspace.page()
    assert workspace.page() is first  # another cell shows the same one
    assert httpx.get(f"{first.url}/api/overview").status_code == 200
    with pytest.raises(CurationError, match="close"):
        workspace.page(auth=("ann", "secret"))
    first.close()
    first.close()
    assert "closed" in first._repr_html_()
    with pytest.raises(httpx.ConnectError):
        httpx.get(first.url)
    second = workspace.page(auth=("ann", "secret"))
    assert httpx.get(f"{second.url}/api/overview").status_code == 401
    assert "secret" not in second._repr_html_() + repr(second)
    workspace.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.url)
    assert [one for one in threading.enumerate() if one.name == "page"] == []


def test_a_port_that_is_taken_is_told(workspace: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CurationError, match="taken"):
            workspace.page(port=taken.getsockname()[1])
    assert re.match(r"http://127\.0\.0\.1:\d+$", workspace.page().url)


def test_where_the_notebook_runs_elsewhere(workspace: Workspace) -> None:
    """As a hub passes it on: another host, another path."""
    shown = workspace.page(
        shown_at="https://hub.example/user/ann/proxy/{port}", allow_origin=["https://hub.example"]
    )
    port = shown.url.rpartition(":")[2]
    assert f'src="https://hub.example/user/ann/proxy/{port}/"' in shown._repr_html_()
    there = {"Host": "hub.example", "Origin": "https://hub.example"}
    answer = httpx.post(f"{shown.url}/api/proposals", json={}, headers=there)
    assert answer.status_code == 200
    refused = httpx.get(f"{shown.url}/api/overview", headers={"Host": "evil.example"})
    assert refused.status_code == 403
