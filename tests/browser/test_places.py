"""A table with numbers, times and coordinates: colours of the map, the legend, the geographic map,
pictures and names of clusters, and rings round what was found."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe import AXE, FINDINGS
from PIL import Image, ImageDraw

N, SITES, WITHOUT = 560, 12, 40
KINDS = {"red fox": (200, 90, 40), "badger": (60, 60, 70), "hare": (210, 190, 150)}
CRITERION = "belongs together"


def draw_sightings(folder: Path) -> None:
    """Images of three kinds from a dozen sites, and a table of what is known of each."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    sites = np.stack([47.5 + rng.random(SITES), 10.5 + 2 * rng.random(SITES)], 1)
    rows = [("file", "species", "Latitude", "Longitude", "weight", "taken")]
    for number in range(N):
        kind = list(KINDS)[number % 3]
        name = f"IMG_20240512_station_{number % SITES:02d}_{number:04d}.jpg"
        picture = Image.new("RGB", (48, 48), tuple(rng.integers(90, 150, 3).tolist()))
        x, y, r = rng.integers([16, 16, 8], [32, 32, 15]).tolist()
        ImageDraw.Draw(picture).ellipse((x - r, y - r, x + r, y + r), fill=KINDS[kind])
        picture.save(folder / name, quality=90)
        lat, lon = ("", "") if number < WITHOUT else sites[number % SITES].round(5).tolist()
        weight = "" if number % 8 == 0 else number / 10
        taken = f"2024-05-{1 + number % 28:02d} {number % 24:02d}:30:00"
        rows.append((name, kind, lat, lon, weight, taken))
    with (folder / "sightings.csv").open("w", newline="") as table:
        csv.writer(table).writerows(rows)


@pytest.fixture(scope="module")
def sightings(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]) -> Iterator[Any]:
    base = tmp_path_factory.mktemp("sightings")
    draw_sightings(base / "shapes")
    with serve(base, source="shapes/sightings.csv", n_items=N) as server:
        server.until(
            lambda: server.get("/api/status", criterion=CRITERION)["map_ready"], 120, "the map"
        )
        yield server


@pytest.fixture
def page(sightings: Any, screen_on: Callable[..., Any]) -> Any:
    """The map on the page, drawn."""
    screen = screen_on(sightings.url)
    screen.wait_pair()
    screen.show("map")
    screen.page.wait_for_selector(f".plot-frame[aria-label*='{N} items']", timeout=60_000)
    return screen.page


def colour_by(page: Any, name: str) -> None:
    page.select_option("[aria-label='Colour by']", name)


def points(page: Any) -> int:
    return int(page.evaluate("document.querySelector('.plot').data[0].x.length"))


def pictures(page: Any) -> int:
    return int(page.get_attribute(".layer", "data-pictures"))


def test_numbers_and_times_have_a_range_and_categories_filter(page: Any) -> None:
    colour_by(page, "weight")
    page.wait_for_selector(".legend-row [role=img][aria-label='weight from 0.1 to 55.9']")
    assert page.inner_text(".scaled").split() == ["0.1", "28", "55.9"]
    without = page.locator("button.key-entry")
    assert without.inner_text().split() == ["without", "a", "value", f"({N // 8})"]
    shades = set(page.evaluate("document.querySelector('.plot').data[0].marker.color"))
    assert len(shades) > 100
    colour_by(page, "taken")
    page.wait_for_selector(".legend-row [aria-label='taken from 2024-05-01 to 2024-05-28']")
    colour_by(page, "species")
    fox = page.locator("button.key-entry", has_text="red fox")
    fox.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("button.key-entry[aria-pressed=true]:has-text('red fox'):focus")
    page.wait_for_function(f"document.querySelector('.plot').data[0].x.length === {-(-N // 3)}")
    told = page.locator(".filtered [role=status]")
    assert told.inner_text() == f"{-(-N // 3)} of {N} points shown: red fox"
    page.click("button.key-entry:has-text('hare')")
    page.wait_for_function(f"document.querySelector('.plot').data[0].x.length > {N // 2}")
    page.click("text=Show all")
    page.wait_for_function(f"document.querySelector('.plot').data[0].x.length === {N}")
    assert not page.is_visible(".filtered")


