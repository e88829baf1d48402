"""A real server on drawn images, and a real browser in front of it.

One server serves all tests of this folder; each test works under a criterion of its own, which has
its own decisions and generations.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",  # WebGL in software, while all else is drawn without it
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
]
SHAPES = ("disc", "square", "triangle")
COLOURS = {"disc": (200, 60, 50), "square": (60, 110, 200), "triangle": (70, 160, 80)}
EACH = 16


def chromium() -> str | None:
    """Path of a Chromium that Playwright can drive, None where there is none."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("CURATION_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    return found or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium():
        return
    reason = "no Chromium found: install one, or name it in CURATION_CHROMIUM"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


def draw_images(folder: Path) -> None:
    """48 small pictures of three shapes in three folders, no two alike."""
    rng = np.random.default_rng(7)
    for shape in SHAPES:
        (folder / shape).mkdir(parents=True)
        for number in range(EACH):
            picture = Image.new("RGB", (160, 120), tuple(rng.integers(215, 250, 3).tolist()))
            pen = ImageDraw.Draw(picture)
            x, y, r = (int(v) for v in rng.integers([50, 40, 22], [110, 80, 36]))
            jitter = rng.integers(-25, 25, 3)
            fill = tuple(np.clip(np.array(COLOURS[shape]) + jitter, 0, 255).tolist())
            if shape == "disc":
                pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)
            elif shape == "square":
                pen.rectangle((x - r, y - r, x + r, y + r), fill=fill)
            else:
                pen.polygon([(x - r, y + r), (x + r, y + r), (x, y - r)], fill=fill)
            picture.save(folder / shape / f"{shape} {number:02d}.png")


@dataclass
class Server:
    """A running server and its HTTP API."""

    url: str
    items: dict[str, str]

    def get(self, path: str, **query: Any) -> Any:
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any], client: str = "") -> Any:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({"X-Client": client} if client else {})
        request = urllib.request.Request(f"{self.url}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    @staticmethod
    def until(check: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
        """The first truthy result of ``check``; fails after ``seconds``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if found := check():
                    return found
            except (OSError, KeyError, ValueError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"not within {seconds} s: {what or check}")

    def decisions(self, criterion: str) -> list[dict[str, Any]]:
        """Effective decisions, newest first."""
        return self.get("/api/decisions", criterion=criterion, limit=1000)["rows"]

    def decide(self, criterion: str, a: str, b: str, verdict: str, reviewer: str = "ann") -> None:
        """Record a verdict on two items given by file name."""
        one = {"a": self.items[a], "b": self.items[b], "verdict": verdict}
        self.post(
            "/api/decisions",
            {"criterion": criterion, "reviewer": reviewer, "decisions": [one]},
        )

    def train(self, criterion: str, key: str) -> None:
        """Tell discs from squares by four answers, and train until ``key`` of the status is 1."""
        for number in (1, 2):
            self.decide(criterion, "disc/disc 00.png", f"disc/disc 0{number}.png", "same")
            self.decide(criterion, "disc/disc 00.png", f"square/square 0{number}.png", "different")
        self.post("/api/train", {"criterion": criterion})
        self.until(lambda: self.get("/api/status", criterion=criterion)[key] >= 1, 120, "gen 1")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most tests; what its folders are called is asked about elsewhere."""
    base = tmp_path_factory.mktemp("browser")
    draw_images(base / "shapes")
    with serving(base, "--folders", "ignore") as running:
        running.items = names_of(running)
        yield running


@contextmanager
def serving(
    base: Path, *more: str, source: str = "shapes", n_items: int = len(SHAPES) * EACH
) -> Iterator[Server]:
    """A server of the images of ``source`` below ``base``, once so many are embedded."""
    port = free_port()
    command = [sys.executable, str(ROOT / "app.py"), str(base / source), *more]
    command += ["--workspace", str(base / "work"), "--no-browser", "--port", str(port)]
    log = (base / "server.log").open("w")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GRADIO_ANALYTICS_ENABLED": "False"},
        start_new_session=True,
    )
    running = Server(f"http://127.0.0.1:{port}", {})

    def ready() -> bool:
        assert process.poll() is None, (base / "server.log").read_text()
        status = running.get("/api/status", criterion="belongs together")
        return status["embedded"] == n_items and status["stage"] == "ready"

    try:
        running.until(ready, START_SECONDS, "images embedded")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
        log.close()


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Server]]:
    """Starts a server of one's own, see ``serving``, of images that ``shapes`` draws."""
    return serving


@pytest.fixture(scope="session")
def shapes() -> Callable[[Path], None]:
    return draw_images


def names_of(server: Server) -> dict[str, str]:
    """File name -> item id of all items, seen from one item's neighbours."""
    pair = server.post("/api/proposals", {"reviewer": "setup"})["cards"][0]
    seen = server.get(f"/api/neighbours/{pair['a']['id']}", criterion="belongs together", k=100)
    return {tile["name"]: tile["id"] for tile in [seen["item"], *seen["tiles"]]}


