"""Keys: of another script, chosen ones, and Space after a click."""

from __future__ import annotations

from typing import Any

PRESS = """([key, code]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""


def test_cyrillic_letters_answer(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    for key, code in (("ф", "KeyA"), ("ч", "KeyX")):
        before = screen.wait_pair()
        screen.page.evaluate(PRESS, [key, code])
        screen.page.wait_for_function(
            "before => document.querySelector('.card-body').dataset.pair !== before", arg=before
        )
    screen.saved()
    verdicts = [row["verdict"] for row in server.decisions(criterion)]
    assert verdicts == ["different", "same"]


def test_a_key_is_chosen_kept_and_reset(open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    page = screen.page
    page.keyboard.press("?")
    page.click("[data-change='same']")
    page.keyboard.press("x")
    page.wait_for_selector("dialog :text('X is taken')")
    page.keyboard.press("j")
    page.wait_for_selector("dialog dt:text('J or 1')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    page.reload()
    screen.press("j")
    assert page.inner_text("[data-action='same'] kbd") == "J"
    page.keyboard.press("?")
    page.click("text=Reset all keys")
    page.wait_for_selector("dialog dt:text('A or 1')")
    page.click("dialog [aria-label='Close']")
    screen.press("a")


def test_space_is_never_the_button_that_was_clicked(open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    page = screen.page
    page.click("[aria-label='Keys']")
    page.wait_for_selector("dialog")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    screen.press("Space")
    assert page.locator("dialog").count() == 0
    page.click("#tab-map")
    page.click("#tab-review")
    screen.press("Space")
    assert page.get_attribute("#tab-review", "aria-selected") == "true"
