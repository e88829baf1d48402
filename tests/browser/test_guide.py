"""The first steps: shown once to each reviewer, done by doing them, never in the way."""

from __future__ import annotations

from typing import Any

GUIDE = "#panel-guide .guide"


def test_first_steps_go_along_with_the_work_and_are_shown_once(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen(reviewer="new here")
    page = screen.page
    page.wait_for_selector(f"{GUIDE} >> text=What belongs together is up to you")
    page.click(f"{GUIDE} .guide-body button >> nth=0")
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    assert page.evaluate("window.curation.state.criterion") != ""
    page.evaluate(
        "([name]) => document.querySelector('select[aria-label=Criterion]').value = name",
        [criterion],
    )
    page.dispatch_event("select[aria-label=Criterion]", "change")
    screen.wait_pair()
    screen.press("a")
    page.wait_for_selector(f"{GUIDE} >> text=9 answers until")
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    page.reload()
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    for key in "axaxaxaxax":
        screen.press(key)
    page.wait_for_selector(f"{GUIDE} >> text=The map has followed", timeout=60_000)
    page.click(f"{GUIDE} >> text=Got it")
    page.wait_for_selector(GUIDE, state="hidden")
    again = open_screen(reviewer="new here")
    again.wait_pair()
    again.page.wait_for_function("window.curation.state.status")
    assert not again.page.is_visible(GUIDE)


def test_first_steps_can_be_closed(open_screen: Any) -> None:
    screen = open_screen(reviewer="in a hurry", viewport={"width": 420, "height": 900})
    screen.page.wait_for_selector(GUIDE)
    screen.page.click(f"{GUIDE} button[aria-label='Close the first steps']")
    screen.page.wait_for_selector(GUIDE, state="hidden")
    screen.page.reload()
    screen.wait_pair()
    assert not screen.page.is_visible(GUIDE)
