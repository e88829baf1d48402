"""Bad input by a table: every field of every operation, every path, bodies that are none.

Whatever comes, the answer is a refusal with a name and a text, never a failure of the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from serving import in_threads

from curation import settings
from curation.errors import CurationError
from curation.http.app import create_app
from curation.http.errors import answer_errors
from curation.http.openapi import description
from curation.teaching.robot import RobotClient
from curation.workspace import Workspace

CRITERION = "belongs together"
SURROGATE = "\\ud800"
"""Half of a surrogate pair, as JSON writes it."""
HOSTILE = (
    f'"{SURROGATE}"', f'["{SURROGATE}"]', f'{{"{SURROGATE}": 1}}',
    '"a\\u0000b"', '"' + "x" * 20_000 + '"',
    "1" + "0" * 30, "-1", "1" + "0" * 5_000, "1e400", "NaN", "true", "null", "[]", "{}", '[["a"]]',
    '{"every_decisions": 1' + "0" * 30 + "}", "[" * 60 + "]" * 60,
)  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b'"x"', b"1", b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', b"[" * 100_000,
    b'{"criterion": ' + b"9" * 5_000 + b"}", f'{{"{SURROGATE}": 1}}'.encode(),
)  # fmt: skip
DESCRIBED = description()


@pytest.fixture
def http(workspace: Workspace) -> Iterator[TestClient]:
    app = create_app(workspace)
    with TestClient(app, raise_server_exceptions=False, headers={"X-Client": "me"}) as client:
        yield client


def refused(answer: Any) -> bool:
    """True for a refusal; fails for a failure of the server, and for a refusal of another form."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return False
    told = answer.json()
    assert set(told) == {"error", "message"}, told
    assert told["error"]
    assert told["message"]
    return True


def fields(path: str, method: str) -> list[str]:
    content = DESCRIBED["paths"][path][method].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", ()))


WRITTEN = [
    (path, method)
    for path, methods in DESCRIBED["paths"].items()
    for method in methods
    if fields(path, method)
]
SAMPLE = {
    "criterion": CRITERION, "a": "0" * 32, "b": "1" * 32, "item": "0" * 32, "items": ["0" * 32],
    "covers": ["1" * 32], "verdict": "same", "group": "0" * 32, "groups": ["0" * 32, "1" * 32],
    "name": "other", "accept": True, "objective": "supcon", "values": {}, "bin": "x", "to": "y",
    "share": 0.5, "robot": "arm", "mode": "sort",
    "decisions": [{"a": "0" * 32, "b": "1" * 32, "verdict": "same"}],
}  # fmt: skip


def place(path: str) -> str:
    known = {"{session}": "taught", "{number}": "0", "{step}": "pause", "{item}": "0" * 32}
    for name, value in known.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize(("path", "method"), WRITTEN)
def test_every_field_of_every_body(http: TestClient, path: str, method: str) -> None:
    http.post("/api/teach/sessions", json={"name": "taught", "mode": "sort"})
    names = fields(path, method)
    sample = {name: SAMPLE[name] for name in names if name in SAMPLE}
    headers = {"Content-Type": "application/json"}
    for name in [*names, "unknown"]:
        for value in HOSTILE:
            rest = {key: one for key, one in sample.items() if key != name}
            text = json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {value}}}'
            answer = http.request(method, place(path), content=text, headers=headers)
            assert refused(answer) or name != "unknown"
    for body in BODIES:
        refused(http.request(method, place(path), content=body, headers=headers))


@pytest.mark.parametrize("bad", ["%00", "%ed%a0%80", "%ff", "x" * 300, "..%2f..%2fetc", "1" * 40])
def test_every_path_and_query(http: TestClient, bad: str) -> None:
    for path, methods in DESCRIBED["paths"].items():
        for method, described in methods.items():
            asked = path
            for name in ("{session}", "{number}", "{step}", "{item}", "{robot}"):
                asked = asked.replace(name, bad)
            names = (
                [one["name"] for one in described["parameters"] if one["in"] == "query"]
                if ("parameters" in described)
                else []
            )
            query = "&".join(f"{name}={bad}" for name in names)
            refused(http.request(method, f"{asked}?{query}", json={}))
    for path in ("/download/", "/assets/js/", "/assets/css/", "/"):
        assert refused(http.get(f"{path}{bad}"))


