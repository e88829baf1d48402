"""What a person does in the Teach tab, in steps that several tests take."""

from __future__ import annotations


def tap(page, number: int) -> str:
    tile = page.locator(".teach .tile").nth(number)
    item = str(tile.get_attribute("data-id"))
    tile.click()
    return item


def open_session(page, name: str, category: str = "") -> None:
    page.click(".teach-open")
    page.fill("dialog input[name=name]", name)
    page.fill("dialog input[name=category]", category)
    page.click("dialog button.primary")
    page.wait_for_function(
        """name => document.querySelector('select[aria-label=Session]')?.selectedOptions[0].text
            === name && document.querySelector('.teach-end')""",
        arg=name,
    )
    page.wait_for_selector(".teach .tile", timeout=120_000)


def into_new_bin(page, name: str) -> None:
    tap(page, 0)
    page.keyboard.press("n")
    page.fill("dialog input[name=name]", name)
    page.click("dialog button.primary")
    page.wait_for_selector(f".teach .bin[data-bin='{name}']")


def wait_taught(page, *counts: int) -> None:
    page.wait_for_function(
        """counts => JSON.stringify([...document.querySelectorAll('.teach .bin .soft')]
            .map((e) => parseInt(e.textContent))) === JSON.stringify(counts)""",
        arg=list(counts),
    )


def on_belt(page) -> list[str]:
    """Items of the tiles, in their places."""
    return page.eval_on_selector_all(".teach .tile", "tiles => tiles.map((t) => t.dataset.id)")


def settle(page) -> None:
    """Wait until the page has looked at its session again, twice."""
    for _ in range(2):
        with page.expect_response(lambda answer: answer.url.endswith("/belt")):
            pass


def middle(page, number: int) -> tuple[float, float]:
    box = page.locator(".teach .tile").nth(number).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
