"""Sorting images into groups: names, grids and piles, by keys and by touch."""

from __future__ import annotations

from typing import Any

import pytest

TILE = ".sort-grid .sort-tile"


def kind(name: str) -> str:
    """The true group of a file."""
    return name.split("/", maxsplit=1)[0]


class Sorter:
    """Sort as a person who knows the truth uses it."""

    def __init__(self, screen: Any) -> None:
        self.screen = screen
        self.page = screen.page

    def begin(self, form: str = "") -> None:
        """Choose Sort, and a form to stay in."""
        self.page.click("[data-mode=sort]")
        self.page.wait_for_selector(".sort-form")
        if form:
            self.stay(form)

    def stay(self, form: str) -> None:
        self.page.select_option(".sort-kinds select", form)
        self.page.wait_for_selector(f".sort[data-form={form}] .sort-{form}")

    def question(self) -> str:
        return str(self.page.get_attribute(".sort", "data-question"))

    def moves_on(self, before: str) -> None:
        self.page.wait_for_function(
            "before => { const { question } = document.querySelector('.sort').dataset;"
            " return question && question !== before; }",
            arg=before,
        )

    def comes_back(self, question: str) -> None:
        self.page.wait_for_function(
            "key => document.querySelector('.sort').dataset.question === key", arg=question
        )

    def press(self, *keys: str) -> str:
        """Press keys, the last of which answers; the key of the question that was answered."""
        before = self.question()
        for key in keys:
            self.page.keyboard.press(key)
        self.moves_on(before)
        return before

    def image(self) -> str:
        return str(self.page.get_attribute(".sort-name .caption", "title"))

    def key_of(self, group: str) -> str | None:
        """The key of a group, None while nobody named it."""
        found = self.page.locator(f".sort-groups [data-key]:has(b:text-is('{group}'))")
        return found.get_attribute("data-key") if found.count() else None

    def name(self) -> str:
        """Name the image by keys: by its group's key, or by typing a new one."""
        group = kind(self.image())
        key = self.key_of(group)
        if key:
            return self.press(key)
        self.page.keyboard.press("n")
        self.page.keyboard.type(group)
        return self.press("Enter")

    def tiles(self) -> list[str]:
        titles = self.page.eval_on_selector_all(TILE, "found => found.map((tile) => tile.title)")
        return list(map(str, titles))

    def states(self) -> list[str]:
        """What stands under each tile, "" for a tick."""
        said = self.page.eval_on_selector_all(
            TILE, "found => found.map((tile) => tile.querySelector('em').textContent)"
        )
        return list(map(str, said))

    def group(self) -> str:
        return str(self.page.inner_text(".sort-sweep h1")).split(" not ")[1].rstrip("?")

    def at(self) -> int:
        """The tile that the keys are at, -1 for none."""
        return int(
            self.page.evaluate(
                f"[...document.querySelectorAll('{TILE}')].indexOf(document.activeElement)"
            )
        )

    def walk_to(self, place: int) -> None:
        while self.at() != place:
            step = "ArrowRight" if self.at() < place else "ArrowLeft"
            self.page.keyboard.press(step)

    def sweep(self) -> str:
        """Answer the grid by keys: a digit for each tile of another group, else Space."""
        right, titles = self.group(), self.tiles()
        for place, title in enumerate(titles):
            if kind(title) == right:
                continue
            self.walk_to(place)
            digit = self.digit(kind(title))
            while not digit and not self.states()[place].startswith("not"):
                self.page.keyboard.press(" ")
            if digit:
                self.page.keyboard.press(digit)
        return self.press("Enter")

    def digit(self, group: str) -> str:
        row = self.page.locator(f".progress-group:has(b:text-is('{group}')) kbd")
        return str(row.inner_text()) if row.count() else ""


@pytest.fixture
def sorter(open_screen: Any) -> Sorter:
    screen = open_screen()
    screen.wait_pair()
    return Sorter(screen)


def named(server: Any, criterion: str, **groups: list[int]) -> None:
    """Name images over HTTP: kind -> the numbers of its images."""
    for group, numbers in groups.items():
        for number in numbers:
            item = server.items[f"{group}/{group} {number:02d}.png"]
            said = {"criterion": criterion, "reviewer": "ann", "item": item, "new": group}
            server.post("/api/sort/names", said)


