"""The belt under a finger, while others move it."""

from __future__ import annotations

import pytest
from at_the_belt import into_new_bin, middle, on_belt, open_session, settle, tap, wait_taught


@pytest.fixture
def seen_by_robot(server):
    """Let a robot see items that the belt does not show, one at each call."""

    def see(session: str, shown: list[str]) -> str:
        path = f"/api/teach/sessions/{session}/observe"
        unseen = next(item for item in server.items.values() if item not in {*shown, *told})
        told.append(unseen)
        return str(server.post(path, {"item": unseen})["item"])

    told: list[str] = []
    return see


def test_the_belt_holds_still_under_a_finger(open_screen, seen_by_robot):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "held-belt")
    before = on_belt(page)
    page.mouse.move(*middle(page, 3))
    page.mouse.down()
    new = seen_by_robot("held-belt", before)
    settle(page)
    assert on_belt(page) == before
    page.mouse.up()
    page.wait_for_selector(f".teach .tile.chosen[data-id='{before[3]}']")
    settle(page)
    assert on_belt(page) == before
    tap(page, 3)
    page.wait_for_selector(f".teach .tile[data-id='{new}']")
    after = on_belt(page)
    assert [a for a, b in zip(before, after, strict=True) if a != b] == [before[0]]


def test_tiles_stay_the_same_elements(open_screen, seen_by_robot):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "same-tiles")
    page.evaluate("document.querySelectorAll('.teach .tile').forEach((t, n) => { t.mark = n; })")
    new = seen_by_robot("same-tiles", on_belt(page))
    page.wait_for_selector(f".teach .tile[data-id='{new}']")
    marks = page.eval_on_selector_all(".teach .tile", "tiles => tiles.map((t) => t.mark ?? -1)")
    assert marks == [-1, 1, 2, 3, 4, 5, 6, 7]


def test_picks_wait_for_a_server_that_is_away(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "away-for-a-while")
    into_new_bin(page, "left")
    wait_taught(page, 1)
    page.route("**/api/**", lambda route: route.abort())
    kept = []
    for number in (2, 4):
        kept.append(tap(page, number))
        page.keyboard.press("1")
    page.wait_for_selector(".pill.warn:has-text('2 unsaved')")
    assert server.get("/api/teach/sessions/away-for-a-while/state")["picks"] == 1
    page.keyboard.press("Backspace")
    page.wait_for_selector(f".teach .tile[data-id='{kept[1]}']:not(.sent)")
    assert page.locator(".teach .tile.sent .said").all_inner_texts() == ["put in left"]
    page.unroute("**/api/**")
    screen.saved()
    wait_taught(page, 2)
    state = server.get("/api/teach/sessions/away-for-a-while/state")
    assert state["bins"][0]["items"][0] == kept[0]
    screen.errors[:] = [e for e in screen.errors if "net::ERR_FAILED" not in e]


def test_the_belt_is_read_from_afar(open_screen):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "from-afar")
    name = "organic waste and more"
    into_new_bin(page, name)
    boxes = [tile.bounding_box() for tile in page.locator(".teach .tile").all()]
    assert len({box["y"] for box in boxes}) == 2
    assert all(box["width"] >= 200 and box["height"] >= 150 for box in boxes)
    assert max(box["y"] + box["height"] for box in boxes) < 720
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator(".teach .tile .said").first.evaluate(size) >= 22
    said = page.locator(f".teach .bin[data-bin='{name}'] .bin-name b")
    assert said.evaluate(size) >= 20
    box = "e => e.getBoundingClientRect()"
    told, card = said.evaluate(box), said.locator("xpath=ancestor::article").evaluate(box)
    assert card["left"] < told["left"] < told["right"] < card["right"]
    controls = ".teach .row > button, .teach .row select, .teach .bin-name, .teach .bin.new"
    heights = page.eval_on_selector_all(controls, "all => all.map((e) => e.offsetHeight)")
    assert min(heights) >= 44


def test_a_chosen_item_that_another_sorts_is_let_go(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "let-go")
    item = tap(page, 2)
    page.wait_for_selector(f".teach .tile.chosen[data-id='{item}']")
    body = {"item": item, "bin": "left", "teacher": "bob"}
    server.post("/api/teach/sessions/let-go/sort", body)
    page.wait_for_selector(".toast:has-text('Somebody else has put this item into “left”')")
    page.wait_for_selector(f".teach .tile[data-id='{item}']", state="detached")
    assert page.locator(".teach .tile.chosen").count() == 0
    held = tap(page, 0)
    body["item"] = on_belt(page)[3]
    server.post("/api/teach/sessions/let-go/sort", body)
    page.wait_for_selector(f".teach .tile.sent[data-id='{body['item']}']:has-text('put in left')")
    page.mouse.click(*middle(page, 3))
    assert page.locator(f".teach .tile.chosen[data-id='{body['item']}']").count() == 0
    assert held in on_belt(page)