def test_headers(http: TestClient) -> None:
    for name in ("X-Client", "Idempotency-Key", "Authorization", "Content-Length", "Origin"):
        for value in (b"\xff" * 100, b"x" * 1000, b""):
            refused(http.get("/api/status", headers={name: value}))
            refused(http.post("/api/teach/sessions", json={"name": "x"}, headers={name: value}))


def test_a_setting_out_of_range_is_not_saved(http: TestClient, workspace: Workspace) -> None:
    before = http.get("/api/settings").json()
    for name in ("every_decisions", "idle_seconds", "n_groups", "overlap"):
        for value in (10**30, -1, 0.5, "x", "1e400"):
            answer = http.post("/api/settings", json={"values": {name: value}})
            assert answer.status_code == 422, (name, value)
            assert name in answer.json()["message"]
    assert http.get("/api/settings").json() == before
    assert not workspace.paths.criteria.exists()


@pytest.mark.parametrize("name", settings.RANGES)
def test_a_setting_has_the_same_bounds_here_as_in_python(http: TestClient, name: str) -> None:
    low, high = settings.RANGES[name]
    for value, status in ((low, 200), (high, 200), (low - 1, 422), (high * 2, 422)):
        answer = http.post("/api/settings", json={"values": {name: value}})
        assert answer.status_code == status, (value, answer.text)
        if status == 200:
            settings.changed(settings.CriterionSettings(), {name: value})
        else:
            with pytest.raises(CurationError):
                settings.changed(settings.CriterionSettings(), {name: value})


def test_names_and_questions_are_bounded(http: TestClient) -> None:
    for name in ("", "a\0b", "a\nb", "\x7f", "x" * 201):
        assert http.post("/api/criteria", json={"name": name}).status_code == 422, name
    for question in ("x" * 10_001, "a\0"):
        body = {"name": "fine", "question": question}
        assert http.post("/api/criteria", json=body).status_code == 422
    body = {"name": "x" * 200, "question": "in\ntwo lines " + "x" * 9_000}
    assert http.post("/api/criteria", json=body).status_code == 200


def test_an_item_beside_itself_is_no_pair(http: TestClient, workspace: Workspace) -> None:
    item = workspace.catalogue.items[0].id
    told = http.post("/api/skip", json={"a": item, "b": item}).json()
    assert told["error"] == "InvalidRequest"
    assert "two different items" in told["message"]
    refused = http.post("/api/sort/skip", json={"pairs": [[item, item]]})
    assert refused.status_code == 422


def test_a_thousand_decisions_a_request_at_most(http: TestClient, workspace: Workspace) -> None:
    ids = [item.id for item in workspace.catalogue.items]
    pairs = [(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]][:1001]
    given = [{"a": a, "b": b, "verdict": "unsure"} for a, b in pairs]
    refusal = http.post("/api/decisions", json={"decisions": given})
    assert refusal.status_code == 422
    assert "at most 1000" in refusal.json()["message"]
    assert workspace.log.position(CRITERION) == 0
    assert http.post("/api/decisions", json={"decisions": given[:1000]}).status_code == 200


def test_a_body_is_bounded(http: TestClient) -> None:
    body = {"name": "x", "question": "x" * (5 * 2**20)}
    answer = http.post("/api/criteria", json=body)
    assert answer.status_code == 413
    assert "may have 4 MB" in answer.json()["message"]


class StorageBusy(CurationError):
    """As the log raises it while another process writes."""


class StorageFull(CurationError):
    """As the log raises it where the disk is full."""


@pytest.mark.parametrize(("error", "status"), [(StorageBusy, 503), (StorageFull, 507)])
def test_a_robot_comes_again_where_the_storage_cannot_take_it(
    error: type[CurationError], status: int, monkeypatch: Any
) -> None:
    app = FastAPI()
    answer_errors(app)
    tries: list[int] = []

    @app.post("/api/teach/sessions/s/pick")
    def pick() -> dict[str, int]:
        tries.append(1)
        if len(tries) < 3:
            raise error("not now")
        return {"picks": 1}

    with TestClient(app) as client:
        answer = client.post("/api/teach/sessions/s/pick")
        assert (answer.status_code, answer.json()["error"]) == (status, error.__name__)
        assert ("Retry-After" in answer.headers) == (status == 503)
    monkeypatch.setattr("curation.teaching.robot.time.sleep", lambda _: None)
    with in_threads(app) as url:
        assert RobotClient(url, session="s").pick("x") == {"picks": 1}
    assert len(tries) == 3
