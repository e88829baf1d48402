"""How fast review feels: key press to the next pair on screen, in a real browser.

    python tests/bench/bench_review.py FOLDER [--items 10000] [--keys 120] [--out review.json]

For the images in FOLDER and for ``--items`` vectors without images, drives the served page in
Chromium at a human pace: half of the keys with nothing else going on, half while one training run
follows the other. All times are milliseconds, taken by listeners inside the page:

``painted``   key press (the event's own time stamp) to the end of the first frame that holds the
              next pair with its two pictures decoded: the first task after its animation callbacks,
              style, layout and paint.
``shown``     the same to the start of the frame after it; at 60 frames a second one more 16.7 ms.
``browser``   the browser's own figure for the same presses (Event Timing: input to presentation on
              the display, rounded to 8 ms; presses under 16 ms are reported as 16).
``recorded``  answer sent to its receipt here: the decision is on disk at the server.
``cards``     the call that fetches the next pairs, which no key press waits for.
``empty``     a server function that does nothing, called in the same page between the keys.

Without a graphics card Chromium would put every frame together in emulated OpenGL, which keeps both
cores busy and times the emulation; so frames are composed in plain software here. The map is still
drawn with (emulated) WebGL.

``ratio`` is the 95th percentile of ``painted`` over the median of ``empty`` taken while idle, also
for the part with training (``ratio_now``: over the median taken in that same part).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import common
from common import Server, clustered_vectors, serving, spread, truth

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--disable-gpu-compositing",
]
KEYS = {"same": "a", "different": "x"}

LISTENERS = """
window.seen = { painted: [], shown: [], browser: [], calls: [], undecoded: 0 };
const body = () => document.querySelector(".card-body");
addEventListener("keydown", (event) => {
  const before = body()?.dataset.pair, since = event.timeStamp;
  const changed = () => {
    if (body().dataset.pair === before) return requestAnimationFrame(changed);
    if ([...body().querySelectorAll(".pair img")].some((i) => !i.complete || !i.naturalWidth)) {
      return requestAnimationFrame(changed);
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.seen.painted.push(performance.now() - since);
    channel.port2.postMessage(0);
    requestAnimationFrame(() => window.seen.shown.push(performance.now() - since));
  };
  requestAnimationFrame(changed);
}, true);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.name === "keydown") window.seen.browser.push(entry.duration);
  }
}).observe({ type: "event", durationThreshold: 16, buffered: true });
const plain = window.fetch;
window.fetch = async (...given) => {
  const [path] = String(given[0]).split("/api/")[1]?.split("?") ?? [""];
  const name = { decisions: given[1]?.method, proposals: "cards", presence: "status" }[path];
  const since = performance.now();
  const answer = await plain(...given);
  if (name) window.seen.calls.push([name, performance.now() - since]);
  return answer;
};
"""

EMPTY = """async () => {
  const since = performance.now();
  await window.bench.empty({});
  return performance.now() - since;
}"""


class Trainer(threading.Thread):
    """Asks for a training run as soon as the one before has ended."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._ended = threading.Event()
        self._seen: list[bool] = []

    def run(self) -> None:
        while not self._ended.wait(0.25):
            training = self._server.get("/api/status")["training"] is not None
            self._seen.append(training)
            if not training:
                self._server.post("/api/train")

    def end(self) -> float:
        """Stop asking; the share of the time that a run was under way."""
        self._ended.set()
        self.join()
        return round(sum(self._seen) / max(1, len(self._seen)), 2)


def press(page: Any, keys: int, pace: float) -> list[float]:
    """Answer ``keys`` pairs by key; the time of an empty call between each two."""
    empty = []
    for _ in range(keys):
        page.wait_for_selector(".card-body:not([hidden]) .side", timeout=60_000)
        names = page.eval_on_selector_all(".card-body .caption", "found => found.map(c => c.title)")
        start = time.monotonic()
        page.keyboard.press(KEYS[truth(*names)])
        page.wait_for_timeout(max(0.0, pace / 2))
        empty.append(page.evaluate(EMPTY))
        page.wait_for_timeout(max(0.0, pace - 1000 * (time.monotonic() - start)))
    page.wait_for_timeout(1000)
    return empty


