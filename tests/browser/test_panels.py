"""Map, galleries, groups, training, decisions and export in the browser."""

from __future__ import annotations

import urllib.error
import urllib.request
import zipfile
from typing import Any


def names(row: dict[str, Any]) -> set[str]:
    return {row["a"]["name"], row["b"]["name"]}


def test_neighbour_tiles_take_verdicts(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.locator(".strip .tile").first.click()
    tiles = screen.page.locator("#panel-gallery .tiles .tile")
    tiles.first.wait_for()
    near, other = (tiles.nth(i).get_attribute("data-id") for i in (0, 3))
    tiles.nth(0).locator(".mark.same").click()
    tiles.nth(3).locator(".mark.different").click()
    screen.page.keyboard.press("a")  # the drawer is open: not an answer
    rows = server.until(lambda: (r := server.decisions(criterion)) and len(r) == 2 and r, 10)
    found = {row["verdict"]: {row["a"]["id"], row["b"]["id"]} for row in rows}
    assert near in found["same"]
    assert other in found["different"]
    screen.page.keyboard.press("Control+z")
    server.until(lambda: len(server.decisions(criterion)) == 1, 10, "undo over the drawer")
    marked = screen.page.locator("#panel-gallery .tiles .mark[aria-pressed=true]")
    server.until(lambda: marked.count() == 1, 10, "the gallery shows it")
    screen.page.keyboard.press("Backspace")
    server.until(lambda: server.decisions(criterion) == [], 10, "and another one")
    screen.page.keyboard.press("Escape")
    assert screen.page.locator("body.drawer-open").count() == 0


def lasso(screen: Any) -> None:
    screen.page.wait_for_selector(".plot .gl-container", state="attached", timeout=90_000)
    screen.page.wait_for_timeout(800)
    screen.page.click("button[data-mode=lasso]")
    box = screen.page.locator(".plot").bounding_box()
    left, top = box["x"] + 8, box["y"] + 8
    right, bottom = left + box["width"] - 16, top + box["height"] - 16
    screen.page.mouse.move(left, top)
    screen.page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        screen.page.mouse.move(x, y, steps=8)
    screen.page.mouse.up()


def test_lasso_gallery_group_verdict_and_undo(
    server: Any, criterion: str, open_screen: Any
) -> None:
    screen = open_screen()
    screen.wait_pair()
    server.until(
        lambda: server.get("/api/status", criterion=criterion)["map_ready"], 120, "the map"
    )
    screen.show("map")
    lasso(screen)
    faces = screen.page.locator("#panel-gallery .tile .face")
    faces.first.wait_for(timeout=20_000)
    screen.page.click("text=Untick all")
    for place in (0, 1, 2):
        faces.nth(place).click()
    screen.page.click("text=These 3 belong together")
    server.until(lambda: len(server.decisions(criterion)) == 2, 10, "two decisions join three")
    assert server.get("/api/groups", criterion=criterion)["groups"][0]["size"] == 3
    screen.page.locator(".toast .link").last.click()
    server.until(lambda: server.decisions(criterion) == [], 10, "one undo takes back the gesture")


def test_none_belongs_to_the_marked_one(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.show("groups")
    screen.page.locator(".group.guess .mosaic").first.click()
    tiles = screen.page.locator("#panel-gallery .tile")
    tiles.first.wait_for()
    anchor = tiles.first.get_attribute("data-id")
    screen.page.click("text=Untick all")
    tiles.nth(0).locator(".anchor-mark").click()
    tiles.nth(1).locator(".face").click()
    tiles.nth(2).locator(".face").click()
    screen.page.click("text=None belongs to this one")
    rows = server.until(lambda: (r := server.decisions(criterion)) and len(r) == 2 and r, 10)
    assert {row["verdict"] for row in rows} == {"different"}
    assert all(anchor in (row["a"]["id"], row["b"]["id"]) for row in rows)


def test_generation_swap_during_review(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.rpc("training_set_settings", values={"every_decisions": 6})
    seen = []
    for place in range(40):
        seen.append(screen.press("a" if place % 3 == 0 else "x"))
        screen.page.wait_for_timeout(250)
        if server.get("/api/status", criterion=criterion)["generation"] and place > 14:
            break
    server.until(
        lambda: server.get("/api/status", criterion=criterion)["generation"], 90, "generation 1"
    )
    seen += [screen.press("x") for _ in range(8)]
    screen.saved()
    rows = server.decisions(criterion)
    kept = {"-".join(sorted((row["a"]["id"], row["b"]["id"]))) for row in rows}
    assert len(set(seen)) == len(seen)
    assert kept == set(seen)
    screen.page.wait_for_function(
        "Number(document.querySelector('.gen b').textContent) >= 1", timeout=10_000
    )
    screen.page.wait_for_function(
        "/generation [1-9]/.test(document.querySelector('.map-head').textContent)", timeout=120_000
    )


def test_restore_pins_until_resumed(server: Any, criterion: str, open_screen: Any) -> None:
    server.train(criterion, "generation")
    screen = open_screen()
    screen.show("training")
    screen.page.click("tr[data-generation='0'] button")
    screen.page.wait_for_selector(".banner:has-text('Generation 0 is pinned')")
    status = server.get("/api/status", criterion=criterion)
    assert (status["generation"], status["pinned"]) == (0, True)
    screen.page.click(".banner button:has-text('Resume')")
    server.until(lambda: not server.get("/api/status", criterion=criterion)["pinned"], 10)
    screen.page.wait_for_selector(".banner", state="detached")


def test_conflict_is_shown_with_its_path_and_resolved(
    server: Any, criterion: str, open_screen: Any
) -> None:
    a, b, c = (f"disc/disc 0{n}.png" for n in range(3))
    server.decide(criterion, a, b, "same")
    server.decide(criterion, b, c, "same")
    server.decide(criterion, a, c, "different")
    screen = open_screen()
    screen.page.wait_for_selector(".stats .attention:has-text('1')")
    screen.page.click(".stats .attention")
    box = screen.page.locator("article.conflict")
    box.wait_for()
    assert box.locator(".step").count() == 2
    box.locator(".step button").last.click()
    screen.page.click("dialog [data-verdict=different]")
    server.until(lambda: server.get("/api/status", criterion=criterion)["conflicts"] == 0, 10)
    box.wait_for(state="detached")


def test_groups_are_named_split_and_merged(server: Any, criterion: str, open_screen: Any) -> None:
    discs = [f"disc/disc 0{n}.png" for n in range(4)]
    for other in discs[1:]:
        server.decide(criterion, discs[0], other, "same")
    server.decide(criterion, "square/square 00.png", "square/square 01.png", "same")
    screen = open_screen()
    screen.wait_pair()
    screen.show("groups")
    made = screen.page.locator(".group:not(.guess)")
    made.first.wait_for()
    made.first.locator("input.name").fill("discs")
    made.first.locator("input.name").press("Enter")
    made.first.locator(".mosaic").click()
    faces = screen.page.locator("dialog .face")
    faces.nth(2).click()
    faces.nth(3).click()
    screen.page.click("text=Split off 2 items")

    def groups() -> list[dict[str, Any]]:
        found = server.get("/api/groups", criterion=criterion)["groups"]
        return sorted(found, key=lambda group: group["name"])

    server.until(lambda: [g["size"] for g in groups()] == [2, 2, 2], 10, "discs split")
    halves = [g for g in groups() if g["items"][0]["name"].startswith("disc")]
    squares = next(g for g in groups() if g["items"][0]["name"].startswith("square"))

    def tick(group: dict[str, Any]) -> None:
        screen.page.click(f".group[data-id='{group['id']}'] input[type=checkbox]")

    tick(halves[0])
    tick(halves[1])
    screen.page.click("text=Merge 2 groups")
    screen.page.wait_for_selector(".way-answer:has-text('different')")  # set apart a moment ago
    screen.page.keyboard.press("Escape")
    tick(halves[0])
    tick(squares)
    screen.page.click("text=Merge 2 groups")
    server.until(lambda: sorted(g["size"] for g in groups()) == [2, 4], 10, "two merged")
    assert groups()[-1]["name"] == "discs"


def test_export_is_downloaded(server: Any, criterion: str, open_screen: Any) -> None:
    server.decide(criterion, "disc/disc 00.png", "disc/disc 01.png", "same")
    server.decide(criterion, "disc/disc 00.png", "square/square 01.png", "different")
    screen = open_screen()
    screen.wait_pair()
    screen.show("export")
    screen.page.click("text=Write export")
    link = screen.page.locator(".result a").first
    link.wait_for(timeout=30_000)
    with screen.page.expect_download() as waiting:
        link.click()
    text = waiting.value.path().read_text()
    assert len(text.strip().splitlines()) == 3
    assert "disc/disc 00.png" in text


def test_images_in_their_groups_are_downloaded_as_a_zip(
    server: Any, criterion: str, open_screen: Any
) -> None:
    server.decide(criterion, "disc/disc 00.png", "disc/disc 01.png", "same")
    screen = open_screen()
    screen.wait_pair()
    screen.show("export")
    screen.page.click('[data-what="groups"]')
    screen.page.select_option('select[aria-label="Format"]', "folders")
    screen.page.click("text=Write export")
    link = screen.page.locator(".result a").first
    link.wait_for(timeout=30_000)
    with screen.page.expect_download() as waiting:
        link.click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        names = archive.namelist()
    assert sum(name.startswith("decided/") for name in names) == 2
    assert "metadata.csv" in names


def test_decisions_panel_searches_and_changes(
    server: Any, criterion: str, open_screen: Any
) -> None:
    server.decide(criterion, "disc/disc 00.png", "disc/disc 01.png", "same")
    server.decide(criterion, "square/square 00.png", "square/square 01.png", "same")
    screen = open_screen()
    screen.show("decisions")
    rows = screen.page.locator("table.decisions tbody tr")
    rows.nth(1).wait_for()
    screen.page.fill("[aria-label='Search decisions']", "square 00")
    server.until(lambda: rows.count() == 1, 10)
    rows.locator("select").select_option("unsure")
    server.until(
        lambda: {r["verdict"] for r in server.decisions(criterion)} == {"same", "unsure"}, 10
    )


def test_find_by_name_and_exclude(server: Any, criterion: str, open_screen: Any) -> None:
    screen = open_screen()
    screen.wait_pair()
    screen.page.fill(".find input[type=search]", "triangle 0")
    screen.page.keyboard.press("Enter")
    tiles = screen.page.locator("#panel-gallery .tile")
    tiles.first.wait_for()
    assert tiles.count() == 10
    assert tiles.locator("small").count() == 0  # a name has no similarity
    screen.page.keyboard.press("Escape")
    excluded = screen.page.locator(".side .corner").first
    excluded.click(force=True)
    screen.page.click("dialog button:has-text('Exclude')")
    screen.page.wait_for_selector(".toast:has-text('Excluded')")
    screen.page.click(".toast .link")
    screen.show("decisions")
    server.until(lambda: screen.rpc("decisions_excluded")["items"] == [], 10)


def test_other_sites_reach_neither_page_nor_panels(server: Any) -> None:
    def status(path: str, body: bytes | None = None, **headers: str) -> int:
        request = urllib.request.Request(f"{server.url}/{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    assert status("") == 200
    assert status("", Host="evil.example") == 403
    for path in ("gradio_api/component_server", "api/undo"):
        assert status(path, b"{}", Origin="http://evil.example") == 403
        assert status(path, b"{}", Origin=server.url) not in (200, 403)


def test_another_objective_is_tried_beside(server: Any, criterion: str, open_screen: Any) -> None:
    server.train(criterion, "map_generation")
    screen = open_screen()
    screen.show("training")
    choice = screen.page.locator(".trial-box select")
    assert choice.locator("option[value=clip]").is_disabled()
    assert "needs a vector of a second modality" in choice.inner_text()
    choice.select_option("supcon")
    screen.page.click(".trial-box button:has-text('Try')")
    maps = screen.page.locator(".trial figure canvas")
    server.until(lambda: maps.count() == 2, 120, "both maps")
    used = server.get("/api/status", criterion=criterion)
    made = used["trial"]["number"]
    assert used["generation"] < made
    box = screen.page.locator(".trial-box")
    assert "Both were made from 4 decisions." in box.inner_text()
    canvas = maps.last.element_handle()
    server.decide(criterion, "disc/disc 00.png", "disc/disc 05.png", "same")
    server.until(lambda: "4 decisions; 1 more since" in box.inner_text(), 30, "what came since")
    assert canvas.is_visible()  # an answer draws no map anew
    use = screen.page.locator(".trial button:has-text('Use this one')")
    calls = "**/api/**"
    refused = {"error": "StorageFull", "message": "No space left."}
    screen.page.route(
        calls,
        lambda call: (
            call.fulfill(status=507, json=refused)
            if call.request.url.endswith("/restore")
            else call.continue_()
        ),
    )
    use.click()
    screen.page.wait_for_selector(".toast.bad:has-text('No space left')")
    assert screen.rpc("training_settings")["objective"] != "supcon"
    assert screen.page.locator(".toast:has-text('is in use')").count() == 0
    screen.page.unroute(calls)
    screen.errors[:] = [one for one in screen.errors if "507" not in one]
    use.click()
    screen.page.wait_for_selector(f".toast:has-text('Generation {made} is in use')")
    now = server.get("/api/status", criterion=criterion)
    assert (now["generation"], now["pinned"]) == (made, False)
    assert screen.rpc("training_settings")["objective"] == "supcon"
    server.until(lambda: use.count() == 0, 10, "nothing left to choose")