def ready(server: Any, criterion: str, form: str = "sweep") -> None:
    """Wait until the grouping follows the names, so that there is a question of this form."""
    ask = {"criterion": criterion, "reviewer": "probe", "form": form}

    def asked() -> bool:
        found = server.post("/api/sort/questions", ask, "probe")["questions"]
        return bool(found) and all(tile["other"] for tile in found[0].get("tiles", ()))

    server.until(asked, 60, form)
    server.post("/api/release", {}, "probe")


def sorted_into(server: Any, criterion: str) -> dict[str, list[str]]:
    """Name of a group -> true kinds of its images."""
    groups = server.get("/api/groups", criterion=criterion)["groups"]
    return {g["name"]: sorted(kind(item["name"]) for item in g["items"]) for g in groups}


def test_a_whole_sort_by_keys_alone(server: Any, criterion: str, sorter: Sorter) -> None:
    page = sorter.page
    page.focus("[data-mode=sort]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sort-name")
    seen = [sorter.name() for _ in range(12)]
    assert len(set(seen)) == 12
    sorter.screen.saved()
    ready(server, criterion)
    page.focus(".sort-kinds select")
    page.keyboard.press("ArrowDown")
    page.focus(".sort-kinds select")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".sort[data-form=sweep]")
    sorter.sweep()
    sorter.screen.saved()
    groups = sorted_into(server, criterion)
    assert all(set(kinds) == {name} for name, kinds in groups.items())
    assert sum(len(kinds) for kinds in groups.values()) > 12  # more than were named
    assert server.get("/api/conflicts", criterion=criterion) == []


def test_keys_stay_with_their_groups(server: Any, criterion: str, sorter: Sorter) -> None:
    named(server, criterion, disc=[0], square=[0])
    sorter.begin("name")
    keys = {group: sorter.key_of(group) for group in ("disc", "square")}
    assert sorted(map(str, keys.values())) == ["1", "2"]
    named(server, criterion, square=[1, 2, 3], triangle=[0])
    sorter.page.wait_for_selector(".sort-groups b:text-is('triangle')")
    assert {group: sorter.key_of(group) for group in keys} == keys
    assert sorter.key_of("triangle") == "3"
    sorter.page.reload()
    sorter.page.wait_for_selector(".sort-groups b:text-is('triangle')")
    assert {group: sorter.key_of(group) for group in keys} == keys


def test_a_name_that_differs_by_case_or_space_is_that_group(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0])
    sorter.begin("name")
    page = sorter.page
    page.keyboard.press("n")
    page.keyboard.type("  DISC ")
    assert page.locator(".sort-option").all_inner_texts() == ["disc · 1"]
    sorter.press("Enter")
    page.keyboard.press("d")  # a letter finds, too
    assert page.input_value(".sort-typing input") == "d"
    sorter.press("Enter")
    sorter.screen.saved()
    (group,) = server.get("/api/groups", criterion=criterion)["groups"]
    assert (group["name"], group["size"]) == ("disc", 3)


def test_enter_takes_the_best_guess(server: Any, criterion: str, sorter: Sorter) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1], triangle=[0, 1])
    ready(server, criterion, "sweep")  # there are grids once the grouping follows the names
    sorter.begin("name")
    page = sorter.page
    page.wait_for_selector(".sort-group[data-best=true]")
    best = page.inner_text(".sort-group[data-best=true] b")
    asked = sorter.press("Enter").split()[1]
    sorter.screen.saved()
    groups = server.get("/api/groups", criterion=criterion)["groups"]
    assert [g["name"] for g in groups if asked in [i["id"] for i in g["items"]]] == [best]


def test_every_answer_is_taken_back_in_one_step(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion)
    before = len(server.decisions(criterion))
    sorter.begin("sweep")
    page = sorter.page
    page.locator(TILE).nth(1).click()
    page.locator(TILE).nth(2).click()
    states = sorter.states()
    assert [bool(state) for state in states[:4]] == [False, True, True, False]
    swept = sorter.press("Enter")
    sorter.stay("name")
    asked = sorter.press("1")
    sorter.press("2")
    sorter.screen.saved()
    assert len(server.decisions(criterion)) > before + len(states)
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+z")  # pressed while the undo before is on its way
    sorter.comes_back(asked)
    page.keyboard.press("Backspace")
    sorter.comes_back(swept)
    assert sorter.states() == states
    assert len(server.decisions(criterion)) == before


def test_the_first_name_of_all_is_taken_back(server: Any, criterion: str, sorter: Sorter) -> None:
    sorter.begin()
    first = sorter.name()
    sorter.screen.saved()
    sorter.page.keyboard.press("Backspace")
    sorter.comes_back(first)
    sorter.page.wait_for_selector(".sort-groups [data-key]", state="detached")
    sorter.press("d", "Enter")
    sorter.screen.saved()
    sorter.page.wait_for_selector(".progress-group b:text-is('d')")


