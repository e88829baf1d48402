"""How fast Sort feels: key press to the next question on screen, and tiles a minute.

    python tests/bench/bench_sort.py FOLDER [--names 60] [--grids 20] [--look 0.1] [--out sort.json]

FOLDER holds images in folders; a folder is a group. Drives the served page in Chromium: first names
images, then sweeps grids, answering by the folders' names. All times are milliseconds, taken by
listeners inside the page:

``painted``   key press (the event's own time stamp) to the end of the first frame that holds the
              next question with its pictures decoded.
``empty``     a call of the server that does nothing, made in the same page between the keys.
``ratio``     95th percentile of ``painted`` over that of ``empty``; it is to be at most 3.

``tiles a minute`` is what a script reaches that looks ``--look`` seconds at each tile of a grid and
clicks the wrong ones; ``allowed`` is the most that looking alone would leave.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import common
from bench_review import CHROMIUM, EMPTY, FLAGS
from common import serving, spread

LISTENERS = """
localStorage.setItem("curation.ask", "sort");
window.seen = [];
const place = () => document.querySelector(".sort");
addEventListener("keydown", (event) => {
  const before = place()?.dataset.question, since = event.timeStamp;
  if (!before || !window.timed) return;
  window.timed = false;
  const changed = () => {
    const { question } = place().dataset;
    const pictures = [...place().querySelectorAll(".side img, .sort-grid img")];
    if (!question || question === before || pictures.some((i) => !i.complete || !i.naturalWidth)) {
      return requestAnimationFrame(changed);
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.seen.push(performance.now() - since);
    channel.port2.postMessage(0);
  };
  requestAnimationFrame(changed);
}, true);
"""
MOVED = (
    "before => ![before, '', undefined].includes(document.querySelector('.sort').dataset.question)"
)
PAUSE = 300.0  # ms of a person between two keys


def group_of(name: str) -> str:
    return name.split("/", maxsplit=1)[0]


def answer(page: Any, key: str) -> float:
    """Press the key that answers; ms of an empty call after it."""
    before = page.get_attribute(".sort", "data-question")
    page.evaluate("window.timed = true")
    page.keyboard.press(key)
    page.wait_for_function(MOVED, arg=before)
    page.wait_for_timeout(PAUSE)
    return float(page.evaluate(EMPTY))


def name_one(page: Any) -> float:
    group = group_of(page.get_attribute(".sort-name .caption", "title"))
    known = page.locator(f".sort-groups [data-key]:has(b:text-is('{group}'))")
    if known.count():
        return answer(page, known.get_attribute("data-key"))
    page.keyboard.press("n")
    page.keyboard.type(group)
    return answer(page, "Enter")


def sweep_one(page: Any, look: float) -> tuple[int, float]:
    """Look at every tile, click the wrong ones; tiles, and ms of an empty call."""
    right = page.inner_text(".sort-sweep h1").split(" not ")[1].rstrip("?")
    tiles = page.locator(".sort-grid .sort-tile")
    titles = tiles.evaluate_all("found => found.map((tile) => tile.title)")
    page.wait_for_timeout(1000 * look * len(titles))
    for place, title in enumerate(titles):
        if group_of(title) != right:
            tiles.nth(place).click()
    return len(titles), answer(page, "Enter")


def asks(page: Any, form: str) -> bool:
    """Stay in a form; whether it has a question."""
    page.select_option(".sort-kinds select", form)
    page.wait_for_function(
        "form => document.querySelector('.sort').dataset.form === form"
        " || document.querySelector('.sort .note button')",
        arg=form,
    )
    return bool(page.get_attribute(".sort", "data-form") == form)


def part(page: Any, empty: list[float]) -> dict[str, Any]:
    painted = page.evaluate("window.seen.splice(0)")
    ratio = spread(painted)["p95"] / spread(empty)["p95"]
    return {"painted": spread(painted), "empty": spread(empty), "ratio": round(ratio, 2)}


def measure(source: Path, work: Path, names: int, grids: int, look: float) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    script = Path(__file__).with_name("serve_with_empty.py")
    with serving([source], work, script) as server, sync_playwright() as playwright:
        status = server.ready()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(LISTENERS)
        page.goto(server.url)
        page.wait_for_selector(".sort-form", timeout=120_000)
        asks(page, "name")
        for _ in range(10):  # the first answers meet cold code
            name_one(page)
        page.evaluate("window.seen = []")
        named = part(page, [name_one(page) for _ in range(names)])
        start, tiles = time.monotonic(), 0
        empty: list[float] = []
        more = asks(page, "sweep")
        while more and len(empty) < grids:
            seen, took = sweep_one(page, look)
            tiles += seen
            empty.append(took)
            more = page.locator(".sort-grid").count() > 0
        spent = time.monotonic() - start
        swept = part(page, empty)
        browser.close()
    return {
        "items": status["items"],
        "name": named,
        "sweep": swept,
        "tiles": tiles,
        "tiles a minute": round(60 * tiles / spent),
        "allowed": round(60 / look),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="images in folders")
    parser.add_argument("--names", type=int, default=60, help="images to name")
    parser.add_argument("--grids", type=int, default=20, help="grids to sweep at most")
    parser.add_argument("--look", type=float, default=0.1, help="seconds at each tile")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(
            options.folder, Path(name) / "work", options.names, options.grids, options.look
        )
    rows = {
        form: {
            f"{what} p50/p95": f"{found[form][what]['p50']:.0f}/{found[form][what]['p95']:.0f}"
            for what in ("painted", "empty")
        }
        | {
            "ratio": found[form]["ratio"],
            "tiles a minute": found["tiles a minute"] if form == "sweep" else "",
        }
        for form in ("name", "sweep")
    }
    common.report(found, rows, options.out)


if __name__ == "__main__":
    main()