@pytest.fixture
def criterion(server: Server) -> str:
    name = f"alike {uuid.uuid4().hex[:6]}"
    server.post("/api/criteria", {"name": name, "question": "Do these belong together?"})
    server.until(lambda: server.get("/api/status", criterion=name)["embedded"], 60, "a space")
    return name


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Any]]:
    """Start a browser, with more flags than the usual ones if need be."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = chromium()
        yield lambda *more: playwright.chromium.launch(executable_path=path, args=[*FLAGS, *more])


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Any]) -> Iterator[Any]:
    launched = launch()
    yield launched
    launched.close()


class Screen:
    """The page as a person meets it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, message: Any) -> None:
        """Note an error; that the server refused a request (4xx) is an answer, and shown."""
        refusal = "/api/" in message.location["url"] and "status of 4" in message.text
        if message.type == "error" and not refusal:
            self.errors.append(message.text)

    def start(self) -> None:
        """Open the page."""
        self.page.goto(self.url)

    def pair(self) -> str:
        """Key of the pair on screen, "" where there is none."""
        return str(self.page.evaluate("document.querySelector('.card-body')?.dataset.pair || ''"))

    def wait_pair(self) -> str:
        self.page.wait_for_selector(".card-body:not([hidden]) .side", timeout=60_000)
        return self.pair()

    def press(self, key: str) -> str:
        """Press a key that leads to another pair; the key of the pair that was answered."""
        before = self.wait_pair()
        self.page.keyboard.press(key)
        self.page.wait_for_function(
            "before => document.querySelector('.card-body').dataset.pair !== before", arg=before
        )
        return before

    def wait_for(self, pair: str) -> None:
        self.page.wait_for_function(
            "key => document.querySelector('.card-body').dataset.pair === key", arg=pair
        )

    def saved(self) -> None:
        """Wait until the server has every answer."""
        self.page.wait_for_function(
            "!Object.keys(localStorage).some((key) => key.startsWith('curation.outbox.'))"
        )

    def rpc(self, name: str, **values: Any) -> Any:
        return self.page.evaluate(
            "([name, values]) => window.curation.rpc(name, values)", [name, values]
        )

    def show(self, view: str) -> None:
        self.page.click(f"#tab-{view}")


class Windows:
    """Browser contexts that tests use one after the other: what one has loaded, the next one has.

    Each test gets them without what another one stored.
    """

    def __init__(self, browser: Any, origin: str) -> None:
        self._browser = browser
        self._origin = origin
        self._free: dict[str, list[Any]] = {}
        self._options: dict[Any, str] = {}

    def take(self, **options: Any) -> Any:
        key = json.dumps(options, sort_keys=True)
        free = self._free.setdefault(key, [])
        context = free.pop() if free else self._browser.new_context(**options)
        self._options[context] = key
        self._forget(context)
        return context

    def _forget(self, context: Any) -> None:
        page = context.new_page()
        kinds = {"origin": self._origin, "storageTypes": "cookies,local_storage,indexeddb"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", kinds)
        page.close()

    def give_back(self, context: Any) -> None:
        for page in context.pages:
            page.close()
        self._free[self._options.pop(context)].append(context)


@pytest.fixture(scope="session")
def windows(browser: Any, server: Server) -> Windows:
    return Windows(browser, server.url)


Open = Callable[..., Screen]


@pytest.fixture
def screen_on(browser: Any) -> Iterator[Callable[..., Screen]]:
    """Open the page of another server; a console error fails the test."""
    screens: list[Screen] = []

    def open_(url: str, **options: Any) -> Screen:
        options.setdefault("viewport", {"width": 1280, "height": 720})
        screens.append(Screen(browser.new_context(**options).new_page(), url))
        screens[-1].start()
        return screens[-1]

    yield open_
    for screen in screens:
        screen.page.context.close()
    assert [error for screen in screens for error in screen.errors] == []


@pytest.fixture
def open_screen(server: Server, windows: Windows, criterion: str) -> Iterator[Open]:
    """Open the page as a reviewer; a console error in any opened page fails the test."""
    screens: list[Screen] = []
    contexts: list[Any] = []
    path = server.get("/api/overview")["path"]

    def open_(
        reviewer: str = "ann", context: Any = None, start: bool = True, **options: Any
    ) -> Screen:
        if context is None:
            options.setdefault("viewport", {"width": 1280, "height": 720})
            context = windows.take(**options)
            contexts.append(context)
        page = context.new_page()
        if context in contexts:
            chosen = {f"curation.criterion.{path}": criterion, "curation.reviewer": reviewer}
            page.add_init_script(
                f"for (const [k, v] of Object.entries({json.dumps(chosen)})) "
                "if (!localStorage.getItem(k)) localStorage.setItem(k, v);"
            )
        screen = Screen(page, server.url)
        screens.append(screen)
        if start:
            screen.start()
        return screen

    yield open_
    for context in contexts:
        windows.give_back(context)
    assert [error for screen in screens for error in screen.errors] == []
