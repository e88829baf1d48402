"""The picker of strategies, and the question with five groups."""

from __future__ import annotations

from typing import Any


def test_a_strategy_is_picked_and_its_figures_follow(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.show("strategies")
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


def test_without_groups_known_to_differ_a_button_leads_back_to_pairs(open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.click("text=1 of 5")
    screen.page.wait_for_selector(".question >> text=two groups known to differ")
    screen.page.click(".question >> text=Back to pairs")
    screen.page.wait_for_selector(".card-body:not([hidden])[data-pair*='-']")
    assert not screen.page.is_visible(".question")
    assert screen.page.get_attribute("text=1 of 5", "aria-pressed") == "false"


def test_one_image_against_the_groups(server: Any, criterion: str, open_screen: Any) -> None:
    names = sorted(server.items)
    first, second = names[0], names[-1]
    server.decide(criterion, first, second, "different")
    screen = open_screen()
    screen.wait_pair()
    screen.page.click("text=1 of 5")
    screen.page.wait_for_selector(".question .cover")
    assert screen.page.locator(".question .cover").count() == 2
    heading = screen.page.locator(".question h1").bounding_box()
    image = screen.page.locator(".question .asked").bounding_box()
    assert heading["y"] + heading["height"] + 8 <= image["y"]
    asked = screen.page.locator(".question .asked .caption").inner_text()
    screen.page.keyboard.press("3")  # there is no third group
    assert screen.page.locator(".question .asked .caption").inner_text() == asked
    screen.page.keyboard.press("1")
    server.until(lambda: len(server.decisions(criterion)) == 3, 10, "two pairs of one answer")
    screen.page.wait_for_function(
        "asked => document.querySelector('.question .asked .caption')?.textContent !== asked",
        arg=asked,
    )
    screen.page.keyboard.press("0")
    server.until(lambda: len(server.decisions(criterion)) >= 5, 10, "none of these")
    screen.page.keyboard.press("Backspace")
    server.until(lambda: len(server.decisions(criterion)) == 3, 10, "one step back")
    screen.page.click("text=1 of 5")
    screen.page.wait_for_selector(".card-body:not([hidden])[data-pair*='-']")
    assert not screen.page.is_visible(".question")


def test_skipped_images_come_back_and_decided_ones_are_not_asked(
    server: Any, criterion: str, open_screen: Any
) -> None:
    first, second, *left = sorted(server.items)
    others = [server.items[name] for name in left[2:]]
    server.decide(criterion, first, second, "different")
    server.decide(criterion, left[0], left[1], "different")
    screen = open_screen()
    screen.wait_pair()
    screen.rpc("training_set_settings", values={"idle_seconds": 9999})
    screen.rpc("review_exclude", items=others)
    try:
        screen.page.click("text=1 of 5")
        asked = screen.page.locator(".question .asked .caption")
        seen = [asked.inner_text()]
        for _ in range(2):
            screen.page.keyboard.press("Space")
            screen.page.wait_for_function(
                "before => ![undefined, before].includes("
                "document.querySelector('.question .asked .caption')?.textContent)",
                arg=seen[-1],
            )
            seen.append(asked.inner_text())
        assert set(seen[:2]) == set(left[:2])
        assert seen[2] == seen[0]
        screen.page.wait_for_timeout(1000)  # the other image is fetched ahead
        screen.page.keyboard.press("1")  # so the other one is apart from this group
        screen.page.wait_for_function("document.querySelectorAll('.question .cover').length === 1")
        assert asked.inner_text() == seen[1]
        assert len(server.decisions(criterion)) == 4
    finally:
        screen.rpc("review_exclude", items=others, restore=True)
