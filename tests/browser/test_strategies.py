"""The picker of strategies."""

from __future__ import annotations

from typing import Any


def test_a_strategy_is_picked_and_its_figures_follow(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.show("strategies")
    assert screen.page.locator("[data-choice=mix] input").is_checked()
    screen.page.click(".advanced summary >> visible=true")
    row = screen.page.locator("tr[data-strategy=nn_top1]")
    row.locator("input").check()
    screen.page.wait_for_selector("tr.current[data-strategy=nn_top1]")
    absent = screen.page.locator("tr[data-strategy=text_agree]")
    assert absent.locator("input").is_disabled()
    assert "needs a second embedding" in absent.inner_text()
    assert "CLIP, Radford 2021 · k 10, per_item 3 · needs second" in absent.inner_text()
    screen.show("review")
    for key in "ax":
        screen.press(key)
    screen.saved()
    assert {row["strategy"] for row in server.decisions(criterion)} == {"nn_top1"}
    screen.show("strategies")
    screen.page.wait_for_function(
        "document.querySelector('tr[data-strategy=nn_top1]').cells[3].textContent === '2'"
    )
    accepted, bits, seconds = row.locator("td").all_inner_texts()[4:]
    assert accepted == "50 %"
    assert float(bits) > 0
    assert float(seconds) >= 0


def test_a_plain_choice_is_one_click_and_the_others_are_behind_advanced(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    page = screen.page
    screen.wait_pair()
    screen.show("strategies")
    page.click("[data-choice=explore]")
    page.wait_for_selector(".toast:has-text('explore')")
    assert screen.rpc("training_settings")["strategy"] == "explore"
    assert not page.locator("table.strategies").is_visible()
    screen.show("training")
    assert not page.locator("select[name=objective]").is_visible()
    page.click("[data-choice=supcon]")
    page.click("text=Save settings")
    page.wait_for_selector(".toast:has-text('Settings saved')")
    assert screen.rpc("training_settings")["objective"] == "supcon"
