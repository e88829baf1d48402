"""A page whose parts arrive late, in any order, or only at the second time of asking."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

CONTENT = {
    "review": ".card-body:not([hidden]) .side",
    "map": ".plot .gl-container",
    "groups": ".group",
    "teach": ".teach-open",
    "strategies": "table.strategies tr.family",
    "training": "tr[data-generation]",
    "decisions": "table.decisions td",
}


def late(seconds: float) -> Callable[[Any], None]:
    def serve(route: Any) -> None:
        time.sleep(seconds)
        route.continue_()

    return serve


@pytest.mark.parametrize("view", CONTENT)
def test_a_tab_clicked_before_its_panel_has_arrived(view: str, open_screen: Any) -> None:
    screen = open_screen(start=False)
    screen.page.route(f"**/assets/js/{view}.js", late(2.5))
    screen.start()
    screen.show(view)
    screen.page.wait_for_selector(CONTENT[view], state="attached", timeout=60_000)


def test_sessions_that_could_not_be_listed_at_first_are_asked_for_again(
    server: Any, open_screen: Any
) -> None:
    server.post("/api/teach/sessions", {"name": "listed late", "category": "wanted"})
    screen = open_screen()
    screen.wait_pair()
    refused = []

    def refuse(route: Any) -> None:
        if route.request.url.endswith("/api/teach/sessions") and len(refused) < 2:
            refused.append(route)
            route.abort()
        else:
            route.continue_()

    screen.page.route("**/api/**", refuse)
    screen.show("teach")
    screen.page.wait_for_selector(".teach-end, .teach-review", timeout=60_000)
    assert len(refused) == 2
    assert "listed late" in screen.page.inner_text("select[aria-label=Session]")
    screen.errors[:] = [one for one in screen.errors if "ERR_FAILED" not in one]