def test_clicks_go_round_and_all_wrong_is_one_key(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion)
    sorter.begin("sweep")
    tile = sorter.page.locator(TILE).first
    group = sorter.group()
    other = {"disc": "square", "square": "disc"}[group]
    said = []
    for _ in range(3):
        tile.click()
        said.append(sorter.states()[0])
    assert said == [f"→ {other}", f"not {group}", ""]
    assert tile.get_attribute("aria-checked") == "true"
    tile.click()
    assert str(tile.get_attribute("aria-label")).endswith(f"belongs to {other}")
    titles = sorter.tiles()
    sorter.press("x")
    sorter.screen.saved()
    into = {name: len(kinds) for name, kinds in sorted_into(server, criterion).items()}
    assert into == {group: 2, other: 3}
    rows = [row for row in server.decisions(criterion) if row["strategy"] == "sweep"]
    assert len([row for row in rows if row["verdict"] == "different"]) == len(titles)


def test_a_tile_is_dragged_onto_a_group_by_the_mouse(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1], triangle=[0, 1])
    ready(server, criterion)
    sorter.begin("sweep")
    page = sorter.page
    target = ({"disc", "square", "triangle"} - {sorter.group()}).pop()
    row = page.locator(f".progress-group:has(b:text-is('{target}'))")
    page.locator(TILE).nth(3).drag_to(row)
    assert sorter.states()[3] == f"→ {target}"
    assert page.locator(".sort-ghost").count() == 0
    moved = sorter.tiles()[3]
    sorter.press("Enter")
    sorter.screen.saved()
    groups = server.get("/api/groups", criterion=criterion)["groups"]
    (found,) = [g for g in groups if g["name"] == target]
    assert moved in [item["name"] for item in found["items"]]


def test_two_piles_are_joined_and_parted_again(server: Any, criterion: str, sorter: Sorter) -> None:
    for one, other in ((0, 1), (2, 3)):
        server.decide(criterion, f"disc/disc {one:02d}.png", f"disc/disc {other:02d}.png", "same")
    ready(server, criterion, "merge")
    sorter.begin("merge")
    assert sorter.page.locator(".sort-pile-tiles .sort-tile").count() == 4
    asked = sorter.question()
    sorter.page.select_option(".sort-kinds select", "")
    sorter.comes_back(asked)
    sorter.press(" ")  # put off: something else is asked
    assert sorter.page.get_attribute(".sort", "data-form") == "name"
    sorter.stay("merge")
    sorter.page.keyboard.press("a")
    server.until(lambda: len(server.decisions(criterion)) == 3, 10, "joined")
    assert sorted_into(server, criterion) == {"": ["disc"] * 4}
    sorter.page.keyboard.press("Backspace")
    sorter.comes_back(asked)
    assert len(sorted_into_all(server, criterion)) == 2
    sorter.page.keyboard.press("x")
    server.until(lambda: len(server.decisions(criterion)) == 3, 10, "parted")
    assert len(sorted_into_all(server, criterion)) == 2


def sorted_into_all(server: Any, criterion: str) -> list[Any]:
    return list(server.get("/api/groups", criterion=criterion)["groups"])


def test_too_few_images_to_accept_any_unseen_are_told(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1, 2, 3], square=[0, 1, 2, 3], triangle=[0, 1, 2, 3])
    ready(server, criterion)
    sorter.begin("sweep")
    sorter.page.click(".accept-ask button")
    sorter.page.wait_for_selector(".toast")
    assert server.get("/api/claims", criterion=criterion)["claims"] == []


def test_a_reload_in_the_middle_of_a_grid_applies_nothing(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion)
    before = server.decisions(criterion)
    sorter.begin("sweep")
    for place in (0, 3):
        sorter.page.locator(TILE).nth(place).click()
    sorter.page.reload()
    sorter.page.wait_for_selector(TILE)  # this browser stays in Sort
    assert set(sorter.states()) == {""}
    assert server.decisions(criterion) == before


