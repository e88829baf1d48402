"""The map: pictures in the place of points, places, colours, legend, and gliding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

PAINTED = """() => {
  const canvas = document.querySelector('.layer');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let place = 3; place < data.length; place += 4) if (data[place] > 0) count += 1;
  return count;
}"""


def module(screen: Any, name: str, call: str, *values: Any) -> Any:
    """The answer of an expression over a module of the page (``m``) and ``values`` (``v``)."""
    return screen.page.evaluate(
        f"values => import('/assets/js/{name}.js').then(async (m) => {{"
        f" const v = values; return {call}; }})",
        list(values),
    )


def on_map(server: Any, criterion: str, screen: Any) -> None:
    """Wait until the map is drawn with a picture for each of the 48 items."""
    screen.wait_pair()
    server.until(
        lambda: server.get("/api/status", criterion=criterion)["map_ready"], 120, "the map"
    )
    screen.page.wait_for_selector(".layer[data-pictures='48']", timeout=60_000)


def test_few_points_are_pictures_and_can_be_points_again(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    on_map(server, criterion, screen)
    side = module(
        screen,
        "map_places",
        "m.side(48, ...['clientWidth', 'clientHeight']"
        ".map((size) => document.querySelector('.plot')[size]))",
    )
    screen.page.wait_for_function(f"({PAINTED})() > {20 * side**2}")  # most of 48, some overlap
    screen.show("map")
    screen.page.wait_for_function(f"({PAINTED})() > {30 * side**2}")  # in the larger frame
    screen.page.click(".pictures")
    screen.page.wait_for_function(f"({PAINTED})() === 0")
    screen.page.reload()
    screen.show("review")
    screen.wait_pair()
    screen.page.wait_for_selector(".layer[data-pictures='0']", timeout=60_000)
    assert screen.page.get_attribute(".pictures", "aria-pressed") == "false"


def test_pictures_are_hovered_and_clicked_where_they_are(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    on_map(server, criterion, screen)
    screen.show("map")
    screen.page.wait_for_timeout(800)
    item, x, y = module(
        screen,
        "map_layer",
        "[m.scene.ids[5], ...['x', 'y'].map((axis) => {"
        " const { range: [low, high], _length, _offset } = m.scene.plot._fullLayout[`${axis}axis`];"
        " const along = ((m.scene.at[axis][5] - low) / (high - low)) * _length;"
        " return _offset + (axis === 'x' ? along : _length - along); })]",
    )
    box = screen.page.locator(".plot").bounding_box()
    screen.page.mouse.move(box["x"] + x - 3, box["y"] + y + 2)
    screen.page.wait_for_selector(f".tip:not([hidden]) img[src$='{item}']")
    screen.page.mouse.click(box["x"] + x, box["y"] + y)
    screen.page.wait_for_selector("#panel-gallery .anchor")
    assert item in screen.page.inner_html("#panel-gallery .anchor")


def test_places_of_few_points_keep_apart_and_inside(open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    for x in (np.zeros(120), np.random.default_rng(3).normal(size=120)):
        points = {"x": x.tolist(), "y": (0 * x).tolist()}
        put = module(screen, "map_places", "m.arrange(v[0], 900, 500)", points)
        places = np.array([put["x"], put["y"]]).T * [900, 500]
        side = module(screen, "map_places", "m.side(120, 900, 500)")
        gaps = np.abs(places[:, None] - places[None]).max(2) + 1e3 * np.eye(120)
        assert np.median(gaps.min(1)) > side / 2
        assert places.min() >= 0
        assert (places <= [900, 500]).all()
    many = {"x": [0, 1] * 300, "y": [0, 3] * 300}
    put = module(screen, "map_places", "m.arrange(v[0], 900, 500)", many)
    assert put == {"x": [0, 1] * 300, "y": [0, 1] * 300}


def test_many_points_are_pictures_where_few_are_in_view(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    on_map(server, criterion, screen)
    wide, near = module(
        screen,
        "map_layer",
        "(() => { const { order, at } = m.scene; const { xaxis } = m.scene.plot._fullLayout;"
        " const range = xaxis.range; const many = [...Array(600).keys()];"
        " const along = many.map((n) => n / 600);"
        " Object.assign(m.scene, { order: many, at: { x: along, y: along } });"
        " const wide = m.picturesInView(); xaxis.range = [0.1, 0.2];"
        " const near = m.picturesInView();"
        " xaxis.range = range; Object.assign(m.scene, { order, at }); return [wide, near]; })()",
    )
    assert not wide["every"]  # the middle of clusters
    assert 0 < len(wide["seen"]) < 60
    assert near["every"]
    assert len(near["seen"]) == 61


def test_the_legend_opens_and_is_not_cut(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen(viewport={"width": 420, "height": 900})
    on_map(server, criterion, screen)
    entries = screen.page.locator(".key-entry")
    assert not entries.first.is_visible()
    screen.page.click(".legend summary")
    screen.page.wait_for_selector(".key-entry:has-text('group 1')", timeout=60_000)
    frame = screen.page.locator(".map").bounding_box()
    for entry in entries.all():
        box = entry.bounding_box()
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    screen.page.reload()
    entries.first.wait_for(timeout=60_000)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_gliding_takes_frames_only_where_motion_is_wanted(motion: str, open_screen: Any) -> None:
    screen = open_screen(reduced_motion=motion)
    screen.wait_pair()
    times = module(
        screen, "map_glide", "(async () => { const t = []; await m.glide((n) => t.push(n));"
        " return t; })()",
    )  # fmt: skip
    if motion == "reduce":
        assert times == []
        return
    assert times == sorted(times)
    assert len(times) > 2
    assert times[-1] == 1


def test_points_glide_to_a_new_layout_once_the_map_is_in_sight(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen(viewport={"width": 420, "height": 700}, has_touch=True, is_mobile=True)
    on_map(server, criterion, screen)
    screen.page.evaluate(
        "window.glides = 0; new MutationObserver(() => { if (document.querySelector('.gliding'))"
        " window.glides += 1; }).observe(document.querySelector('.plot'), {attributes: true})"
    )
    before = module(screen, "map_layer", "m.scene.at.x")
    server.train(criterion, "map_generation")
    screen.page.wait_for_function("window.curation.state.status.map_generation >= 1")
    screen.page.wait_for_timeout(1500)
    head = screen.page.locator(".map-head")
    assert "generation 0" in head.inner_text()  # it waits below the fold
    module(screen, "events", "m.emit('see-map')")
    screen.page.wait_for_function(
        "/generation [1-9]/.test(document.querySelector('.map-head').textContent)", timeout=30_000
    )
    screen.page.wait_for_function("window.glides > 0 && !document.querySelector('.gliding')")
    after = module(screen, "map_layer", "m.scene.at.x")
    assert np.abs(np.subtract(before, after)).max() > 0.01
