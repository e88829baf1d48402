"""Teaching over HTTP: tokens, keys, bad input, too much at once, and the robot's client."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import numpy as np
import pytest
from conftest import draw
from fastapi.testclient import TestClient
from PIL import Image
from serving import in_threads

from curation.http import bodies
from curation.http.app import create_app
from curation.teaching.robot import RobotClient, RobotError

PATH = "/api/teach/sessions"


def png(shape="disc", seed=99):
    data = io.BytesIO()
    draw(shape, np.random.default_rng(seed)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def http(image_workspace) -> Iterator[TestClient]:
    with TestClient(create_app(image_workspace)) as client:
        yield client


@pytest.fixture
def session(http):
    made = http.post(PATH, json={"name": "discs", "mode": "pick", "category": "disc"})
    assert made.status_code == 200, made.text
    return f"{PATH}/{made.json()['session']}"


def test_a_session(http, session, image_workspace, oracle):
    for item in oracle.members(image_workspace, "disc")[:6]:
        assert http.post(f"{session}/observe", json={"item": item}).json()["item"] == item
        assert http.post(f"{session}/pick", json={"item": item}).json()["bin"] == "disc"
    seen = http.post(f"{session}/observe", content=png()).json()
    assert (seen["bin"], http.get(f"{session}/state").json()["picks"]) == ("disc", 6)
    named = http.post("/api/train", json={"criterion": "discs", "objective": "supcon"})
    assert (named.status_code, named.json()["error"]) == (400, "TrainingError")
    key = {"Idempotency-Key": "k"}
    for _ in range(2):
        again = http.post(f"{session}/pick", json={"item": seen["item"]}, headers=key).json()
    assert (again["repeated"], again["picks"]) == (True, 7)
    assert http.post(f"{session}/undo", json={}).json()["picks"] == 6
    assert len(http.get(f"{session}/answers").json()["answers"]) >= 48
    assert http.get(PATH).json()[0]["picks"] == 6
    ended = http.post(f"{session}/end", json={}).json()
    assert ended["status"] == "ended"
    with http.stream("GET", f"{session}/events") as stream:
        assert any(line.startswith("data: {") for line in stream.iter_lines())


def test_a_session_over_a_criterion(http, image_workspace):
    image_workspace.criteria.add("discs")
    asked = {"name": "discs", "mode": "sort"}
    assert http.post(PATH, json=asked).status_code == 422
    assert http.get(PATH).json() == []
    assert http.post(PATH, json={**asked, "take_over": True}).status_code == 200


def test_sorting(http, image_workspace, oracle):
    made = http.post(PATH, json={"name": "bins", "mode": "sort"}).json()
    session = f"{PATH}/{made['session']}"
    for shape in ("disc", "square"):
        for item in oracle.members(image_workspace, shape)[:2]:
            http.post(f"{session}/observe", json={"item": item})
            http.post(f"{session}/sort", json={"item": item, "bin": shape})
    state = http.post(f"{session}/rename", json={"bin": "disc", "to": "round"}).json()
    assert [one["name"] for one in state["bins"]] == ["round", "square"]
    state = http.post(f"{session}/merge", json={"bin": "round", "to": "square"}).json()
    assert [one["taught"] for one in state["bins"]] == [4]
    again = {"item": oracle.members(image_workspace, "disc")[0], "bin": "disc"}
    assert http.post(f"{session}/sort", json=again).json()["bin"] == "square"
    assert http.post(f"{session}/sort", json={**again, "new": True}).json()["bin"] == "disc"


@pytest.mark.parametrize(
    ("path", "send", "status"),
    [
        ("observe", {"content": b""}, 422),
        ("observe", {"content": b"not an image"}, 422),
        ("observe", {"content": png()[:200]}, 422),
        ("observe", {"json": {"item": "0" * 32}}, 404),
        ("observe", {"json": {"name": "x"}}, 422),
        ("observe", {"json": {"item": "x"}, "headers": {"Authorization": "Bearer x"}}, 401),
        ("end", {"json": {}, "headers": {"Authorization": "Bearer x"}}, 403),
        ("pick", {"json": {"item": "0" * 32}}, 404),
        ("sort", {"json": {"item": "x", "bin": ""}}, 422),
        ("rename", {"json": {"bin": "none", "to": "x"}}, 404),
        ("stop", {"json": {}}, 422),
        ("asks", {"json": {"share": 2}}, 422),
    ],
)
def test_bad_input(http, session, path, send, status):
    answer = http.post(f"{session}/{path}", **send)
    assert answer.status_code == status, answer.text
    assert {name: type(told) for name, told in answer.json().items()} == {
        "error": str,
        "message": str,
    }
    assert http.get(f"{session}/state").json()["observed"] == 0


def test_unknown_and_unobserved(http, session, image_workspace):
    assert http.get(f"{PATH}/none/state").status_code == 404
    assert http.get(f"{PATH}/none/events").status_code == 404
    item = image_workspace.catalogue.items[0].id
    assert http.post(f"{session}/pick", json={"item": item}).status_code == 404


def test_too_large_an_image(http, session, monkeypatch):
    monkeypatch.setattr(bodies, "LARGEST_FILE", 1000)
    assert http.post(f"{session}/observe", content=b"x" * 1001).status_code == 413

    def parts():
        yield b"x" * 600
        yield b"x" * 600

    assert http.post(f"{session}/observe", content=parts()).status_code == 413


def jpeg(picture):
    data = io.BytesIO()
    picture.save(data, "JPEG")
    return data.getvalue()


def test_a_cameras_frames(http, session, image_workspace):
    known = len(image_workspace.catalogue.items)
    disc = draw("disc", np.random.default_rng(99))
    seen = http.post(f"{session}/frames", content=jpeg(disc), headers={"X-Client": "tab"}).json()
    assert seen["item"] in image_workspace.catalogue.position
    still = http.post(f"{session}/frames", content=jpeg(disc), headers={"X-Client": "tab"})
    assert (still.status_code, still.json()) == (200, None)
    large = jpeg(Image.new("L", (5000, 4000)))
    for data, status, told in (
        (png(), 422, "as a JPEG"),
        (b"", 422, "as a JPEG"),
        (b"\xff\xd8\xff", 422, "damaged JPEG"),
        (large, 422, "16,000,000 pixels"),
        (jpeg(disc) + bytes(4 * 2**20), 413, "4 MB"),
    ):
        refused = http.post(f"{session}/frames", content=data)
        assert (refused.status_code, told in refused.json()["message"]) == (status, True)
    assert http.post(f"{PATH}/none/frames", content=jpeg(disc)).status_code == 404
    assert len(image_workspace.catalogue.items) == known + 1


def test_a_burst_is_told_to_come_again(http, session, image_workspace):
    taken, known = image_workspace.teach.robot._images._places, len(image_workspace.catalogue.items)
    while taken.acquire(blocking=False):
        pass
    answer = http.post(f"{session}/observe", content=png())
    assert (answer.status_code, answer.json()["error"]) == (429, "BusyError")
    assert int(answer.headers["Retry-After"]) >= 1
    assert len(image_workspace.catalogue.items) == known
    assert not image_workspace.paths.observed.exists()
    taken.release()
    assert http.post(f"{session}/observe", content=png()).status_code == 200


def test_tokens(http, session):
    token = http.post(f"{session}/robots", json={"robot": "arm"}).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert http.get(f"{session}/state", headers=bearer).json()["robots"] == ["arm"]
    assert http.get(f"{session}/state", headers={"Authorization": "Bearer x"}).status_code == 401
    assert http.get(f"{session}/state").status_code == 200  # no --auth: a token keeps nobody out
    assert http.post(f"{session}/end", json={}, headers=bearer).status_code == 403
    assert http.delete(f"{session}/robots", params={"robot": "arm"}).json() == {"robots": []}
    assert http.get(f"{session}/state", headers=bearer).status_code == 401
    assert http.delete(f"{session}/robots", params={"robot": "arm"}).status_code == 404


@pytest.mark.parametrize("name", ["hall/arm 2", ".", "..", "../arm?#ä"])
def test_a_robot_of_any_name_can_be_revoked(http: TestClient, session: str, name: str) -> None:
    assert http.post(f"{session}/robots", json={"robot": name}).json()["robots"] == [name]
    left = http.delete(f"{session}/robots", params={"robot": name})
    assert (left.status_code, left.json()) == (200, {"robots": []})


def test_a_robot_needs_no_login_but_its_token(image_workspace):
    with TestClient(create_app(image_workspace, ("ann", "secret"))) as http:
        http.auth = ("ann", "secret")
        session = http.post(PATH, json={"name": "s", "mode": "sort"}).json()["session"]
        token = http.post(f"{PATH}/{session}/robots", json={"robot": "arm"}).json()["token"]
        http.auth = None
        bearer = {"Authorization": f"Bearer {token}"}
        assert http.get(f"{PATH}/{session}/state", headers=bearer).status_code == 200
        refused = http.get(f"{PATH}/{session}/state")
        assert refused.status_code == 401
        assert "name and password" in refused.json()["message"]
        assert http.get(PATH, headers=bearer).status_code == 401
        assert http.get("/api/overview", headers=bearer).status_code == 401
        image_workspace.teach.tokens.revoke(session, "arm")
        refused = http.get(f"{PATH}/{session}/state", headers=bearer)
        assert refused.status_code == 401
        assert "revoked, or is not of this session. Create" in refused.json()["message"]


def test_a_sessions_files(http, session, image_workspace, oracle):
    assert http.post(f"{session}/export").status_code == 400
    for item in oracle.members(image_workspace, "disc")[:2]:
        http.post(f"{session}/observe", json={"item": item})
        http.post(f"{session}/pick", json={"item": item})
    bearer = {"Authorization": "Bearer x"}
    assert http.post(f"{session}/export", headers=bearer).status_code == 403
    done = http.post(f"{session}/export").json()
    with zipfile.ZipFile(io.BytesIO(http.get(done["url"]).content)) as archive:
        assert archive.namelist() == done["files"]


def test_all_of_it_is_described(http):
    paths = http.get("/api/openapi.json").json()["paths"]
    described = {path.rpartition("/")[2] for path in paths if path.startswith(PATH)}
    assert {"observe", "pick", "sort", "undo", "state", "events"} <= described
    body = paths[PATH + "/{session}/observe"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "application/octet-stream"}
    observe, end = (paths[PATH + "/{session}/" + one]["post"] for one in ("observe", "{step}"))
    assert set(observe["responses"]) == {
        "200", "400", "401", "404", "413", "422", "429", "503", "507"
    }  # fmt: skip
    for status, answer in observe["responses"].items():
        named = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert named == ("Observed" if status == "200" else "Problem")
    assert observe["security"] == [{"robot": []}]
    assert "security" not in end
    assert "403" in end["responses"]
    assert "authorization" not in {one["name"] for one in observe["parameters"]}


@pytest.fixture
def served(image_workspace):
    with in_threads(create_app(image_workspace)) as url:
        yield url


def test_the_robots_client(served, image_workspace, oracle, monkeypatch):
    known = oracle.members(image_workspace, "disc")[0]
    session = image_workspace.teach.sessions.open("discs", "ann", "sort")["session"]
    token = image_workspace.teach.tokens.grant(session, "arm", "ann")["token"]
    robot = RobotClient(served, token, session)
    seen = robot.observe(png())
    assert robot.sort(seen["item"], "round")["bin"] == "round"
    assert robot.observe(item=known)["item"] == known
    assert [robot.sort(known, "square", key="k")["repeated"] for _ in range(2)] == [False, True]
    assert (robot.undo()["picks"], robot.undo()["picks"]) == (1, 0)
    assert robot.state()["observed"] == 2
    assert set(robot.answers()) == {"generation", "answers"}
    assert next(robot.events())["session"] == session
    with pytest.raises(RobotError, match="no image") as refused:
        robot.observe(b"nothing")
    assert refused.value.status == 422
    with pytest.raises(RobotError, match=r"body\.bin: String should have at least 1 character"):
        robot.sort(known, "")
    for given in ({}, {"image": b"x", "item": known}):
        with pytest.raises(ValueError, match="image's bytes or an item's id"):
            robot.observe(**given)
    image_workspace.teach.tokens.revoke(session, "arm")
    for call in (robot.state, lambda: list(robot.events())):
        with pytest.raises(RobotError, match="revoked") as refused:
            call()
        assert refused.value.status == 401
    waits = []
    monkeypatch.setattr("curation.teaching.robot.time.sleep", waits.append)
    with pytest.raises(RobotError, match="cannot be reached"):
        RobotClient("http://127.0.0.1:9", attempts=3).state()
    assert len(waits) == 2
    assert waits[0] < waits[1]


def test_a_stream_ends_with_its_token(served, image_workspace):
    session = image_workspace.teach.sessions.open("discs", "ann", "sort")["session"]
    token = image_workspace.teach.tokens.grant(session, "arm", "ann")["token"]
    image_workspace.teach.tokens.grant(session, "other", "ann")
    states = RobotClient(served, token, session, timeout=5).events()
    assert next(states)["robots"] == ["arm", "other"]
    image_workspace.teach.tokens.revoke(session, "other")
    assert next(states)["robots"] == ["arm"]
    image_workspace.teach.tokens.revoke(session, "arm")
    assert list(states) == []


def test_too_large_an_image_is_refused_over_the_wire(served, image_workspace, monkeypatch):
    session = image_workspace.teach.sessions.open("discs", "ann", "sort")["session"]
    robot = RobotClient(served, session=session, attempts=1)
    monkeypatch.setattr(bodies, "LARGEST_FILE", 2**20)
    for _ in range(3):
        with pytest.raises(RobotError, match="may have 1 MB") as refused:
            robot.observe(b"x" * (24 * 2**20))
        assert refused.value.status == 413
    assert robot.observe(png())["action"] == "wait"


def test_far_too_large_an_image_is_refused_over_the_wire(served, image_workspace):
    session = image_workspace.teach.sessions.open("discs", "ann", "sort")["session"]
    with closing(HTTPConnection(served.removeprefix("http://"), timeout=60)) as connection:
        headers = {"Content-Length": str(200 * 2**20), "Connection": "close"}
        parts = (bytes(2**20) for _ in range(200))
        connection.request("POST", f"{PATH}/{session}/observe", parts, headers)
        assert connection.getresponse().status == 413


def test_too_large_an_image_does_not_leave_the_robot():
    with pytest.raises(RobotError, match="got 40") as refused:
        RobotClient("http://127.0.0.1:9", attempts=1).observe(bytes(40 * 2**20))
    assert refused.value.status == 413
