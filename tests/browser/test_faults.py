"""What goes wrong in one part of the page stays there, and is said."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

DENIED = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  } });
}"""


def test_a_listener_that_throws_stops_neither_the_others_nor_the_poll(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    page = screen.page
    page.wait_for_selector(".count-now:has-text('0 decisions')")
    page.evaluate(
        "import('/assets/js/events.js').then(({ on }) => {"
        " window.heard = 0;"
        " on('status', () => { throw new Error('planted'); });"
        " on('status', () => { window.heard += 1; }); })"
    )
    page.wait_for_function("window.heard === 1")  # told how things stand
    for number in (1, 2):
        heard = page.evaluate("window.heard")
        server.decide(criterion, "disc/disc 00.png", f"disc/disc 0{number}.png", "same")
        page.wait_for_function("before => window.heard > before", arg=heard)
        page.wait_for_selector(f".recent-list .decision >> nth={number - 1}")  # follows "changed"
        page.wait_for_selector(f".count-now:has-text('{number} decision')")
    assert page.locator(".toast.bad:has-text('planted')").count() == 1
    planted = [error for error in screen.errors if "planted" in error]
    assert len(planted) == 1
    screen.errors.clear()


TOASTS = """said => {
  window.toasts = 0;
  const count = (changes) => changes.flatMap((change) => [...change.addedNodes]).forEach((node) => {
    if (node.matches?.(".toast.bad") && node.textContent.includes(said)) window.toasts += 1;
  });
  new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
}"""
FULL = {"error": "OSError", "message": "the disk is full"}
PROXY = "<html><h1>502 Bad Gateway</h1></html>"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 500, "json": FULL}, "the disk is full"),
        ({"status": 502, "body": PROXY, "content_type": "text/html"}, "got status 502"),
    ],
    ids=["the server", "a proxy"],
)
def test_a_call_that_fails_every_second_is_said_once_and_the_poll_goes_on(
    answer: dict[str, Any], said: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    page = screen.page
    poll = "**/api/presence"
    page.evaluate(TOASTS, said)
    page.route(poll, lambda call: call.fulfill(**answer))
    page.wait_for_selector(f".toast.bad:has-text('{said}')")
    for _ in range(3):
        with page.expect_response(poll):
            pass
    assert page.evaluate("window.toasts") == 1  # also those that have gone
    page.unroute(poll)
    with page.expect_response(lambda told: told.url.endswith("/api/presence") and told.ok):
        pass
    screen.errors.clear()  # the browser notes every such answer in its console


def test_an_excluded_item_leaves_the_map_and_colours_stay(
    server: Any, criterion: str, open_screen: Any
) -> None:
    server.decide(criterion, "disc/disc 00.png", "disc/disc 01.png", "same")
    screen, other = open_screen(), open_screen(reviewer="bob")
    told = (
        "import('/assets/js/map_layer.js').then(({ scene }) =>"
        " [scene.ids.length, new Set(scene.ids.map((id) => scene.painted.get(id))).size])"
    )

    def shows(each: Any, *expected: int) -> None:
        server.until(lambda: each.page.evaluate(told) == list(expected), 60, str(expected))

    for each in (screen, other):
        each.wait_pair()
        each.page.wait_for_selector(".layer[data-pictures='48']", timeout=120_000)
        each.page.select_option("[aria-label='Colour by']", "group")
        shows(each, 48, 2)
    card = screen.page.locator(".side .corner").first
    name = screen.page.locator(".side .caption").first.inner_text()
    card.click(force=True)
    screen.page.click("dialog >> text=Exclude >> nth=-1")
    for each in (screen, other):
        each.page.wait_for_selector(".layer[data-pictures='47']", timeout=60_000)
        two = 1 if name in ("disc/disc 00.png", "disc/disc 01.png") else 2
        shows(each, 47, two)
        ids = each.page.evaluate("import('/assets/js/map_layer.js').then(({ scene }) => scene.ids)")
        assert server.items[name] not in ids
    screen.page.click(".toast >> text=Put back")
    for each in (screen, other):
        each.page.wait_for_selector(".layer[data-pictures='48']", timeout=60_000)
        shows(each, 48, 2)


def test_an_excluded_item_leaves_the_lasso_s_gallery(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    items = [server.items[f"square/square 0{number}.png"] for number in range(3)]
    screen.page.evaluate(
        "ids => import('/assets/js/events.js').then(({ emit }) =>"
        " emit('gallery', { mode: 'lasso', ids }))",
        items,
    )
    screen.page.click(f"#panel-gallery .tile[data-id='{items[0]}'] .face")  # no longer ticked
    screen.page.click("#panel-gallery >> text=Exclude")
    screen.page.click("dialog >> text=Exclude >> nth=-1")
    screen.page.wait_for_selector("#panel-gallery h2:has-text('1 item')")
    shown = screen.page.locator("#panel-gallery .tile")
    assert [tile.get_attribute("data-id") for tile in shown.all()] == items[:1]
    screen.page.click(".toast >> text=Put back")
    server.until(lambda: screen.rpc("decisions_excluded")["items"] == [], 10)


@pytest.fixture
def elsewhere(server: Any) -> Iterator[str]:
    """The address of a page of another site that shows this one in an iframe."""
    frame = f'<!doctype html><iframe src="{server.url}" width="1200" height="700"></iframe>'
    body = frame.encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            """Nothing: the test's own server."""

    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=host.serve_forever)
    thread.start()
    yield f"http://localhost:{host.server_port}/"
    host.shutdown()
    thread.join()
    host.server_close()


@pytest.mark.parametrize("where", ["window", "iframe"])
def test_without_storage_the_page_works(
    where: str, server: Any, criterion: str, browser: Any, elsewhere: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(DENIED)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url if where == "window" else elsewhere)
    frame = page.main_frame
    if where == "iframe":
        frame = page.wait_for_selector("iframe").content_frame()
    frame.wait_for_selector(".card-body:not([hidden]) .side", timeout=60_000)
    frame.select_option("[aria-label='Criterion']", criterion)
    frame.wait_for_function(
        "name => window.curation.state.criterion === name && window.curation.state.status",
        arg=criterion,
    )
    frame.wait_for_selector(".card-body:not([hidden]) .side", timeout=60_000)
    frame.click(".key[data-action='same']")
    server.until(lambda: len(server.decisions(criterion)) == 1, 20, "the answer is at the server")
    frame.click("[title='Light or dark']")
    frame.click("#tab-map")
    frame.wait_for_selector(".layer[data-pictures='48']", timeout=120_000)
    theme = frame.evaluate("document.documentElement.dataset.theme")
    assert theme == "dark"
    context.close()
    assert [error for error in errors if "SecurityError" in error or "denied" in error] == []
