"""Bins of a session: renamed, merged and made anew."""

from __future__ import annotations

import pytest
from at_the_belt import on_belt, open_session, tap


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