def test_a_pause_is_seen_on_the_belt(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "paused-belt", "wanted")
    page.click(".teach-pause")
    page.wait_for_selector(".teach-table.paused")
    assert page.inner_text(".teach-hint") == "paused: Resume goes on"
    assert page.is_disabled(".teach-undo")
    page.mouse.click(*middle(page, 0))
    page.keyboard.press("1")
    settle(page)
    assert page.locator(".toast").count() == 0
    page.click(".teach button.primary:text-is('Resume')")
    page.wait_for_selector(".teach-table:not(.paused)")
    tap(page, 0)
    wait_taught(page, 1)


def test_a_refused_name_stays_in_its_dialog(open_screen):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "taken-name")
    page.click(".teach-open")
    page.fill("dialog input[name=name]", "taken-name")
    page.fill("dialog input[name=category]", "wanted")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog p.warn:has-text('There is a session')")
    assert page.input_value("dialog input[name=category]") == "wanted"
    page.keyboard.press("Escape")


def test_the_whole_image_is_on_the_belt_and_a_new_bin_in_reach(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "whole-image")
    for number, item in enumerate(on_belt(page)):
        path = "/api/teach/sessions/whole-image/sort"
        server.post(path, {"item": item, "bin": f"bin {number}", "teacher": "ann"})
    page.wait_for_selector(".teach .bin[data-bin='bin 7']")
    settle(page)
    picture = page.locator(".teach .tile img").first
    assert picture.evaluate("e => getComputedStyle(e).objectFit") == "contain"
    assert picture.bounding_box()["height"] >= 130
    new = page.locator(".teach .bin.new").bounding_box()
    assert new["y"] + new["height"] <= 720
    label = page.locator(".teach .tile").first.get_attribute("aria-label")
    assert "/" not in label.partition(":")[0]


def focused(page) -> str:
    return page.evaluate("document.activeElement.dataset.id || ''")


def test_keys_alone_sort(open_screen):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "by-keys")
    into_new_bin(page, "left")
    wait_taught(page, 1)
    page.evaluate("document.activeElement.blur()")
    settle(page)
    belt = on_belt(page)
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(belt.index(focused(page)))
    assert walked == [0, 1, 5, 4, 0]
    page.keyboard.press("Enter")
    page.wait_for_selector(f".teach .tile.chosen[data-id='{belt[0]}']")
    settle(page)
    assert focused(page) == belt[0]
    page.keyboard.press("1")
    wait_taught(page, 2)
    page.wait_for_function("id => document.activeElement.dataset.id !== id", arg=belt[0])
    assert focused(page) == on_belt(page)[0] != belt[0]
    page.keyboard.press("1")
    wait_taught(page, 3)


def test_a_key_picks_and_the_tenth_bin_has_one(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "picked-by-key", "wanted")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    wait_taught(page, 1)
    open_session(page, "many-bins")
    for number, item in enumerate(on_belt(page)):
        path = "/api/teach/sessions/many-bins/sort"
        server.post(path, {"item": item, "bin": f"bin {number}", "teacher": "ann"})
    page.wait_for_selector(".teach .bin[data-bin='bin 7']")
    settle(page)
    for number, item in enumerate(on_belt(page)[:4], 8):
        server.post(path, {"item": item, "bin": f"bin {number}", "teacher": "ann"})
    page.wait_for_selector(".teach .bin[data-bin='bin 11']")
    keys = page.locator(".teach .bin-told kbd").all_inner_texts()
    assert keys == [*"1234567890AB"]
    settle(page)
    tap(page, 0)
    page.keyboard.press("b")
    wait_taught(page, *[1] * 11, 2)


def test_a_reload_stays_in_its_session(open_screen):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "stayed-in")
    open_session(page, "newest")
    page.select_option("select[aria-label=Session]", "stayed-in")
    page.wait_for_selector(".teach .tile")
    page.reload()
    page.wait_for_selector(".teach .tile", timeout=60_000)
    chosen = "document.querySelector('select[aria-label=Session]')?.value"
    assert page.evaluate(chosen) == "stayed-in"
    assert page.locator("#tab-teach").get_attribute("aria-selected") == "true"


def test_the_belt_goes_round(open_screen, server):
    screen = open_screen()
    page = screen.page
    screen.show("teach")
    open_session(page, "all-round")
    first = on_belt(page)
    seen = set(first)
    for _ in range(len(server.items) // 8 - 1):
        assert page.inner_text(".teach-next") == "Next"
        before = on_belt(page)
        page.click(".teach-next")
        page.wait_for_function(
            "id => !document.querySelector(`.teach .tile[data-id='${id}']`)", arg=before[0]
        )
        seen |= set(on_belt(page))
    assert seen >= set(server.items.values())
    page.wait_for_selector(".teach-next:text-is('Start over')")
    page.click(".teach-next")
    page.wait_for_selector(f".teach .tile[data-id='{first[0]}']")
    assert set(on_belt(page)) == set(first)


def test_one_criterion_is_named_at_a_time(open_screen):
    screen = open_screen()
    page = screen.page
    screen.wait_pair()
    others = page.locator("header :is(select[aria-label=Criterion], .gen)").locator("visible=true")
    assert others.count() == 2
    screen.show("teach")
    page.wait_for_selector(".teach-open")
    assert others.count() == 0
