"""A teaching session as a person has it: belt, new bins, live answers, undo, reload, end."""

from __future__ import annotations

import re
import zipfile

import pytest
from at_the_belt import into_new_bin, open_session, tap, wait_taught

from curation.teaching.robot import RobotClient, RobotError

NAME = "sorting in the browser"


def listed(page) -> list[str]:
    return page.locator("select[aria-label=Criterion] option").all_inner_texts()


def test_a_session(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, NAME)
    server.until(lambda: NAME in listed(page), what="the session among the criteria")
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
        "/generation [1-9]/.test(document.querySelector('.teach')?.textContent)", timeout=120_000
    )
    ask_and_answer(page)
    page.wait_for_selector(".teach .curve polyline", state="attached")  # may be a level line
    page.click(".teach-end")
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .chip.grey")
    shows_how_it_went(page)
    assert {
        "README.txt",
        "groups.csv",
        "pairs.csv",
        "timeline.csv",
        "adapter.safetensors",
    } <= exported(page)
    review_them(screen, server)


def ask_and_answer(page) -> None:
    """The robot asks as often as it is allowed to; a person answers one question."""
    page.select_option(".teach-asks", "100")
    page.wait_for_timeout(300)
    page.click(".teach-next")
    asking = page.locator(".teach .tile.asks").first
    assert re.fullmatch(r"(left|right)\?", asking.locator(".said").inner_text())
    asking.click()
    page.keyboard.press("2")
    wait_taught(page, 2, 2)
    page.select_option(".teach-asks", "0")
    page.wait_for_selector(".teach .tile.asks", state="detached")
    page.reload()
    page.click("#tab-teach")
    page.wait_for_function("document.querySelector('.teach-asks')?.value === '0'")


def shows_how_it_went(page) -> None:
    told = page.inner_text(".teach-ended")
    assert "4 items taught with 4 picks" in told
    assert "learnt" in told
    for gone in (".teach-undo", ".teach-next", ".bin.new", ".teach-robots"):
        assert page.locator(f".teach {gone}").locator("visible=true").count() == 0


def exported(page) -> set[str]:
    with page.expect_download() as download:
        page.click(".teach-export")
    with zipfile.ZipFile(download.value.path()) as archive:
        return set(archive.namelist())


def review_them(screen, server) -> None:
    """What was decided in the session is read, changed and added to in pair review."""
    page = screen.page
    before = server.decisions(NAME)
    assert sorted(row["verdict"] for row in before) == ["different", "same", "same"]
    page.click(".teach-review")
    screen.press("u")
    screen.saved()
    assert len(server.decisions(NAME)) == 4
    screen.show("decisions")
    apart = next(row["id"] for row in before if row["verdict"] == "different")
    page.locator(f"table.decisions tr[data-id='{apart}'] select").select_option("unsure")
    server.until(
        lambda: (
            sorted(row["verdict"] for row in server.decisions(NAME))
            == ["same", "same", "unsure", "unsure"]
        ),
        what="the changed decision",
    )


def test_picking_needs_one_tap(open_screen):
    screen = open_screen(viewport={"width": 820, "height": 1180}, has_touch=True)
    page = screen.page
    screen.show("teach")
    open_session(page, "picking in the browser", "wanted")
    for count in (1, 2, 3):
        page.locator(".teach .tile").first.tap()
        wait_taught(page, count)


def test_a_robot_is_let_in_and_out(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "with a robot")
    page.click(".teach-robots")
    page.fill("dialog input[aria-label='Name of the robot']", "arm")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog [data-robot='arm']")
    assert "keeps nobody out" in page.inner_text("dialog")
    told = page.input_value("dialog textarea")
    url, token, session = re.findall(r'"([^"]+)"', told)
    robot = RobotClient(url, token, session, attempts=1)
    assert robot.state()["robots"] == ["arm"]
    page.click("dialog [data-robot='arm'] button")
    page.wait_for_selector("dialog [data-robot='arm']", state="detached")
    with pytest.raises(RobotError, match="token"):
        robot.state()
