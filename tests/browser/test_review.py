"""Reviewing pairs with the keyboard, as one person and as two."""

from __future__ import annotations

import re
from typing import Any

from curation.proposals import registry


def verdicts(server: Any, criterion: str) -> dict[str, str]:
    rows = server.decisions(criterion)
    return {"-".join(sorted((row["a"]["id"], row["b"]["id"]))): row["verdict"] for row in rows}


def test_keys_answer_and_skip(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    expected = {
        screen.press("a"): "same",
        screen.press("x"): "different",
        screen.press("1"): "same",
        screen.press("2"): "different",
        screen.press("u"): "unsure",
        screen.press("c"): "incomparable",
    }
    skipped = screen.press(" ")
    screen.saved()
    assert verdicts(server, criterion) == expected
    assert skipped not in expected
    assert screen.pair() not in {*expected, skipped}


def test_undo_brings_pairs_back(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    first, second, third = screen.press("a"), screen.press("x"), screen.press("a")
    screen.page.keyboard.press("Backspace")
    screen.wait_for(third)
    screen.page.keyboard.press("Control+z")
    screen.page.keyboard.press("Backspace")  # pressed while the undo before is on its way
    screen.wait_for(first)
    assert verdicts(server, criterion) == {}
    assert screen.press("x") == first
    assert screen.press("a") == second
    screen.saved()
    assert verdicts(server, criterion) == {first: "different", second: "same"}


def test_an_old_decision_is_changed_by_a_click(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    first = screen.press("a")
    screen.press("x")
    screen.saved()
    screen.page.locator(".recent-list button.decision").nth(1).click()
    screen.page.click("dialog [data-verdict=different]")
    server.until(lambda: verdicts(server, criterion)[first] == "different", 10)
    assert len(server.decisions(criterion)) == 2


def test_zoom_keeps_the_keys_alive(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.keyboard.press("v")
    screen.page.wait_for_selector(".zoom")
    screen.page.keyboard.press("ArrowLeft")
    assert screen.page.get_attribute(".zoom", "data-focus") == "left"
    first = screen.press("a")
    screen.page.keyboard.press("v")
    screen.page.wait_for_selector(".zoom", state="detached")
    screen.saved()
    assert verdicts(server, criterion) == {first: "same"}


def test_keys_are_dead_while_typing_and_in_dialogs(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    pair = screen.wait_pair()
    screen.page.click(".find input[type=search]")
    screen.page.keyboard.type("a x 1 2 u c")
    screen.page.keyboard.press("Backspace")
    screen.page.locator("h1").first.click()
    screen.page.keyboard.press("?")
    screen.page.wait_for_selector("dialog[open]")
    screen.page.keyboard.type("ax")
    screen.page.keyboard.press("Escape")
    assert screen.pair() == pair
    assert server.decisions(criterion) == []


def test_refresh_loses_nothing_and_serves_nothing_twice(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    seen = [screen.press(key) for key in "uxux"]
    shown = screen.pair()
    screen.page.reload()
    assert screen.wait_pair() == shown
    seen += [screen.press(key) for key in "xaxa"]
    screen.saved()
    assert len(set(seen)) == len(seen)
    assert set(verdicts(server, criterion)) == set(seen)


def test_answers_wait_for_a_server_that_is_away(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.wait_for_timeout(1500)
    screen.page.route("**/api/**", lambda route: route.abort())
    seen = [screen.press("a"), screen.press("x")]
    screen.page.wait_for_selector(".pill.warn:has-text('2 unsaved')")
    assert server.decisions(criterion) == []
    screen.page.unroute("**/api/**")
    screen.saved()
    assert set(verdicts(server, criterion)) == set(seen)
    screen.errors[:] = [e for e in screen.errors if "net::ERR_FAILED" not in e]


def test_second_tab_and_second_reviewer_hold_other_pairs(
    server: Any, criterion: str, open_screen: Any
) -> None:
    ann = open_screen("ann")
    ann.wait_pair()
    tab = open_screen("ann", context=ann.page.context)
    bob = open_screen("bob")
    seen: list[str] = []
    for _ in range(3):
        seen += [screen.press(key) for screen, key in ((ann, "a"), (tab, "x"), (bob, "x"))]
    for screen in (ann, tab, bob):
        screen.saved()
    assert len(set(seen)) == len(seen)
    rows = server.decisions(criterion)
    assert sorted(row["reviewer"] for row in rows) == ["ann"] * 6 + ["bob"] * 3


def test_filter_chips_choose_a_queue(criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.click(".filter[data-kind=positive]")
    screen.page.wait_for_function(
        "document.querySelector('.chip.kind')?.textContent === 'may be the same'"
    )
    assert screen.page.get_attribute(".chip.kind", "title") == "proposed positive"
    why = screen.page.locator(".chips .chip").last
    found = re.search(r"(.+) \(.+\) · strategy (\w+) · score [01]", why.get_attribute("title"))
    assert found is not None
    assert found[2] in {"sepp_band", "knn_k"}
    assert why.inner_text() == registry.create(found[2]).asks != found[1]
    assert screen.page.get_attribute(".filter[data-kind=positive]", "aria-pressed") == "true"


def test_blind_mode_hides_scores(criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    assert screen.page.locator(".chips .chip").count() > 1
    screen.page.click(".filter.blind")
    screen.page.wait_for_selector(".filter.blind[aria-pressed=true]")
    assert screen.page.locator(".chips .chip").count() == 1
    assert screen.page.locator(".strip small").count() == 0


def test_a_criterion_is_added_on_the_page(server: Any, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.click(".add")
    screen.page.fill("dialog [aria-label=Name]", "same outline")
    screen.page.fill("dialog [aria-label=Question]", "Same outline?")
    screen.page.click("dialog button[type=submit]")
    screen.page.wait_for_selector("h1:has-text('Same outline?')")
    pair = screen.press("a")
    screen.saved()
    (row,) = server.decisions("same outline")
    assert {row["a"]["id"], row["b"]["id"]} == set(pair.split("-"))


def test_the_count_follows_every_answer_at_once(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.wait_for_selector(".count-now:has-text('0 decisions')")
    said = screen.page.evaluate(
        "() => ['same', 'different', 'same'].map((verdict) => {"
        " document.querySelector(`[data-action=${verdict}]`).click();"
        " return document.querySelector('.count-now').textContent; })"
    )
    assert said == ["· 1 decision", "· 2 decisions", "· 3 decisions"]
    screen.saved()
    screen.page.wait_for_timeout(1500)  # a poll later
    assert screen.page.inner_text(".count-now") == "· 3 decisions"
    assert screen.page.inner_text(".stats b >> nth=0") == "3"
    screen.page.keyboard.press("Backspace")
    screen.page.wait_for_selector(".count-now:has-text('2 decisions')")


def test_figures_of_the_session_are_those_of_the_reviewer(open_screen: Any) -> None:
    screen = open_screen()
    page = screen.page

    def call(name: str) -> None:
        page.click("header .pill[title^='Your name']")
        page.fill("dialog [aria-label='Your name']", name)
        page.click("dialog button[type=submit]")

    def counted(n: int) -> None:
        page.wait_for_selector(f".stats > :first-child b:text-is('{n}')")

    screen.press("a")
    screen.press("x")
    counted(2)
    call("bob")
    counted(0)
    screen.press("a")
    counted(1)
    call("ann")
    counted(2)


def test_everything_fits_the_window(open_screen: Any) -> None:
    for scheme in ("light", "dark"):
        screen = open_screen("ann", color_scheme=scheme, viewport={"width": 1280, "height": 720})
        screen.wait_pair()
        assert screen.page.evaluate("document.documentElement.dataset.theme") == scheme
        for part in (".key.y", ".strip .tile:last-child", ".stats", ".plot-frame", ".recent-list"):
            box = screen.page.locator(part).last.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 1280
            assert box["y"] + box["height"] <= 720


def test_a_long_trouble_leaves_room_in_the_header(open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    text = "Expected room for the embeddings, got a full disk; free some and start again. " * 4
    # Looked at in the same turn: the next status of the server says that all is well.
    told, right, width = screen.page.evaluate(
        """async (text) => {
          const { emit } = await import("/assets/js/events.js");
          emit("status", { ...window.curation.state.status, stage: "failed", message: text });
          const theme = [...document.querySelectorAll("header.top > button")].at(-1);
          return [document.querySelector(".gen .said").title, theme.getBoundingClientRect().right,
            document.documentElement.scrollWidth];
        }""",
        text,
    )
    assert told == text
    assert right <= 1280
    assert width <= 1280


def test_narrow_screen_is_one_column_and_takes_swipes(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen(
        "ann", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    first = screen.wait_pair()
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 390
    box = screen.page.locator(".pair").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    touch = screen.page.context.new_cdp_session(screen.page)
    for kind, shift in (("touchStart", 0), ("touchMove", 60), ("touchMove", 140)):
        points = [{"x": middle[0] + shift, "y": middle[1]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    server.until(lambda: verdicts(server, criterion) == {first: "same"}, 10)


def test_an_answer_that_is_refused_is_said_and_does_not_block(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.evaluate(
        "import('/assets/js/outbox.js').then((box) => box.decide("
        "{a: '0'.repeat(32), b: 'f'.repeat(32), verdict: 'same'}))"
    )
    screen.page.wait_for_selector(".toast.bad:has-text('not taken')")
    pair = screen.press("a")
    screen.saved()
    assert verdicts(server, criterion) == {pair: "same"}