def test_answers_wait_for_a_server_that_is_away(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion, "name")
    before = len(server.decisions(criterion))
    sorter.begin("name")
    page = sorter.page
    page.wait_for_timeout(1500)  # the questions ahead are here
    page.route("**/api/**", lambda route: route.abort())
    asked = [sorter.press("1").split()[1], sorter.press("2").split()[1]]
    page.wait_for_selector(".pill.warn:has-text('2 unsaved')")
    assert len(server.decisions(criterion)) == before
    page.unroute("**/api/**")
    sorter.screen.saved()
    grouped = {item["id"] for g in sorted_into_all(server, criterion) for item in g["items"]}
    assert set(asked) <= grouped
    sorter.screen.errors[:] = [e for e in sorter.screen.errors if "net::ERR_FAILED" not in e]


def test_two_at_once_hold_other_images_and_see_each_others_groups(
    server: Any, criterion: str, open_screen: Any
) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion)
    ann, bob = (Sorter(open_screen(who)) for who in ("ann", "bob"))
    for one in (ann, bob):
        one.screen.wait_pair()
        one.begin("name")
    seen = [one.name() for _ in range(4) for one in (ann, bob)]
    assert len(set(seen)) == len(seen)
    for one in (ann, bob):
        one.screen.saved()
        one.page.wait_for_selector(".progress-group b:text-is('triangle')")
    groups = sorted_into(server, criterion)
    assert all(set(kinds) == {name} for name, kinds in groups.items())
    for one in (ann, bob):
        known = one.screen.rpc("sort_next", n=1)["groups"]
        assert sum(group["size"] for group in known) == 12


