"""Behind a real nginx: under a sub path, with TLS and a login, inside a frame; and what is said of
what a proxy does wrong."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser.conftest import ROOT, Server, draw_images, free_port
from proxies import NGINX, WHY_NOT, certificate, nginx
from serving import another_site, wait_until_up

from curation.workspace import open_workspace

pytestmark = pytest.mark.skipif(NGINX is None, reason=WHY_NOT)

CRITERION = "belongs together"
LOGIN = ("ann", "a secret: with a colon")
DENIED = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  } });
}"""
"""What a browser does with the storage of a frame of another site, where it blocks that."""


@contextmanager
def started(folder: Path, port: int, *flags: str, **environment: str) -> Iterator[None]:
    """The server on a workspace, until the end."""
    command = [sys.executable, str(ROOT / "app.py"), "--workspace", str(folder), "--no-browser"]
    log = folder.parent / f"{port}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), *flags],
            cwd=ROOT, stdout=out, stderr=out,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )  # fmt: skip
        try:
            assert wait_until_up("127.0.0.1", port), log.read_text("utf-8")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    told = log.read_text("utf-8")
    assert "Traceback" not in told
    assert LOGIN[1] not in told


def prepare(base: Path) -> Path:
    """A workspace of 48 drawn images, encoded, with its map: nothing is left to compute."""
    draw_images(base / "shapes")
    with open_workspace(base / "work", source=base / "shapes", device="cpu") as workspace:
        Server.until(lambda: workspace.status(CRITERION)["map_ready"], 120, "the map")
    return base / "work"


@dataclass
class Way:
    """How people reach the page: the server behind nginx, and what nginx does."""

    server: str
    proxy: str
    tls: bool = False


PASSED_ON = "proxy_set_header Host $http_host;"
FORWARDED = (
    "proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;"
    " proxy_set_header X-Forwarded-Prefix /curation;"
)
WAYS = {
    "default headers": Way("open", "proxy_pass http://{server}/;"),
    "headers passed on": Way("open", "proxy_pass http://{server}/; " + PASSED_ON),
    "path left in front": Way("below a path", "proxy_pass http://{server}; " + PASSED_ON),
    "forwarded headers": Way("trusting", "proxy_pass http://{server}; " + FORWARDED),
    "TLS and login": Way("with a login", "proxy_pass http://{server}/; " + PASSED_ON, tls=True),
    "TLS, login, default headers": Way("with a login", "proxy_pass http://{server}/;", tls=True),
}
WRONG = """
  location /default/ {{ proxy_pass http://{server}/; }}
  location /named/ {{ proxy_pass http://{server}/; proxy_set_header Host example.org; }}
  location /left/ {{ proxy_pass http://{server}; }}
  location = /bare {{ proxy_pass http://{server}/; }}
  location /bare/ {{ proxy_pass http://{server}/; }}
  location = /alone/ {{ proxy_pass http://{server}/; }}
  location /away/ {{ proxy_pass http://{server}/; }}
  location /away/api/ {{ return 502; }}
  location /elsewhere/ {{ proxy_pass http://{server}/; }}
  location /elsewhere/api/ {{ return 404; }}
"""


