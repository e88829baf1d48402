"""A claim about images that nobody looked at: checked by keys, accepted, exported, taken back."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

CRITERION = "belongs together"
COLOURS = {"brick": (190, 60, 50), "leaf": (60, 150, 70), "sky": (70, 120, 210)}
EACH, TAUGHT, SURE = 120, 12, 300


def draw(folder: Path) -> None:
    """Images of three colours that nobody confuses."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    for kind, colour in COLOURS.items():
        for number in range(EACH):
            picture = Image.new("RGB", (48, 48), tuple(rng.integers(200, 250, 3).tolist()))
            fill = tuple(np.clip(np.array(colour) + rng.integers(-15, 15, 3), 0, 255).tolist())
            x, y = rng.integers([16, 16], [32, 32]).tolist()
            ImageDraw.Draw(picture).ellipse((x - 14, y - 14, x + 14, y + 14), fill=fill)
            picture.save(folder / f"{kind} {number:03d}.png")


@pytest.fixture
def colours(tmp_path: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    """A server whose reviewer has named some images of each colour."""
    draw(tmp_path / "shapes")
    with serve(tmp_path, n_items=len(COLOURS) * EACH) as server:
        said = {"criterion": CRITERION, "reviewer": "ann"}
        for kind in COLOURS:
            found = server.get("/api/find", criterion=CRITERION, query=kind, k=TAUGHT)["tiles"]
            for tile in found:
                server.post("/api/sort/names", {**said, "item": tile["id"], "new": kind})
        server.until(
            lambda: server.get("/api/sort/progress", **said)["sure"] > SURE, 60, "sure of most"
        )
        yield server


def test_what_is_certified_is_accepted_exported_and_taken_back(
    colours: Any, screen_on: Callable[..., Any]
) -> None:
    screen = screen_on(colours.url)
    page = screen.page
    screen.wait_pair()
    page.click("[data-mode=sort]")
    page.select_option("[aria-label='How much of it is to be true']", "95")
    page.select_option("[aria-label='Of what']", "images")
    page.click("text=Accept what is certified")
    page.click("text=Check them", timeout=8000)
    grids = 0
    while not asked_or_held(page):
        before = page.get_attribute(".sort", "data-question")
        right = page.inner_text(".sort-sweep h1").split(" not ")[-1].rstrip("?").strip()
        seen = page.locator(".sort-grid .sort-tile").all()
        assert {str(tile.get_attribute("title")).split()[0] for tile in seen} == {right}
        page.keyboard.press("Enter")
        grids += 1
        page.wait_for_function(
            "before => document.querySelector('.sort').dataset.question !== before", arg=before
        )
    assert grids >= 2
    (claim,) = colours.get("/api/claims", criterion=CRITERION)["claims"]
    page.click(".accept-claim button.primary")
    page.wait_for_selector(".accept-claim[data-state=accepted]")
    rows = exported(page)
    auto = [row for row in rows if row["source"] == "auto"]
    assert len(auto) == claim["accepts"] > 0
    assert len(rows) == len(COLOURS) * EACH
    assert all(Path(row["file"]).name.split()[0] == row["name"] for row in auto)
    page.click("#tab-review")
    page.click(".accept-claim[data-state=accepted] button:has-text('Take back')")
    page.wait_for_selector(".accept-claim[data-state=accepted]", state="detached")
    assert all(row["source"] != "auto" for row in exported(page))
    assert screen.errors == []


def asked_or_held(page: Any) -> bool:
    """Whether the claim holds, once it does or the next part of its sample is on screen."""
    page.wait_for_selector(
        ".sort-sweep .rule:has-text('drawn at random'), .accept-claim[data-state=holds]"
    )
    return bool(page.locator(".accept-claim[data-state=holds]").count())


def exported(page: Any) -> list[dict[str, str]]:
    """The rows of the export of groups, as the page writes and offers it."""
    page.click("#tab-export")
    page.click("[data-what=groups]")
    before = page.locator(".results a").count()
    with page.expect_download() as started:
        page.click("text=Write export")
        page.locator(".results a").nth(before).wait_for()
        page.locator(".results a").first.click()
    text = Path(started.value.path()).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