def test_a_group_that_is_gone_is_told_and_something_else_is_asked(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    item = server.items["disc/disc 00.png"]
    said = {"criterion": criterion, "reviewer": "bob", "item": item, "new": "disc"}
    server.post("/api/sort/names", said)
    named(server, criterion, square=[0])
    ready(server, criterion, "name")
    sorter.begin("name")
    page = sorter.page
    key = sorter.key_of("disc")
    page.route("**/api/sort/questions", lambda route: route.abort())
    page.route("**/api/presence**", lambda route: route.abort())
    server.post("/api/undo", {"criterion": criterion, "reviewer": "bob"})
    before = len(server.decisions(criterion))
    asked = sorter.question()
    page.keyboard.press(str(key))
    page.wait_for_selector(".toast.bad:has-text('not taken')")
    page.unroute("**/api/sort/questions")
    page.unroute("**/api/presence**")
    sorter.comes_back(asked)
    page.wait_for_function(
        "![...document.querySelectorAll('.sort-groups b')].some((b) => b.textContent === 'disc')"
    )
    assert len(server.decisions(criterion)) == before
    sorter.screen.errors[:] = [e for e in sorter.screen.errors if "net::ERR_FAILED" not in e]


def test_an_answer_that_is_probably_a_slip_is_changed_where_it_is_told(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    first, second, third = (f"disc/disc 0{n}.png" for n in range(3))
    server.decide(criterion, first, second, "same")
    server.decide(criterion, second, third, "same")
    server.decide(criterion, first, third, "different")
    sorter.begin()
    page = sorter.page
    page.wait_for_selector(".slip")
    assert "1 answer is probably a slip" in page.inner_text(".look-again")
    assert page.locator(".slip img").count() == 2
    page.focus(".slip")
    page.keyboard.press("a")  # for the card, not for the question
    page.wait_for_selector(".slip", state="detached")
    assert server.get("/api/conflicts", criterion=criterion) == []
    assert "No answer looks like a slip" in page.inner_text(".look-again")


def test_where_a_form_has_nothing_to_ask_a_button_leads_on(sorter: Sorter) -> None:
    sorter.begin()
    page = sorter.page
    page.select_option(".sort-kinds select", "sweep")
    page.wait_for_selector(".sort >> text=Name a few images first")
    page.click(".sort >> text=Choose for me")
    page.wait_for_selector(".sort-name")
    assert page.input_value(".sort-kinds select") == ""
    page.click("[data-mode=pairs]")
    page.wait_for_selector(".card-body:not([hidden])[data-pair*='-']")
    assert not page.is_visible(".sort")


def test_what_is_put_off_comes_back_and_what_is_decided_is_not_asked(
    server: Any, criterion: str, sorter: Sorter
) -> None:
    named(server, criterion, disc=[0], square=[0])
    left = [f"{group}/{group} 0{number}.png" for group in ("disc", "square") for number in (1, 2)]
    kept = {*left, "disc/disc 00.png", "square/square 00.png"}
    others = [item for name, item in server.items.items() if name not in kept]
    screen, page = sorter.screen, sorter.page
    screen.rpc("training_set_settings", values={"idle_seconds": 9999})
    screen.rpc("review_exclude", items=others)
    try:
        sorter.begin("name")
        seen = [sorter.image()]
        for key in (" ", "u", " "):
            sorter.press(key)
            seen.append(sorter.image())
        assert sorted(seen) == sorted(left)
        sorter.name()  # the last one; those put off come back
        again = [sorter.image()]
        for _ in range(2):
            sorter.name()
            again.append(sorter.image())
        assert sorted(again) == sorted(seen[:3])
        page.keyboard.press(str(sorter.key_of(kind(sorter.image()))))
        page.wait_for_selector(".sort .note")
        screen.saved()
        into = sorted_into(server, criterion)
        assert into == {"disc": ["disc"] * 3, "square": ["square"] * 3}
    finally:
        screen.rpc("review_exclude", items=others, restore=True)


def test_a_group_is_checked_by_a_click(server: Any, criterion: str, sorter: Sorter) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1])
    ready(server, criterion)
    sorter.begin("name")
    for group in ("square", "disc"):
        sorter.page.click(f".progress-group:has(b:text-is('{group}'))")
        sorter.page.wait_for_selector(f".sort-sweep h1:has-text('not {group}?')")
    sorter.page.click(".sort-kinds button")
    sorter.page.wait_for_selector(".sort-name")


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_sort_by_touch_fits_a_phone(server: Any, criterion: str, open_screen: Any) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1], triangle=[0, 1])
    ready(server, criterion)
    sorter = Sorter(open_screen(**PHONE))
    page = sorter.page
    sorter.screen.wait_pair()
    page.tap("[data-mode=sort]")
    page.wait_for_selector(".sort-form")
    sorter.stay("name")
    asked = sorter.question()
    page.tap(f".sort-groups [data-key]:has(b:text-is('{kind(sorter.image())}'))")
    sorter.moves_on(asked)
    sorter.stay("sweep")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (f"{TILE} >> nth=-1", "[data-action=enter]", ".sort [data-action=undo]"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
    page.locator(TILE).nth(1).tap()
    assert sorter.states()[1] != ""
    target = ({"disc", "square", "triangle"} - {sorter.group()}).pop()
    drag_by_finger(page, 2, target)
    assert sorter.states()[2] == f"→ {target}"
    states, asked = sorter.states(), sorter.question()
    page.tap(".sort [data-action=enter]")
    sorter.moves_on(asked)
    sorter.screen.saved()
    assert len(sorted_into(server, criterion)[target]) >= 3
    page.tap(".sort [data-action=undo]")
    sorter.comes_back(asked)
    assert sorter.states() == states


def drag_by_finger(page: Any, place: int, target: str) -> None:
    """Take a tile sideways, then down to the group among those that stand below meanwhile."""
    touch = page.context.new_cdp_session(page)

    def at(kind_of: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        touch.send("Input.dispatchTouchEvent", {"type": kind_of, "touchPoints": points})

    box = page.locator(TILE).nth(place).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    at("touchStart", x, y)
    at("touchMove", x - 15, y)
    at("touchMove", x - 30, y + 5)
    found = page.wait_for_function(  # in one look: new groups may come in at any time
        "target => { const all = [...document.querySelectorAll('.sort-dock .sort-group')];"
        " const group = all.find((one) => one.querySelector('b').textContent === target);"
        " const box = group?.getBoundingClientRect(); return box?.width ? box.toJSON() : null; }",
        arg=target,
    )
    box = found.json_value()
    at("touchMove", box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    at("touchEnd")


def test_sort_fits_the_window(server: Any, criterion: str, open_screen: Any) -> None:
    named(server, criterion, disc=[0, 1], square=[0, 1], triangle=[0, 1])
    ready(server, criterion)
    for scheme in ("light", "dark"):
        sorter = Sorter(
            open_screen("ann", color_scheme=scheme, viewport={"width": 1280, "height": 720})
        )
        sorter.screen.wait_pair()
        sorter.begin("sweep")
        # Measured in one step, for parts are painted anew meanwhile.
        last = "(part) => [...document.querySelectorAll(part)].at(-1).getBoundingClientRect()"
        for part in (TILE, ".sort [data-action=undo]", ".progress-group", ".look-again"):
            box = sorter.page.evaluate(f"{last}.toJSON()", part)
            assert box["width"] > 0
            assert box["right"] <= 1280
            assert box["bottom"] <= 720
        columns = sorter.page.evaluate(
            "getComputedStyle(document.querySelector('.sort-grid')).gridTemplateColumns"
        )
        assert len(columns.split()) == 8
        sorter.screen.rpc("review_release")  # the other window is asked about the same images
