"""Bins of a session: renamed, merged and made anew."""

from __future__ import annotations

import pytest
from at_the_belt import into_new_bin, on_belt, open_session, settle, tap, wait_taught


@pytest.fixture
def two_bins(open_screen, server):
    """Open a session in which one item lies in each of two bins; the page."""

    def opened(name: str):
        screen = open_screen()
        page = screen.page
        screen.show("teach")
        open_session(page, name)
        for item, bin in zip(on_belt(page), ("left", "right"), strict=False):
            body = {"item": item, "bin": bin, "teacher": "ann"}
            server.post(f"/api/teach/sessions/{name}/sort", body)
        page.wait_for_selector(".teach .bin[data-bin='right']")
        return page

    return opened


def bins_of(server, session: str) -> dict[str, int]:
    bins = server.get(f"/api/teach/sessions/{session}/state")["bins"]
    return {bin["name"]: bin["taught"] for bin in bins}


def test_bins_are_renamed_and_merged(two_bins, server):
    page = two_bins("merged")
    page.click(".teach .bin[data-bin='left'] .bin-change")
    page.get_by_label("Name of this bin").fill("port")
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .bin[data-bin='port']")
    page.click(".teach .bin[data-bin='port'] .bin-change")
    page.get_by_label("Name of this bin").fill("right")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog p.warn:has-text('There is a bin “right” already')")
    page.click("dialog button:text-is('Merge into “right”')")
    page.wait_for_selector("dialog[aria-label='Merge “port” into “right”?']")
    assert bins_of(server, "merged") == {"port": 1, "right": 1}
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .bin[data-bin='port']", state="detached")
    assert bins_of(server, "merged") == {"right": 2}
    page.click(".teach-undo")
    page.wait_for_selector(".teach .bin[data-bin='port']")


def test_a_bin_renamed_meanwhile_is_named(two_bins, server):
    page = two_bins("renamed-meanwhile")
    tap(page, 3)
    box = page.locator(".teach .bin[data-bin='left'] .bin-name").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    body = {"bin": "left", "to": "port", "teacher": "bob"}
    server.post("/api/teach/sessions/renamed-meanwhile/rename", body)
    settle(page)
    page.mouse.up()
    page.wait_for_selector(".toast:has-text('“left” is “port” by now')")
    assert bins_of(server, "renamed-meanwhile") == {"port": 2, "right": 1}


def test_a_new_bin_is_said_to_be_new(two_bins):
    page = two_bins("said-new")
    tap(page, 3)
    page.keyboard.press("n")
    page.get_by_label("Name of the new bin").fill("left")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog p.warn:has-text('There is a bin “left” already')")
    page.keyboard.press("Escape")
    with page.expect_request(lambda one: one.url.endswith("/pick")) as told:
        into_new_bin(page, "middle")
    assert '"new":true' in told.value.post_data.replace(" ", "")


def test_a_wrong_pick_is_moved(two_bins, server):
    page = two_bins("moved-later")
    page.click(".teach .bin[data-bin='left'] .lying")
    assert page.inner_text(".teach-hint") == "now tap the right bin"
    page.click(".teach .bin[data-bin='right'] .bin-name")
    wait_taught(page, 0, 2)
    page.drag_and_drop(".teach .bin[data-bin='right'] .lying", ".teach .bin[data-bin='left']")
    wait_taught(page, 1, 1)
    assert bins_of(server, "moved-later") == {"left": 1, "right": 1}


def test_an_older_pick_is_moved(two_bins, server):
    page = two_bins("moved-much-later")
    first = page.locator(".teach .bin[data-bin='left'] .lying").get_attribute("data-id")
    items = [first, *on_belt(page)[3:7]]
    for item in items[1:]:
        body = {"item": item, "bin": "left", "teacher": "ann"}
        server.post("/api/teach/sessions/moved-much-later/sort", body)
    wait_taught(page, 5, 1)
    page.click(".teach .bin[data-bin='left'] .bin-taught")
    page.wait_for_selector("dialog .lying")
    ids = "nodes => nodes.map((node) => node.dataset.id)"
    assert page.eval_on_selector_all("dialog .lying", ids) == items[::-1]
    page.click(f"dialog .lying[data-id='{first}']")
    page.wait_for_selector("dialog", state="detached")
    assert page.inner_text(".teach-hint") == "now tap the right bin"
    page.click(".teach .bin[data-bin='right'] .bin-name")
    wait_taught(page, 4, 2)


