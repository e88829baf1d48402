"""Who asks: every client holds pairs of its own, named or not; reading takes none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import in_threads

from curation.http.app import create_app
from curation.workspace import Workspace

CRITERION = "belongs together"


@pytest.fixture
def url(workspace: Workspace) -> Iterator[str]:
    """The address of a server with threads."""
    with in_threads(create_app(workspace)) as address:
        yield address


def leased(url: str, client: str = "", **body: Any) -> dict[str, Any]:
    headers = {"X-Client": client} if client else {}
    answer = httpx.post(f"{url}/api/proposals", json={"n": 5, **body}, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def keys(cards: dict[str, Any]) -> set[str]:
    return {card["key"] for card in cards["cards"]}


@pytest.mark.parametrize("names", [("", ""), ("one", "two")])
def test_two_scripts_at_once_are_given_different_pairs(url: str, names: tuple[str, str]) -> None:
    given: list[dict[str, Any]] = []
    together = threading.Barrier(2)

    def script(name: str) -> None:
        together.wait()
        for _ in range(3):
            given.append(leased(url, name))

    scripts = [threading.Thread(target=script, args=(name,)) for name in names]
    for one in scripts:
        one.start()
    for one in scripts:
        one.join()
    assert len(given) == 6
    of_client: dict[str, set[str]] = {}
    for cards in given:
        assert keys(cards)
        of_client.setdefault(cards["client"], set()).update(keys(cards))
    held = list(of_client.values())
    assert len(held) == (2 if names[0] else 6)
    assert sum(map(len, held)) == len(set().union(*held))


def test_a_client_holds_its_pairs_until_it_gives_them_back(url: str) -> None:
    first = leased(url)
    client = first["client"]
    assert keys(leased(url, client)) == keys(first)
    assert not keys(leased(url, "other")) & keys(first)
    alive = httpx.post(f"{url}/api/presence", json={}, headers={"X-Client": client})
    assert alive.json()["counts"] == httpx.get(f"{url}/api/status").json()["counts"]
    assert httpx.post(f"{url}/api/release", headers={"X-Client": client}).status_code == 200
    assert keys(leased(url, "third")) & keys(first)


def test_who_must_give_a_name_is_told_so(url: str) -> None:
    for path in ("presence", "release"):
        answer = httpx.post(f"{url}/api/{path}", json={})
        assert answer.status_code == 422
        assert "header.X-Client" in answer.json()["message"]
    for bad in ("x" * 65, "\u00e9", ""):
        headers = {"X-Client": bad.encode("latin-1")}
        answer = httpx.post(f"{url}/api/proposals", json={}, headers=headers)
        assert answer.status_code == 422, bad


def images(asked: dict[str, Any]) -> set[str]:
    found = set[str]()
    for one in asked["questions"]:
        found |= {one["item"]["id"]} if one["form"] == "name" else {t["id"] for t in one["tiles"]}
    return found


def test_two_clients_at_once_sort_different_images(url: str, workspace: Workspace) -> None:
    """Before there is a group, while there is one, and in grids."""
    ids = [item.id for item in workspace.catalogue.items]
    for form, groups in (("name", ()), ("name", ("disc", "square")), ("sweep", ())):
        for item, name in zip(ids, groups, strict=False):
            httpx.post(f"{url}/api/sort/names", json={"item": item, "new": name})
        given: list[dict[str, Any]] = []
        together = threading.Barrier(3)

        def ask(name: str) -> None:
            together.wait()  # noqa: B023
            body = {"form": form, "n": 5 if form == "name" else 1}  # noqa: B023
            answer = httpx.post(
                f"{url}/api/sort/questions", json=body, headers={"X-Client": name}, timeout=60
            )
            given.append(answer.json())  # noqa: B023

        clients = [threading.Thread(target=ask, args=(name,)) for name in ("a", "b", "c")]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        held = [images(one) for one in given]
        assert all(held)
        assert sum(map(len, held)) == len(set().union(*held)), form
        for name in ("a", "b", "c"):
            httpx.post(f"{url}/api/release", headers={"X-Client": name})
    for path in ("proposals", "sort/questions", "sort/names"):
        refused = httpx.get(f"{url}/api/{path}")
        assert refused.status_code == 405
        assert "Expected POST, got GET" in refused.json()["message"]


def test_reading_changes_nothing(url: str, workspace: Workspace) -> None:
    """Every route that is read, once; what was leased, decided and kept is as it was."""
    first = leased(url, "one")
    queue = workspace.engine.criteria[CRITERION].asking.queue

    def standing() -> Any:
        files = {path: path.stat().st_mtime_ns for path in workspace.paths.root.glob("*.json")}
        return queue.pending(), workspace.log.position(CRITERION), files

    before = standing()
    item = workspace.catalogue.items[0].id
    described = httpx.get(f"{url}/api/openapi.json").json()["paths"]
    read = [path for path, methods in described.items() if "get" in methods]
    assert len(read) > 20
    for path in read:
        asked = path.replace("{item}", item).replace("{session}", "none")
        query = {"by": "group", "query": "a", "bin": "b"}
        answer = httpx.get(f"{url}{asked}", params=query, timeout=60)
        assert answer.status_code in (200, 400, 404), (path, answer.text)
    assert standing() == before
    assert keys(leased(url, "one")) == keys(first)
