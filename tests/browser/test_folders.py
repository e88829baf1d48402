"""Folders named by class: the question at the first start, and images in a wrong folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CRITERION = "belongs together"
ODD = {"square/a disc.png", "triangle/a square.png"}
Serve = Callable[..., Any]


@pytest.fixture
def misfiled(tmp_path: Path, shapes: Callable[[Path], None]) -> Path:
    """Images in folders by class, two of them in a wrong one."""
    folder = tmp_path / "shapes"
    shapes(folder)
    shutil.move(folder / "disc" / "disc 03.png", folder / "square" / "a disc.png")
    shutil.move(folder / "square" / "square 05.png", folder / "triangle" / "a square.png")
    return tmp_path


@pytest.fixture
def fresh(misfiled: Path, serve: Serve) -> Iterator[Any]:
    with serve(misfiled) as server:
        yield server


def offer(server: Any) -> dict[str, Any]:
    return dict(server.get("/api/folders", criterion=CRITERION))


def names_of(server: Any) -> dict[str, int]:
    groups = server.get("/api/groups", criterion=CRITERION)["groups"]
    return {one["name"]: one["size"] for one in groups}


def test_checking_keeps_and_moves_with_one_key(fresh: Any, screen_on: Callable[..., Any]) -> None:
    page = screen_on(fresh.url).page
    page.wait_for_selector(".guide [data-choice=check]")
    assert "disc, square, triangle" in page.inner_text(".guide")
    page.click("[data-choice=check]")
    page.wait_for_selector(".check-picture")
    assert names_of(fresh) == {"disc": 15, "square": 16, "triangle": 17}
    answered = []
    for key in ("x", "a"):
        box = page.locator(".check-box")
        odd = box.get_attribute("data-odd")
        answered.append(page.get_attribute(".check-picture figcaption", "title"))
        page.keyboard.press(key)
        page.wait_for_function(
            "odd => document.querySelector('.check-box').dataset.odd !== odd", arg=odd
        )
    assert set(answered) == ODD
    page.wait_for_selector(".check-wait:has-text('That was the last one')")
    moved = answered[0].split("/")[0]
    into = "disc" if answered[0].endswith("a disc.png") else "square"
    sizes = {"disc": 15, "square": 16, "triangle": 17}
    then = sizes | {moved: sizes[moved] - 1, into: sizes[into] + 1}
    fresh.until(lambda: names_of(fresh) == then, 20, "one is moved")
    page.keyboard.press("Backspace")
    page.wait_for_selector(".check-picture")
    page.keyboard.press("Backspace")
    page.wait_for_function("document.querySelector('.check [data-action=undo]').disabled")
    assert names_of(fresh) == sizes
    page.keyboard.press("Escape")
    page.wait_for_selector(".check-box", state="detached")
    assert offer(fresh)["choice"] == "check"
    page.reload()
    page.wait_for_selector("[data-mode=sort]")
    page.click("[data-mode=sort]")
    page.click(".slip-folders:has-text('2 images may lie in a wrong folder')")
    page.click(".check [data-action=move]")  # by touch or mouse, too
    page.click(".check [data-action=keep]")
    page.wait_for_selector(".check-wait:has-text('That was the last one')")
    assert page.locator("[data-choice]").count() == 0


def test_ignoring_is_not_asked_again_and_taking_back_is_one_step(
    fresh: Any, screen_on: Callable[..., Any]
) -> None:
    page = screen_on(fresh.url, viewport={"width": 390, "height": 844}, has_touch=True).page
    page.wait_for_selector("[data-choice=ignore]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap("[data-choice=ignore]")
    page.wait_for_selector("[data-choice=ignore]", state="detached")
    page.reload()
    page.wait_for_selector(".card-body:not([hidden]) .side")
    assert page.locator("[data-choice]").count() == 0
    assert offer(fresh)["choice"] == "ignore"
    assert fresh.decisions(CRITERION) == []
    page.evaluate("window.curation.show('groups')")
    page.click("text=Take folder names as starting grouping")
    page.click("dialog .primary")
    page.click("text=Take them back")
    page.click("dialog .primary")
    page.wait_for_selector("text=The folder names are taken back.")
    assert offer(fresh)["taken"] == 0
    assert names_of(fresh) == {}


def test_a_choice_in_the_command_is_no_question(
    misfiled: Path, serve: Serve, screen_on: Callable[..., Any]
) -> None:
    with serve(misfiled, "--folders", "use") as server:
        page = screen_on(server.url).page
        server.until(lambda: offer(server)["choice"] == "use", 60, "the names are taken")
        assert page.locator("[data-choice]").count() == 0
        page.context.close()  # before its server ends
        assert names_of(server) == {"disc": 15, "square": 16, "triangle": 17}


def test_a_doubtful_answer_is_looked_at_again_and_stays_as_it_is_kept(
    fresh: Any, screen_on: Callable[..., Any]
) -> None:
    """Answers of a person, one of them a slip that contradicts nothing."""
    items = shapes_of(fresh)
    for shape in ("disc", "square", "triangle"):
        name_group(
            fresh, items, shape, [n for n in range(12) if f"{shape}/{shape} {n:02d}.png" in items]
        )
    disc = items["square/a disc.png"]
    swept = {"criterion": CRITERION, "reviewer": "me", "group": items["square/square 00.png"]}
    fresh.post("/api/sort/sweeps", {**swept, "members": [disc]})
    page = screen_on(fresh.url).page
    page.wait_for_selector("[data-mode=sort]")
    page.click("[data-mode=sort]")
    page.wait_for_selector(".slip:has-text('looks like disc and not like square')", timeout=60_000)
    assert "1 answer is probably a slip" in page.inner_text(".look-again")
    page.focus(".slip")
    page.keyboard.press("a")  # it was said to be the same, and is
    page.wait_for_selector(".slip", state="detached")
    standing = [
        one for one in fresh.decisions(CRITERION) if disc in (one["a"]["id"], one["b"]["id"])
    ]
    assert [(one["verdict"], one["strategy"]) for one in standing] == [("same", "check")]


def test_a_merge_that_is_refused_shows_the_answers_in_the_way(
    fresh: Any, screen_on: Callable[..., Any]
) -> None:
    items = shapes_of(fresh)
    for shape in ("disc", "square"):
        name_group(fresh, items, shape, [0, 1])
    page = screen_on(fresh.url).page
    page.wait_for_selector("[data-mode=sort]")
    page.evaluate("window.curation.show('groups')")
    page.wait_for_selector(".group-grid input[type=checkbox]")
    for tick in page.locator(".group-grid input[type=checkbox]").all():
        tick.check()
    page.click("text=Merge 2 groups")
    page.wait_for_selector(".way-answer:has-text('different')")
    page.click(".way-answer:has-text('different') [data-verdict=unsure]")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Changed to unsure.")
    fresh.until(
        lambda: not any(one["verdict"] == "different" for one in fresh.decisions(CRITERION)),
        20, "the answer is changed",
    )  # fmt: skip
    page.click("text=Merge 2 groups")
    page.wait_for_selector("text=Merged 2 groups.")


def shapes_of(server: Any) -> dict[str, str]:
    """File name -> item id of all images."""
    pair = server.post("/api/proposals", {"reviewer": "setup"})["cards"][0]
    seen = server.get(f"/api/neighbours/{pair['a']['id']}", criterion=CRITERION, k=100)
    return {tile["name"]: tile["id"] for tile in [seen["item"], *seen["tiles"]]}


def name_group(server: Any, items: dict[str, str], shape: str, numbers: list[int]) -> None:
    for number in numbers:
        item = items[f"{shape}/{shape} {number:02d}.png"]
        said = {"criterion": CRITERION, "reviewer": "me", "item": item, "new": shape}
        server.post("/api/sort/names", said)
