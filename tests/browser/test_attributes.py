"""What is known of the images of a pair, under them."""

from __future__ import annotations

from typing import Any


def test_picked_attributes_stand_under_the_pictures_and_differing_ones_stand_out(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    page = screen.page
    screen.wait_pair()
    assert page.locator(".fact-line").count() == 0  # a folder may be the answer
    page.click("[aria-label='Attributes under the pictures']")
    page.check("dialog label:has-text('folder') input")
    page.keyboard.press("Escape")
    page.wait_for_selector(".fact-line .fact")
    for _ in range(12):
        folders = [text.split()[-1] for text in page.locator(".fact-line").all_inner_texts()]
        sides = page.locator(".pair .side .caption").all_text_contents()
        assert folders == [name.split("/")[0] for name in sides]
        differing = page.locator(".fact.differs").count()
        assert differing == (0 if folders[0] == folders[1] else 2)
        screen.press("x")
    page.reload()
    page.wait_for_selector(".fact-line .fact")