def test_items_lie_where_they_were_on_the_earth(page: Any) -> None:
    page.select_option("[aria-label='Arrange by']", "place")
    page.wait_for_selector(f".map-head:has-text('{WITHOUT} without coordinates are not shown')")
    page.wait_for_function(f"document.querySelector('.plot').data[0].x.length === {N - WITHOUT}")
    labels = page.locator(".ground text").all_text_contents()
    assert {label[-1] for label in labels} == {"N", "E"}
    assert page.inner_text(".ground-frame .scale").endswith("km")
    assert 1 <= pictures(page) <= SITES
    places = page.evaluate(
        "(({ x, y }) => new Set(x.map((v, n) => `${v} ${y[n]}`)).size)"
        "(document.querySelector('.plot').data[0])"
    )
    assert places == SITES
    page.reload()
    page.wait_for_selector(".ground text", timeout=60_000)  # the choice stays
    page.select_option("[aria-label='Arrange by']", "likeness")
    page.wait_for_function(f"document.querySelector('.plot').data[0].x.length === {N}")
    assert page.is_hidden(".ground-frame")


def test_a_large_map_has_pictures_and_names_of_clusters_and_more_when_zoomed(page: Any) -> None:
    colour_by(page, "species")
    page.wait_for_selector("button.key-entry:has-text('red fox')")
    page.wait_for_function(
        "document.querySelector('.map-names').textContent.match(/fox|badger|hare/)"
    )
    assert set(page.locator(".map-names span").all_text_contents()) <= set(KINDS)
    few = pictures(page)
    assert 0 < few < 100
    page.focus(".plot-frame")
    for _ in range(2):
        page.keyboard.press("+")
    page.wait_for_function(
        f"Number(document.querySelector('.layer').dataset.pictures) > {few}"
        " || document.querySelector('.map-names').childElementCount === 0"
    )
    for _ in range(6):  # until few are in view: each has a picture, and none a group's name
        page.keyboard.press("+")
    page.wait_for_selector(".map-names:empty", state="attached")
    page.keyboard.press("0")
    page.wait_for_function(f"document.querySelector('.layer').dataset.pictures === '{few}'")


def test_what_was_found_has_a_name_and_a_ring(page: Any) -> None:
    page.focus(".plot-frame")
    for _ in range(6):
        page.keyboard.press("+")
    page.fill("[aria-label=Find]", "station_07")
    page.keyboard.press("Enter")
    hits = -(-(N - 7) // SITES)
    page.wait_for_selector(f".gallery:has-text('{hits} items; rings on the map show where')")
    assert page.locator(".over circle.hit").count() == hits
    inside = "document.querySelector('.plot')._fullLayout.xaxis.range"
    page.wait_for_function(f"{inside}[0] <= 0 && {inside}[1] >= 1")  # some lay outside of the view
    line = page.locator(".tiles .name-line").first
    assert line.get_attribute("title") == "IMG_20240512_station_07_0007.jpg"
    head, tail = line.locator(".middle > *").all()
    assert tail.inner_text() == "_07_0007.jpg"
    assert head.evaluate("(node) => node.scrollWidth > node.clientWidth")  # cut in the middle
    page.click("[aria-label='Close gallery']")
    page.wait_for_selector(".over circle.hit", state="detached")


def test_a_lasso_shows_names(page: Any) -> None:
    page.focus(".plot-frame")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tiles .name-line:has-text('.jpg')")


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm --prefix tests/js install")
def test_axe_finds_nothing_serious_on_the_geographic_map_and_what_was_found(page: Any) -> None:
    page.select_option("[aria-label='Arrange by']", "place")
    colour_by(page, "weight")
    page.wait_for_selector(".legend-row .gradient")
    page.fill("[aria-label=Find]", "station_07")
    page.keyboard.press("Enter")
    page.wait_for_selector(".over circle.hit", state="attached")
    page.evaluate(AXE.read_text())
    assert page.evaluate(FINDINGS) == []