def test_what_another_moves_leaves_the_hand(two_bins, server):
    page = two_bins("moved-by-another")
    lying = page.locator(".teach .bin[data-bin='left'] .lying")
    item = lying.get_attribute("data-id")
    lying.click()
    settle(page)
    body = {"bin": "left", "to": "port", "teacher": "bob"}
    server.post("/api/teach/sessions/moved-by-another/rename", body)
    settle(page)
    assert page.inner_text(".teach-hint") == "now tap the right bin"
    body = {"item": item, "bin": "right", "teacher": "ann"}
    server.post("/api/teach/sessions/moved-by-another/sort", body)
    page.wait_for_selector(".toast:has-text('Somebody else has put this item into “right”')")
    server.post("/api/teach/sessions/moved-by-another/undo", {"teacher": "ann"})
    wait_taught(page, 1, 1)
    page.click(".teach .bin[data-bin='right'] .lying")
    settle(page)
    server.post("/api/teach/sessions/moved-by-another/undo", {"teacher": "ann"})
    page.wait_for_selector(".toast:has-text('Somebody else has taken this item out of “right”')")
    assert page.inner_text(".teach-hint") == "tap an item, then a bin, or drag it there"


def test_a_wrong_pick_is_taken_out_of_the_only_bin(open_screen, server):
    page = open_screen().page
    page.click("#tab-teach")
    open_session(page, "taken-out", "wanted")
    first = tap(page, 0)
    wait_taught(page, 1)
    second = tap(page, 1)
    wait_taught(page, 2)
    page.click(f".teach .lying[data-id='{first}']")
    page.click("dialog button.primary")
    wait_taught(page, 1)
    bins = server.get("/api/teach/sessions/taken-out/state")["bins"]
    assert bins[0]["items"] == [second]


def test_one_who_gives_way_ends_a_disagreement(two_bins, server):
    page = two_bins("given-way")
    item = page.locator(".teach .bin[data-bin='left'] .lying").get_attribute("data-id")
    body = {"item": item, "bin": "right", "teacher": "bob"}
    server.post("/api/teach/sessions/given-way/sort", body)
    page.click(f".teach-torn .torn[data-id='{item}'] button[data-bin='right']")
    page.wait_for_selector(".teach-torn", state="hidden")
    assert bins_of(server, "given-way") == {"left": 0, "right": 2}


def test_what_review_sets_apart_is_put_elsewhere(two_bins, server):
    page = two_bins("set-apart")
    items = on_belt(page)[3:5]
    for item in items:
        body = {"item": item, "bin": "left", "teacher": "ann"}
        server.post("/api/teach/sessions/set-apart/sort", body)
    rows = server.decisions("set-apart")
    same = next(one for one in rows if items[1] in (one["a"]["id"], one["b"]["id"]))
    ends = {end: same[end]["id"] for end in ("a", "b")}
    answer = {**ends, "verdict": "different", "supersedes": same["id"]}
    body = {"criterion": "set-apart", "reviewer": "ann", "decisions": [answer]}
    server.post("/api/decisions", body)
    torn = page.locator(f".teach-torn .torn[data-id='{items[1]}']")
    torn.locator("p:has-text('Put into “left”, but pair review says it is different.')").wait_for()
    torn.locator(".lying").click()
    page.click(".teach .bin[data-bin='right'] .bin-name")
    page.wait_for_selector(".teach-torn", state="hidden")
    wait_taught(page, 2, 2)


def test_names_of_bins_have_room(two_bins, server):
    page = two_bins("with-room")
    wide = "e => e.getBoundingClientRect().width"
    for step in ("pause", "resume", "end"):
        assert page.locator(".teach .bin-name").first.evaluate(wide) > 150, step
        server.post(f"/api/teach/sessions/with-room/{step}", {"teacher": "ann"})
        settle(page)
    assert page.locator(".teach .bin-name").first.evaluate(wide) > 150
