"""A criterion is renamed, reworded, deleted and brought back from its menu."""

from __future__ import annotations

from typing import Any

PICK = "select[aria-label=Criterion]"


def chosen(page: Any) -> str:
    return str(page.eval_on_selector(PICK, "pick => pick.selectedOptions[0].text"))


def test_a_criterion_is_reworded_deleted_and_brought_back(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    page = screen.page
    screen.press("a")
    screen.press("x")
    screen.saved()
    page.click("[aria-label='Change this criterion']")
    page.fill("dialog [aria-label=Name]", f"same bin {criterion}")
    page.fill("dialog [aria-label=Question]", "Same bin? Lids count.")
    page.click("dialog button[type=submit]")
    page.wait_for_selector(".review h1 >> text=Same bin?")
    assert chosen(page) == f"same bin {criterion}"
    assert len(server.decisions(criterion)) == 2

    page.click("[aria-label='Change this criterion']")
    page.click("dialog >> text=Delete …")
    page.wait_for_selector("dialog >> text=with its 2 answers")
    page.click("dialog button.primary")
    page.wait_for_function(f"document.querySelector('{PICK}').value !== {criterion!r}")
    assert criterion not in [row["name"] for row in server.get("/api/criteria")]

    page.click("[aria-label='Add a criterion']")
    page.click(f"dialog .deleted li:has-text('same bin {criterion}') button")
    page.wait_for_function(f"document.querySelector('{PICK}').value === {criterion!r}")
    assert len(server.decisions(criterion)) == 2
    page.wait_for_selector(".review h1 >> text=Same bin?")


def test_the_first_steps_open_again_from_the_help(open_screen: Any) -> None:
    page = open_screen(reviewer="asks for help").page
    page.wait_for_selector(".card-body:not([hidden]) .side")
    page.locator("#panel-guide [aria-label='Close the first steps']").click()
    page.wait_for_selector("#panel-guide .guide", state="hidden")
    page.keyboard.press("?")
    page.click("dialog >> text=Show the first steps")
    page.wait_for_selector("#panel-guide .guide >> text=What belongs together is up to you")
