"""Without a mouse and without sight: tabs and the map by keys, names that a screen reader says."""

from __future__ import annotations

from typing import Any

import pytest
from axe import AXE, FINDINGS

TABS = ("review", "map", "groups", "teach", "strategies", "training", "decisions", "export")


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm --prefix tests/js install")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(
    server: Any, criterion: str, open_screen: Any, scheme: str
) -> None:
    server.train(criterion, "map_generation")
    screen = open_screen(color_scheme=scheme)
    page = screen.page
    screen.wait_pair()
    page.wait_for_selector(".strip .tile")
    page.evaluate(AXE.read_text())
    found = {}
    page.click("[data-mode=sort]")
    page.wait_for_selector(".sort-groups, .sort-grid")
    found["sort"] = page.evaluate(FINDINGS)
    page.click("[data-mode=pairs]")
    screen.wait_pair()
    for tab in TABS:
        screen.show(tab)
        page.wait_for_load_state("networkidle")
        page.eval_on_selector_all(
            "details.advanced", "all => all.forEach((one) => one.open = true)"
        )
        found[tab] = page.evaluate(FINDINGS)
    assert {tab: said for tab, said in found.items() if said} == {}


def test_arrow_keys_go_from_tab_to_tab_and_tab_goes_on_to_the_view(open_screen: Any) -> None:
    screen = open_screen()
    page = screen.page
    screen.wait_pair()
    page.focus("#tab-review")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#tab-export[aria-selected=true]:focus")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#tab-map[aria-selected=true]:focus")
    assert page.locator("[role=tablist] [role=tab][tabindex='0']").count() == 1
    panel = page.locator("[role=tabpanel]")
    assert panel.get_attribute("aria-labelledby") == "tab-map"
    assert panel.get_attribute("id") == page.get_attribute("#tab-map", "aria-controls")
    page.keyboard.press("Shift+Tab")
    assert page.locator(".tab:focus").count() == 0


def test_keys_move_the_map_and_open_what_is_in_view(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    page = screen.page
    screen.wait_pair()
    screen.show("map")
    page.wait_for_selector(".plot-frame[aria-label*='48 items']", timeout=90_000)
    across = "document.querySelector('.plot')._fullLayout.xaxis.range.join()"
    for _ in range(40):  # from the find box, past the tools of the map
        page.keyboard.press("Tab")
        if page.locator(".plot-frame:focus").count():
            break
    page.wait_for_selector(".plot-frame:focus")
    before = page.evaluate(across)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => {across} !== before", arg=before)
    page.keyboard.press("0")
    page.wait_for_function(f"before => {across} === before", arg=before)
    page.keyboard.press("Enter")
    page.locator("#panel-gallery .tile .face").first.wait_for()
    assert page.locator("#panel-gallery .tile").count() == len(server.items)
