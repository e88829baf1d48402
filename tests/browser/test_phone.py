"""A phone: filters in one line, what has no room behind More, long names with both ends."""

from __future__ import annotations

from typing import Any

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_filters_are_one_line_and_the_other_views_are_behind_more(open_screen: Any) -> None:
    screen = open_screen(**PHONE)
    page = screen.page
    screen.wait_pair()
    tops = page.eval_on_selector_all(
        ".review .filters .filter", "chips => chips.map((chip) => chip.getBoundingClientRect().top)"
    )
    assert len(tops) >= 5
    assert len(set(tops)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.locator("#tab-export").is_visible()
    page.tap(".tab.more")
    page.tap("dialog .more-menu >> text=Export")
    page.wait_for_selector("#tab-export[aria-selected=true]")
    page.tap(".tab.more")
    page.tap("dialog .more-menu >> text=This workspace")
    page.wait_for_selector("dialog dl.facts")
    page.keyboard.press("Escape")
    page.tap(".tab.more")
    page.tap("dialog .more-menu >> text=First steps")
    page.wait_for_selector("#panel-guide .guide >> text=What belongs together is up to you")