def part(page: Any, keys: int, pace: float) -> dict[str, Any]:
    """One run of presses and all its figures."""
    page.evaluate("Object.assign(window.seen, { painted: [], shown: [], browser: [], calls: [] })")
    empty = press(page, keys, pace)
    seen = page.evaluate("window.seen")
    calls = {
        wanted: [took for name, took in seen["calls"] if name == wanted]
        for wanted in ("POST", "GET", "cards", "status")
    }
    browser = seen["browser"] + [16.0] * (keys - len(seen["browser"]))
    return {
        "painted": spread(seen["painted"]),
        "shown": spread(seen["shown"]),
        "browser": spread(browser),
        "recorded": spread(calls["POST"]),
        "cards": spread(calls["cards"]),
        "status": spread(calls["status"]),
        "recent": spread(calls["GET"]),
        "empty": spread(empty),
        "missed": keys - len(seen["painted"]),
    }


def measure(arguments: list[str | Path], folder: Path, keys: int, pace: float) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    script = Path(__file__).with_name("serve_with_empty.py")
    with serving(arguments, folder / "work", script) as server, sync_playwright() as playwright:
        status = server.ready()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(LISTENERS)
        page.goto(server.url)
        page.wait_for_selector(".card-body:not([hidden]) .side", timeout=120_000)
        part(page, 10, pace)  # the first answers meet cold code and a map being drawn
        server.until(lambda: server.get("/api/status")["map_ready"], 300)
        server.post("/api/train")  # starts the worker's libraries
        server.until(lambda: server.get("/api/status")["training"] is None, 300)
        page.wait_for_timeout(5000)
        idle = part(page, keys, pace)
        trainer = Trainer(server)
        trainer.start()
        before = server.get("/api/status")["latest"]
        busy = part(page, keys, pace)
        busy["training_share"] = trainer.end()
        busy["generations"] = server.get("/api/status")["latest"] - before
        browser.close()
        unit = idle["empty"]["p50"]
        idle["ratio"] = round(idle["painted"]["p95"] / unit, 2)
        busy["ratio"] = round(busy["painted"]["p95"] / unit, 2)
        busy["ratio_now"] = round(busy["painted"]["p95"] / busy["empty"]["p50"], 2)
        return {
            "items": status["items"],
            "idle": idle,
            "training": busy,
            "peak_mib": server.peak_mib(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="images in folders")
    parser.add_argument("--items", type=int, default=10_000, help="vectors; 0 leaves them out")
    parser.add_argument("--keys", type=int, default=120, help="presses in each part")
    parser.add_argument("--pace", type=float, default=400.0, help="ms from key to key")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {"pace_ms": options.pace}
    rows: dict[str, dict[str, Any]] = {}
    sources: dict[str, list[str | Path]] = {}
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        if options.folder:
            sources[options.folder.name] = [options.folder]
        if options.items:
            vectors = clustered_vectors(base / "vectors.npz", options.items)
            sources["vectors"] = ["--embeddings", vectors]
        for source, arguments in sources.items():
            folder = base / source
            folder.mkdir()
            found = result[source] = measure(arguments, folder, options.keys, options.pace)
            for when in ("idle", "training"):
                figures = found[when]
                rows[f"{source}, {when}"] = {
                    f"{what} p50/p95": f"{figures[what]['p50']:.0f}/{figures[what]['p95']:.0f}"
                    for what in ("painted", "shown", "browser", "recorded", "cards", "empty")
                } | {"ratio": figures["ratio"], "generations": figures.get("generations", "")}
    common.report(result, rows, options.out)


if __name__ == "__main__":
    main()