def flags(origins: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """What each server is started with."""
    return {
        "open": ("--allow-origin", origins["default headers"]),
        "below a path": ("--root-path", "/curation"),
        "trusting": ("--proxy-headers",),
        "with a login": ("--allow-origin", origins["TLS, login, default headers"]),
    }


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of the page for each way; under "wrong", of what does things wrong."""
    folder = tmp_path_factory.mktemp("where")
    prepared = prepare(folder)
    cert, key = certificate(folder)
    ports = {name: free_port() for name in (*WAYS, "wrong")}
    origins = {
        name: f"http{'s' if name in WAYS and WAYS[name].tls else ''}://127.0.0.1:{port}"
        for name, port in ports.items()
    }
    servers = {name: free_port() for name in flags(origins)}
    blocks = [WRONG.format(server=f"127.0.0.1:{servers['open']}").join(listening(ports["wrong"]))]
    for name, way in WAYS.items():
        proxy = way.proxy.format(server=f"127.0.0.1:{servers[way.server]}")
        pair = (cert, key) if way.tls else None
        blocks.append(f"location /curation/ {{ {proxy} }}".join(listening(ports[name], pair)))
    with ExitStack() as stack:
        for name, options in flags(origins).items():
            login = {"CURATION_AUTH": ":".join(LOGIN)} if name == "with a login" else {}
            work = Path(shutil.copytree(prepared, folder / name / "work"))
            stack.enter_context(started(work, servers[name], *options, **login))
        stack.enter_context(nginx(folder, ports["wrong"], "\n".join(blocks)))
        yield {name: f"{origins[name]}/curation/" for name in WAYS} | {"wrong": origins["wrong"]}


def listening(port: int, pair: tuple[Path, Path] | None = None) -> tuple[str, str]:
    """What stands before and after the places of a server of nginx."""
    tls = "" if pair is None else f" ssl_certificate {pair[0]}; ssl_certificate_key {pair[1]};"
    return f"server {{ listen 127.0.0.1:{port}{' ssl' if pair else ''};{tls}", "}"


@contextmanager
def window(browser: Any, **more: Any) -> Iterator[Any]:
    """A page of a context that knows the login and takes the certificate; no error in it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, ignore_https_errors=True,
        http_credentials={"username": LOGIN[0], "password": LOGIN[1]}, **more,
    )  # fmt: skip
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda one: one.type == "error" and errors.append(one.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
    except BaseException:
        for frame in page.frames:
            print(frame.url, frame.evaluate("document.body.innerText")[:1000], sep="\n")
        raise
    finally:
        context.close()
    assert errors == []


ALIKE = """new Set([...document.querySelectorAll(".card-body .side img")]
  .map((one) => one.alt.split("/")[0])).size === 1"""
"""Whether the pair on screen is of one shape: answers to random pairs would contradict."""


def review_map_and_export(page: Any, frame: Any) -> None:
    """A review by keys, the map with its pictures, and an export that arrives."""
    frame.wait_for_selector(".card-body:not([hidden]) .side img", timeout=60_000)
    frame.wait_for_function(
        "[...document.querySelectorAll('.side img')].every((one) => one.naturalWidth > 0)"
    )
    if frame != page:
        frame.click("h1")  # keys go to the frame that was clicked
    seen = []
    for keys in ("ax", "ax", ("Space", "Space"), "12", ("Backspace", "Backspace"), "ax"):
        key = keys[0] if frame.evaluate(ALIKE) else keys[1]
        before = frame.evaluate("document.querySelector('.card-body').dataset.pair")
        seen.append(before)
        page.keyboard.press(key)
        frame.wait_for_function(
            "before => { const { pair } = document.querySelector('.card-body').dataset;"
            " return pair && pair !== before; }",
            arg=before,
        )
    assert seen[5] == seen[3]  # undone, it is asked again
    frame.wait_for_function(
        "[...document.querySelectorAll('.pill.warn')].every((one) => one.hidden)"  # none unsaved
    )
    frame.click("#tab-map")
    frame.wait_for_selector(".layer[data-pictures='48']", timeout=120_000)
    frame.click("#tab-export")
    with page.expect_download() as started_:
        frame.click("text=Write export")
        frame.click(".results a")
    lines = Path(started_.value.path()).read_text("utf-8").splitlines()
    assert "verdict" in lines[0]
    for pair in (seen[0], seen[1], seen[5]):
        ids = re.findall("[0-9a-f]{32}", pair)
        assert len(ids) == 2
        assert any(all(one in line for one in ids) for line in lines)


@pytest.mark.parametrize("way", WAYS)
def test_a_review_the_map_and_an_export(browser: Any, addresses: dict[str, str], way: str) -> None:
    address = addresses[way]
    asked = httpx.get(address, verify=False).status_code
    assert asked == (401 if address.startswith("https") else 200)
    with window(browser) as page:
        page.goto(address)
        review_map_and_export(page, page)
        page.reload()
        page.wait_for_selector("#tab-export[aria-selected='true']")


def framed(shown: str, more: str = "") -> str:
    """Markup that shows an address in a frame."""
    return f'<iframe src="{shown}" width="1240" height="680" {more}></iframe>'


@pytest.mark.parametrize("storage", ["allowed", "denied"])
def test_inside_a_frame_of_another_site(
    browser: Any, addresses: dict[str, str], storage: str
) -> None:
    address = addresses["TLS and login"]
    with another_site(framed(address)) as outer, window(browser) as page:
        if storage == "denied":
            page.add_init_script(DENIED)
        page.goto(outer)
        frame = page.wait_for_selector("iframe").content_frame()
        frame.wait_for_url(address)
        review_map_and_export(page, frame)


# --- what is said where it does not work ---------------------------------------------------


@pytest.fixture
def wrong(addresses: dict[str, str]) -> str:
    """A server that was not told of these places, behind a proxy that does things wrong."""
    return addresses["wrong"]


@pytest.mark.parametrize(
    ("path", "place", "said"),
    [
        ("default", ".empty", "--allow-origin {url}"),
        ("named", "body", "--allow-origin"),
        ("left", "body", "--root-path"),
        ("alone", "#not-arrived", "--root-path"),
        ("away", ".empty", "got status 502"),
        ("elsewhere", ".empty", "got status 404"),
    ],
)
def test_the_page_says_what_to_set(
    browser: Any, wrong: str, path: str, place: str, said: str
) -> None:
    page = browser.new_page()
    page.goto(f"{wrong}/{path}/")
    told = page.locator(place, has_text=said.format(url=wrong))
    told.wait_for(timeout=30_000)
    assert "Opening the workspace" not in page.inner_text("body")
    page.close()


def test_an_address_without_its_last_slash_gets_it(browser: Any, wrong: str) -> None:
    page = browser.new_page()
    page.goto(f"{wrong}/bare?from=bookmark#here")
    page.wait_for_selector(".top .workspace")
    assert page.url == f"{wrong}/bare/?from=bookmark#here"
    page.close()


def test_a_frame_without_a_site_of_its_own_says_so(browser: Any, wrong: str) -> None:
    with another_site(framed(f"{wrong}/default/", 'sandbox="allow-scripts"')) as outer:
        page = browser.new_page()
        page.goto(outer)
        told = page.frame_locator("iframe").locator("#not-arrived", has_text="allow-same-origin")
        told.wait_for(timeout=30_000)
        page.close()


def test_headers_of_proxies_are_believed_on_request_only(wrong: str) -> None:
    """Anybody can send them; unasked they change neither the page nor who may write."""
    sent = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil", "X-Gradio-Server": "http://evil.example",
        "Forwarded": "host=evil.example", "Accept": "text/html",
    }  # fmt: skip
    answer = httpx.get(f"{wrong}/default/", headers=sent)
    assert answer.status_code == 200
    assert "evil" not in answer.text
    sent = {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}
    refused = httpx.post(f"{wrong}/default/api/proposals", json={}, headers=sent)
    assert refused.status_code == 403
    assert "--allow-origin http://evil.example" in refused.json()["message"]
