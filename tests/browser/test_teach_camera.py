"""A camera in front of the browser: what it sees is on the belt, and can be sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDTH, HEIGHT, FPS = 320, 240, 5
SCENES = ((90, 90, 220), (180, 220, 60), (60, 160, 160))
"""Luma and both chromas of what lies before the camera, two seconds each."""


def write_film(path: Path) -> None:
    """A YUV4MPEG2 film of discs of different colours on grey."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (x - WIDTH // 2) ** 2 + (y - HEIGHT // 2) ** 2 < 70**2
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for luma, *chromas in SCENES:
            planes = [np.where(disc, luma, 200)]
            planes += [np.where(disc[::2, ::2], chroma, 128) for chroma in chromas]
            picture = b"".join(plane.astype(np.uint8).tobytes() for plane in planes)
            film.write((b"FRAME\n" + picture) * 2 * FPS)


@pytest.fixture
def filmed(launch: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    """A context of a browser whose camera plays the film."""
    write_film(tmp_path / "film.y4m")
    seeing = launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}",
    )
    yield seeing.new_context(viewport={"width": 1280, "height": 720})
    seeing.close()


def test_a_camera_feeds_the_belt(server: Any, open_screen: Any, filmed: Any) -> None:
    before = server.get("/api/overview")["n_items"]
    screen = open_screen(context=filmed)
    page = screen.page
    screen.show("teach")
    page.click(".teach-open")
    page.fill("dialog input[name=name]", "filmed")
    page.click("dialog button.primary")
    page.wait_for_function(
        "document.querySelector('select[aria-label=Session]')?.selectedOptions[0].text === 'filmed'"
    )
    page.click(".teach-camera")
    page.wait_for_selector("#panel-camera video")
    seen = server.until(lambda: of_the_camera(server, before), 120, "two frames as items")
    page.click(".teach-camera")
    page.wait_for_selector("#panel-camera video", state="detached")
    tile = page.locator(f".teach .tile[data-id='{seen[-1]}']")
    tile.click()
    page.keyboard.press("n")
    page.fill("dialog input[name=name]", "blue")
    page.click("dialog button.primary")
    page.wait_for_selector(".teach .bin[data-bin='blue'] img")
    state = server.get("/api/teach/sessions/filmed/state")
    assert state["bins"][0]["items"] == [seen[-1]]


def of_the_camera(server: Any, before: int) -> list[str]:
    """Items that came since, once there are two."""
    answers = server.get("/api/teach/sessions/filmed/answers")["answers"]
    known = set(server.items.values())
    new = [item for item in answers if item not in known]
    return new if len(new) > 1 and server.get("/api/overview")["n_items"] > before else []
