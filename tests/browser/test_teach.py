"""A teaching session as a person has it: belt, new bins, live answers, undo, reload, end."""

from __future__ import annotations

import re


def tap(page, number: int) -> str:
    tile = page.locator(".teach .tile").nth(number)
    item = str(tile.get_attribute("data-id"))
    tile.click()
    return item


def taught(page) -> list[str]:
    texts = page.locator(".teach .bin > .soft").all_inner_texts()
    return [re.findall(r"\d+", text)[0] for text in texts]


def open_session(page, name: str, category: str = "") -> None:
    page.click(".teach-open")
    page.fill("dialog input[name=name]", name)
    page.fill("dialog input[name=category]", category)
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .tile", timeout=120_000)


def into_new_bin(page, name: str) -> None:
    tap(page, 0)
    page.keyboard.press("n")
    page.fill("dialog input[name=name]", name)
    page.click("dialog button.primary")
    page.wait_for_selector(f".teach .bin[data-bin='{name}']")


def wait_taught(page, *counts: int) -> None:
    page.wait_for_function(
        """counts => JSON.stringify([...document.querySelectorAll('.teach .bin > .soft')]
            .map((e) => parseInt(e.textContent))) === JSON.stringify(counts)""",
        arg=list(counts),
    )


def test_a_session(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "sorting in the browser")
    into_new_bin(page, "left")
    into_new_bin(page, "right")
    wait_taught(page, 1, 1)
    tap(page, 1)
    page.keyboard.press("1")
    wait_taught(page, 2, 1)
    tap(page, 0)
    page.click(".teach .bin[data-bin='right'] .bin-name")
    wait_taught(page, 2, 2)
    page.wait_for_function(
        "/→ (left|right)/.test(document.querySelector('.teach .belt').innerText)"
    )
    page.click(".teach-undo")
    wait_taught(page, 2, 1)
    page.reload()
    screen.show("teach")
    wait_taught(page, 2, 1)
    page.wait_for_function(
        "/generation [1-9]/.test(document.querySelector('.teach').textContent)", timeout=120_000
    )
    page.click(".teach-end")
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .chip.grey")
    decisions = server.get("/api/decisions", criterion="sorting in the browser")["rows"]
    assert sorted(row["verdict"] for row in decisions) == ["different", "same"]


def test_picking_needs_one_tap(open_screen):
    screen = open_screen(viewport={"width": 820, "height": 1180}, has_touch=True)
    page = screen.page
    screen.show("teach")
    open_session(page, "picking in the browser", "wanted")
    for count in (1, 2, 3):
        page.locator(".teach .tile").first.tap()
        wait_taught(page, count)
