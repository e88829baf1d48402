"""The first steps: shown once to each reviewer, done by doing them, never in the way."""

from __future__ import annotations

from typing import Any

GUIDE = "#panel-guide .guide"


def test_first_steps_go_along_with_the_work_and_are_shown_once(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen(reviewer="new here")
    page = screen.page
    page.wait_for_selector(f"{GUIDE} >> text=What belongs together is up to you")
    page.click(f"{GUIDE} .guide-body button >> nth=0")
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    assert page.evaluate("window.curation.state.criterion") != ""
    page.evaluate(
        "([name]) => document.querySelector('select[aria-label=Criterion]').value = name",
        [criterion],
    )
    page.dispatch_event("select[aria-label=Criterion]", "change")
    page.wait_for_selector(f".card-body[data-criterion='{criterion}'] .side")
    screen.press("a")
    page.wait_for_selector(f"{GUIDE} >> text=9 answers until")
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    screen.press("a")
    screen.saved()
    page.reload()
    page.wait_for_selector(f"{GUIDE} >> text=9 answers until")
    for key in "xaxaxaxax":
        screen.press(key)
    page.wait_for_selector(f"{GUIDE} >> text=The map has followed", timeout=60_000)
    assert page.inner_text("#panel-map .map-head .soft >> nth=0") == "generation 1"
    page.click(f"{GUIDE} >> text=Got it")
    page.wait_for_selector(GUIDE, state="hidden")
    again = open_screen(reviewer="new here")
    again.wait_pair()
    again.page.wait_for_function("window.curation.state.status")
    assert not again.page.is_visible(GUIDE)


def test_every_answer_counts_and_another_criterion_has_its_own_count(
    server: Any, criterion: str, open_screen: Any
) -> None:
    names = sorted(server.items)
    trained = f"{criterion} too"
    server.post("/api/criteria", {"name": trained, "question": "Do these belong together?"})
    for one in names[1:3]:
        server.decide(trained, names[0], one, "same")
    server.post("/api/train", {"criterion": trained})
    server.until(lambda: server.get("/api/status", criterion=trained)["map_generation"] == 1)
    for name, group in ((names[0], "one"), (names[-1], "other")):
        said = {"criterion": criterion, "item": server.items[name], "new": group}
        server.post("/api/sort/names", said)  # apart from each other: one answer
    screen = open_screen(reviewer="counting")
    page = screen.page
    page.click(f"{GUIDE} .guide-body button >> nth=-1")
    page.select_option("select[aria-label=Criterion]", criterion)
    page.wait_for_selector(f"{GUIDE} >> text=9 answers until")
    page.click("[data-mode=sort]")
    page.wait_for_selector(".sort-groups [data-key]")
    for key in ("n", "z", "Enter"):  # a third group, apart from both: two answers
        page.keyboard.press(key)
    page.wait_for_selector(f"{GUIDE} >> text=7 answers until")
    page.click("[data-mode=pairs]")  # where the map is
    page.select_option("select[aria-label=Criterion]", trained)
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")
    page.wait_for_selector("#panel-map .map-head >> text=generation 1")
    page.wait_for_timeout(1000)  # longer than the points glide
    page.wait_for_selector(f"{GUIDE} >> text=10 answers until")


def test_another_name_is_shown_round_and_the_same_one_never_again(
    server: Any, open_screen: Any
) -> None:
    screen = open_screen(reviewer="one")
    page = screen.page
    page.wait_for_selector(GUIDE)
    page.click(f"{GUIDE} button[aria-label='Close the first steps']")

    def call(name: str) -> None:
        page.click("header .pill[title^='Your name']")
        page.fill("dialog [aria-label='Your name']", name)
        page.click("dialog button[type=submit]")

    call("two")
    page.wait_for_selector(f"{GUIDE} >> text=What belongs together")
    call("one")
    page.wait_for_selector(GUIDE, state="hidden")
    call("two")
    page.wait_for_selector(f"{GUIDE} >> text=What belongs together")  # where this tab was
    again = open_screen(context=page.context)
    again.page.evaluate("localStorage.setItem('curation.reviewer', 'two')")
    again.page.reload()
    again.wait_pair()
    again.page.wait_for_function("window.curation.state.status")
    assert not again.page.is_visible(GUIDE)


def test_whom_this_browser_has_shown_round_elsewhere_is_left_alone(open_screen: Any) -> None:
    screen = open_screen(reviewer="seasoned", start=False)
    screen.page.add_init_script("localStorage.setItem('curation.guided.seasoned', 'yes')")
    screen.start()
    screen.wait_pair()
    screen.page.wait_for_function("window.curation.state.status")
    assert not screen.page.is_visible(GUIDE)


def test_first_steps_show_the_questions_and_fit_one_line(server: Any, open_screen: Any) -> None:
    name, asked = "same size", "Are these of one size? Small and medium count as one."
    known = [row["name"] for row in server.get("/api/overview")["criteria"]]
    if name not in known:
        server.post("/api/criteria", {"name": name, "question": asked})
    screen = open_screen(reviewer="curious")
    page = screen.page
    page.wait_for_selector(GUIDE)
    page.evaluate(
        "import('/assets/js/events.js').then(({ emit }) => {"
        " const { state } = window.curation; const { overview } = state;"
        " overview.criteria = overview.criteria.filter((c) => c.name === 'same size')"
        ".concat({ name: 'other', question: '' }); emit('criterion', state.criterion); })"
    )
    page.wait_for_selector(f"{GUIDE} .meaning:has-text('Are these of one size?')")
    assert "Small" not in page.inner_text(GUIDE)
    page.click(f"{GUIDE} .meaning:has-text('same size')")
    page.wait_for_selector("h1:has-text('Are these of one size?')")
    page.wait_for_selector(".rule >> text=Small and medium count as one.")
    page.wait_for_selector(f"{GUIDE} kbd")
    heights = []
    for step in (2, 3):
        page.evaluate(
            "step => sessionStorage.setItem(`curation.guide.${window.curation.state.overview.path}"
            ".curious`, step)",
            step,
        )
        page.reload()
        page.wait_for_selector(GUIDE)
        heights.append(page.locator(f"{GUIDE} .guide-body").bounding_box()["height"])
    assert max(heights) < 36


def test_touch_screens_are_told_to_tap_and_led_to_the_map(open_screen: Any) -> None:
    screen = open_screen(
        reviewer="by hand", viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True
    )
    page = screen.page
    page.wait_for_selector(GUIDE)
    page.evaluate(
        "sessionStorage.setItem(`curation.guide.${window.curation.state.overview.path}.by hand`, 2)"
    )
    page.reload()
    page.wait_for_selector(f"{GUIDE} >> text=One tap an answer")
    close = page.locator(f"{GUIDE} button[aria-label='Close the first steps']").bounding_box()
    assert min(close["width"], close["height"]) >= 40
    assert page.locator(f"{GUIDE} kbd").count() == 0
    page.evaluate(
        "sessionStorage.setItem(`curation.guide.${window.curation.state.overview.path}.by hand`, 3)"
    )
    page.reload()
    page.click(f"{GUIDE} >> text=See the map")
    page.wait_for_function(
        "document.querySelector('.plot').getBoundingClientRect().bottom <= window.innerHeight + 1"
    )


def test_escape_closes_the_zoom_first_and_then_the_first_steps(open_screen: Any) -> None:
    screen = open_screen(reviewer="by keys")
    screen.wait_pair()
    screen.page.wait_for_selector(f"{GUIDE} [aria-live=polite]")
    screen.page.keyboard.press("v")
    screen.page.wait_for_selector(".zoom")
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_selector(".zoom", state="detached")
    assert screen.page.is_visible(GUIDE)
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_selector(GUIDE, state="hidden")


def test_first_steps_can_be_closed(open_screen: Any) -> None:
    screen = open_screen(reviewer="in a hurry", viewport={"width": 420, "height": 900})
    screen.page.wait_for_selector(GUIDE)
    screen.page.click(f"{GUIDE} button[aria-label='Close the first steps']")
    screen.page.wait_for_selector(GUIDE, state="hidden")
    screen.page.reload()
    screen.wait_pair()
    assert not screen.page.is_visible(GUIDE)
